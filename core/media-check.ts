import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative } from "node:path";
import { failure } from "./error.ts";
import { fat32FileBytes, isoNameFault } from "./formats/media.ts";
import type { Operation } from "./operation.ts";
import { samePlace } from "./output-file.ts";
import { bytesOf, refuseSource, writable } from "./output-check.ts";
import type { Plan } from "./step.ts";

/**
 * What can be known to fail of media before anything is begun.
 * @throws SERVICING_OUTPUT_IS_SOURCE, SERVICING_OUTPUT_UNWRITABLE, SERVICING_MEDIA_UNFIT
 */
export function refuseMedia(plan: Plan, sources: readonly string[]): void {
  const made = madeBy(plan);
  const media = made.flatMap((each) => (each.type === "New-Media" ? [each] : []));
  for (const each of made) {
    if (each.type !== "New-Media" && each.type !== "New-ISO" && each.type !== "New-USB") continue;
    if (media.some(({ from }) => isSame(from, each.to)) || samePlace(plan.output.file, each.to))
      throw failure("SERVICING_OUTPUT_IS_SOURCE", { file: each.to });
    writable(dirname(each.to));
    if (each.type === "New-Media") refuseFolder(each.to, sources);
    else for (const source of sources) refuseSource(each.to, source);
    if (each.type !== "New-Media")
      for (const { to, files = [] } of media) if (to === each.from) refuseFiles(each, files);
  }
}

function madeBy({ items }: Plan): readonly Operation[] {
  return items.flatMap(({ operation, verdict }) => (verdict === undefined ? [] : [operation]));
}

/** Media are made where nothing is, or where media are. */
function refuseFolder(to: string, sources: readonly string[]): void {
  if (sources.some((source) => liesIn(source, to))) throw failure("SERVICING_OUTPUT_IS_SOURCE", { file: to });
  const there = statSync(to, { throwIfNoEntry: false });
  if (there === undefined || isMediaFolder(to)) return;
  const reason = there.isDirectory()
    ? "it is a folder with other things than installation media in it, and would be replaced as a whole"
    : "it is a file, not a folder";
  throw failure("SERVICING_OUTPUT_UNWRITABLE", { folder: to, reason });
}

/** Of the media themselves, the plugin that asks has seen it. */
function refuseFiles(
  { type, to }: Operation<"New-ISO" | "New-USB">,
  files: readonly { readonly from: string }[],
): void {
  for (const file of files.flatMap(({ from }) => filesOf(from))) {
    const reason =
      type === "New-ISO"
        ? isoNameFault(file.name)
        : file.bytes > fat32FileBytes
          ? `${file.name} has ${file.bytes} bytes, and FAT32 holds files of at most ${fat32FileBytes}`
          : undefined;
    if (reason !== undefined) throw failure("SERVICING_MEDIA_UNFIT", { to, reason });
  }
}

function filesOf(from: string): readonly { readonly name: string; readonly bytes: number }[] {
  if (!isFolder(from)) return [{ name: "", bytes: bytesOf(from) }];
  return readdirSync(from, { withFileTypes: true, recursive: true }).map((entry) => ({
    name: relative(from, join(entry.parentPath, entry.name)),
    bytes: entry.isFile() ? bytesOf(join(entry.parentPath, entry.name)) : 0,
  }));
}

/** Its own from an earlier run, most likely; certainly nothing else. */
function isMediaFolder(folder: string): boolean {
  if (!isFolder(folder)) return false;
  const names = readdirSync(folder);
  const sources = names.find((name) => name.toLowerCase() === "sources");
  if (sources === undefined || !names.some((name) => name.toLowerCase() === "efi")) return names.length === 0;
  return readdirSync(join(folder, sources)).some((name) => name.toLowerCase() === "boot.wim");
}

function isSame(one: string, other: string): boolean {
  return existsSync(one) && existsSync(other) && realpathSync(one) === realpathSync(other);
}

function liesIn(file: string, folder: string): boolean {
  if (!existsSync(file) || !existsSync(folder)) return false;
  const way = relative(realpathSync(folder), realpathSync(file));
  return !way.startsWith("..") && !isAbsolute(way);
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Media hold about what they come from, an image that is as large as the source in the place of theirs. */
export function mediaSpace(plan: Plan, source: number): readonly (readonly [string, number])[] {
  const made = madeBy(plan);
  const sizes = new Map(
    made.flatMap((each) =>
      each.type === "New-Media" ? [[each.to, bytesOf(each.from) + source] as const] : [],
    ),
  );
  return made.flatMap((each): readonly (readonly [string, number])[] => {
    if (each.type === "New-Media") return [[dirname(each.to), sizes.get(each.to) ?? 0]];
    if (each.type !== "New-ISO" && each.type !== "New-USB") return [];
    const size = sizes.get(each.from) ?? bytesOf(each.from);
    const volume = [dirname(each.to), size] as const;
    // The parts of an image lie beside one another until they are copied.
    return each.type === "New-ISO" ? [volume] : [volume, [plan.work, source]];
  });
}
