import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CommandLine } from "./grammar.ts";
import type { Host } from "./host.ts";
import type { ImageState } from "./image-state.ts";
import type { Output } from "./output.ts";
import { type Package, readPackage } from "./package-file.ts";
import { Refusal } from "./refusal.ts";

/** What a servicing command does to what it finds in the image. */
export type Servicing = (
  command: CommandLine,
  image: { readonly root: string; readonly state: ImageState },
  host: Host,
  out: Output,
) => Promise<void> | void;

export const packages: Readonly<Record<string, Servicing>> = {
  async "add-package"(command, { state }, host, out) {
    const paths = command.all("packagepath");
    for (const [at, path] of paths.entries()) {
      out.bar(`Processing ${at + 1} of ${paths.length} - Adding package ${path}`);
      if (command.has("preventpending") && state.pending) continue;
      const place = host.place(path);
      for (const found of await readPackage(place)) {
        if (!command.has("ignorecheck")) applicable(found, state);
        if (found.target !== undefined) await update(found, place, state);
        else install(found, state);
      }
    }
  },
  "remove-package"(command, { state }, _, out) {
    for (const identity of command.all("packagename")) {
      const known = Object.keys(state.packages).find((each) => each.toLowerCase() === identity.toLowerCase());
      if (known === undefined)
        throw new Refusal(0x800f0805, "The specified package is not valid Windows package.");
      out.bar(`Processing 1 of 1 - Removing package ${identity}`);
      delete state.packages[known];
      const [, , , language = ""] = known.split("~");
      if (/LanguagePack/i.test(known) && state.languages.includes(language))
        state.languages.splice(state.languages.indexOf(language), 1);
    }
  },
  async "enable-feature"(command, { state }, host, out) {
    for (const name of command.all("featurename")) {
      const known = featureOf(state, name);
      if (/Removed/.test(state.features[known] ?? "")) {
        const sources = command.all("source").map((source) => host.place(source));
        if (!sources.some((source) => payload(source, name)))
          throw new Refusal(0x800f081f, "The source files could not be found.", [
            `Failed to find the payload of ${name}`,
          ]);
      }
    }
    out.bar("Enabling feature(s)");
    for (const name of command.all("featurename")) {
      const waits = name.startsWith("Microsoft-Hyper-V");
      state.features[featureOf(state, name)] = waits ? "Enable Pending" : "Enabled";
      state.pending ||= waits;
    }
  },
  "disable-feature"(command, { state }, _, out) {
    const known = command.all("featurename").map((name) => featureOf(state, name));
    out.bar("Disabling feature(s)");
    for (const name of known)
      state.features[name] = command.has("remove") ? "Disabled with Payload Removed" : "Disabled";
  },
  async "add-capability"(command, { state }, host, out) {
    const name = command.of("capabilityname");
    if (!/^[\w.-]+~[^~]*~[^~]*~[^~]*~[\d.]*$/.test(name))
      throw new Refusal(0x800f080c, `A Windows capability name was not recognized: ${name}`);
    const sources = command.all("source").map((source) => host.place(source));
    if (command.image !== undefined && !(await holdsCapability(sources, name)))
      throw new Refusal(0x800f081f, "The source files could not be found.", [`No source has ${name}`]);
    out.bar("");
    state.capabilities[name] = "Installed";
  },
  "remove-capability"(command, { state }) {
    const name = command.of("capabilityname");
    if (state.capabilities[name] !== "Installed")
      throw new Refusal(0x800f080c, `A Windows capability name was not recognized: ${name}`);
    state.capabilities[name] = "Not Present";
  },
  "cleanup-image"(command, { state }, _, out) {
    if (command.has("analyzecomponentstore")) {
      out.bar("");
      out.print("Component Store (WinSxS) information:\n\n");
      out.record({ "Number of Reclaimable Packages": "0", "Component Store Cleanup Recommended": "No" });
      return;
    }
    if (command.has("startcomponentcleanup") && state.pending)
      throw new Refusal(0x800f0806, "The operation could not be completed due to pending operations.", [
        "Image has pending actions",
      ]);
    if (command.has("revertpendingactions")) state.pending = false;
    out.bar("");
    if (command.has("checkhealth") || command.has("scanhealth"))
      out.print(
        state.health === "healthy"
          ? "No component store corruption detected.\n"
          : state.health === "repairable"
            ? "The component store is repairable.\n"
            : "The component store cannot be repaired.\n",
      );
    if (command.has("restorehealth")) {
      if (state.health === "damaged") throw new Refusal(0x800f081f, "The source files could not be found.");
      state.health = "healthy";
      out.print("The restore operation completed successfully.\n");
    }
  },
};

/** Architecture and build, as the package says it is for. @throws Refusal 0x800F081E */
function applicable(found: Package, state: ImageState): void {
  const architecture = found.architecture.toLowerCase();
  const suits = ["", "neutral", "msil", state.architecture].includes(architecture);
  const build = state.version.split(".")[2] ?? "";
  const older = state.packages[found.identity]?.state === "Superseded";
  if (suits && !older && (found.build === undefined || found.build === build)) return;
  throw new Refusal(0x800f081e, "The specified package is not applicable to this image.", [
    `Package ${found.identity} is not applicable: image ${state.architecture}, ${state.version}`,
  ]);
}

/** A cumulative update, and before it those of its folder that it is built on ("catalog-checkpoint-cumulative-updates"). */
async function update(found: Package, file: string, state: ImageState): Promise<void> {
  if (compare(found.target ?? "", state.version) <= 0)
    throw new Refusal(0x80073712, "The component store has been corrupted.", [
      `The image is at ${state.version}, past ${found.target}`,
    ]);
  if (found.base !== undefined && compare(found.base, state.version) > 0) {
    const before = await beside(file, found.base);
    if (before === undefined)
      throw new Refusal(0x800f081f, "The source files could not be found.", [
        `The checkpoint ${found.base} is not beside ${file}`,
      ]);
    await update(before.package, before.file, state);
  }
  for (const [identity, each] of Object.entries(state.packages))
    if (identity.split("~")[0] === found.name) each.state = "Superseded";
  install(found, state);
  state.version = found.target ?? state.version;
}

async function beside(
  file: string,
  target: string,
): Promise<{ readonly file: string; readonly package: Package } | undefined> {
  const folder = dirname(file);
  for (const name of readdirSync(folder)) {
    if (!/\.msu$/i.test(name) || join(folder, name) === file) continue;
    const found = (await readPackage(join(folder, name))).find((each) => each.target === target);
    if (found !== undefined) return { file: join(folder, name), package: found };
  }
  return undefined;
}

function install(found: Package, state: ImageState): void {
  const waits = found.restart === "required";
  state.packages[found.identity] = {
    state: waits ? "Install Pending" : "Installed",
    releaseType: found.releaseType,
  };
  state.pending ||= waits;
  for (const feature of found.features) state.features[feature] ??= "Disabled";
  for (const capability of found.capabilities) state.capabilities[capability] = "Installed";
  if (/LanguagePack|Language-Pack/i.test(found.name) && !state.languages.includes(found.language))
    state.languages.push(found.language);
}

function featureOf(state: ImageState, name: string): string {
  const known = Object.keys(state.features).find((each) => each.toLowerCase() === name.toLowerCase());
  if (known !== undefined) return known;
  throw new Refusal(0x800f080c, `Feature name ${name} is unknown.`);
}

function payload(source: string, feature: string): boolean {
  return (
    existsSync(source) &&
    statSync(source).isDirectory() &&
    readdirSync(source).some((name) => name.toLowerCase().includes(feature.toLowerCase()))
  );
}

async function holdsCapability(sources: readonly string[], wanted: string): Promise<boolean> {
  for (const source of sources) {
    if (!existsSync(source)) continue;
    for (const name of readdirSync(source)) {
      if (!/\.cab$/i.test(name)) continue;
      const found = await readPackage(join(source, name));
      const held = found.flatMap(({ capabilities }) => capabilities);
      if (held.some((each) => each.toLowerCase() === wanted.toLowerCase())) return true;
    }
  }
  return false;
}

function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  for (const at of [0, 1, 2, 3]) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
