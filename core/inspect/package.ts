import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { PackageArtefact } from "../artefact.ts";
import { failure, ServicingError } from "../error.ts";
import {
  cabinetEntryBytes,
  cabinetHeaderBytes,
  cabinetNameFault,
  readCabinetEntries,
  readCabinetHeader,
  type CabinetEntry,
} from "../formats/cabinet.ts";
import { readPackageManifest } from "../formats/package.ts";
import { decodeText } from "../formats/text.ts";
import { fileBytesIn, rootNamesIn } from "../formats/tool-listing.ts";
import { readPart, readWhole } from "./file.ts";
import { statOf } from "./input.ts";
import type { Runner } from "../runner.ts";
import { inScratch } from "../scratch-folder.ts";

/** Starts the tools that unpack. */
export interface Tools {
  readonly runner: Runner;
  readonly signal?: AbortSignal;
}

/** Largest update.mum that is read, in bytes. */
const manifestLimit = 16 * 1024 * 1024;

/**
 * What a cabinet with an update.mum is, or a classic .msu: a cabinet that holds such a cabinet.
 * Unpacks with cabextract, on Windows with expand.exe, never more than the manifest and the cabinet around it.
 * @throws SERVICING_INPUT_UNREADABLE and SERVICING_TOOL_MISSING.
 */
export async function readCabinetPackage(file: string, tools: Tools): Promise<PackageArtefact> {
  const { bytes } = await statOf(file, "a package");
  const entries = await cabinetDirectory(file);
  return inScratch(async (scratch) => {
    if (entryNamed("update.mum", entries, file) !== undefined)
      return manifestOf(file, file, "cab", bytes, scratch, tools);
    const inner = innerPackage(entries.map((entry) => entry.name));
    if (inner === undefined) throw unreadable(file, whatInstead(entries));
    refuseBomb(file, entryNamed(inner, entries, file)?.bytes ?? 0, bytes);
    const cabinet = await expand(file, inner, join(scratch, "msu"), tools);
    return manifestOf(cabinet, file, "msu", bytes, scratch, tools);
  });
}

/** What an .msu is that is a WIM, as from Windows 11, version 24H2 on; undefined where the WIM holds no package. */
export async function readWimPackage(file: string, tools: Tools): Promise<PackageArtefact | undefined> {
  const { bytes } = await statOf(file, "a package");
  const listing = await wimlib(["dir", file, "1"], tools, file);
  const inner = innerPackage(rootNamesIn(listing));
  if (inner === undefined) return undefined;
  refuseBomb(file, await bytesInWim(file, inner, tools, file), bytes);
  return inScratch(async (scratch) => {
    const payload = await extractFromWim(file, inner, join(scratch, "msu"), tools);
    const magic = Buffer.from(await readPart(payload, 0, 5)).toString("latin1");
    if (magic !== "MSWIM") return manifestOf(payload, file, "msu (wim)", bytes, scratch, tools);
    const size = await bytesInWim(payload, "update.mum", tools, file);
    if (size > manifestLimit) throw unreadable(file, `its update.mum is larger than ${manifestLimit} bytes`);
    const manifest = await extractFromWim(payload, "update.mum", join(scratch, "mum"), tools);
    return artefactOf(manifest, file, "msu (wim)", bytes);
  });
}

/** From the table of the WIM's blobs, which wimlib goes by; its XML may say anything. */
async function bytesInWim(wim: string, name: string, tools: Tools, file: string): Promise<number> {
  const bytes = fileBytesIn(await wimlib(["dir", wim, "1", `--path=/${name}`, "--detailed"], tools, file));
  if (bytes === undefined) throw unreadable(file, `${name} in it is no file of a plausible size`);
  return bytes;
}

async function manifestOf(
  cabinet: string,
  file: string,
  container: PackageArtefact["container"],
  bytes: number,
  scratch: string,
  tools: Tools,
): Promise<PackageArtefact> {
  const manifest = entryNamed("update.mum", await cabinetDirectory(cabinet, file), file);
  if (manifest === undefined) throw unreadable(file, "the package cabinet in it holds no update.mum");
  if (manifest.bytes > manifestLimit) {
    throw unreadable(file, `its update.mum is larger than ${manifestLimit} bytes`);
  }
  return artefactOf(
    await expand(cabinet, manifest.name, join(scratch, "mum"), tools, file),
    file,
    container,
    bytes,
  );
}

async function artefactOf(
  manifest: string,
  file: string,
  container: PackageArtefact["container"],
  bytes: number,
): Promise<PackageArtefact> {
  const { text } = decodeText(await readWhole(manifest, manifestLimit));
  const { parents: _, ...facts } = readPackageManifest(text, file);
  return { kind: "package", file, bytes, container, ...facts };
}

/** The directory of a cabinet, read here: what a file unpacks to is known before anything is unpacked. */
async function cabinetDirectory(cabinet: string, file = cabinet): Promise<readonly CabinetEntry[]> {
  const header = readCabinetHeader(await readPart(cabinet, 0, cabinetHeaderBytes));
  if (header === undefined) throw unreadable(file, "it is not a whole cabinet");
  if (header.spanned) throw unreadable(file, "it is one of a set of cabinets that belong together");
  const bytes = await readPart(cabinet, header.filesOffset, header.files * cabinetEntryBytes);
  const entries = readCabinetEntries(bytes, header.files);
  if (entries === undefined) throw unreadable(file, "the directory of the cabinet is damaged");
  for (const { name } of entries) {
    const fault = cabinetNameFault(name);
    if (fault !== undefined) throw unreadable(file, `it holds ${JSON.stringify(name)}: ${fault}`);
  }
  return entries;
}

/** Tools unpack every file of a name, in any case: of two, only one would have been looked at. */
function entryNamed(name: string, entries: readonly CabinetEntry[], file: string): CabinetEntry | undefined {
  const [entry, another] = entries.filter((one) => one.name.toLowerCase() === name.toLowerCase());
  if (another !== undefined) throw unreadable(file, `it holds ${name} more than once`);
  return entry;
}

/** The package itself among what travels with it: servicing stack, metadata, scan cabinet. */
function innerPackage(names: readonly string[]): string | undefined {
  const candidates = names.filter(
    (name) =>
      /^[\w.()+~ -]+\.(?:cab|wim)$/i.test(name) &&
      !/^(?:wsusscan|desktopdeployment|onepackage\.|.*metadata)/i.test(name),
  );
  return (
    candidates.find((name) => /kb\d+/i.test(name) && !/^ssu-/i.test(name)) ??
    candidates.find((name) => !/^ssu-/i.test(name)) ??
    candidates[0]
  );
}

function whatInstead(entries: readonly CabinetEntry[]): string {
  const looked = "it is a cabinet without update.mum and without a package cabinet inside";
  return entries.some((entry) => /\.inf$/i.test(entry.name))
    ? `${looked}; it holds drivers, which have to be expanded into a folder first`
    : `${looked}; a Setup Dynamic Update, for one, is expanded onto the media instead`;
}

/** A package is compressed already: what unpacks to many times the size of its file is no package. */
function refuseBomb(file: string, inside: number, bytes: number): void {
  if (inside > 32 * bytes + 1024 * 1024) {
    throw unreadable(file, `what is in it would unpack to ${inside} bytes`);
  }
}

async function expand(
  cabinet: string,
  name: string,
  folder: string,
  tools: Tools,
  file = cabinet,
): Promise<string> {
  await mkdir(folder);
  const windows = process.platform === "win32";
  const system = join(process.env["SystemRoot"] ?? "C:\\Windows", "System32", "expand.exe");
  await run(
    windows
      ? { run: system, args: [cabinet, `-F:${name}`, folder] }
      : { run: "cabextract", args: ["-q", "-F", name, "-d", folder, cabinet] },
    file,
    tools,
  );
  return unpacked(folder, name, file);
}

async function extractFromWim(wim: string, name: string, folder: string, tools: Tools): Promise<string> {
  await mkdir(folder);
  await wimlib(
    ["extract", wim, "1", `/${name}`, `--dest-dir=${folder}`, "--no-acls", "--no-attributes"],
    tools,
    wim,
  );
  return unpacked(folder, name, wim);
}

/** Tools differ in the case that they write names in. */
async function unpacked(folder: string, name: string, file: string): Promise<string> {
  const found = (await readdir(folder, { withFileTypes: true })).find(
    (entry) => entry.isFile() && entry.name.toLowerCase() === name.toLowerCase(),
  );
  if (found === undefined) throw unreadable(file, `${name} could not be unpacked from it`);
  return join(folder, found.name);
}

async function wimlib(args: readonly string[], tools: Tools, file: string): Promise<string> {
  return run({ run: "wimlib-imagex", args, env: { WIMLIB_IMAGEX_IGNORE_CASE: "1" } }, file, tools);
}

/** Runs a query; what a tool makes of a damaged file is said of the file. */
export async function run(
  command: {
    readonly run: string;
    readonly args: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  },
  file: string,
  { runner, signal }: Tools,
): Promise<string> {
  try {
    const result = await runner.run({ ...command, writes: false }, signal === undefined ? {} : { signal });
    return result.stdout;
  } catch (error) {
    if (!(error instanceof ServicingError) || error.code !== "SERVICING_COMMAND_FAILED") throw error;
    const reason = `${command.run} could not read it`;
    throw failure("SERVICING_INPUT_UNREADABLE", { path: file, reason }, { cause: error });
  }
}

function unreadable(path: string, reason: string): ServicingError {
  return failure("SERVICING_INPUT_UNREADABLE", { path, reason });
}
