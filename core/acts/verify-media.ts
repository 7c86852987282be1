import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Act } from "../engine.ts";
import { failure } from "../error.ts";
import { sha256Of } from "../file-bytes.ts";
import { differences, first, type MediaEntry } from "../formats/media.ts";
import { folderEntries, readMedia } from "../media-source.ts";
import { additions, isTaken } from "./media.ts";
import type { ActContext } from "./perform.ts";
import { setupFiles } from "./setup-files.ts";

type Verify = Extract<Act, { act: "verify media" }>;

/**
 * Every file that was to be there, with its size, and no other; those that were put there by their content as well.
 * @throws SERVICING_MEDIA_UNPROVEN
 */
export async function verifyMedia(act: Verify, context: ActContext): Promise<void> {
  const { entries } = await readMedia(act.from, context.runner, context);
  const found = await folderEntries(act.media);
  const names = new Map(found.map(({ path }) => [path.toLowerCase(), path]));
  const added = await additions(act);
  const wanted = new Map(
    entries
      .filter((entry) => !entry.folder && isTaken(entry, act.boot !== undefined))
      .map((entry) => [entry.path.toLowerCase(), entry]),
  );
  const problems: string[] = [];
  for (const { from, to } of added) {
    const path = names.get(to.toLowerCase()) ?? to;
    wanted.set(path.toLowerCase(), { path, folder: false, bytes: (await stat(from)).size });
    const copy = join(act.media, path);
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
