import { type Detection, detectionLines } from "./detection-script.ts";
import {
  commandLine,
  echoed,
  exitCode,
  type NamedCommand,
  pause,
  percent,
  quoted,
  safe,
  scriptText,
  whole,
} from "./script-text.ts";

export interface ScriptCommand extends NamedCommand {
  readonly success: readonly number[];
  readonly retry?: Retry;
  /** Where it holds, there is nothing to do. */
  readonly check?: Detection;
}

/** A command is run again while it ends with one of these exit codes. */
export interface Retry {
  readonly codes: readonly number[];
  /** How often it is run at most. */
  readonly times: number;
  /** Between two runs, whole seconds. */
  readonly seconds: number;
}

export interface Script {
  /** Names the log: `specialize` is logged to `specialize.log`. */
  readonly name: string;
  /** Folder of the log, inside the image. */
  readonly logs: string;
  readonly commands: readonly ScriptCommand[];
}

/** Exit codes by which an installer asks for a restart: ERROR_SUCCESS_REBOOT_REQUIRED and …_INITIATED. */
const restart = [3010, 1641];

/**
 * A .cmd file that runs every command, whatever became of those before it: a failed driver does not stop the language
 * settings. Titles, output and exit codes go to one log. The script's exit code is that of the first command that failed,
 * or 0; a wanted restart is noted and left to Windows, which restarts after specialize anyway and forbids scripts to
 * ("add-a-custom-script-to-windows-setup"). Waiting is done by ping, since timeout.exe wants a console. @throws SERVICING_SETTING_VALUE for what cmd.exe cannot be given.
 */
export function writeCommandScript(script: Script): string {
  const logs = quoted(`%SystemDrive%${percent(safe(script.logs, "the log folder"))}`);
  const lines = [
    "@echo off",
    "setlocal EnableExtensions DisableDelayedExpansion",
    `set LOGS=${logs}`,
    `set LOG=${quoted(`%SystemDrive%${percent(script.logs)}\\${percent(safe(script.name, "the log"))}.log`)}`,
    "if not exist %LOGS% mkdir %LOGS%",
    "set FAILED=0",
    "set RESTART=0",
    "echo [%DATE% %TIME%] begin >> %LOG%",
    ...script.commands.flatMap((command, at) => commandLines(command, `command${at + 1}`)),
    "",
    "if %RESTART% equ 1 echo [%DATE% %TIME%] a restart is wanted, and left to Windows >> %LOG%",
    "echo [%DATE% %TIME%] end: exit code %FAILED% >> %LOG%",
    "exit /b %FAILED%",
  ];
  return scriptText(lines);
}

function commandLines(command: ScriptCommand, label: string): readonly string[] {
  const title = echoed(command.title);
  const fine = command.success.filter((code) => Number.isInteger(code));
  const wanted = restart.filter((code) => fine.includes(code));
  const { check } = command;
  const found = `${label}-found`;
  return [
    "",
    `echo [%DATE% %TIME%] ${title} >> %LOG%`,
    ...(check === undefined ? [] : unlessFound(check, command.title, label)),
    ...runLines(command, label),
    "echo exit code %CODE% >> %LOG%",
    ...wanted.map((code) => `if %CODE% equ ${code} set RESTART=1`),
    ...wanted.map((code) => `if %CODE% equ ${code} echo a restart is wanted by: ${title} >> %LOG%`),
    "set OK=0",
    ...fine.map((code) => `if %CODE% equ ${exitCode(code)} set OK=1`),
    `if %OK% equ 0 echo FAILED with %CODE%: ${title} >> %LOG%`,
    "if %OK% equ 0 if %FAILED% equ 0 set FAILED=%CODE%",
    ...(check === undefined ? [] : [`:${found}`]),
  ];
}

function unlessFound(check: Detection, title: string, label: string): readonly string[] {
  return [
    ...detectionLines(check, title, `${label}-missing`),
    `echo it is there already: ${echoed(title)} >> %LOG%`,
    `goto ${label}-found`,
    `:${label}-missing`,
  ];
}

/** Runs a command, again where it wants to be, with its output in the log; sets CODE. */
export function runLines(
  command: NamedCommand & Pick<ScriptCommand, "retry">,
  label: string,
): readonly string[] {
  const { retry } = command;
  return [
    ...(retry === undefined ? [] : ["set RUNS=0", `:${label}`]),
    `${commandLine(command)} >> %LOG% 2>&1`,
    "set CODE=%ERRORLEVEL%",
    ...(retry === undefined ? [] : again(retry, echoed(command.title), label)),
  ];
}

function again({ codes, times, seconds }: Retry, title: string, label: string): readonly string[] {
  const jump = `${label}-done`;
  return [
    "set /a RUNS+=1",
    `if %RUNS% geq ${whole(times)} goto ${jump}`,
    "set AGAIN=0",
    ...codes.map((code) => `if %CODE% equ ${exitCode(code)} set AGAIN=1`),
    `if %AGAIN% equ 0 goto ${jump}`,
    `echo exit code %CODE%: again in ${whole(seconds)} seconds: ${title} >> %LOG%`,
    pause(seconds),
    `goto ${label}`,
    `:${jump}`,
  ];
}
