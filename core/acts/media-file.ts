import { constants } from "node:fs";
import { chmod, copyFile, readdir, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { failure } from "../error.ts";
import { makeFolder } from "../make-folder.ts";

export const bootPath = "sources/boot.wim";
export const answerPath = "autounattend.xml";

/** Where a path of media is in a folder whose names are in whatever case: what is not there is as it was asked for. */
export async function spelled(root: string, path: string): Promise<string> {
  let at = root;
  for (const part of path.split("/")) at = join(at, (await namesIn(at)).get(part.toLowerCase()) ?? part);
  return at;
}

/** Names by their lower case; none where there is no folder. */
async function namesIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(folder).catch(() => []);
  return new Map(names.map((name) => [name.toLowerCase(), name]));
}

/** As a clone where the file system has them. */
export async function take(from: string, to: string, folder: boolean): Promise<void> {
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
export async function put(from: string, root: string, path: string): Promise<void> {
  const at = await spelled(root, path);
  const there = await stat(at).catch(() => undefined);
  if (there !== undefined && !there.isFile()) {
    const reason = `${path} of the media is a folder, and a file is to go there`;
    throw failure("SERVICING_MEDIA_UNFIT", { to: at, reason });
  }
  await rm(at, { force: true });
  await take(from, at, false);
}
