import { foldName } from "../formats/hive.ts";
import { type Dentry, isDirectory, type Metadata, splitPath } from "../formats/wim-metadata.ts";

export type Kind = "file" | "folder" | "link";

/** The tree of an image as it will be once the changes that were noted here are made. */
export interface Overlay {
  /** The entry that the image brings along, unless it was deleted. */
  held(path: string): Dentry | undefined;
  kind(path: string): Kind | undefined;
  /** Folders that lead to it are made with it. */
  add(path: string, kind: Kind): void;
  remove(path: string): void;
}

export function overlay(metadata: Metadata): Overlay {
  const made = new Map<string, Kind>();
  const gone = new Set<string>();

  const held = (path: string): Dentry | undefined =>
    gone.size > 0 && [...parentsOf(path), path].some((each) => gone.has(fold(each)))
      ? undefined
      : metadata.lookup(path);
  const kind = (path: string): Kind | undefined => {
    const entry = held(path);
    return entry === undefined ? made.get(fold(path)) : kindOf(entry);
  };
  return {
    held,
    kind,
    add(path, what) {
      for (const parent of parentsOf(path)) if (kind(parent) === undefined) made.set(fold(parent), "folder");
      made.set(fold(path), what);
    },
    remove(path) {
      const folded = fold(path);
      for (const name of made.keys()) if (isWithin(folded, name)) made.delete(name);
      gone.add(folded);
    },
  };
}

function kindOf(entry: Dentry): Kind {
  if (entry.reparsePoint) return "link";
  return isDirectory(entry) ? "folder" : "file";
}

/** The folders that lead to a path, the outermost first. */
export function parentsOf(path: string): readonly string[] {
  const parts = splitPath(path).slice(0, -1);
  return parts.map((_, at) => `\\${parts.slice(0, at + 1).join("\\")}`);
}

/** Whether a path is that of a folder, or below it. Both as `fold` gives them. */
export function isWithin(folder: string, path: string): boolean {
  return path.startsWith(folder) && (path.length === folder.length || path[folder.length] === "\\");
}

/** As Windows compares paths. */
export function fold(path: string): string {
  return foldName(`\\${splitPath(path).join("\\")}`);
}
