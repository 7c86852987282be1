import { type Dirent, opendirSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import type { Artefact, DriverArtefact, FolderArtefact } from "./artefact.ts";
import { failure, ServicingError } from "./error.ts";
import type { Facts } from "./facts.ts";
import { type FileStamps, reasonOf, statOf } from "./inspect/file.ts";
import { type FolderScan, folderScan, type ScannedFile, sourcesOf } from "./inspect/folder-scan.ts";
import { entriesOf, findIn, type Listings } from "./inspect/package-folder.ts";
import type { Tools } from "./inspect/package.ts";

export interface InspectOptions extends Tools {
  /** Where is kept what a folder holds, for the next time. */
  readonly facts?: Facts;
}

/** A folder with more files than this is not one of inputs. */
const folderLimit = 100_000;

/**
 * What a file or folder is, by its content and never by its name.
 * @throws SERVICING_INPUT_NOT_FOUND, SERVICING_INPUT_UNREADABLE and, where a tool is wanted, SERVICING_TOOL_MISSING.
 */
export async function inspect(path: string, options: InspectOptions): Promise<Artefact> {
  const file = resolve(path);
  const { bytes, folder } = await statOf(file, "something to inspect");
  if (folder) return inspectFolder(await openFolder(file, options), options);
  const { inspectFile } = await content();
  return inspectFile(file, bytes, options);
}

/**
 * What a person is told of a file or folder, in the words of `tell`; of a folder in which nothing changed, what was told
 * the last time. @throws as `inspect`
 */
export async function tellOf(
  path: string,
  tell: (artefact: Artefact) => string | Promise<string>,
  options: InspectOptions,
): Promise<string> {
  const file = resolve(path);
  const { folder } = await statOf(file, "something to inspect");
  if (!folder) return tell(await inspect(file, options));
  const opened = await openFolder(file, options);
  const told = opened.scan.told(file);
  if (told !== undefined) return told;
  const text = await tell(await inspectFolder(opened, options));
  opened.scan.tell(file, text);
  return text;
}

/** Loaded when it is wanted: of a folder in which nothing changed, nothing has to be read. */
const content = () => import("./inspect/content.ts");

interface OpenedFolder {
  readonly folder: string;
  /** The same without links. */
  readonly root: string;
  readonly listings: Listings;
  readonly stamps: FileStamps;
  readonly scan: FolderScan;
}

async function openFolder(folder: string, { facts }: InspectOptions): Promise<OpenedFolder> {
  const root = await realpath(folder);
  const stamps: FileStamps = new Map();
  return { folder, root, listings: new Map(), stamps, scan: folderScan(root, facts, stamps) };
}

/** What can be recognised below a folder; links that lead out of it are not followed. */
async function inspectFolder(opened: OpenedFolder, options: InspectOptions): Promise<FolderArtefact> {
  const { folder, root, listings, scan } = opened;
  const locked: string[] = [];
  const paths = filesBelow(root, scan, listings, locked);
  if (paths.length > folderLimit) throw unreadable(folder, `it holds more than ${folderLimit} files`);
  const found = await scanFiles(opened, paths, options);
  scan.keep();
  for (const path of locked) found.set(path, { reason: "it is a folder that cannot be listed" });
  return folderOf(folder, [...paths, ...locked], found);
}

async function scanFiles(
  opened: OpenedFolder,
  paths: readonly string[],
  options: InspectOptions,
): Promise<Map<string, ScannedFile>> {
  const found = new Map<string, ScannedFile>();
  const covered = new Set<string>();
  let reader: Reader | undefined;
  try {
    // Drivers first: what belongs to one need not be looked at again.
    for (const drivers of [true, false])
      for (const [place, path] of paths.entries()) {
        if (/\.inf$/i.test(path) !== drivers || covered.has(path)) continue;
        options.signal?.throwIfAborted();
        let file = opened.scan.file(path);
        if (file === undefined) {
          reader ??= await readerOf(opened, options);
          reader.reached(place, paths);
          file = await scanFile(opened, path, reader);
        }
        found.set(path, file);
        if (file.artefact?.kind === "driver")
          for (const name of coveredBy(path, file.artefact)) covered.add(name);
      }
  } finally {
    reader?.close();
  }
  return found;
}

interface Reader {
  inspect(file: string): Promise<Artefact>;
  /** Says which of the paths comes next, of those that have to be read. */
  reached(place: number, paths: readonly string[]): void;
  close(): void;
}

/** Of fewer packages another thread would not have read any file by then. */
const fewest = 200;
const many = 20;

async function readerOf(
  { root, listings, stamps }: OpenedFolder,
  options: InspectOptions,
): Promise<Reader> {
  const [{ inspectHeld }, { createPackageFiles }] = await Promise.all([
    content(),
    import("./inspect/package-files.ts"),
  ]);
  const files = createPackageFiles(stamps);
  const sharing = { ...options, shared: { listings, files } };
  let count = 0;
  return {
    inspect: (file) => inspectHeld(file, sharing),
    reached(place, paths) {
      count += 1;
      if (count !== many) return;
      const following = paths.slice(place).filter((path) => coverable.test(path));
      if (following.length > fewest) files.readAhead(following.map((path) => join(root, path)));
    },
    close: () => files.close(),
  };
}

/** Paths of the files below a folder, in order; into `locked` those of folders that cannot be listed. */
function filesBelow(root: string, scan: FolderScan, listings: Listings, locked: string[]): string[] {
  const paths: string[] = [];
  const open = [""];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    const [files, folders] = scan.folder(folder) ?? list(root, folder, scan, listings, locked);
    const prefix = folder === "" ? "" : `${folder}${sep}`;
    for (const name of files) paths.push(prefix + name);
    for (const name of folders) open.push(prefix + name);
    if (paths.length > folderLimit) break;
  }
  return paths.sort();
}

function list(
  root: string,
  folder: string,
  scan: FolderScan,
  listings: Listings,
  locked: string[],
): readonly [files: readonly string[], folders: readonly string[]] {
  const entries = entriesOf(join(root, folder), listings);
  if (entries.length === 0 && !isListable(join(root, folder))) {
    locked.push(folder);
    scan.listed(folder, [], [], false);
    return [[], []];
  }
  const files = entries.filter((entry) => entry.isFile() || isInside(entry, join(root, folder), root));
  const folders = entries.filter((entry) => entry.isDirectory());
  const names = [files, folders].map((of) => of.map(({ name }) => name));
  const [held = [], below = []] = names;
  scan.listed(folder, held, below, !entries.some((entry) => entry.isSymbolicLink()));
  return [held, below];
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

async function scanFile(
  { root, scan, listings }: OpenedFolder,
  path: string,
  reader: Reader,
): Promise<ScannedFile> {
  const file = join(root, path);
  try {
    const artefact = await reader.inspect(file);
    const linked = entriesOf(dirname(file), listings).some((entry) => entry.isSymbolicLink());
    scan.scanned(path, { artefact }, linked ? undefined : sourcesOf(root, path, artefact));
    return { artefact };
  } catch (error) {
    if (!isCode(error, "SERVICING_INPUT_UNREADABLE", "SERVICING_INPUT_NOT_FOUND")) throw error;
    const reason = reasonOf(error);
    const own = `${file} could not be read: `;
    const found = /\.inf$/i.test(path) ? { reason: reason.replace(own, "") } : {};
    // Another file of the package may be mended without the INF being touched.
    scan.scanned(path, found, reason.startsWith(own) ? [path] : undefined);
    return found;
  }
}

/** Programs and the catalogue of a package are nothing besides it. */
const coverable = /\.(?:sys|dll|exe|cat)$/i;

function coveredBy(path: string, { packages = [] }: DriverArtefact): readonly string[] {
  const folder = path.slice(0, path.lastIndexOf(sep) + 1);
  return packages.flatMap(({ files }) =>
    files.flatMap((file) =>
      coverable.test(file.path) ? [folder + file.path.replaceAll("/", sep)] : [],
    ),
  );
}

function folderOf(
  folder: string,
  paths: readonly string[],
  found: ReadonlyMap<string, ScannedFile>,
): FolderArtefact {
  const holds = paths.flatMap((path) => found.get(path)?.artefact ?? []);
  const bad = paths.flatMap((path) => {
    const reason = found.get(path)?.reason;
    return reason === undefined ? [] : [{ file: join(folder, path), reason }];
  });
  if (holds.length + bad.length === 0) throw unreadable(folder, unrecognised(paths.length));
  const drivers = holds.filter((artefact) => artefact.kind === "driver");
  const others = holds.filter((artefact) => artefact.kind !== "driver");
  return {
    kind: "folder",
    file: folder,
    holds: [...drivers, ...others],
    ...(bad.length === 0 ? {} : { unreadable: bad }),
  };
}

function unrecognised(files: number): string {
  if (files === 0) return "it holds no file";
  return files === 1 ? "its only file was not recognised" : `none of its ${files} files was recognised`;
}

function isCode(error: unknown, ...codes: readonly ServicingError["code"][]): boolean {
  return error instanceof ServicingError && codes.includes(error.code);
}

function unreadable(path: string, reason: string): ServicingError {
  return failure("SERVICING_INPUT_UNREADABLE", { path, reason });
}
