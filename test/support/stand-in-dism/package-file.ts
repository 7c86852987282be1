import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Refusal } from "./refusal.ts";
import { wimlib } from "./wim.ts";

const start = promisify(execFile);

/** What a package says of itself, read from its content. */
export interface Package {
  readonly identity: string;
  readonly name: string;
  readonly architecture: string;
  readonly language: string;
  readonly version: string;
  readonly releaseType: string;
  readonly restart: string;
  readonly features: readonly string[];
  readonly capabilities: readonly string[];
  /** The build that it is for, where it is for one alone. */
  readonly build: string | undefined;
  /** Of a cumulative update, by its CompDB: the version that has to be there, and the one that it makes. */
  readonly base?: string | undefined;
  readonly target?: string | undefined;
}

/** Reads a .cab, an .msu of either kind, or a folder of an expanded cabinet. */
export async function readPackage(file: string): Promise<readonly Package[]> {
  if (!existsSync(file)) throw new Refusal(2, "The system cannot find the file specified.");
  if (statSync(file).isDirectory()) return folderOf(file);
  const magic = readFileSync(file).subarray(0, 5).toString("latin1");
  if (!/\.msu$/i.test(file)) return [await cabinet(file, magic)];
  const folder = mkdtempSync(join(tmpdir(), "stand-in-msu-"));
  try {
    if (magic === "MSWIM") await wimlib(["apply", file, "1", folder, "--no-acls"]);
    else await start("cabextract", ["-q", "-d", folder, file]);
    const texts = await metadataOf(folder);
    const database = texts.find((text) => /<CompDB\b[^>]*\bType="BuildUpdate"/.test(text));
    const found: Package[] = [];
    for (const name of readdirSync(folder))
      if (/\.cab$/i.test(name) && !/wsusscan|metadata|DesktopDeployment/i.test(name))
        found.push(await cabinet(join(folder, name), "MSCF"));
    if (found.length === 0) throw notAPackage();
    return found.map((each) => ({
      ...each,
      base: attribute(database, "OSVersion"),
      target: attribute(database, "TargetOSVersion"),
    }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function folderOf(folder: string): Promise<readonly Package[]> {
  if (existsSync(join(folder, "update.mum")))
    return [manifest(readFileSync(join(folder, "update.mum"), "utf8"))];
  const found: Package[] = [];
  for (const name of readdirSync(folder).toSorted())
    if (/\.(?:cab|msu)$/i.test(name)) found.push(...(await readPackage(join(folder, name))));
  if (found.length === 0) throw notAPackage();
  return found;
}

async function cabinet(file: string, magic: string): Promise<Package> {
  if (!magic.startsWith("MSCF")) throw notAPackage();
  return manifest((await extracted(file, "update.mum")) ?? "");
}

async function extracted(cabinetFile: string, name: string): Promise<string | undefined> {
  try {
    return (await start("cabextract", ["-q", "-p", "-F", name, cabinetFile], { maxBuffer: 16 << 20 })).stdout;
  } catch {
    return undefined;
  }
}

/** The XML files of an .msu, and those in its cabinet of metadata. */
async function metadataOf(folder: string): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const name of readdirSync(folder)) {
    if (/\.xml$/i.test(name)) texts.push(readFileSync(join(folder, name), "utf8"));
    if (/metadata.*\.cab$/i.test(name)) texts.push((await extracted(join(folder, name), "*.xml")) ?? "");
  }
  return texts;
}

function manifest(text: string): Package {
  const identity = /<assemblyIdentity\b[^>]*>/.exec(text)?.[0];
  if (identity === undefined) throw notAPackage();
  const of = (name: string): string => attribute(identity, name) ?? "";
  const language = of("language") === "neutral" ? "" : of("language");
  const header = /<package\b[^>]*>/.exec(text)?.[0];
  const parent = /<parent\b[^>]*buildCompare="EQ"[^>]*>\s*<assemblyIdentity\b[^>]*>/.exec(text)?.[0];
  const [name, version] = [of("name"), of("version")];
  return {
    identity: [name, of("publicKeyToken"), of("processorArchitecture"), language, version].join("~"),
    name,
    version,
    language,
    architecture: of("processorArchitecture"),
    releaseType: attribute(header, "releaseType") ?? "Update",
    restart: attribute(header, "restart") ?? "possible",
    features: [...text.matchAll(/<update name="([^"]+)">(?:(?!<\/update>).)*<selectable/gs)].map(
      (match) => match[1] ?? "",
    ),
    capabilities: [...text.matchAll(/<capabilityIdentity\b[^>]*>/g)].map(([found]) =>
      [
        attribute(found, "name") ?? "",
        "",
        "",
        attribute(found, "language") ?? "",
        attribute(found, "version") ?? "",
      ].join("~"),
    ),
    build: parent === undefined ? undefined : attribute(parent, "version")?.split(".")[2],
  };
}

function attribute(text: string | undefined, name: string): string | undefined {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(text ?? "")?.[1];
}

function notAPackage(): Refusal {
  return new Refusal(0x800f0805, "The specified package is not valid Windows package.");
}
