import { heartbeatText } from "../audit/heartbeat.ts";
import { jobFolder } from "../audit/job.ts";

const port = "COM1";

/**
 * What WinPE starts on a virtual device, once: makes the disk with the job start Windows, as "bcdboot-command-line-options" and
 * "deploy-windows-re" have it, and switches the machine off. The partitions are those of a disk for UEFI, in their order.
 */
export function bootFilesScript(options: { readonly recovery: boolean }): string {
  const windows = "%DRIVE%\\Windows";
  return [
    "@echo off",
    "call wpeinit",
    'set "DRIVE="',
    "for %%d in (C D E F G H I J K L M N O P Q T U V W Y Z) do (",
    `  if not defined DRIVE if exist "%%d:${jobFolder}\\job.cmd" set "DRIVE=%%d:"`,
    ")",
    'set "STEP=find the disk with the job"',
    "if not defined DRIVE goto failed",
    'set "LETTERS=%TEMP%\\letters.txt"',
    // Whoever selects a volume has selected its disk.
    'echo select volume %DRIVE:~0,1% > "%LETTERS%"',
    'echo select partition 1 >> "%LETTERS%"',
    'echo assign letter=S >> "%LETTERS%"',
    ...(options.recovery
      ? ['echo select partition 4 >> "%LETTERS%"', 'echo assign letter=R >> "%LETTERS%"']
      : []),
    ...step("give the partitions letters", 'diskpart /s "%LETTERS%"'),
    ...step("write the boot files", `${windows}\\System32\\bcdboot ${windows} /s S: /f UEFI`),
    ...(options.recovery
      ? [
          'if not exist "R:\\Recovery\\WindowsRE\\Winre.wim" goto registered',
          ...step(
            "register the recovery environment",
            `${windows}\\System32\\reagentc /setreimage /path R:\\Recovery\\WindowsRE /target ${windows}`,
          ),
          ":registered",
        ]
      : []),
    say(heartbeatText({ says: "end", ok: true })),
    "call wpeutil shutdown",
    "exit /b 0",
    ":failed",
    say("WinPE could not %STEP%"),
    say(heartbeatText({ says: "end", ok: false })),
    "call wpeutil shutdown",
    "exit /b 1",
  ]
    .map((line) => `${line}\r\n`)
    .join("");
}

function step(title: string, command: string): readonly string[] {
  return [
    `set "STEP=${title}"`,
    say("WinPE: %STEP%"),
    // Where there is no such port, nothing that writes to it is carried out.
    `call ${command} > "%TEMP%\\output.txt" 2>&1`,
    'set "CODE=%ERRORLEVEL%"',
    `type "%TEMP%\\output.txt" > ${port}`,
    'if not "%CODE%"=="0" goto failed',
  ];
}

function say(text: string): string {
  return `echo ${text}> ${port}`;
}
