import { readdir, realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { failure } from "../error.ts";
import { foldName } from "../formats/hive.ts";
import { imagePath } from "../formats/image-path.ts";
import type { Kind } from "./overlay.ts";

export interface PayloadEntry {
  /** Path from the payload, names parted as the host does it. */
  readonly name: string;
  readonly kind: Exclude<Kind, "link">;
}

/**
 * What a file or a folder of the host will be inside an image: links are followed.
 * @throws SERVICING_INPUT_NOT_FOUND, SERVICING_INPUT_UNREADABLE
 */
export async function payloadKind(path: string, wanted: string): Promise<PayloadEntry["kind"]> {
  const found = await stat(path).catch((error: unknown) => {
    throw failure("SERVICING_INPUT_NOT_FOUND", { path, wanted }, { cause: error });
  });
  if (found.isDirectory()) return "folder";
  if (found.isFile()) return "file";
  throw unreadable(path, "it is neither a file nor a folder");
}

/**
 * Everything below a folder, each folder before what is in it.
 * Such a folder must hold its own files, not links to other people's, under names that Windows can tell apart.
 * @throws SERVICING_INPUT_NOT_FOUND, SERVICING_INPUT_UNREADABLE
 */
export async function payloadEntries(folder: string): Promise<readonly PayloadEntry[]> {
  const root = await realpath(folder);
  const entries: PayloadEntry[] = [];

  /** `open`: the folders that are being read, by their real paths. */
  async function read(name: string, open: readonly string[]): Promise<void> {
    const at = join(folder, name);
    for (const child of await namesIn(at)) {
      const path = join(at, child);
      const real = await realpath(path).catch(() => "..");
      const way = relative(root, real);
      if (way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way))
        throw unreadable(path, "it is a link that leads out of its folder");
      if (open.includes(real)) throw unreadable(path, "it is a link to a folder that holds it");
      const entry = { name: join(name, child), kind: await payloadKind(path, `a file of ${folder}`) };
      entries.push(entry);
      if (entry.kind === "folder") await read(entry.name, [...open, real]);
    }
  }

  await read("", [root]);
  return entries;
}

/** What other systems tell apart, Windows does not. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  const sorted = (await readdir(folder)).toSorted();
  const first = new Map<string, string>();
  for (const name of sorted) {
    const other = first.get(foldName(name));
    if (other !== undefined)
      throw unreadable(folder, `${other} and ${name} in it are the same name for Windows`);
    first.set(foldName(name), name);
  }
  return sorted;
}

/** @throws SERVICING_IMAGE_PATH for a name of the host that Windows cannot have */
export function below(folder: string, name: string): string {
  const parts = name.split(sep);
  if (sep !== "\\" && name.includes("\\"))
    throw failure("SERVICING_IMAGE_PATH", { path: name, reason: "one of its names holds a backslash" });
  return imagePath([folder, ...parts].join("\\"));
}

function unreadable(path: string, reason: string): Error {
  return failure("SERVICING_INPUT_UNREADABLE", { path, reason });
}
