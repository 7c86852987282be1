import { existsSync, readdirSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { failure } from "./error.ts";
import { makeFolder } from "./make-folder.ts";
import { elsewhere, holder, type ProcessLock, tryAcquire } from "./process-lock.ts";

/** Beside the output, since lines of other projects may write the same file. */
export function outputLockOf(file: string): string {
  return join(dirname(file), `.${basename(file)}.lock`);
}

/** Whether a run that is no more left its lock, or the beginning of one. */
export function isLockLeft(file: string): boolean {
  const lock = outputLockOf(file);
  const names = existsSync(dirname(file)) ? readdirSync(dirname(file)) : [];
  return names.some((name) => name.startsWith(basename(lock))) && holder(lock) === undefined;
}

/** @throws SERVICING_OUTPUT_BUSY, SERVICING_LOCK_ELSEWHERE, SERVICING_LOCK_NOT_A_FILE */
export async function claimOutput(file: string, line: string): Promise<ProcessLock> {
  makeFolder(dirname(file));
  const lock = outputLockOf(file);
  const taken = await tryAcquire(lock, `runs ${line}`);
  if ("release" in taken) return taken;
  throw (
    elsewhere(lock, taken) ?? failure("SERVICING_OUTPUT_BUSY", { file, process: taken.pid, what: taken.what })
  );
}

/**
 * Refuses lines that would write over each other's results, by what their paths lead to.
 * @throws SERVICING_OUTPUT_SHARED
 */
export function refuseSharedOutputs(
  lines: readonly { readonly line: string; readonly output: { readonly file: string } }[],
): void {
  for (const [, sharing] of Map.groupBy(lines, ({ output }) => placeOf(output.file)))
    if (sharing.length > 1)
      throw failure("SERVICING_OUTPUT_SHARED", {
        file: (sharing[0] as (typeof lines)[number]).output.file,
        lines: sharing.map(({ line }) => line),
      });
}

/** Whether two paths lead to one name in one folder. */
export function samePlace(one: string, other: string): boolean {
  return placeOf(one) === placeOf(other);
}

/** Whether a path lies in a folder, however deep. */
export function isBelow(folder: string, file: string): boolean {
  const path = relative(realFolder(folder), join(realFolder(dirname(file)), "file"));
  return path !== ".." && !path.startsWith(`..${sep}`) && resolve(path) !== path;
}

/** A result is renamed into place, so its own name counts and not what a link of that name leads to. */
function placeOf(file: string, platform: string = process.platform): string {
  const place = join(realFolder(dirname(file)), basename(file)).normalize("NFC");
  return platform === "win32" || platform === "darwin" ? place.toLowerCase() : place;
}

/** Of a folder that is yet to be made: the real path of what there is of it. */
function realFolder(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch {
    return dirname(folder) === folder ? folder : join(realFolder(dirname(folder)), basename(folder));
  }
}
