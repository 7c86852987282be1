import { createHash, hash, randomUUID } from "node:crypto";
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "./make-folder.ts";

/** What was found out once and can be found out again: digests of files, what a package says of itself. */
export interface Facts {
  /** Undefined for what is not known, and for what cannot be read or was damaged. */
  read(key: string): unknown;
  /** Where it cannot be kept it is found out again the next time. */
  write(key: string, value: unknown): void;
}

/**
 * What is kept as a fact, without the file that it was found in: a part of a text keeps all of the text in memory, and
 * thousands of INF files are long.
 */
export function detached<T>(found: T): T {
  return JSON.parse(JSON.stringify(found)) as T;
}

/** Of a hash in hexadecimal and the end of its line. */
const hashBytes = 65;

/**
 * Facts as files below a folder, each with a hash of itself. Several processes may use it.
 * @param draft where a file is written before it is renamed
 */
export function createFacts(
  folder: string,
  draft: (file: string) => string = (file) => `${file}.${randomUUID()}`,
): Facts {
  const place = (key: string): string => {
    const name = sha256(key);
    return join(folder, name.slice(0, 2), name.slice(2));
  };
  return {
    read(key) {
      try {
        const bytes = readFileSync(place(key));
        const body = bytes.subarray(hashBytes);
        const isWhole = bytes.toString("latin1", 0, hashBytes) === `${sha256(body)}\n`;
        return isWhole ? (JSON.parse(body.toString()) as unknown) : undefined;
      } catch {
        return undefined;
      }
    },
    write(key, value) {
      const file = place(key);
      let unfinished: string | undefined;
      try {
        makeFolder(dirname(file), 0o700);
        unfinished = draft(file);
        writeHashed(unfinished, jsonOf(value));
        renameSync(unfinished, file);
      } catch {
        if (unfinished !== undefined) tidy(unfinished);
      }
    },
  };
}

const partBytes = 64 * 1024;

/** Text, behind the hash of it. */
function writeHashed(file: string, texts: Iterable<string>): void {
  const opened = openSync(file, "wx", 0o600);
  try {
    const digest = createHash("sha256");
    let place = hashBytes;
    const write = (part: string): void => {
      const bytes = Buffer.from(part);
      digest.update(bytes);
      writeFully(opened, bytes, place);
      place += bytes.length;
    };
    let part = "";
    for (const text of texts) {
      part += text;
      if (part.length < partBytes) continue;
      write(part);
      part = "";
    }
    write(part);
    writeFully(opened, Buffer.from(`${digest.digest("hex")}\n`), 0);
  } finally {
    closeSync(opened);
  }
}

function writeFully(file: number, bytes: Uint8Array, place: number): void {
  for (let done = 0; done < bytes.length;)
    done += writeSync(file, bytes, done, bytes.length - done, place + done);
}

/** JSON part by part, a list by its elements: what a folder of thousands of drivers holds is never one text. */
function* jsonOf(value: unknown): Generator<string, void> {
  if (Array.isArray(value)) yield* jsonOfList(value);
  else if (typeof value === "object" && value !== null) {
    let before = "{";
    for (const [key, each] of Object.entries(value)) {
      if (each === undefined) continue;
      yield `${before}${JSON.stringify(key)}:`;
      if (Array.isArray(each)) yield* jsonOfList(each);
      else yield JSON.stringify(each);
      before = ",";
    }
    yield before === "{" ? "{}" : "}";
  } else yield JSON.stringify(value);
}

function* jsonOfList(list: readonly unknown[]): Generator<string, void> {
  let before = "[";
  for (const each of list) {
    yield before + JSON.stringify(each);
    before = ",";
  }
  yield before === "[" ? "[]" : "]";
}

function tidy(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Where nothing can be written, nothing was.
  }
}

function sha256(content: string | Uint8Array): string {
  return hash("sha256", content);
}
