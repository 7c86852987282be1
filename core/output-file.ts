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

/**
 * Several at once: in the order of their names, so that of two runs that want the same one has all of it.
 * @throws as {@link claimOutput}, with none of them taken
 */
export async function claimOutputs(files: readonly string[], line: string): Promise<readonly ProcessLock[]> {
  const wanted = new Map(files.map((file) => [placeOf(file), file] as const));
  const taken: ProcessLock[] = [];
  try {
    for (const [, file] of [...wanted].toSorted(([a], [b]) => (a < b ? -1 : 1)))
      taken.push(await claimOutput(file, line));
    return taken;
  } catch (error) {
    for (const lock of taken) lock.release();
    throw error;
  }
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

/**
 * The same of all that lines put in place or remove under any name: nothing of another may have that name, or lie below it.
 * @throws SERVICING_OUTPUT_SHARED
 */
export function refuseSharedPlaces(
  lines: readonly { readonly line: string; readonly names: readonly string[] }[],
): void {
  const named = lines.flatMap(({ line, names }) =>
    [...new Set(names)].map((file) => ({ line, file, place: placeOf(file) })),
  );
  const owners = Map.groupBy(named, ({ place }) => place);
  for (const { line, file, place } of named)
    for (const at of upwards(place)) {
      const other = owners.get(at)?.find((owner) => owner.line !== line);
      if (other !== undefined)
        throw failure("SERVICING_OUTPUT_SHARED", { file, lines: sorted(lines, line, other.line) });
    }
}

function upwards(path: string): readonly string[] {
  return dirname(path) === path ? [path] : [path, ...upwards(dirname(path))];
}

function sorted(lines: readonly { readonly line: string }[], ...names: readonly string[]): readonly string[] {
  return lines.map(({ line }) => line).filter((line) => names.includes(line));
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

/** Whether one of these places is the other or lies in it. */
export function isAtOrIn(folder: string, place: string): boolean {
  return place === folder || place.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

/** A result is renamed into place, so its own name counts and not what a link of that name leads to. */
export function placeOf(file: string, platform: string = process.platform): string {
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
