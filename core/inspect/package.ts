import { join } from "node:path";
import type { PackageArtefact } from "../artefact.ts";
import type { CabinetEntry } from "../formats/cabinet.ts";
import type { CompDb } from "../formats/comp-db.ts";
import { levelOf, packageClass, setupFilesIn } from "../formats/package-class.ts";
import { type ParentPackage, readPackageManifest } from "../formats/package.ts";
import { bufferSource } from "../formats/bytes.ts";
import { readPe } from "../formats/pe.ts";
import { decodeText } from "../formats/text.ts";
import { inScratch } from "../scratch-folder.ts";
import { readPart, readWhole } from "./file.ts";
import { statOf } from "./input.ts";
import { readCompDbs } from "./package-metadata.ts";
import { cabinetDirectory, entryNamed, expand, refuseBomb, type Tools, unreadable } from "./unpack.ts";
import { filesOfWim } from "./wim-files.ts";

/** Largest update.mum that is read, in bytes; a program of Windows Setup is smaller as well. */
const manifestLimit = 16 * 1024 * 1024;

/** What is told of an .msu beside its package. */
type Travelling = Pick<PackageArtefact, "file" | "bytes" | "container" | "servicingStack"> & {
  readonly compDbs?: readonly CompDb[];
};

/**
 * What a cabinet with an update.mum is, a classic .msu, which is a cabinet that holds such a cabinet, or a Setup dynamic
 * update. Unpacks with cabextract, on Windows with expand.exe, never more than manifest and metadata and the cabinets around.
 * @throws SERVICING_INPUT_UNREADABLE and SERVICING_TOOL_MISSING.
 */
export async function readCabinetPackage(file: string, tools: Tools): Promise<PackageArtefact> {
  const { bytes } = await statOf(file, "a package");
  const entries = await cabinetDirectory(file);
  const names = entries.map(({ name }) => name);
  return inScratch(async (scratch) => {
    if (entryNamed("update.mum", entries, file) !== undefined)
      return manifestOf(file, { file, bytes, container: "cab" }, scratch, tools);
    const inner = innerPackage(names);
    if (inner === undefined) return setupUpdate(file, bytes, entries, scratch, tools);
    refuseBomb(file, entryNamed(inner, entries, file)?.bytes ?? 0, bytes);
    const cabinet = await expand(file, inner, join(scratch, "msu"), tools);
    const metadata = metadataName(names);
    if (metadata === undefined)
      return manifestOf(cabinet, { file, bytes, container: "msu", ...stackIn(names, inner) }, scratch, tools);
    refuseBomb(file, entryNamed(metadata, entries, file)?.bytes ?? 0, bytes);
    const unpacked = await expand(file, metadata, join(scratch, "metadata"), tools);
    const compDbs = await readCompDbs(unpacked, scratch, tools, file);
    const travelling = { file, bytes, container: "msu", compDbs, ...stackIn(names, inner) } as const;
    return manifestOf(cabinet, travelling, scratch, tools);
  });
}

/** What an .msu is that is a WIM, as from Windows 11, version 24H2 on; undefined where the WIM holds no package. */
export async function readWimPackage(file: string, tools: Tools): Promise<PackageArtefact | undefined> {
  const { bytes } = await statOf(file, "a package");
  const msu = filesOfWim(file, tools);
  const names = await msu.names();
  const inner = innerPackage(names);
  if (inner === undefined) return undefined;
  const most = 32 * bytes + 1024 * 1024;
  return inScratch(async (scratch) => {
    const payload = await msu.extract(inner, join(scratch, "msu"), most);
    const metadata = metadataName(names);
    const compDbs =
      metadata === undefined
        ? []
        : await readCompDbs(
            await msu.extract(metadata, join(scratch, "metadata"), most),
            scratch,
            tools,
            file,
          );
    const travelling = { file, bytes, container: "msu (wim)", compDbs, ...stackIn(names, inner) } as const;
    const magic = Buffer.from(await readPart(payload, 0, 5)).toString("latin1");
    if (magic !== "MSWIM") return manifestOf(payload, travelling, scratch, tools);
    const held = filesOfWim(payload, tools, file);
    return artefactOf(await held.extract("update.mum", join(scratch, "mum"), manifestLimit), travelling, []);
  });
}

async function manifestOf(
  cabinet: string,
  travelling: Travelling,
  scratch: string,
  tools: Tools,
): Promise<PackageArtefact> {
  const { file } = travelling;
  const entries = await cabinetDirectory(cabinet, file);
  const manifest = entryNamed("update.mum", entries, file);
  if (manifest === undefined) throw unreadable(file, "the package cabinet in it holds no update.mum");
  if (manifest.bytes > manifestLimit)
    throw unreadable(file, `its update.mum is larger than ${manifestLimit} bytes`);
  const unpacked = await expand(cabinet, manifest.name, join(scratch, "mum"), tools, file);
  return artefactOf(
    unpacked,
    travelling,
    entries.map(({ name }) => name),
  );
}

async function artefactOf(
  manifest: string,
  { compDbs = [], ...travelling }: Travelling,
  files: readonly string[],
): Promise<PackageArtefact> {
  const { text } = decodeText(await readWhole(manifest, manifestLimit));
  const { parents, contains, ...facts } = readPackageManifest(text, travelling.file);
  const kind = packageClass({ ...facts, contains }, files);
  const said = compDbs.find(({ feature }) => feature !== "ServicingStackUpdate") ?? compDbs[0];
  const level = kind === "cumulative update" ? said?.target || levelOf(facts.version) : undefined;
  return {
    kind: "package",
    ...travelling,
    ...facts,
    ...(facts.kb === "" && said !== undefined ? { kb: said.kb } : {}),
    class: kind,
    builds: buildsOf(parents),
    ...(level === undefined ? {} : { level }),
    ...(level === undefined || said === undefined || said.baseline === "" ? {} : { baseline: said.baseline }),
  };
}

/** A cumulative update has a parent for each edition, of a few builds. */
function buildsOf(parents: readonly ParentPackage[]): PackageArtefact["builds"] {
  const builds = new Map<string, PackageArtefact["builds"][number]>();
  for (const { identity, build: compare } of parents) {
    const build = Number(/^\d+\.\d+\.(\d{1,6})\.\d+$/.exec(identity.split("~")[4] ?? "")?.[1] ?? 0);
    if (build > 0) builds.set(`${compare} ${build}`, { build, compare });
  }
  return [...builds.values()];
}

/** A cabinet of files of Windows Setup; for which devices, one of its programs says. */
async function setupUpdate(
  file: string,
  bytes: number,
  entries: readonly CabinetEntry[],
  scratch: string,
  tools: Tools,
): Promise<PackageArtefact> {
  const [program] = setupFilesIn(entries.map(({ name }) => name));
  if (program === undefined) throw unreadable(file, whatInstead(entries));
  refuseBomb(
    file,
    entries.reduce((sum, entry) => sum + entry.bytes, 0),
    bytes,
  );
  const nothing = { identity: "", name: "", language: "", version: "", kb: "", releaseType: "" };
  return {
    kind: "package",
    file,
    bytes,
    container: "cab",
    ...nothing,
    architecture: await machineOf(file, entryNamed(program, entries, file), scratch, tools),
    description: "Setup dynamic update",
    features: [],
    class: "Setup dynamic update",
    builds: [],
  };
}

/** Empty where the program lies in a folder, or is none. */
async function machineOf(
  file: string,
  program: CabinetEntry | undefined,
  scratch: string,
  tools: Tools,
): Promise<string> {
  if (program === undefined || program.bytes > manifestLimit || /[\\/]/.test(program.name)) return "";
  const unpacked = await expand(file, program.name, join(scratch, "setup"), tools);
  return readPe(bufferSource(await readWhole(unpacked, manifestLimit)))?.machine ?? "";
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

function metadataName(names: readonly string[]): string | undefined {
  return names.find((name) => /^[\w.-]*AggregatedMetadata\.cab$/i.test(name));
}

function stackIn(names: readonly string[], inner: string): Pick<PackageArtefact, "servicingStack"> {
  const stack = names.find((name) => /^ssu-[\w.-]+\.cab$/i.test(name));
  return stack === undefined || stack === inner ? {} : { servicingStack: stack };
}

function whatInstead(entries: readonly CabinetEntry[]): string {
  const looked =
    "it is a cabinet without update.mum, without a package cabinet inside and without programs of Windows Setup";
  return entries.some((entry) => /\.inf$/i.test(entry.name))
    ? `${looked}; it holds drivers, which have to be expanded into a folder first`
    : looked;
}
