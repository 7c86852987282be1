import { type Dirent, readdirSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";

/** Entries of folders that were listed already, by path: packages side by side share them. */
export type Listings = Map<string, readonly Dirent[]>;

export type FoundFile =
  | { readonly state: "found"; readonly path: string; readonly packed: boolean; readonly linked: boolean }
  | { readonly state: "missing" }
  /** It lies outside of the folder, by its name or by a link. */
  | { readonly state: "outside" };

const foldersDeep = 32;

/**
 * Looks a file of a package up below its folder: names in any case, backslashes between them. `x.sy_` is found for
 * `x.sys`, where that is not there: packed by the Microsoft compression utility.
 */
export function findIn(root: string, name: string, listings: Listings): FoundFile {
  const parts = name.split(/[\\/]/).filter((part) => part !== "" && part !== ".");
  if (parts.includes("..") || parts.length > foldersDeep || /^[\\/]|^[a-z]:/i.test(name))
    return { state: "outside" };
  let folder = root;
  let path = "";
  let linked = false;
  for (const [at, part] of parts.entries()) {
    const last = at === parts.length - 1;
    const packed = `${part.slice(0, -1)}_`;
    const entry = named(folder, part, listings) ?? (last ? named(folder, packed, listings) : undefined);
    if (entry === undefined) return { state: "missing" };
    path = path === "" ? entry.name : `${path}/${entry.name}`;
    linked ||= entry.isSymbolicLink();
    const kind = kindOf(entry, folder, root);
    if (kind === "outside") return { state: "outside" };
    if (kind !== (last ? "file" : "folder")) return { state: "missing" };
    if (last) {
      return { state: "found", path, packed: entry.name.toLowerCase() !== part.toLowerCase(), linked };
    }
    folder = join(folder, entry.name);
  }
  return { state: "missing" };
}

function named(folder: string, name: string, listings: Listings): Dirent | undefined {
  const entries = entriesOf(folder, listings);
  if (entries.length <= fewEntries) {
    const exact = entries.find((entry) => entry.name === name);
    return exact ?? entries.find((entry) => entry.name.toLowerCase() === name.toLowerCase());
  }
  const byName = index.get(entries) ?? Map.groupBy(entries, (entry) => entry.name.toLowerCase());
  index.set(entries, byName);
  const found = byName.get(name.toLowerCase()) ?? [];
  return found.find((entry) => entry.name === name) ?? found[0];
}

/** So many are looked through sooner than an index is made. */
const fewEntries = 32;

/** Thousands of packages may lie in one folder. */
const index = new WeakMap<readonly Dirent[], ReadonlyMap<string, readonly Dirent[]>>();

/** None where the folder is not there or cannot be listed. */
export function entriesOf(folder: string, listings: Listings): readonly Dirent[] {
  const known = listings.get(folder);
  if (known !== undefined) return known;
  const entries = listed(folder);
  listings.set(folder, entries);
  return entries;
}

function listed(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function kindOf(entry: Dirent, folder: string, root: string): "file" | "folder" | "outside" | "other" {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "folder";
  if (!entry.isSymbolicLink()) return "other";
  try {
    const path = join(folder, entry.name);
    const inside = realpathSync(root);
    if (!realpathSync(path).startsWith(inside.endsWith(sep) ? inside : inside + sep)) return "outside";
    const stats = statSync(path);
    return stats.isFile() ? "file" : stats.isDirectory() ? "folder" : "other";
  } catch {
    return "other";
  }
}
