import { failure, ServicingError } from "../error.ts";
import { isAscii, segmentLength } from "./hive.ts";
import type { Hive } from "./hive.ts";
import { keyEdits, mergeChanges, newKeyEdits } from "./hive-change.ts";
import type { HiveChange, HiveExpectation, KeyEdit } from "./hive-change.ts";
import type { RawValue } from "./registry-value.ts";

/** hivexsh reads lines of up to 8191 bytes, the line break among them, and takes 1000 values at once. */
const lineLimit = 8190;
const valueLimit = 1000;

/** How a hive is changed, and what it must hold afterwards. */
export interface HiveScript {
  /** For `hivexsh -w -f <script> <copy of the hive>`, in UTF-8; absent where the hive is as it is wanted. */
  readonly script?: string;
  readonly expected: readonly HiveExpectation[];
}

/**
 * Writes the script that makes `changes`, in their order, to a hive.
 * hivexsh replaces all values of a key at once, so those that stay are written again, byte for byte.
 * @throws SERVICING_REGISTRY_KEY for names that cannot be and SERVICING_REGISTRY_LIMIT for what hivexsh cannot write.
 */
export function hiveScript(hive: Hive, changes: readonly HiveChange[]): HiveScript {
  const edits = keyEdits(hive, mergeChanges(changes));
  if (edits.length === 0) return { expected: [] };
  const lines = [...edits.flatMap(editLines), "commit"];
  return { script: `${lines.join("\n")}\n`, expected: edits.map((edit) => edit.expected) };
}

/** Why changes could not be written into a hive that has none of their keys; undefined where they could. */
export function scriptFault(changes: readonly HiveChange[]): string | undefined {
  try {
    for (const edit of newKeyEdits(mergeChanges(changes))) editLines(edit);
    return undefined;
  } catch (error) {
    if (error instanceof ServicingError) return error.message;
    throw error;
  }
}

function editLines({ path, action, values, expected: { key } }: KeyEdit): string[] {
  const lines: string[] = [];
  if (action === "delete") return [goTo(path, key), "del"];
  if (action === "create") {
    const name = path.at(-1)!;
    if (/^[ \t]|[ \t\v\f\r]$/.test(name)) {
      throw limit(key, "hivexsh cannot make a key whose name begins or ends with a space");
    }
    lines.push(goTo(path.slice(0, -1), key), line(`add ${name}`, key));
  }
  lines.push(goTo(path, key));
  if (values !== undefined) {
    if (values.length > valueLimit) {
      throw limit(key, `it has ${values.length} values, and hivexsh writes at most ${valueLimit} of a key`);
    }
    lines.push(`setval ${values.length}`);
    for (const value of values) lines.push(nameLine(value.name, key), dataLine(value, key));
  }
  return lines;
}

/** The backslash at the end keeps spaces at the end of a name, which hivexsh would trim. */
function goTo(path: readonly string[], key: string): string {
  if (path.some((name) => name === "." || name === "..")) {
    throw limit(key, 'hivexsh cannot enter a key named "." or ".."');
  }
  if (path.some((name) => name === "")) throw limit(key, "hivexsh cannot enter a key without a name");
  return line(`cd \\${path.map((name) => `${name}\\`).join("")}`, key);
}

function nameLine(name: string, key: string): string {
  if (name === "@") throw limit(key, 'hivexsh cannot write a value named "@"');
  return line(name === "" ? "@" : name, key);
}

function dataLine(value: RawValue & { readonly name: string }, key: string): string {
  const { type, bytes } = value;
  // hivex writes one cell where Windows looks for segments.
  const written = bytes.length > segmentLength ? undefined : [hexLine(value), textLine(type, bytes)];
  const fitting = written?.find((text) => text !== undefined && text.length <= lineLimit);
  if (fitting === undefined) {
    throw limit(key, `hivexsh cannot write the ${bytes.length} bytes of "${value.name}" in it`);
  }
  return fitting;
}

function hexLine({ type, bytes }: RawValue): string {
  return `hex:${type}:${Buffer.from(bytes).toString("hex")}`;
}

/** Half as long as hexadecimal, and possible for ASCII only. */
function textLine(type: number, bytes: Uint8Array): string | undefined {
  const prefix = type === 1 ? "string:" : type === 2 ? "expandstring:" : undefined;
  const text = Buffer.from(bytes).toString("utf16le");
  const ended = text.indexOf("\0") === text.length - 1 && bytes.length % 2 === 0;
  return prefix !== undefined && ended && isAscii(text) && !text.includes("\n")
    ? prefix + text.slice(0, -1)
    : undefined;
}

function line(text: string, key: string): string {
  if (/[\0\n]/.test(text) || !text.isWellFormed()) {
    throw failure("SERVICING_REGISTRY_KEY", {
      key,
      reason: "a name in it holds a NUL, a line break or half of a surrogate pair",
    });
  }
  if (Buffer.byteLength(text) > lineLimit) throw limit(key, "a name in it is too long for hivexsh");
  return text;
}

function limit(key: string, reason: string): Error {
  return failure("SERVICING_REGISTRY_LIMIT", { key, reason });
}
