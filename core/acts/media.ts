import { constants, type Stats } from "node:fs";
import { chmod, copyFile, mkdir, readdir, rm, stat, utimes } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import type { Act } from "../engine.ts";
import { failure } from "../error.ts";
import { sha256Of } from "../file-bytes.ts";
import { bootCatalogue, isInstallImage, listFault, type MediaEntry } from "../formats/media.ts";
import { makeFolder } from "../make-folder.ts";
import type { Media } from "../media.ts";
import { folderEntries, readMedia } from "../media-source.ts";
import { readWim } from "../wim-file.ts";
import { payloadKind } from "./payload.ts";
import type { ActContext } from "./perform.ts";

type Gather = Extract<Act, { act: "gather media" }>;

/**
 * Makes a media folder: a copy of media without their own image, and what goes into their places.
 * @throws SERVICING_MEDIA_INVALID, SERVICING_MEDIA_UNFIT
 */
export async function gatherMedia(act: Gather, context: ActContext): Promise<void> {
  const media = await readMedia(act.from, context.runner, context);
  const taken = media.entries.filter((entry) => isTaken(entry, act.boot !== undefined));
  makeFolder(act.to);
  if (media.kind === "iso") await unpack(media, taken, act.to, context);
  else
    for (const entry of taken) await take(join(act.from, entry.path), join(act.to, entry.path), entry.folder);
  for (const { from, to } of await additions(act)) {
    context.signal.throwIfAborted();
    await put(from, act.to, to);
  }
  refuseArchitecture(act);
}

/** The image is the line's own; parts of another that stayed would be taken for parts of it. */
function isTaken({ path }: MediaEntry, boot: boolean): boolean {
  const name = path.toLowerCase();
  return !isInstallImage(path) && name !== bootCatalogue && !(boot && name === "sources/boot.wim");
}

/** Each file that is put into the copy, from the host, with `/` between below the root of the media. */
async function additions(
  act: Gather | Verify,
): Promise<readonly { readonly from: string; readonly to: string }[]> {
  const own = [{ from: act.image, to: `sources/install${/\.esd$/i.test(act.image) ? ".esd" : ".wim"}` }];
  if (act.boot !== undefined) own.push({ from: act.boot, to: "sources/boot.wim" });
  for (const { from, to } of act.files) {
    const base = to.replaceAll("\\", "/").replace(/^\/+|\/+$/g, "");
    if ((await payloadKind(from, "a file or folder for the media")) === "file") own.push({ from, to: base });
    else
      for (const entry of await folderEntries(from))
        if (!entry.folder) own.push({ from: join(from, entry.path), to: `${base}/${entry.path}` });
  }
  const fault = listFault(
    [...new Set(own.map(({ to }) => to))].map((path) => ({ path, folder: false, bytes: 0 })),
  );
  if (fault !== undefined) throw failure("SERVICING_MEDIA_UNFIT", { to: "the media", reason: fault });
  return own;
}

async function unpack(
  media: Media,
  taken: readonly MediaEntry[],
  to: string,
  context: ActContext,
): Promise<void> {
  const left = media.entries.filter((entry) => !taken.includes(entry));
  await context.runner.run(
    {
      run: "7z",
      // What is left out is named as the ISO spells it, which has no characters of patterns.
      args: ["x", "-y", "-bd", `-o${to}`, ...left.map(({ path }) => `-x!${path}`), "--", media.from],
      writes: true,
    },
    context,
  );
  const unpacked = await folderEntries(to);
  const problems = differences(taken, unpacked);
  if (problems.length > 0) throw failure("SERVICING_MEDIA_UNPROVEN", { file: to, problems });
  // What comes from a disc may be read-only, which Windows Setup and a later copy trip over ("media-dynamic-update").
  for (const { path, folder } of unpacked) await chmod(join(to, path), folder ? 0o755 : 0o644);
}

/** As a clone where the file system has them. */
async function take(from: string, to: string, folder: boolean): Promise<void> {
  if (folder) {
    makeFolder(to);
    return;
  }
  makeFolder(dirname(to));
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await chmod(to, 0o644);
  const { atime, mtime } = await stat(from);
  await utimes(to, atime, mtime);
}

/** Where there is a file or folder whose name differs in its case only, it is that one. */
async function put(from: string, root: string, path: string): Promise<void> {
  let at = root;
  for (const [index, part] of path.split("/").entries()) {
    const names = await readdir(at);
    const same = names.find((name) => name.toLowerCase() === part.toLowerCase());
    at = join(at, same ?? part);
    const last = index === path.split("/").length - 1;
    const there = same === undefined ? undefined : await stat(at);
    if (there?.isDirectory() === last && there !== undefined) throw mismatch(path, there);
    if (!last && there === undefined) await mkdir(at);
  }
  await rm(at, { force: true });
  await take(from, at, false);
}

function mismatch(path: string, there: Stats): Error {
  const reason = `${path} of the media is a ${there.isDirectory() ? "folder" : "file"}, and the other kind goes there`;
  return failure("SERVICING_MEDIA_UNFIT", { to: path, reason });
}

/** Setup of one architecture installs no image of another. */
function refuseArchitecture({ image, to }: Gather): void {
  const boot = join(to, ...bootPath);
  const [setup, windows] = [architecturesIn(boot), architecturesIn(image)];
  const other = [...windows].find((architecture) => !setup.has(architecture));
  if (setup.size > 0 && other !== undefined)
    throw failure("SERVICING_MEDIA_UNFIT", {
      to,
      reason: `the image is for ${other}, and boot.wim of the media for ${[...setup].join(", ")}`,
    });
}

function architecturesIn(file: string): ReadonlySet<string> {
  const found = readWim(file).images.map(({ architecture }) => architecture);
  return new Set(found.filter((architecture) => architecture !== "unknown"));
}

const bootPath = ["sources", "boot.wim"];

/** Files of Windows Setup that have to be the same on the media as in boot.wim ("media-dynamic-update"). */
const setupFiles: ReadonlySet<string> = new Set(["setup.exe", "setuphost.exe"]);

/** @throws SERVICING_COMMAND_FAILED */
export async function matchSetupFiles(
  act: Extract<Act, { act: "match setup files" }>,
  context: ActContext,
): Promise<void> {
  const sources = act.mounted ?? (await extracted(act.media, act.work, context));
  const folder = join(act.media, "sources");
  const [theirs, ours] = [await namesIn(join(sources, "sources")), await namesIn(folder)];
  for (const name of setupFiles) {
    const [inBoot, onMedia] = [theirs.get(name), ours.get(name)];
    // Media that have no such file never had Setup start from there.
    if (inBoot === undefined || onMedia === undefined) continue;
    const [from, to] = [join(sources, "sources", inBoot), join(folder, onMedia)];
    if ((await sha256Of(from)).sha256 === (await sha256Of(to)).sha256) continue;
    await take(from, to, false);
    context.warn(`sources\\${onMedia} of the media was another than in boot.wim: it is boot.wim's now`);
  }
  if (act.mounted === undefined) await rm(act.work, { recursive: true, force: true });
}

async function extracted(media: string, work: string, context: ActContext): Promise<string> {
  const boot = join(media, ...bootPath);
  const { images, bootIndex } = readWim(boot);
  const index = bootIndex > 0 ? bootIndex : Math.min(2, images.length);
  await rm(work, { recursive: true, force: true });
  makeFolder(work, 0o700);
  const names = [...setupFiles].map((name) => `/sources/${name.replace("s", "[s]")}`);
  await context.runner.run(
    {
      run: "wimlib-imagex",
      args: [
        "extract",
        boot,
        String(index),
        ...names,
        "--nullglob",
        `--dest-dir=${work}`,
        "--preserve-dir-structure",
        "--no-acls",
        "--no-attributes",
      ],
      env: { WIMLIB_IMAGEX_IGNORE_CASE: "1" },
      writes: true,
    },
    context,
  );
  return work;
}

async function namesIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(folder).catch(() => []);
  return new Map(names.map((name) => [name.toLowerCase(), name]));
}

type Verify = Extract<Act, { act: "verify media" }>;

/**
 * Every file that was to be there, with its size, and no other; those that were put there by their content as well.
 * @throws SERVICING_MEDIA_UNPROVEN
 */
export async function verifyMedia(act: Verify, context: ActContext): Promise<void> {
  const { entries } = await readMedia(act.from, context.runner, context);
  const found = await folderEntries(act.media);
  const spelled = new Map(found.map(({ path }) => [path.toLowerCase(), path]));
  const added = await additions(act);
  const wanted = new Map(
    entries
      .filter((entry) => !entry.folder && isTaken(entry, act.boot !== undefined))
      .map((entry) => [entry.path.toLowerCase(), entry]),
  );
  const problems: string[] = [];
  for (const { from, to } of added) {
    const path = spelled.get(to.toLowerCase()) ?? to;
    wanted.set(path.toLowerCase(), { path, folder: false, bytes: (await stat(from)).size });
    const copy = join(act.media, path.split("/").join(sep));
    // A file that is missing, or of another size, is told below.
    const same = await sameContent(from, copy, context.signal).catch(() => true);
    if (!same) problems.push(`${path}: its content is not that of ${from}`);
  }
  // Which of the two Setup has is decided by boot.wim, and its secrets make the size of an answer file.
  const free = new Set([...setupFiles].map((name) => `sources/${name}`));
  if (act.answerFile) wanted.set("autounattend.xml", { path: "autounattend.xml", folder: false, bytes: 0 });
  if (act.answerFile) free.add("autounattend.xml");
  const sized = (entry: MediaEntry): MediaEntry =>
    free.has(entry.path.toLowerCase()) ? { ...entry, bytes: 0 } : entry;
  problems.push(...differences([...wanted.values()].map(sized), found.map(sized)));
  if (problems.length > 0)
    throw failure("SERVICING_MEDIA_UNPROVEN", { file: act.media, problems: first(problems) });
}

async function sameContent(one: string, other: string, signal: AbortSignal): Promise<boolean> {
  return (await sha256Of(one, signal)).sha256 === (await sha256Of(other, signal)).sha256;
}

/** Between files that were to be there and those that are; folders follow from them. */
export function differences(wanted: readonly MediaEntry[], found: readonly MediaEntry[]): readonly string[] {
  const [before, after] = [filesOf(wanted), filesOf(found)];
  return [
    ...[...before].flatMap(([key, { path, bytes }]) => {
      const there = after.get(key);
      if (there === undefined) return [`${path} is missing`];
      return there.bytes === bytes ? [] : [`${path} has ${there.bytes} bytes, not ${bytes}`];
    }),
    ...[...after].flatMap(([key, { path }]) => (before.has(key) ? [] : [`${path} is too many`])),
  ];
}

function filesOf(entries: readonly MediaEntry[]): ReadonlyMap<string, MediaEntry> {
  return new Map(entries.filter(({ folder }) => !folder).map((entry) => [entry.path.toLowerCase(), entry]));
}

export function first(problems: readonly string[]): readonly string[] {
  const shown = problems.slice(0, 20);
  return shown.length === problems.length ? shown : [...shown, `and ${problems.length - shown.length} more`];
}
