import { folderCopy } from "../engines/setup-installer.ts";
import { runLines } from "../formats/command-script.ts";
import { detectionLines } from "../formats/detection-script.ts";
import {
  commandLine,
  devicePath,
  echoed,
  exitCode,
  percent,
  refused,
  scriptText,
  systemFile,
} from "../formats/script-text.ts";
import { heartbeatText } from "./heartbeat.ts";
import { type JobCommand, jobFolder, jobLogs, jobState, type JobStep } from "./job.ts";

/** Folder of the steps' scripts, and of what these tell the job. */
export const stepFolder = `${jobFolder}\\Steps`;

/** Exit codes that want a restart: ERROR_SUCCESS_REBOOT_REQUIRED and …_INITIATED. */
const restartCodes = [3010, 1641];

/** ERROR_FILE_NOT_FOUND and ERROR_ACCESS_DENIED, for what is no program and has no exit code of its own. */
const notFound = 2;
const denied = 5;

/** `007`: how a step's files begin. */
export function stepName(number: number): string {
  return String(number).padStart(3, "0");
}

/**
 * A script with a part for each thing that the job wants of a step: `about` and `title` within the job's own cmd.exe, `check`
 * (exit code 0 where it holds) and `kill` as well, `run` beside it. Seconds are counted in polls, one in each.
 * @throws SERVICING_SETTING_VALUE for what cmd.exe cannot be given
 */
export function stepScript(step: JobStep, number: number): string {
  const name = stepName(number);
  const minutes = Math.ceil(step.minutes);
  return scriptText([
    "@echo off",
    "goto %~1",
    "",
    ":about",
    `set POLLS=${Math.ceil(step.minutes * 60)}`,
    `set OPTIONAL=${step.optional === true ? 1 : 0}`,
    `set CHECK=${step.check === undefined ? 0 : 1}`,
    "exit /b 0",
    "",
    ":title",
    `>>"%LOG%" echo [%DATE% %TIME%] step ${number}: ${echoed(step.title)}`,
    `>COM1 echo ${echoed(heartbeatText({ says: "step", step: number, minutes, title: step.title }))}`,
    "exit /b 0",
    "",
    ":check",
    ...(step.check === undefined ? [] : detectionLines(step.check, step.title, "missing")),
    "exit /b 0",
    ":missing",
    "exit /b 1",
    "",
    ":kill",
    ...programs(step).map((program) => killed(program)),
    "exit /b 0",
    "",
    ":run",
    "setlocal EnableExtensions DisableDelayedExpansion",
    `set LOG="%SystemDrive%${jobLogs}\\${name}.log"`,
    `set RESULT=%SystemDrive%${stepFolder}\\${name}.exit-%~2`,
    "set WANTED=done",
    "set LAST=0",
    `echo [%DATE% %TIME%] try %~2: ${echoed(step.title)} >> %LOG%`,
    ...step.commands.flatMap((command, at) => commandLines(command, step.title, name, at + 1)),
    "",
    "set KIND=%WANTED%",
    "if %KIND%==restart set LAST=%WANTS%",
    ":ended",
    "echo [%DATE% %TIME%] %KIND%, exit code %LAST% >> %LOG%",
    // Under its name once it is whole, since the job looks for it all the time.
    '>"%RESULT%.new" echo %KIND% %LAST%',
    `ren "%RESULT%.new" ${name}.exit-%~2`,
    "exit /b 0",
  ]);
}

function commandLines(command: JobCommand, title: string, name: string, at: number): readonly string[] {
  return [
    "",
    // The job has given the step up, and whatever is still running of it has to end.
    'if exist "%RESULT%.hung" exit /b 1',
    ...(command.do === "run"
      ? programLines(command, title, name, at)
      : command.do === "copy"
        ? copyLines(command, title)
        : deleteLines(command, title)),
    "echo exit code %CODE% >> %LOG%",
    `set LAST=%CODE%`,
    "if %KIND%==failed goto ended",
    "if %KIND%==again goto ended",
    "if %KIND%==restart set WANTED=restart",
    "if %KIND%==restart set WANTS=%CODE%",
  ];
}

type Run = Extract<JobCommand, { do: "run" }>;

function programLines(command: Run, title: string, name: string, at: number): readonly string[] {
  const { file, args, success, codes, retry, again = [], confirm } = command;
  return [
    ...runLines({ title, file, args, ...(retry && { retry }) }, `command${at}`),
    "set KIND=failed",
    ...(codes === "dpinst"
      ? judgedByBits
      : [
          ...judged(success, "done"),
          ...judged(
            restartCodes.filter((code) => success.includes(code)),
            "restart",
          ),
        ]),
    ...judged(again, "again"),
    ...(confirm === undefined
      ? []
      : [
          `if %KIND%==failed goto asked${at}`,
          `if %KIND%==again goto asked${at}`,
          `${commandLine({ title, file, args: confirm.args })} > "%SystemDrive%${jobState}\\${name}.${at}.answer" 2>> %LOG%`,
          `:asked${at}`,
        ]),
  ];
}

function judged(codes: readonly number[], kind: string): readonly string[] {
  return codes.map((code) => `if %CODE% equ ${exitCode(code)} set KIND=${kind}`);
}

/**
 * 0x80000000, a package failed, makes the code negative, and of the others 0x40000000, a restart, makes it as large as that.
 * 9009 is cmd.exe's own, for a program that it does not find.
 */
const judgedByBits = [
  "if %CODE% geq 0 set KIND=done",
  `if %CODE% geq ${0x4000_0000} set KIND=restart`,
  "if %CODE% equ 9009 set KIND=failed",
];

type Copy = Extract<JobCommand, { do: "copy" }>;

function copyLines({ from, to, folder }: Copy, title: string): readonly string[] {
  if (folder) {
    const { success, ...copy } = folderCopy(title, from, to, "");
    return [...runLines(copy, ""), "set KIND=failed", ...judged(success, "done")];
  }
  const parent = devicePath({ path: to.slice(0, to.lastIndexOf("\\")) || "\\" }, title);
  const target = devicePath({ path: to }, title);
  return [
    `if not exist ${parent} mkdir ${parent} >> %LOG% 2>&1`,
    `if exist ${target} ${systemFile("attrib.exe")} -r -h -s ${target} >> %LOG% 2>&1`,
    `copy /b /y ${devicePath({ path: from }, title)} ${target} >> %LOG% 2>&1`,
    "set CODE=%ERRORLEVEL%",
    ...doneAtZero,
  ];
}

type Delete = Extract<JobCommand, { do: "delete" }>;

function deleteLines({ path, optional = false }: Delete, title: string): readonly string[] {
  const name = path.replace(/\\+$/, "");
  if (name === "") throw refused(title, `"${path}" is all of the drive`);
  const target = devicePath({ path: name }, title);
  return [
    "set CODE=0",
    ...(optional ? [] : [`if not exist ${target} set CODE=${notFound}`]),
    `if exist ${target.slice(0, -1)}\\" rd /s /q ${target} >> %LOG% 2>&1`,
    `if exist ${target} del /a /f /q ${target} >> %LOG% 2>&1`,
    `if exist ${target} set CODE=${denied}`,
    ...doneAtZero,
  ];
}

const doneAtZero = ["set KIND=failed", "if %CODE% equ 0 set KIND=done"];

/** Names of the programs that a step starts. What a program leaves behind as it ends is found by its name alone; cmd.exe is the job itself. */
function programs(step: JobStep): readonly string[] {
  const names = step.commands.flatMap((command) => {
    if (command.do === "delete") return [];
    if (command.do === "copy") return command.folder ? ["xcopy.exe", "robocopy.exe"] : [];
    const path = typeof command.file === "string" ? command.file : command.file.path;
    const name = path.slice(path.lastIndexOf("\\") + 1);
    return /\.exe$/i.test(name) && !/^cmd\.exe$/i.test(name) ? [name] : [];
  });
  return [...new Set(names)];
}

function killed(program: string): string {
  const taskkill = systemFile("taskkill.exe");
  const named = `/im "${percent(program)}" > nul 2>&1`;
  return `${taskkill} /t /f ${named} || ${taskkill} /f ${named}`;
}
