import { decodeText } from "./text.ts";

/** Why Sysprep did not generalize, by what its log says. */
export type SysprepFailure =
  /** An app package that a user has, and new users would not: its full name. */
  | { readonly of: "app"; readonly name: string }
  | { readonly of: "bitlocker" }
  /** An update, or Windows' own servicing, is not through with the reserved storage. */
  | { readonly of: "servicing" }
  | { readonly of: "upgrade" }
  /** A part of Windows, or of a product, that Sysprep has take part. */
  | {
      readonly of: "module";
      /** `sppnp.dll` */
      readonly name: string;
      readonly entry: string;
      /** Unsigned, 32 bits. */
      readonly code: number;
    }
  | { readonly of: "unknown"; readonly text: string };

export interface SetupLog {
  /** Of its last run; what names a cause comes before what follows from it. */
  readonly failures: readonly SysprepFailure[];
  /** What the log says last. */
  readonly lastLines: readonly string[];
}

/** Bytes that are read of a log, from its end. */
const readOfLog = 4 * 1024 * 1024;
const longestLine = 2000;
const mostFailures = 20;
const shownLines = 8;
const shownCharacters = 400;

/**
 * Reads setupact.log or setuperr.log, Sysprep's or Windows Setup's: `2024-10-09 08:21:11, Error      [0x0f0082] SYSPRP …`.
 * Sources: "windows-setup-log-files-and-event-logs", "sysprep-fails-remove-or-update-store-apps", and reports of users.
 */
export function readSetupLog(bytes: Uint8Array): SetupLog {
  const lines = textOf(bytes).split(/\r?\n/);
  const failures: SysprepFailure[] = [];
  let last: string[] = [];
  for (const each of lines) {
    const line = each.slice(0, longestLine);
    if (line.includes("Beginning of a new sysprep run")) failures.length = 0;
    if (line.trim() !== "") last = [...last.slice(1 - shownLines), line.trim().slice(0, shownCharacters)];
    const failure = failures.length < mostFailures ? failureIn(line) : undefined;
    if (failure !== undefined && !failures.some((known) => same(known, failure))) failures.push(failure);
  }
  return {
    failures: failures.toSorted((a, b) => order.indexOf(a.of) - order.indexOf(b.of)),
    lastLines: last,
  };
}

const order: readonly SysprepFailure["of"][] = [
  "app",
  "bitlocker",
  "servicing",
  "upgrade",
  "module",
  "unknown",
];

function same(one: SysprepFailure, other: SysprepFailure): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Patterns that take a time as long as the line, whatever it holds: none has two parts that take the same. */
const app = /\bPackage (\S+) (?:was|is) installed for a user, but not provisioned for all users/;
const bitlocker = /BitLocker is on for the OS volume|\b0x80310039\b/i;
const servicing = /reserved storage is in use|if there is an active scenario|\b0x800F0975\b/i;
const platform =
  /Failure occurred while executing '([^']*)' from ([^;]*); dwRet = (0x[\da-f]{1,8}|-?\d{1,10})/i;
const launched =
  /Failure occurred while executing '([^',]*),([^']*)', returned error code (0x[\da-f]{1,8}|-?\d{1,10})/i;

function failureIn(line: string): SysprepFailure | undefined {
  // `Info` lines tell of the same things as they should be.
  if (!/, Error\b|^\S+ \S+ SYSPRP |^\s*Error\b/.test(line.slice(0, 100))) return undefined;
  const name = app.exec(line)?.[1];
  if (name !== undefined) return { of: "app", name };
  if (bitlocker.test(line)) return { of: "bitlocker" };
  if (servicing.test(line)) return { of: "servicing" };
  if (/\bupgraded\b/i.test(line)) return { of: "upgrade" };
  const [, entry = "", file, code] = platform.exec(line) ?? [];
  if (file !== undefined) return moduleFailure(file, entry, code);
  const [, path, called = "", returned] = launched.exec(line) ?? [];
  if (path !== undefined) return moduleFailure(path, called, returned);
  return /A fatal error occurred while trying to sysprep/i.test(line)
    ? { of: "unknown", text: line.trim().slice(0, shownCharacters) }
    : undefined;
}

function moduleFailure(file: string, entry: string, code = "0"): SysprepFailure {
  const name = file.trim().split(/[\\/]/).at(-1) ?? "";
  return { of: "module", name, entry: entry.trim(), code: Number(code) >>> 0 };
}

/** The end of a log; a line that is cut off there is left out. */
function textOf(bytes: Uint8Array): string {
  if (bytes.length <= readOfLog) return decodeText(bytes).text;
  const [first, second] = bytes;
  const marked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  // Characters of UTF-16 begin at even places.
  const end = bytes.subarray(2 * Math.ceil((bytes.length - readOfLog) / 2));
  const { text } = decodeText(marked ? Buffer.concat([bytes.subarray(0, 2), end]) : end);
  return text.slice(text.indexOf("\n") + 1);
}
