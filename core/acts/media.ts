import { chmod } from "node:fs/promises";
import { join } from "node:path";
import type { Act, GatheredMedia } from "../engine.ts";
import { failure } from "../error.ts";
import { sha256Of } from "../file-bytes.ts";
import {
  bootCatalogue,
  differences,
  first,
  isInstallImage,
  listFault,
  type MediaEntry,
} from "../formats/media.ts";
import { makeFolder } from "../make-folder.ts";
import type { Media } from "../media.ts";
import { folderEntries, readMedia } from "../media-source.ts";
import { readWim } from "../wim-file.ts";
import { answerPath, bootPath, put, spelled, take } from "./media-file.ts";
import { payloadKind } from "./payload.ts";
import type { ActContext } from "./perform.ts";

type Gather = Extract<Act, { act: "gather media" }>;

/**
 * Makes a media folder: a copy of media without their own image, and what goes into their places.
 * @throws SERVICING_MEDIA_INVALID, SERVICING_MEDIA_UNFIT
 */
export async function gatherMedia(act: Gather, context: ActContext): Promise<void> {
  const media = await readMedia(act.from, context.runner, context);
  const taken = media.entries.filter((entry) => isTaken(entry, act));
  makeFolder(act.to);
  if (media.kind === "iso") await unpack(media, taken, act.to, context);
  else
    for (const entry of taken) await take(join(act.from, entry.path), join(act.to, entry.path), entry.folder);
  for (const { from, to, folder } of await additions(act)) {
    context.signal.throwIfAborted();
    if (folder) makeFolder(await spelled(act.to, to));
    else await put(from, act.to, to);
  }
  await refuseArchitecture(act);
}

/** The image is the line's own; parts of another that stayed would be taken for parts of it. */
export function isTaken({ path }: MediaEntry, { boot, answerFile }: GatheredMedia): boolean {
  const name = path.toLowerCase();
  if (isInstallImage(path) || name === bootCatalogue) return false;
  return !(boot !== undefined && name === bootPath) && !(answerFile && name === answerPath);
}

/** A file or folder of the host, and its path from the root of the media, `/` between. */
interface Addition {
  readonly from: string;
  readonly to: string;
  readonly folder: boolean;
}

/** What is put into the copy. @throws SERVICING_MEDIA_UNFIT where two files go to one place */
export async function additions(act: GatheredMedia): Promise<readonly Addition[]> {
  const image = `sources/install${/\.esd$/i.test(act.image) ? ".esd" : ".wim"}`;
  const added: Addition[] = [{ from: act.image, to: image, folder: false }];
  if (act.boot !== undefined) added.push({ from: act.boot, to: bootPath, folder: false });
  for (const { from, to } of act.files) {
    const base = to.replaceAll("\\", "/").replace(/^\/+|\/+$/g, "");
    const folder = (await payloadKind(from, "a file or folder for the media")) === "folder";
    added.push({ from, to: base, folder });
    if (!folder) continue;
    for (const entry of await folderEntries(from))
      added.push({ from: join(from, entry.path), to: `${base}/${entry.path}`, folder: entry.folder });
  }
  const once = new Map<string, Addition>();
  for (const each of added) {
    const earlier = once.get(each.to.toLowerCase());
    if (earlier !== undefined && !(await isSame(earlier, each)))
      throw unfit(`${each.to} is to be ${earlier.from}, and ${each.from} as well`);
    once.set(each.to.toLowerCase(), each);
  }
  if (act.answerFile && once.has(answerPath))
    throw unfit("autounattend.xml is the line's own; name yours in unattend({ answerFile })");
  const fault = listFault([...once.values()].map(({ to, folder }) => ({ path: to, folder, bytes: 0 })));
  if (fault !== undefined) throw unfit(fault);
  return [...once.values()];
}

async function isSame(one: Addition, other: Addition): Promise<boolean> {
  if (one.folder || other.folder) return one.folder === other.folder;
  return one.from === other.from || (await sha256Of(one.from)).sha256 === (await sha256Of(other.from)).sha256;
}

function unfit(reason: string): Error {
  return failure("SERVICING_MEDIA_UNFIT", { to: "the media folder", reason });
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
  if (problems.length > 0) throw failure("SERVICING_MEDIA_UNPROVEN", { file: to, problems: first(problems) });
  // What comes from a disc may be read-only, which Windows Setup and a later copy trip over ("media-dynamic-update").
  for (const { path, folder } of unpacked) await chmod(join(to, path), folder ? 0o755 : 0o644);
}

/** Setup of one architecture installs no image of another. */
async function refuseArchitecture({ image, to }: Gather): Promise<void> {
  const boot = await spelled(to, bootPath);
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
