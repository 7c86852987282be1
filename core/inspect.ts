import { realpath } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import type { Artefact, DriverArtefact, FolderArtefact } from "./artefact.ts";
import { failure, ServicingError } from "./error.ts";
import type { Facts } from "./facts.ts";
import { type FileStamps, reasonOf, statOf } from "./inspect/file.ts";
import { filesBelow } from "./inspect/folder-files.ts";
import { type FolderScan, folderScan, type ScannedFile, sourcesOf } from "./inspect/folder-scan.ts";
import { entriesOf, type Listings } from "./inspect/package-folder.ts";
import type { Tools } from "./inspect/package.ts";
import { createReadAhead, type ReadAhead } from "./inspect/read-ahead.ts";

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

/** Where fewer files are new, all would have been read before another thread is there. */
const worthAhead = 600;

/** What can be recognised below a folder; links that lead out of it are not followed. */
async function inspectFolder(opened: OpenedFolder, options: InspectOptions): Promise<FolderArtefact> {
  const { folder, root, scan } = opened;
  const ahead = createReadAhead();
  try {
    const onNews = (count: number): void => {
      if (count > worthAhead) ahead.start();
    };
    const { files, news, locked } = filesBelow({ ...opened, onNews }, folderLimit);
    if (files.length > folderLimit) throw unreadable(folder, `it holds more than ${folderLimit} files`);
    ahead.read(news.filter((path) => isInf(path) || isProgram(path)).map((path) => join(root, path)));
    const found = await scanFiles(opened, files, ahead, options);
    scan.keep();
    for (const path of locked) found.set(path, { reason: "it is a folder that cannot be listed" });
    return folderOf(folder, [...files, ...locked], found);
  } finally {
    ahead.close();
  }
}

async function scanFiles(
  opened: OpenedFolder,
  files: readonly string[],
  ahead: ReadAhead,
  options: InspectOptions,
): Promise<Map<string, ScannedFile>> {
  const found = new Map<string, ScannedFile>();
  const covered = new Set<string>();
  let read: Read | undefined;
  // Drivers first: what belongs to one need not be looked at again.
  for (const drivers of [true, false])
    for (const path of files) {
      if (isInf(path) !== drivers || covered.has(path)) continue;
      options.signal?.throwIfAborted();
      let file = opened.scan.file(path);
      if (file === undefined) {
        read ??= await reader(opened, ahead, options);
        file = await scanFile(opened, path, read);
      }
      found.set(path, file);
      if (file.artefact?.kind === "driver")
        for (const name of coveredBy(path, file.artefact)) covered.add(name);
    }
  return found;
}

type Read = (file: string) => Promise<Artefact>;

async function reader(
  { listings, stamps }: OpenedFolder,
  ahead: ReadAhead,
  options: InspectOptions,
): Promise<Read> {
  const [{ inspectHeld }, { createPackageFiles }] = await Promise.all([
    content(),
    import("./inspect/package-files.ts"),
  ]);
  const sharing = { ...options, shared: { listings, files: createPackageFiles(stamps, ahead) } };
  return (file) => inspectHeld(file, sharing);
}

async function scanFile(
  { root, scan, listings }: OpenedFolder,
  path: string,
  read: Read,
): Promise<ScannedFile> {
  const file = join(root, path);
  try {
    const artefact = await read(file);
    const linked = entriesOf(dirname(file), listings).some((entry) => entry.isSymbolicLink());
    scan.scanned(path, { artefact }, linked ? undefined : sourcesOf(root, path, artefact));
    return { artefact };
  } catch (error) {
    if (!isCode(error, "SERVICING_INPUT_UNREADABLE", "SERVICING_INPUT_NOT_FOUND")) throw error;
    const reason = reasonOf(error);
    const own = `${file} could not be read: `;
    const found = isInf(path) ? { reason: reason.replace(own, "") } : {};
    // Another file of the package may be mended without the INF being touched.
    scan.scanned(path, found, reason.startsWith(own) ? [path] : undefined);
    return found;
  }
}

function isInf(path: string): boolean {
  return /\.inf$/i.test(path);
}

/** Programs and the catalogue of a package are nothing besides it. */
function isProgram(path: string): boolean {
  return /\.(?:sys|dll|exe|cat)$/i.test(path);
}

function coveredBy(path: string, { packages = [] }: DriverArtefact): readonly string[] {
  const folder = path.slice(0, path.lastIndexOf(sep) + 1);
  return packages.flatMap(({ files }) =>
    files.flatMap((file) => (isProgram(file.path) ? [folder + file.path.replaceAll("/", sep)] : [])),
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
