import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { branch } from "./acts/branch.ts";
import { withHives } from "./acts/driver-store.ts";
import { withBranch } from "./acts/open-branch.ts";
import { type InboxDrivers, noInboxDrivers } from "./driver-package.ts";
import { listValue, numberValue, textValue } from "./driver-store/driver-database.ts";
import { copiedPackages, lockdownFiles, lockdownPath } from "./driver-store/lockdown.ts";
import { findExecutable } from "./executable.ts";
import type { Hive, HiveKey } from "./formats/hive.ts";
import { resolveControlSet } from "./formats/registry.ts";
import { references } from "./formats/wim-reference.ts";
import type { ImageInfo } from "./image.ts";
import type { Runner } from "./runner.ts";
import { inScratch } from "./scratch-folder.ts";

/** Goes up with what is told of an image, so that nothing is taken for whole that an earlier version remembered. */
export const inboxForm = 3;

const hives = ["SYSTEM", "DRIVERS", "SOFTWARE"] as const;
const ignoreCase = { WIMLIB_IMAGEX_IGNORE_CASE: "1" } as const;
/** Of the keys that are read of one hive; Windows 11 has some 30,000. */
const keyLimit = 500_000;

export interface InboxWanted {
  /** Path of a WIM in the image: its first image is read instead. */
  readonly inside: string | undefined;
  /** Paths that are looked for. */
  readonly files: readonly string[];
}

/**
 * Reads the driver databases of an image, which it has since Windows 8, its services, its drivers and whose they are.
 * @throws SERVICING_HIVE_CORRUPT, SERVICING_IMAGE_CORRUPT
 */
export async function readInboxDrivers(
  image: Pick<ImageInfo, "file" | "index">,
  { inside, files }: InboxWanted,
  runner: Runner,
  signal: AbortSignal | undefined,
): Promise<InboxDrivers> {
  if (findExecutable("wimlib-imagex") === undefined) return noInboxDrivers;
  return inScratch(async (folder) => {
    const held =
      inside === undefined ? image : await innerImage(image, inside, join(folder, "inside"), runner, signal);
    if (held === undefined) return noInboxDrivers;
    const to = join(folder, "hives");
    await extract(
      held,
      hives.map((name) => `/Windows/System32/config/${name}`),
      to,
      runner,
      signal,
    );
    const extracted = new Map(filesIn(to).map((file) => [basename(file).toUpperCase(), file]));
    const found = withHives(extracted, readHives);
    return { ...found, files: await present(held, files, join(folder, "branch"), { runner, signal }) };
  });
}

async function innerImage(
  image: Pick<ImageInfo, "file" | "index">,
  inside: string,
  folder: string,
  runner: Runner,
  signal: AbortSignal | undefined,
): Promise<Pick<ImageInfo, "file" | "index"> | undefined> {
  await extract(image, [inside.replaceAll("\\", "/")], folder, runner, signal);
  const [file] = filesIn(folder);
  return file === undefined ? undefined : { file, index: 1 };
}

interface FoundDrivers extends Omit<InboxDrivers, "files"> {
  readonly ids: Record<string, string>;
  readonly added: Record<string, string>;
  readonly stored: Record<string, string>;
}

function readHives(opened: ReadonlyMap<string, Hive>): FoundDrivers {
  const SYSTEM = opened.get("SYSTEM");
  const SOFTWARE = opened.get("SOFTWARE");
  const DRIVERS = opened.get("DRIVERS");
  const found: FoundDrivers = {
    ids: {},
    added: {},
    stored: {},
    services: SYSTEM === undefined ? [] : servicesIn(SYSTEM),
    copied: SOFTWARE === undefined ? {} : copyOwners(SOFTWARE),
    ...(SYSTEM === undefined ? {} : criticalIn(SYSTEM)),
  };
  for (const hive of [SYSTEM, DRIVERS]) if (hive !== undefined) readDatabase(hive, found);
  if (SYSTEM !== undefined && SOFTWARE !== undefined)
    for (const { publishedName, folder } of copiedPackages({
      SYSTEM,
      SOFTWARE,
      ...(DRIVERS === undefined ? {} : { DRIVERS }),
    }))
      note(found, publishedName, folder, folder.replace(/_[^_]*_[^_]*$/, ""));
  return found;
}

function readDatabase(hive: Hive, found: FoundDrivers): void {
  const database = hive.key("DriverDatabase");
  const ids = database?.subkey("DeviceIds");
  if (ids !== undefined) collect(ids, found.ids);
  for (const key of database?.subkey("DriverPackages")?.subkeys() ?? [])
    note(found, textValue(key, "") ?? "", key.name, textValue(key, "InfName") ?? "");
}

function note({ added, stored }: FoundDrivers, publishedName: string, folder: string, inf: string): void {
  if (publishedName === "") return;
  const published = publishedName.toUpperCase();
  stored[folder.toUpperCase()] = published;
  if (isAdded(published)) added[published] = inf.toUpperCase();
}

function servicesIn(hive: Hive): InboxDrivers["services"] {
  if (hive.key("Select") === undefined) return [];
  const key = hive.key(resolveControlSet(hive, "CurrentControlSet\\Services"));
  return (key?.subkeys() ?? []).map((service) => ({
    name: service.name.toUpperCase(),
    owners: ownersOf(service),
    boot: numberValue(service, "Start") === 0,
  }));
}

function copyOwners(SOFTWARE: Hive): InboxDrivers["copied"] {
  return Object.fromEntries(
    lockdownFiles({ SOFTWARE }).flatMap((key) => {
      const path = lockdownPath(key.name)?.toUpperCase();
      return path === undefined ? [] : [[path, ownersOf(key)]];
    }),
  );
}

function ownersOf(key: HiveKey): readonly string[] {
  return listValue(key, "Owners").map((owner) => owner.toUpperCase());
}

function criticalIn(hive: Hive): Pick<InboxDrivers, "critical"> {
  if (hive.key("Select") === undefined || hive.key("DriverDatabase\\DeviceIds") !== undefined) return {};
  const key = hive.key(resolveControlSet(hive, "CurrentControlSet\\Control\\CriticalDeviceDatabase"));
  return {
    critical: Object.fromEntries(
      (key?.subkeys() ?? []).map((device) => [
        device.name.toUpperCase(),
        (textValue(device, "Service") ?? "").toUpperCase(),
      ]),
    ),
  };
}

/** Under a name that Windows gave it. */
function isAdded(published: string): boolean {
  return /^oem\d+\.inf$/i.test(published);
}

/** By the metadata of the image, as it is looked at when drivers are published. */
async function present(
  { file, index }: Pick<ImageInfo, "file" | "index">,
  files: readonly string[],
  folder: string,
  { runner, signal }: { readonly runner: Runner; readonly signal: AbortSignal | undefined },
): Promise<readonly string[]> {
  if (files.length === 0) return [];
  const copy = join(folder, "branch.wim");
  // What it would warn of is said when the line runs.
  await branch({ act: "branch", file, index, branch: copy }, { runner, signal, warn: () => undefined });
  return withBranch(copy, file, ({ metadata }) =>
    files.filter((path) => metadata.lookup(path) !== undefined),
  );
}

async function extract(
  { file, index }: Pick<ImageInfo, "file" | "index">,
  paths: readonly string[],
  folder: string,
  runner: Runner,
  signal: AbortSignal | undefined,
): Promise<void> {
  await runner.run(
    {
      run: "wimlib-imagex",
      args: [
        "extract",
        file,
        String(index),
        ...paths,
        ...references(file).slice(1),
        `--dest-dir=${folder}`,
        "--nullglob",
        "--no-acls",
        "--no-attributes",
      ],
      env: ignoreCase,
      writes: false,
    },
    { signal },
  );
}

function filesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

/** A key with values is an id, and each value is named after an INF. */
function collect(ids: HiveKey, found: Record<string, string>): void {
  let left = keyLimit;
  const open: (readonly [key: HiveKey, path: string])[] = [[ids, ""]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [key, path] = next;
    for (const below of key.subkeys()) {
      if (left-- === 0) return;
      if (path === "" && below.name.startsWith("{")) continue;
      const id = path === "" ? below.name : `${path}\\${below.name}`;
      const infs = below.values().map(({ name }) => name);
      const inf = infs.find((name) => !isAdded(name)) ?? infs[0];
      if (inf !== undefined && inf !== "") found[id.toUpperCase()] ??= inf;
      open.push([below, id]);
    }
  }
}
