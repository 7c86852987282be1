import { jobFolder, jobLogs, jobState } from "../audit/job.ts";

/** Names in the folder of a physical device. */
export const handover = {
  id: "job-id.txt",
  job: "job",
  list: "capture.ini",
  captured: "captured.wim",
} as const;

const unfinished = "captured.unfinished.wim";
const drives = "C D E F G H I J K L M N O P Q R S T U V W Y Z";

/**
 * What WinPE starts on a physical device, each time: where a disk has this very job at its end, it is captured, and where
 * it has none, it is deployed to. @param folder its name
 */
export function handoverStart(folder: string): string {
  return lines([
    "@echo off",
    "call wpeinit",
    "call wpeutil WaitForRemovableStorage",
    'set "FOUND="',
    `for %%d in (${drives}) do (`,
    `  if not defined FOUND if exist "%%d:\\${folder}\\${handover.id}" set "FOUND=%%d:\\${folder}\\"`,
    `  if not defined FOUND if exist "%%d:\\${handover.id}" set "FOUND=%%d:\\"`,
    ")",
    `if not defined FOUND echo The folder ${folder} is on no drive.`,
    "if not defined FOUND exit /b 1",
    'set "ID="',
    `set /p ID=<"%FOUND%${handover.id}"`,
    'set "ENDED="',
    'set "BEGUN="',
    `for %%d in (${drives}) do call :look %%d:`,
    "if defined ENDED goto capture",
    "if defined BEGUN goto begun",
    'call "%FOUND%deploy.cmd"',
    'if "%ERRORLEVEL%"=="0" call wpeutil reboot',
    "exit /b 1",
    ":capture",
    'call "%FOUND%capture.cmd" %ENDED%',
    'if "%ERRORLEVEL%"=="0" call wpeutil shutdown',
    "exit /b 1",
    ":begun",
    "echo The job on %BEGUN% has not come to its end: start the device from its own disk.",
    "exit /b 1",
    ":look",
    `if not exist "%~1${jobState}\\id" exit /b 0`,
    'set "OF="',
    `set /p OF=<"%~1${jobState}\\id"`,
    'if not "%OF%"=="%ID%" exit /b 0',
    'set "BEGUN=%~1"',
    `if exist "%~1${jobState}\\finished" set "ENDED=%~1"`,
    `if exist "%~1${jobState}\\failed" set "ENDED=%~1"`,
    "exit /b 0",
  ]);
}

/**
 * Captures the drive that it is given, beside itself ("capture-images-of-hard-disk-partitions-using-dism"). Its exit code is
 * that of DISM, or 1 for a check that failed. WinPE's own memory is too small for what DISM writes meanwhile, so that this
 * goes to a folder that no capture holds.
 */
export function captureScript(): string {
  const scratch = "%DRIVE%\\Recycler\\Scratch";
  return lines([
    "@echo off",
    "setlocal EnableExtensions DisableDelayedExpansion",
    'set "HERE=%~dp0"',
    'set "PATH=%HERE%tools;%PATH%"',
    'set "DRIVE=%~1"',
    'set "CODE=1"',
    `set "STEP=the drive that is given has no ${jobFolder}: capture.cmd W: captures W:"`,
    `if not exist "%DRIVE%${jobState}\\id" goto failed`,
    `set "STEP=${handover.captured} is there already"`,
    `if exist "%HERE%${handover.captured}" goto failed`,
    `set "STEP=${handover.list} is missing beside capture.cmd"`,
    `if not exist "%HERE%${handover.list}" goto failed`,
    `if not exist "${scratch}\\." mkdir "${scratch}"`,
    `if exist "%HERE%${unfinished}" del "%HERE%${unfinished}"`,
    "echo Capture %DRIVE% ...",
    [
      `call dism /English /LogPath:"${scratch}\\dism.log" /ScratchDir:"${scratch}" /Capture-Image`,
      `/ImageFile:"%HERE%${unfinished}" /CaptureDir:%DRIVE%\\ /Name:captured`,
      `/ConfigFile:"%HERE%${handover.list}" /Compress:fast /Verify`,
    ].join(" "),
    'set "CODE=%ERRORLEVEL%"',
    'set "STEP=DISM"',
    'if not "%CODE%"=="0" goto failed',
    `ren "%HERE%${unfinished}" ${handover.captured}`,
    'set "CODE=%ERRORLEVEL%"',
    `set "STEP=${unfinished} could not be renamed"`,
    'if not "%CODE%"=="0" goto failed',
    `echo Done. Hand back this folder, with ${handover.captured}.`,
    "exit /b 0",
    ":failed",
    "echo FAILED with %CODE%: %STEP%",
    `copy /y "${scratch}\\dism.log" "%HERE%capture-failed.log" > nul 2>&1`,
    "exit /b %CODE%",
  ]);
}

/** What follows in the README of a deployment folder. */
export function handoverReadme({ boots }: { readonly boots: boolean }): string {
  return lines([
    "THEN, FOR THE REFERENCE DEVICE:",
    "",
    "1. Let it start from its own disk: it carries out its job, restarts as often as that needs, and switches itself off.",
    "   It needs no network. Do not log on, and touch nothing.",
    `   What it does is logged in ${jobLogs}.`,
    boots
      ? "2. Start it once more with boot.wim. The job is at its end, so that it is captured to captured.wim in this folder."
      : "2. Start it with WinPE and run `capture.cmd W:`, W: being the drive that Windows is on there: it makes captured.wim.",
    "   captured.wim may have more than 4 GB, which FAT32 does not take: the folder has to be on NTFS, exFAT or a share.",
    "3. Bring captured.wim back into the folder where servicing made it, and run the line again: it goes on from there.",
    "   An image of the whole disk, as captured.vhdx, captured.qcow2 or captured.raw, is taken as well.",
    "",
  ]);
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\r\n`).join("");
}
