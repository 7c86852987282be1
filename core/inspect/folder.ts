import { dirname, join, sep } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Artefact, DriverArtefact, FolderArtefact } from "../artefact.ts";
import { failure, ServicingError } from "../error.ts";
import { detached } from "../facts.ts";
import { reasonOf } from "./file.ts";
import type { FileStamps } from "../file-stamp.ts";
import { filesBelow } from "./folder-files.ts";
import { type FolderScan, pathIn, type ScannedFile, sourcesOf } from "./folder-scan.ts";
import { entriesOf, type Listings } from "./package-folder.ts";
import type { Tools } from "./unpack.ts";
import { createReadAhead, type ReadAhead } from "./read-ahead.ts";

export interface OpenedFolder {
  readonly folder: string;
  /** The same without links. */
  readonly root: string;
  /** Of files that are read, as they were then. */
  readonly stamps: FileStamps;
  readonly scan: FolderScan;
}

/** A folder with more files than this is not one of inputs. */
const folderLimit = 100_000;
/** Small files are read at once: after so many, whoever wants to interrupt has a turn. */
const inOneGo = 50;

interface Reading extends OpenedFolder {
  readonly listings: Listings;
  readonly ahead: ReadAhead;
  readonly tools: Tools;
}

/**
 * What can be recognised below a folder; links that lead out of it are not followed.
 * @throws SERVICING_INPUT_UNREADABLE where it holds nothing that is, or too much
 */
export async function inspectFolder(opened: OpenedFolder, tools: Tools): Promise<FolderArtefact> {
  const { folder, root, scan } = opened;
  const listings: Listings = new Map();
  const ahead = createReadAhead();
  try {
    const onNews = (within: string, names: readonly string[]): void =>
      ahead.read(
        pathIn(root, within),
        names.filter((name) => isInf(name) || isProgram(name)),
      );
    const { files, locked } = filesBelow({ root, scan, listings, onNews }, folderLimit);
    ahead.end();
    if (files.length > folderLimit) throw unreadable(folder, `it holds more than ${folderLimit} files`);
    const found = await scanFiles({ ...opened, listings, ahead, tools }, files);
    scan.keep();
    for (const path of locked) found.set(path, { reason: "it is a folder that cannot be listed" });
    return folderOf(folder, [...files, ...locked], found);
  } finally {
    ahead.close();
  }
}

async function scanFiles(reading: Reading, files: readonly string[]): Promise<Map<string, ScannedFile>> {
  const found = new Map<string, ScannedFile>();
  const covered = new Set<string>();
  let read: Read | undefined;
  let count = 0;
  // Drivers first: what belongs to one need not be looked at again.
  for (const drivers of [true, false])
    for (const path of files) {
      if (isInf(path) !== drivers || covered.has(path)) continue;
      reading.tools.signal?.throwIfAborted();
      let file = reading.scan.file(path);
      if (file === undefined) {
        read ??= await reader(reading);
        count += 1;
        if (count % inOneGo === 0) await setImmediate();
        file = await scanFile(reading, path, read);
      }
      found.set(path, file);
      if (file.artefact?.kind === "driver")
        for (const name of coveredBy(path, file.artefact)) covered.add(name);
    }
  return found;
}

type Read = (file: string) => Promise<Artefact>;

/** Loaded when something has to be read. */
async function reader({ listings, stamps, ahead, tools }: Reading): Promise<Read> {
  const [{ inspectHeld }, { createPackageFiles }] = await Promise.all([
    import("./content.ts"),
    import("./package-files.ts"),
  ]);
  const options = { ...tools, shared: { listings, files: createPackageFiles(stamps, ahead) } };
  return (file) => inspectHeld(file, options);
}

async function scanFile({ root, scan, listings }: Reading, path: string, read: Read): Promise<ScannedFile> {
  const file = pathIn(root, path);
  try {
    const artefact = detached(await read(file));
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
