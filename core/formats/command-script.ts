import { failure } from "../error.ts";

/** A path of the image, written with the drive of the running Windows. */
interface ScriptPath {
  readonly path: string;
  readonly option?: string;
}

export interface ScriptCommand {
  readonly title: string;
  /** A bare name from System32, or a path. */
  readonly file: string | ScriptPath;
  /** Texts are literal: nothing in them is expanded. */
  readonly args: readonly (string | ScriptPath)[];
  readonly success: readonly number[];
  readonly retry?: Retry;
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
  const text = lines.map((line) => `${line}\r\n`).join("");
  for (const line of lines) {
    if (line.length > 8191) throw refused(line, "it has more than the 8191 characters that cmd.exe takes");
  }
  // oxlint-disable-next-line no-control-regex
  return /[^\u0000-\u007f]/.test(text) ? text.replace("\r\n", "\r\nchcp 65001 > nul\r\n") : text;
}

function commandLines(command: ScriptCommand, label: string): readonly string[] {
  const title = echoed(command.title);
  const line = commandLine(command);
  const fine = command.success.filter((code) => Number.isInteger(code));
  const wanted = restart.filter((code) => fine.includes(code));
  return [
    "",
    `echo [%DATE% %TIME%] ${title} >> %LOG%`,
    ...(command.retry === undefined ? [] : ["set RUNS=0", `:${label}`]),
    `${line} >> %LOG% 2>&1`,
    "set CODE=%ERRORLEVEL%",
    ...(command.retry === undefined ? [] : again(command.retry, title, label)),
    "echo exit code %CODE% >> %LOG%",
    ...wanted.map((code) => `if %CODE% equ ${code} set RESTART=1`),
    ...wanted.map((code) => `if %CODE% equ ${code} echo a restart is wanted by: ${title} >> %LOG%`),
    "set OK=0",
    ...fine.map((code) => `if %CODE% equ ${code} set OK=1`),
    `if %OK% equ 0 echo FAILED with %CODE%: ${title} >> %LOG%`,
    "if %OK% equ 0 if %FAILED% equ 0 set FAILED=%CODE%",
  ];
}

function again({ codes, times, seconds }: Retry, title: string, label: string): readonly string[] {
  const jump = `${label}-done`;
  return [
    "set /a RUNS+=1",
    `if %RUNS% geq ${whole(times)} goto ${jump}`,
    "set AGAIN=0",
    ...codes.map((code) => `if %CODE% equ ${whole(code)} set AGAIN=1`),
    `if %AGAIN% equ 0 goto ${jump}`,
    `echo exit code %CODE%: again in ${whole(seconds)} seconds: ${title} >> %LOG%`,
    `${systemFile("ping.exe")} -n ${whole(seconds) + 1} 127.0.0.1 > nul`,
    `goto ${label}`,
    `:${jump}`,
  ];
}

/** @throws TypeError: such a number is nobody's input */
function whole(value: number): number {
  if (!Number.isInteger(value)) throw new TypeError(`${value} is not a whole number`);
  return value;
}

/** One command as cmd.exe reads it from a script. */
export function commandLine(command: Pick<ScriptCommand, "title" | "file" | "args">): string {
  const { file, args, title } = command;
  const path = typeof file === "string" ? systemFile(file) : devicePath(file, title);
  const batch = /\.(?:cmd|bat)$/i.test(typeof file === "string" ? file : file.path);
  const words = args.map((arg) => {
    if (typeof arg !== "string") return devicePath(arg, title);
    return (file === "msiexec.exe" && msiProperty(arg, title)) || literal(arg, title, batch);
  });
  const line = [path, ...words].join(" ");
  if (batch && typeof file !== "string" && /[%^&()!,;=]/.test(file.path))
    throw refused(title, `"${file.path}" is not a path that a script can start a script by`);
  // By call, an `exit` in it would end our script too, and its `set` and `cd` would hold for ours.
  return batch ? `${systemFile("cmd.exe")} /d /c "${line}"` : line;
}

function systemFile(file: string): string {
  if (!/^[\w.-]+$/.test(file)) throw refused(file, "it is not the name of a file of System32");
  return `"%SystemRoot%\\System32\\${file}"`;
}

function devicePath(path: ScriptPath, title: string): string {
  safe(path.path, title);
  safe(path.option ?? "", title);
  if (!path.path.startsWith("\\") || /["<>|*?]/.test(path.path.replace(/\\\*\.inf$/i, ""))) {
    throw refused(title, `"${path.path}" is not a path that a script can hold`);
  }
  if (/["%^]/.test(path.option ?? "")) throw refused(title, `"${path.option}" is not an option`);
  return quoted(`${path.option ?? ""}%SystemDrive%${percent(path.path)}`);
}

const plainInScript = /^[\w.:\\/+-]+$/;
const plain = /^[\w.,:;/\\=+@~{}#?*$[\]-]+$/;

/** As CommandLineToArgvW takes apart what cmd.exe passes on ("Everyone quotes command line arguments the wrong way"). */
function literal(arg: string, title: string, batch: boolean): string {
  safe(arg, title);
  if (batch && /[%^&|<>()!"]/.test(arg)) {
    throw refused(title, 'the arguments of a script may not hold any of % ^ & | < > ( ) ! "');
  }
  const text = percent(arg);
  if ((batch ? plainInScript : plain).test(text.replaceAll("%%", ""))) return text;
  if (!arg.includes('"')) return quoted(text);
  const argv = quoted(text.replace(/(\\*)"/g, '$1$1\\"'));
  return argv.replace(/[()^!"<>&|]/g, "^$&");
}

/** msiexec reads its command line by itself: NAME="a ""b""", never "NAME=a b" ("command-line-options" of Windows Installer). */
function msiProperty(arg: string, title: string): string | undefined {
  const [, name, value = ""] = /^([A-Za-z_][\w.]*)=([^]*)$/.exec(safe(arg, title)) ?? [];
  if (name === undefined || plain.test(value.replaceAll("%", ""))) return undefined;
  return `${name}="${percent(value).replaceAll('"', '""')}"`;
}

/** Backslashes before the closing quotation mark would escape it. */
function quoted(text: string): string {
  return `"${text.replace(/\\+$/, "$&$&")}"`;
}

function percent(text: string): string {
  return text.replaceAll("%", "%%");
}

function echoed(text: string): string {
  return percent(safe(text, "a title")).replace(/[()^!"<>&|]/g, "^$&");
}

function safe(text: string, what: string): string {
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f\u0085\u2028\u2029]|\p{Surrogate}/u.test(text)) {
    throw refused(what, "it has a line break or another control character");
  }
  return text;
}

function refused(what: string, reason: string): Error {
  return failure("SERVICING_SETTING_VALUE", { setting: `The command "${what}"`, reason });
}
