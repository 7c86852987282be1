import type { Dirent } from "node:fs";
import { realpath } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { readAppx } from "./inspect/appx.ts";
import type {
  AnswerFileArtefact,
  Artefact,
  DriverArtefact,
  FolderArtefact,
  HiveArtefact,
  MsiArtefact,
} from "./artefact.ts";
import type { Facts } from "./facts.ts";
import { driverArtefact } from "./inspect/driver.ts";
import { openedPackage, type SharedReading } from "./inspect/driver-package.ts";
import { type FolderScan, folderScan, type ScannedFile, sourcesOf } from "./inspect/folder-scan.ts";
import { entriesOf, findIn, type Listings } from "./inspect/package-folder.ts";
import { failure, ServicingError } from "./error.ts";
import { withFile } from "./file-source.ts";
import { infLimit } from "./formats/inf/document.ts";
import { isInfSignature } from "./formats/inf/driver.ts";
import { openHive } from "./formats/hive.ts";
import { decodeText } from "./formats/text.ts";
import { propertiesIn } from "./formats/tool-listing.ts";
import { attributeOf, childrenOf, readXml } from "./formats/xml.ts";
import { readPart, readWhole, readWholeNow, reasonOf, statOf } from "./inspect/file.ts";
import { readWim } from "./wim-file.ts";
import { readCabinetPackage, readWimPackage, run, type Tools } from "./inspect/package.ts";

export interface InspectOptions extends Tools {
  /** Where is kept what a folder holds, for the next time. */
  readonly facts?: Facts;
  /** What was read already of the folder that it lies in. */
  readonly shared?: SharedReading;
}

/** A folder with more files than this is not one of inputs. */
const folderLimit = 100_000;
const headBytes = 512;

/**
 * What a file or folder is, by its content and never by its name.
 * @throws SERVICING_INPUT_NOT_FOUND, SERVICING_INPUT_UNREADABLE and, where a tool is wanted, SERVICING_TOOL_MISSING.
 */
export async function inspect(path: string, options: InspectOptions): Promise<Artefact> {
  const file = resolve(path);
  const { bytes, folder } = await statOf(file, "something to inspect");
  return folder ? inspectFolder(file, options) : inspectFile(file, bytes, options);
}

async function inspectFile(file: string, bytes: number, options: InspectOptions): Promise<Artefact> {
  const head = await readPart(file, 0, headBytes);
  const magic = Buffer.from(head.subarray(0, 8)).toString("latin1");
  if (magic === "MSWIM\0\0\0" || magic === "WLPWM\0\0\0") return inspectWim(file, options);
  if (magic.startsWith("MSCF")) return readCabinetPackage(file, options);
  if (magic.startsWith("PK\u0003\u0004") || magic.startsWith("PK\u0005\u0006")) return readAppx(file);
  if (magic === "\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1") return inspectMsi(file, bytes, options);
  if (magic.startsWith("regf")) return inspectHive(file, bytes);
  if (bytes > 0 && bytes <= infLimit && isText(head)) {
    const found = await inspectText(file, await readWhole(file, infLimit), options);
    if (found !== undefined) return found;
  }
  throw unreadable(
    file,
    "it is not a WIM, cabinet, .msu, APPX or MSIX, MSI, registry hive, answer file or driver INF",
  );
}

/** Text of one byte each holds no zero bytes; UTF-16 says by its mark that it is text. */
function isText(head: Uint8Array): boolean {
  const marked = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  return marked || !head.includes(0);
}

async function inspectWim(file: string, options: InspectOptions): Promise<Artefact> {
  const wim = readWim(file);
  const [image, ...others] = wim.images;
  const holdsWindows = others.length > 0 || image === undefined || image.version !== "";
  if (holdsWindows || wim.parts > 1) return wim;
  try {
    return (await readWimPackage(file, options)) ?? wim;
  } catch (error) {
    // Without the tool a WIM is still a WIM, unless its owner calls it an update.
    if (isCode(error, "SERVICING_TOOL_MISSING") && !/\.msu$/i.test(file)) return wim;
    throw error;
  }
}

async function inspectText(
  file: string,
  bytes: Uint8Array,
  options: InspectOptions,
): Promise<Artefact | undefined> {
  const { text } = decodeText(bytes);
  if (/^\s*</.test(text)) return answerFileOf(file, bytes.length, text);
  // Blanks of one line: with line breaks among them, this would look at the rest of the file from each of its lines.
  if (!/^[^\S\r\n\u2028\u2029]*\[/m.test(text)) return undefined;
  const opened = openedPackage(file, bytes, options.shared ?? { listings: new Map(), catalogs: new Map() });
  const { signature } = opened.driver;
  if (signature === "") {
    if (!/\.inf$/i.test(file)) return undefined;
    throw unreadable(file, "it has no Signature in [Version], as every driver INF has");
  }
  if (!isInfSignature(signature)) {
    throw unreadable(file, `it looks like an INF, but its Signature is "${signature}"`);
  }
  return driverArtefact(opened, options.signal);
}

/** Passes and their components, in the order of the file. */
function answerFileOf(file: string, bytes: number, text: string): AnswerFileArtefact {
  const root = readXml(text, file);
  if (root.name !== "unattend")
    throw unreadable(file, `it is XML with the root <${root.name}>, not <unattend>`);
  const passes = childrenOf(root, "settings").map((settings) => ({
    pass: attributeOf(settings, "pass"),
    components: childrenOf(settings, "component").map((component) => attributeOf(component, "name")),
  }));
  return { kind: "answer file", file, bytes, passes };
}

async function inspectMsi(file: string, bytes: number, options: InspectOptions): Promise<MsiArtefact> {
  const table = await run({ run: "msiinfo", args: ["export", file, "Property"] }, file, options);
  const properties = propertiesIn(table);
  const productCode = properties.get("ProductCode");
  if (productCode === undefined) throw unreadable(file, "it is a compound file, but not an MSI package");
  return {
    kind: "msi",
    file,
    bytes,
    productName: properties.get("ProductName") ?? "",
    productVersion: properties.get("ProductVersion") ?? "",
    productCode,
  };
}

/** @throws SERVICING_HIVE_CORRUPT. */
function inspectHive(file: string, bytes: number): HiveArtefact {
  return withFile(file, (source) => {
    const hive = openHive(source, file);
    const rootKeys = hive.rootKey.subkeys().map(({ name }) => name);
    return { kind: "hive", file, bytes, name: hive.name, dirty: hive.dirty, rootKeys };
  });
}

/** What can be recognised below a folder; links that lead out of it are not followed. */
async function inspectFolder(folder: string, options: InspectOptions): Promise<FolderArtefact> {
  const root = await realpath(folder);
  const shared: SharedReading = { listings: new Map(), catalogs: new Map() };
  const scan = folderScan(root, options.facts);
  const paths = filesBelow(root, scan, shared.listings);
  if (paths.length > folderLimit) throw unreadable(folder, `it holds more than ${folderLimit} files`);
  const found = new Map<string, ScannedFile>();
  const covered = new Set<string>();
  // Drivers first: what belongs to one need not be looked at again.
  for (const drivers of [true, false])
    for (const path of paths) {
      if (/\.inf$/i.test(path) !== drivers || covered.has(path)) continue;
      options.signal?.throwIfAborted();
      const file = scan.file(path) ?? (await scanFile(root, path, scan, { ...options, shared }));
      found.set(path, file);
      if (file.artefact?.kind === "driver")
        for (const name of coveredBy(root, file.artefact)) covered.add(name);
    }
  scan.keep();
  return folderOf(folder, paths, found);
}

/** Paths of the files below a folder, in order. */
function filesBelow(root: string, scan: FolderScan, listings: Listings): readonly string[] {
  const paths: string[] = [];
  const open = [""];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    const [files, folders] = scan.folder(folder) ?? list(root, folder, scan, listings);
    for (const name of files) paths.push(join(folder, name));
    for (const name of folders) open.push(join(folder, name));
    if (paths.length > folderLimit) break;
  }
  return paths.sort();
}

function list(
  root: string,
  folder: string,
  scan: FolderScan,
  listings: Listings,
): readonly [files: readonly string[], folders: readonly string[]] {
  const entries = entriesOf(join(root, folder), listings);
  const files = entries.filter((entry) => entry.isFile() || isInside(entry, join(root, folder), root));
  const folders = entries.filter((entry) => entry.isDirectory());
  const names = [files, folders].map((of) => of.map(({ name }) => name));
  const [held = [], below = []] = names;
  if (!entries.some((entry) => entry.isSymbolicLink())) scan.listed(folder, held, below);
  return [held, below];
}

/** A link to a file of the same folder of inputs. */
function isInside(entry: Dirent, folder: string, root: string): boolean {
  return (
    entry.isSymbolicLink() &&
    findIn(root, join(folder, entry.name).slice(root.length + 1), new Map()).state === "found"
  );
}

async function scanFile(
  root: string,
  path: string,
  scan: FolderScan,
  options: InspectOptions & { readonly shared: SharedReading },
): Promise<ScannedFile> {
  const file = join(root, path);
  try {
    const artefact = await inspectNamed(file, options);
    const linked = entriesOf(dirname(file), options.shared.listings).some((entry) => entry.isSymbolicLink());
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

/** What says by its name that it is an INF is read at once, and looked at as any other file where it is none. */
async function inspectNamed(file: string, options: InspectOptions): Promise<Artefact> {
  if (!/\.inf$/i.test(file)) return inspect(file, options);
  const bytes = readWholeNow(file, infLimit);
  const found = isText(bytes.subarray(0, headBytes)) ? await inspectText(file, bytes, options) : undefined;
  return found ?? inspect(file, options);
}

/** Programs and the catalogue of a package are nothing besides it. */
function coveredBy(root: string, { file, packages = [] }: DriverArtefact): readonly string[] {
  const folder = dirname(file).slice(root.length + 1);
  return packages.flatMap(({ files }) =>
    files.filter(({ path }) => /\.(?:sys|dll|exe|cat)$/i.test(path)).map(({ path }) => join(folder, path)),
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
  if (holds.length + bad.length === 0)
    throw unreadable(folder, `none of its ${paths.length} files was recognised`);
  const drivers = holds.filter((artefact) => artefact.kind === "driver");
  const others = holds.filter((artefact) => artefact.kind !== "driver");
  return {
    kind: "folder",
    file: folder,
    holds: [...drivers, ...others],
    ...(bad.length === 0 ? {} : { unreadable: bad }),
  };
}

function isCode(error: unknown, ...codes: readonly ServicingError["code"][]): boolean {
  return error instanceof ServicingError && codes.includes(error.code);
}

function unreadable(path: string, reason: string): ServicingError {
  return failure("SERVICING_INPUT_UNREADABLE", { path, reason });
}
