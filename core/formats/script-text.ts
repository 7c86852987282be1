import { failure } from "../error.ts";

/** A path of the image, written with the drive of the running Windows. */
export interface ScriptPath {
  readonly path: string;
  readonly option?: string;
}

/** What is called, and what it is called in messages. */
export interface NamedCommand {
  readonly title: string;
  /** A bare name from System32, or a path. */
  readonly file: string | ScriptPath;
  /** Texts are literal: nothing in them is expanded. */
  readonly args: readonly (string | ScriptPath)[];
}

/**
 * Lines as cmd.exe reads them: in UTF-8, which it is told where that makes a difference.
 * @throws SERVICING_SETTING_VALUE for a line that it would not take
 */
export function scriptText(lines: readonly string[]): string {
  const text = lines.map((line) => `${line}\r\n`).join("");
  for (const line of lines) {
    if (line.length > 8191) throw refused(line, "it has more than the 8191 characters that cmd.exe takes");
  }
  // oxlint-disable-next-line no-control-regex
  return /[^\u0000-\u007f]/.test(text) ? text.replace("\r\n", "\r\nchcp 65001 > nul\r\n") : text;
}

/** As %ERRORLEVEL% has it: with a sign. @throws TypeError: such a number is nobody's input */
export function exitCode(code: number): number {
  return whole(code) | 0;
}

/** @throws TypeError: such a number is nobody's input */
export function whole(value: number): number {
  if (!Number.isInteger(value)) throw new TypeError(`${value} is not a whole number`);
  return value;
}

/** Waiting needs no console this way, which timeout.exe wants. */
export function pause(seconds: number): string {
  return `${systemFile("ping.exe")} -n ${whole(seconds) + 1} 127.0.0.1 > nul`;
}

/** One command as cmd.exe reads it from a script. */
export function commandLine(command: NamedCommand): string {
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

/** @throws SERVICING_SETTING_VALUE */
export function systemFile(file: string): string {
  if (!/^[\w.-]+$/.test(file)) throw refused(file, "it is not the name of a file of System32");
  return `"%SystemRoot%\\System32\\${file}"`;
}

/** Quoted, with the drive of the running Windows. @throws SERVICING_SETTING_VALUE */
export function devicePath(path: ScriptPath, title: string): string {
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
export function quoted(text: string): string {
  return `"${text.replace(/\\+$/, "$&$&")}"`;
}

/** What a script takes for itself. */
export function percent(text: string): string {
  return text.replaceAll("%", "%%");
}

/** What echo writes as it is, outside of quotation marks. @throws SERVICING_SETTING_VALUE */
export function echoed(text: string): string {
  return percent(safe(text, "a title")).replace(/[()^!"<>&|]/g, "^$&");
}

/** @throws SERVICING_SETTING_VALUE for line breaks and what else no line of a script can hold */
export function safe(text: string, what: string): string {
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f\u0085\u2028\u2029]|\p{Surrogate}/u.test(text)) {
    throw refused(what, "it has a line break or another control character");
  }
  return text;
}

export function refused(what: string, reason: string): Error {
  return failure("SERVICING_SETTING_VALUE", { setting: `The command "${what}"`, reason });
}
