import { stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { payloadEntries, payloadKind } from "./acts/payload.ts";
import { failure } from "./error.ts";
import { type MediaEntry, mediaFault, readListing } from "./formats/media.ts";
import { type Media, mediaOf } from "./media.ts";
import type { Runner, RunOptions } from "./runner.ts";

/**
 * Lists media and says whether they are some. An ISO of Microsoft's is UDF, with a single text file in its ISO 9660 part, so
 * 7z reads it.
 * @throws SERVICING_INPUT_NOT_FOUND, SERVICING_INPUT_UNREADABLE, SERVICING_MEDIA_INVALID, SERVICING_TOOL_MISSING
 */
export async function readMedia(from: string, runner: Runner, options: RunOptions = {}): Promise<Media> {
  const kind = (await payloadKind(from, "installation media")) === "folder" ? "folder" : "iso";
  const entries = kind === "folder" ? await folderEntries(from) : await isoEntries(from, runner, options);
  const reason = mediaFault(entries);
  if (reason !== undefined) throw failure("SERVICING_MEDIA_INVALID", { from, reason });
  return mediaOf({ from, kind, entries });
}

/** Everything below a folder. Links out of it, and what is neither file nor folder, are refused. */
export async function folderEntries(folder: string): Promise<readonly MediaEntry[]> {
  const entries: MediaEntry[] = [];
  for (const { name, kind } of await payloadEntries(folder)) {
    const bytes = kind === "folder" ? 0 : (await stat(join(folder, name))).size;
    entries.push({ path: name.split(sep).join("/"), folder: kind === "folder", bytes });
  }
  return entries;
}

async function isoEntries(from: string, runner: Runner, options: RunOptions): Promise<readonly MediaEntry[]> {
  const invalid = (reason: string, cause: unknown) =>
    failure("SERVICING_MEDIA_INVALID", { from, reason }, { cause });
  const { stdout } = await runner.run(listing(from), options).catch((error: unknown) => {
    if ((error as { code?: string }).code !== "SERVICING_COMMAND_FAILED") throw error;
    throw invalid("7z cannot read it as an ISO", error);
  });
  try {
    const entries = readListing(stdout);
    const claimed = entries.reduce((sum, { bytes }) => sum + bytes, 0);
    const { size } = await stat(from);
    if (claimed > mostSharing * size)
      throw new RangeError(`its files claim ${claimed} bytes, and it has ${size}`);
    return entries;
  } catch (error) {
    throw invalid((error as Error).message, error);
  }
}

/** Equal files of a disc may be there once; more than this many of all of it are no media's. */
const mostSharing = 4;

function listing(file: string) {
  return { run: "7z", args: ["l", "-sccUTF-8", "--", file], writes: false };
}
