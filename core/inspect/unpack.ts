import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { failure, ServicingError } from "../error.ts";
import {
  cabinetEntryBytes,
  cabinetHeaderBytes,
  cabinetNameFault,
  readCabinetEntries,
  readCabinetHeader,
  type CabinetEntry,
} from "../formats/cabinet.ts";
import type { Runner } from "../runner.ts";
import { readPart } from "./file.ts";

/** Starts the tools that unpack. */
export interface Tools {
  readonly runner: Runner;
  readonly signal?: AbortSignal;
}

/** The directory of a cabinet, read here: what a file unpacks to is known before anything is unpacked. */
export async function cabinetDirectory(cabinet: string, file = cabinet): Promise<readonly CabinetEntry[]> {
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
export function entryNamed(
  name: string,
  entries: readonly CabinetEntry[],
  file: string,
): CabinetEntry | undefined {
  const [entry, another] = entries.filter((one) => one.name.toLowerCase() === name.toLowerCase());
  if (another !== undefined) throw unreadable(file, `it holds ${name} more than once`);
  return entry;
}

/** A package is compressed already: what unpacks to many times the size of its file is no package. */
export function refuseBomb(file: string, inside: number, bytes: number): void {
  if (inside > 32 * bytes + 1024 * 1024)
    throw unreadable(file, `what is in it would unpack to ${inside} bytes`);
}

/** One file of a cabinet into a folder that is made. @param file what is blamed for what cannot be read */
export async function expand(
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

/** Tools differ in the case that they write names in. */
export async function unpacked(folder: string, name: string, file: string): Promise<string> {
  const found = (await readdir(folder, { withFileTypes: true })).find(
    (entry) => entry.isFile() && entry.name.toLowerCase() === name.toLowerCase(),
  );
  if (found === undefined) throw unreadable(file, `${name} could not be unpacked from it`);
  return join(folder, found.name);
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

export function unreadable(path: string, reason: string): ServicingError {
  return failure("SERVICING_INPUT_UNREADABLE", { path, reason });
}
