import { type DeviceDisk, hidingScript, leastOf, partitionScript } from "./diskpart.ts";
import type { Firmware } from "./disk-layout.ts";

/** How an image gets from a folder onto a disk of the device that was started with WinPE. */
export interface DeviceDeployment {
  /** Absent: as the device was started. */
  readonly firmware?: Firmware;
  readonly disk: DeviceDisk;
  /** Number of the image in its file. */
  readonly index: number;
  /** Nobody is asked before the disk is erased, and a device that started the script by itself restarts. */
  readonly unattended: boolean;
  /** The folder has a job of a reference device, which is copied to what was applied. */
  readonly job?: boolean;
}

/** Where the log goes on, in what was applied. */
const logs = "W:\\Windows\\Setup\\Servicing\\Logs";
const scratch = "W:\\Windows\\Setup\\Servicing\\Scratch";
const answerFile = "W:\\Windows\\Panther\\unattend.xml";
const recoveryImage = "W:\\Windows\\System32\\Recovery\\Winre.wim";
const recoveryFolder = "R:\\Recovery\\WindowsRE";

/** The power scheme for high performance ("capture-and-apply-windows-using-a-single-wim", powercfg). */
const highPerformance = "8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c";

/** 0, and ERROR_SUCCESS_REBOOT_REQUIRED: what was applied starts anew anyway. */
const success = [0, 3010];

/** The files that a deployment folder holds beside the image. @throws SERVICING_DISK_LAYOUT */
export function deploymentScripts(
  deployment: DeviceDeployment,
): readonly { readonly name: string; readonly text: string }[] {
  const { firmware, disk } = deployment;
  return [
    { name: "deploy.cmd", text: deployScript(deployment) },
    ...(firmware === undefined ? (["uefi", "bios"] as const) : [firmware]).flatMap((each) => {
      const hiding = hidingScript(each, disk);
      return [
        { name: `partition-${each}.txt`, text: partitionScript(each, disk) },
        ...(hiding === undefined ? [] : [{ name: `hide-${each}.txt`, text: hiding }]),
      ];
    }),
  ];
}

/**
 * Erases a disk, applies the image and makes it start, in the order of "apply-images-using-dism" and
 * "deploy-windows-re". It ends at the first command that fails, with its exit code; 1 is a check that failed, 2 that
 * somebody said no. Every command goes by `call`, so that each may be a script that stands before it on the PATH: tools
 * of a newer Windows kit, in the folder `tools`.
 */
function deployScript(deployment: DeviceDeployment): string {
  const { disk, index } = deployment;
  const number = disk.id;
  return lines([
    "@echo off",
    "setlocal EnableExtensions DisableDelayedExpansion",
    'set "HERE=%~dp0"',
    'set "PATH=%HERE%tools;%PATH%"',
    'set "LOGS=%SystemDrive%\\Servicing"',
    'set "LOG=%LOGS%\\deploy.log"',
    `set "FORCE=${deployment.unattended ? 1 : 0}"`,
    'if /i "%~1"=="/force" set "FORCE=1"',
    'if not exist "%LOGS%\\." mkdir "%LOGS%"',
    'echo [%DATE% %TIME%] begin: "%HERE%" >> "%LOG%"',
    ...checks(deployment),
    "",
    `echo ALL DATA ON DISK ${number} WILL BE LOST.`,
    'if "%FORCE%"=="1" goto confirmed',
    'set "ANSWER="',
    `set /p "ANSWER=Type YES to erase disk ${number} and to install Windows on it: "`,
    'if /i "%ANSWER%"=="YES" goto confirmed',
    'set "CODE=2"',
    'set "STEP=nobody typed YES: nothing was changed"',
    "goto failed",
    ":confirmed",

    ...step("Use all the power there is", `powercfg /s ${highPerformance}`, "optional"),
    ...step(`Partition disk ${number}`, 'diskpart /s "%HERE%partition-%FIRMWARE%.txt"'),
    "",
    ...begun("Apply the image"),
    'if exist "%HERE%install.swm" goto parts',
    `call dism /English /LogPath:"%LOGS%\\dism.log" /Apply-Image /ImageFile:"%HERE%install.wim" /Index:${index} /ApplyDir:W:\\ /Verify`,
    coded,
    "goto applied",
    ":parts",
    `call dism /English /LogPath:"%LOGS%\\dism.log" /Apply-Image /ImageFile:"%HERE%install.swm" /SWMFile:"%HERE%install*.swm" /Index:${index} /ApplyDir:W:\\ /Verify`,
    coded,
    ":applied",
    ...ended("needed"),
    "",
    `if not exist "${logs}\\." mkdir "${logs}"`,
    `copy /y "%LOGS%\\*.log" "${logs}\\" > nul`,
    `if exist "${logs}\\deploy.log" set "LOGS=${logs}"`,
    'set "LOG=%LOGS%\\deploy.log"',
    `if not exist "${answerFile}" goto answered`,
    // That of WinPE is a part of its memory, by default of 32 MiB.
    `if not exist "${scratch}\\." mkdir "${scratch}"`,
    ...step(
      "Apply the answer file",
      `dism /English /LogPath:"%LOGS%\\dism.log" /ScratchDir:${scratch} /Image:W:\\ /Apply-Unattend:${answerFile}`,
    ),
    `rmdir /s /q "${scratch}"`,
    ":answered",
    ...step("Make it start", "W:\\Windows\\System32\\bcdboot W:\\Windows /s S:"),
    ...recovery(deployment),
    ...(deployment.job === true
      ? step("Copy the job", 'xcopy /e /h /k /y /i "%HERE%job" "W:\\Servicing\\"')
      : []),
    "",
    'echo [%DATE% %TIME%] end: done >> "%LOG%"',
    "echo Done. The log is %LOG%",
    "exit /b 0",
    "",
    ":failed",
    'echo [%DATE% %TIME%] FAILED with %CODE%: %STEP% >> "%LOG%"',
    "echo.",
    "echo FAILED with %CODE%: %STEP%",
    "echo The log is %LOG%",
    // What lies in the memory of WinPE is gone when it restarts.
    'copy /y "%LOG%" "%HERE%deploy-failed.log" > nul 2>&1',
    "exit /b %CODE%",
    "",
    ...readers,
  ]);
}

/** Nothing has been changed yet where one of them fails. */
function checks({ firmware, disk }: DeviceDeployment): readonly string[] {
  const gibibytes = Math.floor(
    Math.max(
      ...(firmware === undefined ? (["uefi", "bios"] as const) : [firmware]).map((each) =>
        leastOf(each, disk),
      ),
    ) / 1024,
  );
  return [
    "",
    'set "CODE=1"',
    'set "STEP=this is not WinPE, and a running Windows is not to be erased"',
    'reg query HKLM\\SYSTEM\\CurrentControlSet\\Control\\MiniNT >> "%LOG%" 2>&1',
    "if errorlevel 1 goto failed",
    'set "STEP=the image is missing beside deploy.cmd, or the path of the folder has a character that a script cannot take"',
    'set "FOUND=0"',
    // As every command below sees it: call reads a line twice.
    'call :look "%HERE%install.wim"',
    'call :look "%HERE%install.swm"',
    'if "%FOUND%"=="0" goto failed',
    ...step("Ask for the firmware", "wpeutil UpdateBootInfo"),
    'set "CODE=1"',
    'set "STEP=the firmware is not known"',
    'set "FIRMWARE="',
    "for /f \"tokens=3\" %%v in ('reg query HKLM\\SYSTEM\\CurrentControlSet\\Control /v PEFirmwareType') do call :firmware %%v",
    'if "%FIRMWARE%"=="" goto failed',
    ...(firmware === undefined
      ? []
      : [
          `set "STEP=the device was started as %FIRMWARE%, and this folder is for ${firmware}"`,
          `if not "%FIRMWARE%"=="${firmware}" goto failed`,
        ]),
    'set "STEP=partition-%FIRMWARE%.txt is missing beside deploy.cmd"',
    'if not exist "%HERE%partition-%FIRMWARE%.txt" goto failed',
    "",
    'set "ASK=%LOGS%\\ask.txt"',
    'set "TOLD=%LOGS%\\told.txt"',
    `echo select disk ${disk.id} > "%ASK%"`,
    'echo list disk >> "%ASK%"',
    `set "STEP=there is no disk ${disk.id}"`,
    'call diskpart /s "%ASK%" > "%TOLD%" 2>&1',
    'set "RESULT=%ERRORLEVEL%"',
    'type "%TOLD%" >> "%LOG%"',
    'if not "%RESULT%"=="0" goto failed',
    'set "NUMBER="',
    'set "SIZE="',
    // The line of the selected disk has a star, in every language: * Disk 0 Online 256 GB 0 B
    'for /f "usebackq tokens=1,3,*" %%a in ("%TOLD%") do if "%%a"=="*" call :disk %%b %%c',
    `if not "%NUMBER%"=="${disk.id}" goto failed`,
    `set "STEP=disk ${disk.id} has %SIZE% GB, and ${gibibytes} are needed"`,
    'if "%SIZE%"=="" echo [%DATE% %TIME%] the size of the disk could not be read: not checked >> "%LOG%"',
    'if "%SIZE%"=="" goto sized',
    `if %SIZE% lss ${gibibytes} goto failed`,
    ":sized",
    'echo select volume %HERE:~0,1% > "%ASK%"',
    'echo list disk >> "%ASK%"',
    'call diskpart /s "%ASK%" > "%TOLD%" 2>&1',
    'set "RESULT=%ERRORLEVEL%"',
    'set "NUMBER="',
    `set "STEP=this folder is itself on disk ${disk.id}, which would be erased"`,
    // A share of the network is no volume.
    'if not "%RESULT%"=="0" goto elsewhere',
    'for /f "usebackq tokens=1,3,*" %%a in ("%TOLD%") do if "%%a"=="*" call :disk %%b %%c',
    `if "%NUMBER%"=="${disk.id}" goto failed`,
    ":elsewhere",
  ];
}

function recovery({ disk }: DeviceDeployment): readonly string[] {
  if (disk.sizes?.recovery === 0) return [];
  const reagentc = "W:\\Windows\\System32\\reagentc";
  return [
    "",
    `if exist "${recoveryImage}" goto recovery`,
    'echo [%DATE% %TIME%] the image has no Winre.wim: the recovery partition stays empty >> "%LOG%"',
    "goto hide",
    ":recovery",
    `if not exist "${recoveryFolder}\\." mkdir "${recoveryFolder}"`,
    ...step("Copy the recovery environment", `xcopy /h /y "${recoveryImage}" "${recoveryFolder}\\"`),
    ...step(
      "Register the recovery environment",
      `${reagentc} /setreimage /path ${recoveryFolder} /target W:\\Windows`,
    ),
    ...step("Look at the recovery environment", `${reagentc} /info /target W:\\Windows`),
    ":hide",
    ...step("Hide the recovery partition", 'diskpart /s "%HERE%hide-%FIRMWARE%.txt"'),
  ];
}

const coded = 'set "CODE=%ERRORLEVEL%"';

/** One command, its output in the log. */
function step(title: string, command: string, need: "needed" | "optional" = "needed"): readonly string[] {
  return ["", ...begun(title), `call ${command} >> "%LOG%" 2>&1`, coded, ...ended(need)];
}

function begun(title: string): readonly string[] {
  return [`set "STEP=${title}"`, "echo %STEP% ...", 'echo [%DATE% %TIME%] %STEP% >> "%LOG%"'];
}

function ended(need: "needed" | "optional"): readonly string[] {
  return [
    'echo [%DATE% %TIME%] exit code %CODE% >> "%LOG%"',
    ...success.filter((code) => code !== 0).map((code) => `if "%CODE%"=="${code}" set "CODE=0"`),
    ...(need === "needed" ? ['if not "%CODE%"=="0" goto failed'] : []),
  ];
}

/** Parts that take apart what tools print. */
const readers: readonly string[] = [
  ":look",
  'if exist "%~1" set "FOUND=1"',
  "exit /b 0",
  ":firmware",
  'if "%~1"=="0x1" set "FIRMWARE=bios"',
  'if "%~1"=="0x2" set "FIRMWARE=uefi"',
  "exit /b 0",
  ":disk",
  'set "NUMBER=%~1"',
  ":size",
  "shift",
  'if "%~2"=="" exit /b 0',
  // The first number that a unit follows, in whole gibibytes; what a translation calls otherwise is not known.
  'if /i "%~2"=="TB" set /a "SIZE=%~1*1024"',
  'if /i "%~2"=="GB" set /a "SIZE=%~1"',
  'if /i "%~2"=="MB" set /a "SIZE=%~1/1024"',
  'if "%SIZE%"=="" goto size',
  "exit /b 0",
];

/**
 * What WinPE starts from `\Windows\System32\startnet.cmd` ("wpeinit-and-startnetcmd-using-winpe-startup-scripts"): looks for
 * the folder on every drive, at its root and below.
 */
export function startScript(folder: string, { unattended }: Pick<DeviceDeployment, "unattended">): string {
  return lines([
    "@echo off",
    "call wpeinit",
    "call wpeutil WaitForRemovableStorage",
    'set "FOUND="',
    "for %%d in (C D E F G H I J K L M N O P Q R S T U V W Y Z) do (",
    `  if not defined FOUND if exist "%%d:\\${folder}\\deploy.cmd" set "FOUND=%%d:\\${folder}\\deploy.cmd"`,
    // Each by its name: no pattern of cmd.exe means both, and no other file.
    ...["install.wim", "install.swm"].map(
      (image) =>
        `  if not defined FOUND if exist "%%d:\\deploy.cmd" if exist "%%d:\\${image}" set "FOUND=%%d:\\deploy.cmd"`,
    ),
    ")",
    `if not defined FOUND echo The folder ${folder} is on no drive.`,
    "if not defined FOUND exit /b 1",
    'call "%FOUND%"',
    ...(unattended ? ['if "%ERRORLEVEL%"=="0" call wpeutil reboot'] : []),
  ]);
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\r\n`).join("");
}
