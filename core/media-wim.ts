import { lstat, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { draftIn } from "./draft-folder.ts";
import { failure } from "./error.ts";
import { stampOf } from "./file-stamp.ts";
import { hashOf } from "./fingerprint.ts";
import { fileIn } from "./formats/media.ts";
import type { Media } from "./media.ts";
import type { Runner, RunOptions } from "./runner.ts";
import type { Store } from "./store.ts";

const name = "boot.wim";

/**
 * The boot.wim of media as a file. That of an ISO is unpacked into the store, once as long as both are as they were.
 * @throws SERVICING_MEDIA_INVALID, SERVICING_TOOL_MISSING
 */
export async function bootWimOf(
  { from, kind, entries }: Media,
  runner: Runner,
  store: Store | undefined,
  { warn = () => undefined, ...options }: RunOptions & { warn?(text: string): void } = {},
): Promise<string> {
  const invalid = (reason: string) => failure("SERVICING_MEDIA_INVALID", { from, reason });
  const entry = fileIn(entries, `sources/${name}`);
  if (entry === undefined) throw invalid(`it has no sources/${name}`);
  if (kind === "folder") return join(from, entry.path);
  if (store === undefined) throw invalid(`its ${name} is read from a folder only; unpack it`);
  const stamp = stampOf(await stat(from)) ?? [from, Date.now()];
  const id = hashOf("boot.wim of an ISO", stamp);
  const known = await store.file(id, name, warn);
  if (known !== undefined) return known;
  // Beside where it will lie, so that it is renamed and not copied; what a killed process leaves there is swept.
  const folder = draftIn(join(store.folder, "making"));
  try {
    const args = ["e", "-y", "-bd", `-o${folder}`, "--", from, entry.path];
    await runner.run({ run: "7z", args, writes: true }, options);
    const [unpacked = name, ...others] = await readdir(folder);
    const found = await lstat(join(folder, unpacked));
    if (others.length > 0 || !found.isFile() || found.size !== entry.bytes)
      throw invalid(`its ${name} is not unpacked as it is listed`);
    await rename(join(folder, unpacked), join(folder, name));
    await store.put(id, folder, { line: "", step: `${name} of ${from}`, source: from, warnings: [] });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const made = await store.file(id, name, warn);
  if (made === undefined) throw invalid(`its ${name} could not be kept in the store`);
  return made;
}
