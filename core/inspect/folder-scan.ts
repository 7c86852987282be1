import { type Stats, statSync } from "node:fs";
import { dirname, join, sep } from "node:path";
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

/** What is remembered of one folder of inputs, in one fact: what each file turned out to be, and from what. */
interface Memory {
  /** By path from the folder: stamp, files and folders in it. */
  readonly folders: Readonly<Record<string, readonly [string, readonly string[], readonly string[]]>>;
  /** By path from the folder: what it is, and the stamps of the files and folders that this hangs on. */
  readonly files: Readonly<Record<string, readonly [ScannedFile, Readonly<Record<string, string>>]>>;
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
  const known = memoryFrom(facts?.read(key));
  const stamps = new Map<string, string>();
  const folders: Record<string, Memory["folders"][string]> = Object.create(null) as never;
  const files: Record<string, Memory["files"][string]> = Object.create(null) as never;
  let news = false;

  const stampOf = (path: string): string => {
    const found = stamps.get(path) ?? stampAt(join(root, path));
    stamps.set(path, found);
    return found;
  };
  return {
    folder(path) {
      const [stamp, held, below] = Object.hasOwn(known.folders, path) ? (known.folders[path] ?? []) : [];
      if (stamp === undefined || held === undefined || below === undefined || stamp !== stampOf(path))
        return undefined;
      folders[path] = [stamp, held, below];
      return [held, below];
    },
    listed(path, held, below) {
      news = true;
      const stamp = stampOf(path);
      if (stamp !== "") folders[path] = [stamp, held, below];
    },
    file(path) {
      const entry = Object.hasOwn(known.files, path) ? known.files[path] : undefined;
      if (entry === undefined) return undefined;
      for (const name in entry[1]) if (entry[1][name] !== stampOf(name)) return undefined;
      files[path] = entry;
      return entry[0];
    },
    scanned(path, found, from) {
      if (from === undefined || facts === undefined) return;
      news = true;
      const hangsOn = from.map((name) => [name, stampOf(name)] as const);
      if (hangsOn.every(([, stamp]) => stamp !== "")) files[path] = [found, Object.fromEntries(hangsOn)];
    },
    keep() {
      if (news) facts?.write(key, { folders, files } satisfies Memory);
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

function memoryFrom(fact: unknown): Memory {
  return typeof fact === "object" && fact !== null && "folders" in fact && "files" in fact
    ? (fact as Memory)
    : { folders: {}, files: {} };
}

/** Empty for what is not there, and for what may change again before anybody could see it. */
function stampAt(path: string): string {
  const stats: Stats | undefined = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return "";
  const latest = Math.max(stats.mtimeMs, stats.ctimeMs);
  if (Date.now() - latest <= settledMilliseconds) return "";
  return `${stats.size} ${stats.mtimeMs} ${stats.ctimeMs} ${stats.ino} ${stats.dev}`;
}
