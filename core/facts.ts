import { hash, randomUUID } from "node:crypto";
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
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
        const body = bytes.subarray(65);
        const isWhole = bytes.toString("latin1", 0, 65) === `${sha256(body)}\n`;
        return isWhole ? (JSON.parse(body.toString()) as unknown) : undefined;
      } catch {
        return undefined;
      }
    },
    write(key, value) {
      const file = place(key);
      const body = Buffer.from(JSON.stringify(value));
      let unfinished: string | undefined;
      try {
        makeFolder(dirname(file), 0o700);
        unfinished = draft(file);
        writeParts(unfinished, [Buffer.from(`${sha256(body)}\n`), body]);
        renameSync(unfinished, file);
      } catch {
        if (unfinished !== undefined) tidy(unfinished);
      }
    },
  };
}

function writeParts(file: string, parts: readonly Uint8Array[]): void {
  const opened = openSync(file, "wx", 0o600);
  try {
    for (const part of parts) writeFileSync(opened, part);
  } finally {
    closeSync(opened);
  }
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
