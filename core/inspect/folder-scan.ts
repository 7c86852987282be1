import { statSync } from "node:fs";
import { dirname, sep } from "node:path";
import type { Artefact, DriverArtefact } from "../artefact.ts";
import type { Facts } from "../facts.ts";
import { packageVersion } from "../own-package.ts";

/** Younger files may change again within the resolution of their times, so nothing is remembered of them. */
const settledMilliseconds = 2000;

/** What a file of a scanned folder turned out to be. */
export interface ScannedFile {
  /** Absent: nothing that is known. */
  readonly artefact?: Artefact;
  /** Why an INF could not be read. */
  readonly reason?: string;
}

/** What is remembered of one folder of inputs, in one fact. Paths are below the folder, and named by their place. */
interface Memory {
  readonly paths: readonly string[];
  /** Of each path as many numbers as `stampAt` gives. */
  readonly stamps: readonly number[];
  /** Each folder, with the names of files and of folders in it. */
  readonly folders: readonly (readonly [
    path: number,
    files: readonly string[],
    folders: readonly string[],
  ])[];
  /** Each file, what it turned out to be, and the files and folders that this hangs on. */
  readonly files: readonly (readonly [path: number, found: ScannedFile, from: readonly number[]])[];
}

export interface FolderScan {
  /** Files and folders in a folder, by path from the root; undefined where they have to be listed. */
  folder(path: string): readonly [files: readonly string[], folders: readonly string[]] | undefined;
  listed(path: string, files: readonly string[], folders: readonly string[]): void;
  /** Undefined where it has to be inspected. */
  file(path: string): ScannedFile | undefined;
  /** @param from the files and folders that it hangs on; undefined: it cannot be remembered */
  scanned(path: string, found: ScannedFile, from: readonly string[] | undefined): void;
  /** Remembers what was found; nothing where nothing changed. */
  keep(): void;
}

/** What is known of a folder from the last time. Files are the same while size, times and inode are. */
export function folderScan(root: string, facts: Facts | undefined): FolderScan {
  const key = `scan ${packageVersion()} ${root}`;
  // Facts are those of this version, and whole: nobody else writes them.
  const known: Memory = { ...nothing, ...(facts?.read(key) as Partial<Memory> | undefined) };
  const places = new Map(known.paths.map((path, place) => [path, place]));
  const knownFolders = new Map(known.folders.map((folder) => [folder[0], folder]));
  const knownFiles = new Map(known.files.map((file) => [file[0], file]));
  const same: (boolean | undefined)[] = [];
  const stamps = new Map<string, Stamp | undefined>();
  const next = memoryBuilder((path) => stampOf(path));
  let news = false;

  function stampOf(path: string): Stamp | undefined {
    if (!stamps.has(path)) stamps.set(path, stampAt(path === "" ? root : `${root}${sep}${path}`));
    return stamps.get(path);
  }
  function isSame(place: number): boolean {
    return (same[place] ??= isStamp(stampOf(known.paths[place] ?? ""), known.stamps, place));
  }
  return {
    folder(path) {
      const found = knownFolders.get(places.get(path) ?? -1);
      if (found === undefined || !isSame(found[0])) return undefined;
      next.folder(path, found[1], found[2]);
      return [found[1], found[2]];
    },
    listed(path, files, folders) {
      news = true;
      if (stampOf(path) !== undefined) next.folder(path, files, folders);
    },
    file(path) {
      const found = knownFiles.get(places.get(path) ?? -1);
      if (found === undefined || !found[2].every(isSame)) return undefined;
      next.file(path, found[1], () => found[2].map((place) => known.paths[place] ?? ""));
      return found[1];
    },
    scanned(path, found, from) {
      if (from === undefined || facts === undefined) return;
      news = true;
      if (from.every((source) => stampOf(source) !== undefined)) next.file(path, found, () => from);
    },
    keep() {
      if (news) facts?.write(key, next.memory());
    },
  };
}

const nothing: Memory = { paths: [], stamps: [], folders: [], files: [] };

/** Gathers what is to be remembered; it is put together only when it is wanted. */
function memoryBuilder(stampOf: (path: string) => Stamp | undefined) {
  const folders: (readonly [string, readonly string[], readonly string[]])[] = [];
  const files: (readonly [string, ScannedFile, () => readonly string[]])[] = [];
  return {
    folder: (path: string, held: readonly string[], below: readonly string[]) =>
      folders.push([path, held, below]),
    file: (path: string, found: ScannedFile, from: () => readonly string[]) =>
      files.push([path, found, from]),
    memory(): Memory {
      const places = new Map<string, number>();
      const stamps: number[] = [];
      const place = (path: string): number => {
        const found = places.get(path) ?? places.size;
        if (found === places.size) {
          places.set(path, found);
          stamps.push(...(stampOf(path) ?? unknown));
        }
        return found;
      };
      const placed = {
        folders: folders.map(([path, held, below]) => [place(path), held, below] as const),
        files: files.map(([path, found, from]) => [place(path), found, from().map(place)] as const),
      };
      return { paths: [...places.keys()], stamps, ...placed };
    },
  };
}

/** What an artefact hangs on, by path from the root; undefined where more than the files themselves decide. */
export function sourcesOf(root: string, path: string, artefact: Artefact): readonly string[] | undefined {
  if (artefact.kind === "package" || artefact.kind === "appx" || artefact.kind === "msi") return [path];
  return artefact.kind === "driver" ? packageSources(root, artefact) : undefined;
}

/** The folder of the INF, every file of the package, and the folders that they lie in. */
function packageSources(root: string, artefact: DriverArtefact): readonly string[] | undefined {
  const { file, packages = [], missingFiles = [] } = artefact;
  // Which folder would have to change for it to be there cannot be told.
  if (missingFiles.some((name) => /[\\/]/.test(name))) return undefined;
  const folder = dirname(file)
    .slice(root.length)
    .replace(/^[\\/]/, "");
  const sources = new Set([folder, file.slice(root.length).replace(/^[\\/]/, "")]);
  for (const { files } of packages)
    for (const { path } of files) {
      const whole = folder === "" ? path : `${folder}${sep}${path}`;
      sources.add(whole);
      if (path.includes("/")) sources.add(dirname(whole));
    }
  return [...sources];
}

type Stamp = readonly [size: number, modified: number, changed: number, inode: number, device: number];
const unknown: Stamp = [-1, -1, -1, -1, -1];

/** Undefined for what is not there, and for what may change again before anybody could see it. */
function stampAt(path: string): Stamp | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const { size, mtimeMs, ctimeMs, ino, dev } = stats;
  if (Date.now() - Math.max(mtimeMs, ctimeMs) <= settledMilliseconds) return undefined;
  return [size, mtimeMs, ctimeMs, ino, dev];
}

function isStamp(stamp: Stamp | undefined, stamps: readonly number[], place: number): boolean {
  if (stamp === undefined) return false;
  for (let part = 0; part < stamp.length; part += 1)
    if (stamps[place * stamp.length + part] !== stamp[part]) return false;
  return true;
}
