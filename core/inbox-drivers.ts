import { existsSync, readdirSync } from "node:fs";
import { basename, join, win32 } from "node:path";
import { type InboxDrivers, noInboxDrivers } from "./driver-package.ts";
import { listValue, textValue } from "./driver-store/driver-database.ts";
import { findExecutable } from "./executable.ts";
import { withFile } from "./file-source.ts";
import { type HiveKey, openHive } from "./formats/hive.ts";
import { resolveControlSet } from "./formats/registry.ts";
import { references } from "./formats/wim-reference.ts";
import type { ImageInfo } from "./image.ts";
import type { Runner } from "./runner.ts";
import { inScratch } from "./scratch-folder.ts";

const hives = ["SYSTEM", "DRIVERS"] as const;
const ignoreCase = { WIMLIB_IMAGEX_IGNORE_CASE: "1" } as const;
/** WIMLIB_ERR_PATH_DOES_NOT_EXIST */
const missingPath = 49;
/** Of the keys that are read of one hive; Windows 11 has some 30,000. */
const keyLimit = 500_000;

/**
 * Reads the driver databases of an image, which it has since Windows 8, its services and its drivers.
 * @param inside path of a WIM in that image: its first image is read instead
 * @throws SERVICING_HIVE_CORRUPT
 */
export async function readInboxDrivers(
  image: Pick<ImageInfo, "file" | "index">,
  inside: string | undefined,
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
    const found: FoundDrivers = { ids: {}, added: {}, services: [] };
    for (const file of filesIn(to)) readHive(file, found);
    return { ...found, files: await driverFiles(held, runner, signal) };
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

interface FoundDrivers {
  readonly ids: Record<string, string>;
  readonly added: Record<string, string>;
  readonly services: InboxDrivers["services"][number][];
  critical?: Record<string, string>;
}

function readHive(file: string, found: FoundDrivers): void {
  const { ids, added, services } = found;
  withFile(file, (source) => {
    const hive = openHive(source, basename(file));
    const database = hive.key("DriverDatabase\\DeviceIds");
    if (database !== undefined) collect(database, ids);
    for (const key of hive.key("DriverDatabase\\DriverPackages")?.subkeys() ?? []) {
      const published = (textValue(key, "") ?? "").toUpperCase();
      if (isAdded(published)) added[published] = (textValue(key, "InfName") ?? "").toUpperCase();
    }
    if (hive.key("Select") === undefined) return;
    const key = hive.key(resolveControlSet(hive, "CurrentControlSet\\Services"));
    for (const service of key?.subkeys() ?? [])
      services.push({
        name: service.name.toUpperCase(),
        owners: listValue(service, "Owners").map((owner) => owner.toUpperCase()),
        file: win32.basename(textValue(service, "ImagePath") ?? "").toUpperCase(),
      });
    if (database !== undefined) return;
    const critical = hive.key(resolveControlSet(hive, "CurrentControlSet\\Control\\CriticalDeviceDatabase"));
    found.critical = Object.fromEntries(
      (critical?.subkeys() ?? []).map((device) => [
        device.name.toUpperCase(),
        (textValue(device, "Service") ?? "").toUpperCase(),
      ]),
    );
  });
}

/** Under a name that Windows gave it. */
function isAdded(published: string): boolean {
  return /^oem\d+\.inf$/i.test(published);
}

async function driverFiles(
  { file, index }: Pick<ImageInfo, "file" | "index">,
  runner: Runner,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const { stdout } = await runner.run(
    {
      run: "wimlib-imagex",
      args: ["dir", file, String(index), "--path=/Windows/System32/drivers"],
      env: ignoreCase,
      success: [0, missingPath],
      writes: false,
    },
    { signal },
  );
  const names = stdout.split(/\r?\n/).map((path) => (path.split("/").at(-1) ?? "").toUpperCase());
  return names.filter((name) => name !== "");
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
