import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Act } from "../engine.ts";
import { failure } from "../error.ts";
import { sha256Of } from "../file-bytes.ts";
import { differences, first, type MediaEntry } from "../formats/media.ts";
import { folderEntries, readMedia } from "../media-source.ts";
import { answerPath } from "./media-file.ts";
import { additions, isTaken } from "./media.ts";
import type { ActContext } from "./perform.ts";
import { isOfBootWim } from "./setup-files.ts";

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
      .filter((entry) => !entry.folder && isTaken(entry, act))
      .map((entry) => [entry.path.toLowerCase(), entry]),
  );
  // Which of the two Setup has is decided by boot.wim, and secrets make the size of an answer file.
  const isFree = (path: string): boolean =>
    isOfBootWim(path, act) || (act.answerFile && path.toLowerCase() === answerPath);
  if (act.answerFile) {
    wanted.set(answerPath, { path: answerPath, folder: false, bytes: 0 });
  }
  const problems: string[] = [];
  for (const { from, to, folder } of added) {
    if (folder) continue;
    const path = names.get(to.toLowerCase()) ?? to;
    wanted.set(path.toLowerCase(), { path, folder, bytes: (await stat(from)).size });
    if (isFree(path) || !names.has(to.toLowerCase())) continue;
    if (!(await sameContent(from, join(act.media, path), context.signal)))
      problems.push(`${path}: its content is not that of ${from}`);
  }
  const sized = (entry: MediaEntry): MediaEntry => (isFree(entry.path) ? { ...entry, bytes: 0 } : entry);
  problems.push(...differences([...wanted.values()].map(sized), found.map(sized)));
  if (problems.length > 0)
    throw failure("SERVICING_MEDIA_UNPROVEN", { file: act.media, problems: first(problems) });
}

async function sameContent(one: string, other: string, signal: AbortSignal): Promise<boolean> {
  return (await sha256Of(one, signal)).sha256 === (await sha256Of(other, signal)).sha256;
}
