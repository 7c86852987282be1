import { createHash } from "node:crypto";
import { dirname, sep } from "node:path";
import { type Artefact, artefactForm, type DriverArtefact } from "../artefact.ts";
import type { Facts } from "../facts.ts";
import { packageVersion } from "../own-package.ts";
import { type FileStamp, type FileStamps, stampAt, stampLength, writeStamp } from "../file-stamp.ts";

/** What a file of a scanned folder turned out to be. */
export interface ScannedFile {
  /** Absent: nothing that is known. */
  readonly artefact?: Artefact;
  /** Why an INF could not be read. */
  readonly reason?: string;
}

/** What a folder of inputs was the last time: enough to tell whether it still is. */
interface Trace {
  /** All files and folders that anything hangs on, whole, in one text: of that, no path has to be put together. */
  readonly paths: string;
  readonly count: number;
  /** Of the paths and all stamps. */
  readonly state: string;
  /** Nothing hangs on anything else. */
  readonly whole: boolean;
}

/** What was found in it. Paths are named by their place in the trace. */
interface Memory {
  readonly state: string;
  /** Of each path the numbers of its stamp, as the bytes of doubles in base64: thousands are read at once. */
  readonly stamps: string;
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
  /** @param lasting whether the folder itself would show a change */
  listed(path: string, files: readonly string[], folders: readonly string[], lasting: boolean): void;
  /** Undefined where it has to be inspected. */
  file(path: string): ScannedFile | undefined;
  /** @param from the files and folders that it hangs on; undefined: it cannot be remembered */
  scanned(path: string, found: ScannedFile, from: readonly string[] | undefined): void;
  /** Remembers what was found; nothing where nothing changed. */
  keep(): void;
  /** What a person was told of it under this name, where nothing has changed since. */
  told(name: string): string | undefined;
  tell(name: string, text: string): void;
}

/**
 * What is known of a folder from the last time. Facts are those of this version, and whole: nobody else writes them.
 * @param seen the stamps of files that are read meanwhile
 */
export function folderScan(root: string, facts: Facts | undefined, seen: FileStamps): FolderScan {
  const key = `${artefactForm} ${packageVersion()} ${root}`;
  const trace = (facts?.read(`paths ${key}`) as Trace | undefined) ?? nowhere;
  const { state, whole, count } = trace;
  const known = numbersNow(trace);
  const same = count > 0 && stateOf(trace.paths, known) === state;
  let memory: Recalled | undefined;
  let earlier: Map<string, FileStamp | undefined> | undefined;
  const next = memoryBuilder();
  let news = !same;
  let lasts = true;
  let latest = same && whole ? state : undefined;

  function recall(): Recalled {
    return (memory ??= recalled(root, trace, facts?.read(`folder ${key}`) as Memory | undefined));
  }
  function isSame(at: number): boolean {
    return same || equalAt(at, known, recall().stamps);
  }
  /** The earliest of this scan: what changes in the middle of it is looked at again the next time. */
  function stamp(path: string): FileStamp | undefined {
    earlier ??= new Map(recall().paths.map((of, at) => [of, stampIn(known, at)]));
    const held = earlier.get(path);
    if (held !== undefined || earlier.has(path)) return held;
    const file = pathIn(root, path);
    if (!seen.has(file)) seen.set(file, stampAt(file));
    const found = seen.get(file);
    earlier.set(path, found);
    return found;
  }
  return {
    folder(path) {
      const found = recall().folders.get(path);
      if (found === undefined || !isSame(found[0])) {
        // As it is before it is listed.
        stamp(path);
        return undefined;
      }
      next.folder(path, found[1], found[2]);
      return [found[1], found[2]];
    },
    listed(path, files, folders, lasting) {
      news = true;
      if (lasting && stamp(path) !== undefined) next.folder(path, files, folders);
      else lasts = false;
    },
    file(path) {
      const found = recall().files.get(path);
      if (found === undefined || !found[2].every(isSame)) return undefined;
      next.file(path, found[1], () => found[2].map((at) => recall().paths[at] ?? ""));
      return found[1];
    },
    scanned(path, found, from) {
      news = true;
      if (from?.every((source) => stamp(source) !== undefined)) next.file(path, found, () => from);
      else lasts = false;
    },
    keep() {
      if (!news || facts === undefined) return;
      const remembered = next.memory(root, lasts, stamp);
      facts.write(`folder ${key}`, remembered.memory);
      facts.write(`paths ${key}`, remembered.trace);
      latest = lasts ? remembered.trace.state : undefined;
    },
    told(name) {
      const fact = latest === undefined ? undefined : facts?.read(`told ${key} ${name}`);
      const [of, text] = (fact as readonly [string, string] | undefined) ?? [];
      return of === latest ? text : undefined;
    },
    tell(name, text) {
      if (latest !== undefined) facts?.write(`told ${key} ${name}`, [latest, text]);
    },
  };
}

/** A path below a folder, of parts that are as `join` would leave them. */
export function pathIn(folder: string, path: string): string {
  if (path === "") return folder;
  return folder.endsWith(sep) ? folder + path : `${folder}${sep}${path}`;
}

const nowhere: Trace = { paths: "", count: 0, state: "", whole: false };

/** Between two paths: none has it within. */
const between = "//";

function* pathsOf({ paths, count }: Trace): Generator<string, void> {
  if (count === 0) return;
  let from = 0;
  for (let to = paths.indexOf(between); to !== -1; to = paths.indexOf(between, from)) {
    yield paths.slice(from, to);
    from = to + between.length;
  }
  yield paths.slice(from);
}

type Recalled = ReturnType<typeof recalled>;

/** By path; nothing where it is of another state. */
function recalled(root: string, trace: Trace, memory: Memory | undefined) {
  const above = pathIn(root, "x").length - 1;
  const paths = [...pathsOf(trace)].map((path) => path.slice(above));
  const { stamps, folders, files } =
    memory?.state === trace.state ? memory : { stamps: "", folders: [], files: [] };
  const bytes = Buffer.from(stamps, "base64");
  return {
    paths,
    stamps: new Float64Array(new Uint8Array(bytes).buffer),
    folders: new Map(folders.map((folder) => [paths[folder[0]] ?? "", folder])),
    files: new Map(files.map((file) => [paths[file[0]] ?? "", file])),
  };
}

/** Gathers what is to be remembered; it is put together only when it is wanted. */
function memoryBuilder() {
  const folders: (readonly [string, readonly string[], readonly string[]])[] = [];
  const files: (readonly [string, ScannedFile, () => readonly string[]])[] = [];
  return {
    folder: (path: string, held: readonly string[], below: readonly string[]) =>
      folders.push([path, held, below]),
    file: (path: string, found: ScannedFile, from: () => readonly string[]) =>
      files.push([path, found, from]),
    memory(
      root: string,
      whole: boolean,
      stampOf: (path: string) => FileStamp | undefined,
    ): { trace: Trace; memory: Memory } {
      const places = new Map<string, number>();
      const place = (path: string): number => {
        const found = places.get(path) ?? places.size;
        if (found === places.size) places.set(path, found);
        return found;
      };
      const placed = {
        folders: folders.map(([path, held, below]) => [place(path), held, below] as const),
        files: files.map(([path, found, from]) => [place(path), found, from().map(place)] as const),
      };
      const numbers = numbersOf(places.keys(), places.size, stampOf);
      const paths = [...places.keys()].map((path) => pathIn(root, path)).join(between);
      const state = stateOf(paths, numbers);
      const stamps = Buffer.from(numbers.buffer).toString("base64");
      return { trace: { paths, count: places.size, state, whole }, memory: { state, stamps, ...placed } };
    },
  };
}

type Numbers = Float64Array<ArrayBuffer>;

/** What may change unseen has no number, which equals nothing. */
function numbersNow(trace: Trace): Numbers {
  const numbers = noNumbers(trace.count);
  let at = 0;
  for (const path of pathsOf(trace)) {
    writeStamp(path, numbers, at);
    at += stampLength;
  }
  return numbers;
}

/** The same of stamps that are known. */
function numbersOf(
  paths: Iterable<string>,
  count: number,
  stampOf: (path: string) => FileStamp | undefined,
): Numbers {
  const numbers = noNumbers(count);
  let at = 0;
  for (const path of paths) {
    const stamp = stampOf(path);
    if (stamp !== undefined) numbers.set(stamp, at);
    at += stampLength;
  }
  return numbers;
}

function noNumbers(count: number): Numbers {
  return new Float64Array(count * stampLength).fill(Number.NaN);
}

function stampIn(numbers: Numbers, at: number): FileStamp | undefined {
  const [size = 0, modified = 0, changed = 0, inode = 0, device = 0] = numbers.subarray(at * stampLength);
  return Number.isNaN(size) ? undefined : [size, modified, changed, inode, device];
}

function equalAt(place: number, one: Numbers, other: Numbers): boolean {
  for (let at = place * stampLength; at < (place + 1) * stampLength; at += 1)
    if (one[at] !== other[at]) return false;
  return true;
}

function stateOf(paths: string, numbers: Numbers): string {
  return createHash("sha256").update(paths).update(numbers).digest("hex");
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
