import { type Dirent, opendirSync } from "node:fs";
import { join, sep } from "node:path";
import { type FolderScan, pathIn } from "./folder-scan.ts";
import { entriesOf, findIn, type Listings } from "./package-folder.ts";

/** Paths below a folder. */
export interface FolderFiles {
  /** Of files, in order. */
  readonly files: readonly string[];
  /** Of folders that cannot be listed. */
  readonly locked: readonly string[];
}

interface Listing {
  readonly root: string;
  readonly scan: FolderScan;
  readonly listings: Listings;
  /** Told the files of each folder that had to be listed, nearly in the order in which they come in the end. */
  readonly onNews: (folder: string, names: readonly string[]) => void;
}

/** Files below a folder, a few more than `limit` at most; links that lead out of it are not followed. */
export function filesBelow(listing: Listing, limit: number): FolderFiles {
  const [files, locked]: [string[], string[]] = [[], []];
  const open = [""];
  for (let folder = open.pop(); folder !== undefined && files.length <= limit; folder = open.pop()) {
    const prefix = folder === "" ? "" : `${folder}${sep}`;
    const known = listing.scan.folder(folder);
    const [held, below] = known ?? list(folder, listing, locked);
    for (const name of held) files.push(prefix + name);
    for (const name of below.toReversed()) open.push(prefix + name);
    if (known === undefined) listing.onNews(folder, held);
  }
  return { files: files.sort(), locked };
}

function list(
  folder: string,
  { root, scan, listings }: Listing,
  locked: string[],
): readonly [files: readonly string[], folders: readonly string[]] {
  const path = pathIn(root, folder);
  const entries = entriesOf(path, listings);
  if (entries.length === 0 && !isListable(path)) {
    locked.push(folder);
    scan.listed(folder, [], [], false);
    return [[], []];
  }
  const [files, folders]: [string[], string[]] = [[], []];
  let lasting = true;
  for (const entry of entries) {
    if (entry.isDirectory()) folders.push(entry.name);
    else if (entry.isFile() || isInside(entry, path, root)) files.push(entry.name);
    if (entry.isSymbolicLink()) lasting = false;
  }
  files.sort();
  folders.sort();
  scan.listed(folder, files, folders, lasting);
  return [files, folders];
}

function isListable(folder: string): boolean {
  try {
    opendirSync(folder).closeSync();
    return true;
  } catch {
    return false;
  }
}

/** A link to a file of the same folder of inputs. */
function isInside(entry: Dirent, folder: string, root: string): boolean {
  return (
    entry.isSymbolicLink() &&
    findIn(root, join(folder, entry.name).slice(root.length + 1), new Map()).state === "found"
  );
}
