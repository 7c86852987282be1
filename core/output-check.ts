import { closeSync, existsSync, openSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { failure } from "./error.ts";
import { makeFolder } from "./make-folder.ts";
import { openSource, splitParts } from "./wim-file.ts";

/** By what the paths lead to, since links have many names. Of a split source no part may be lost either. */
export function refuseSource(file: string, from: string): void {
  if (!existsSync(file)) return;
  const output = statSync(file);
  for (const part of splitParts(from, openSource(from).header.parts)) {
    const source = statSync(part);
    if (realpathSync(part) === realpathSync(file) || (source.ino === output.ino && source.dev === output.dev))
      throw failure("SERVICING_OUTPUT_IS_SOURCE", { file });
  }
  if (output.isDirectory())
    throw failure("SERVICING_OUTPUT_UNWRITABLE", { folder: file, reason: "it is a folder, not a file" });
}

/** @throws SERVICING_OUTPUT_UNWRITABLE */
export function writable(folder: string): void {
  // Of one name for all, so that a probe that was left by a killed run goes with the next.
  const probe = join(folder, ".servicing-probe");
  try {
    makeFolder(folder);
    closeSync(openSync(probe, "w"));
    rmSync(probe, { force: true });
  } catch (error) {
    throw failure(
      "SERVICING_OUTPUT_UNWRITABLE",
      { folder, reason: (error as Error).message },
      { cause: error },
    );
  }
}

/** Bytes of a file, or of all files below a folder; what cannot be read counts nothing, and fails where it is used. */
export function bytesOf(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || !found.isDirectory()) return found?.size ?? 0;
  return readdirSync(path, { withFileTypes: true, recursive: true }).reduce(
    (sum, entry) =>
      entry.isFile()
        ? sum + (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0)
        : sum,
    0,
  );
}
