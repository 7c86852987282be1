import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { join } from "node:path";
import type { Servicing } from "./packages.ts";
import { Refusal } from "./refusal.ts";

const start = promisify(execFile);

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly needs: readonly string[];
}

/** Provisioned app packages. */
export const apps: Readonly<Record<string, Servicing>> = {
  async "add-provisionedappxpackage"(command, { state }, host, out) {
    const licensed = command.has("licensepath") || command.has("skiplicense") || command.has("folderpath");
    if (!licensed)
      throw new Refusal(0xc1570104, "A license file is required: use /LicensePath, or /SkipLicense.");
    for (const path of ["licensepath", "customdatapath"].flatMap((name) => command.all(name)))
      if (!existsSync(host.place(path))) throw new Refusal(2, "The system cannot find the file specified.");
    const main = await manifestOf(host.place(command.of("packagepath") || command.of("folderpath")));
    const given: Manifest[] = [];
    for (const path of [...command.all("dependencypackagepath"), ...command.all("optionalpackagepath")])
      given.push(await manifestOf(host.place(path)));
    const there = new Set([...given, ...state.apps].map(({ name }) => name));
    const lacking = [main, ...given].flatMap(({ needs }) => needs).find((name) => !there.has(name));
    if (lacking !== undefined)
      throw new Refusal(0x80073cf3, "The package failed update, dependency or conflict validation.", [
        `${main.name} depends on ${lacking}`,
      ]);
    out.bar("");
    state.apps = state.apps.filter(({ name }) => name !== main.name);
    state.apps.push({
      name: main.name,
      version: main.version,
      architecture: main.architecture,
      packageName: `${main.name}_${main.version}_${main.architecture}__8wekyb3d8bbwe`,
      regions: command.of("region") || "None",
      stub: command.of("stubpackageoption"),
    });
  },
  "remove-provisionedappxpackage"(command, { state }) {
    const wanted = command.of("packagename").toLowerCase();
    const left = state.apps.filter(({ packageName }) => packageName.toLowerCase() !== wanted);
    if (left.length === state.apps.length) throw new Refusal(2, "The system cannot find the file specified.");
    state.apps = left;
  },
  "set-provisionedappxdatafile"(command, { state }) {
    const wanted = command.of("packagename").toLowerCase();
    if (!state.apps.some(({ packageName }) => packageName.toLowerCase() === wanted))
      throw new Refusal(2, "The system cannot find the file specified.");
    state.settings[`data of ${command.of("packagename")}`] = command.of("customdatapath");
  },
  "optimize-provisionedappxpackages": (_, __, ___, out) => out.bar("Optimizing provisioned packages"),
};

async function manifestOf(file: string): Promise<Manifest> {
  const text = await manifestText(file);
  const identity = /<Identity\b[^>]*>/.exec(text)?.[0] ?? "";
  const of = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(identity)?.[1] ?? "";
  if (of("Name") === "") throw new Refusal(0x80073cf0, "The package could not be opened.");
  return {
    name: of("Name"),
    version: of("Version"),
    architecture: of("ProcessorArchitecture") || "neutral",
    needs: [...text.matchAll(/<PackageDependency\b[^>]*\bName="([^"]*)"/g)].map((match) => match[1] ?? ""),
  };
}

async function manifestText(file: string): Promise<string> {
  if (!existsSync(file)) throw new Refusal(2, "The system cannot find the file specified.");
  const folder = join(file, "AppxManifest.xml");
  if (existsSync(folder)) return readFileSync(folder, "utf8");
  const inside = /bundle$/i.test(file) ? "AppxMetadata/AppxBundleManifest.xml" : "AppxManifest.xml";
  try {
    return (await start("7z", ["e", "-so", file, inside], { maxBuffer: 16 << 20 })).stdout;
  } catch {
    throw new Refusal(0x80073cf0, "The package could not be opened.");
  }
}
