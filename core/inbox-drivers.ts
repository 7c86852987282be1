import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type InboxDrivers, noInboxDrivers } from "./driver-package.ts";
import { findExecutable } from "./executable.ts";
import { withFile } from "./file-source.ts";
import { type HiveKey, openHive } from "./formats/hive.ts";
import { resolveControlSet } from "./formats/registry.ts";
import { references } from "./formats/wim-reference.ts";
import type { ImageInfo } from "./image.ts";
import type { Runner } from "./runner.ts";
import { inScratch } from "./scratch-folder.ts";

const hives = ["SYSTEM", "DRIVERS"] as const;
/** WIMLIB_ERR_PATH_DOES_NOT_EXIST */
const missingPath = 49;
/** Of the keys that are read of one hive; Windows 11 has some 30,000. */
const keyLimit = 500_000;

/**
 * Reads the driver databases of an image, which it has since Windows 8, its services and its drivers.
 * @throws SERVICING_HIVE_CORRUPT
 */
export async function readInboxDrivers(
  image: ImageInfo,
  runner: Runner,
  signal: AbortSignal | undefined,
): Promise<InboxDrivers> {
  if (findExecutable("wimlib-imagex") === undefined) return noInboxDrivers;
  return inScratch(async (folder) => {
    await runner.run(
      {
        run: "wimlib-imagex",
        args: [
          "extract",
          image.file,
          String(image.index),
          ...hives.map((name) => `/Windows/System32/config/${name}`),
          ...references(image.file).slice(1),
          `--dest-dir=${folder}`,
          "--nullglob",
          "--no-acls",
          "--no-attributes",
        ],
        env: { WIMLIB_IMAGEX_IGNORE_CASE: "1" },
        writes: false,
      },
      { signal },
    );
    const ids: Record<string, string> = {};
    const services: string[] = [];
    for (const name of existsSync(folder) ? readdirSync(folder) : [])
      withFile(join(folder, name), (source) => {
        const hive = openHive(source, name);
        const database = hive.key("DriverDatabase\\DeviceIds");
        if (database !== undefined) collect(database, ids);
        if (hive.key("Select") === undefined) return;
        const key = hive.key(resolveControlSet(hive, "CurrentControlSet\\Services"));
        services.push(...(key?.subkeys() ?? []).map((service) => service.name.toUpperCase()));
      });
    const { stdout } = await runner.run(
      {
        run: "wimlib-imagex",
        args: ["dir", image.file, String(image.index), "--path=/Windows/System32/drivers"],
        env: { WIMLIB_IMAGEX_IGNORE_CASE: "1" },
        success: [0, missingPath],
        writes: false,
      },
      { signal },
    );
    const files = stdout.split(/\r?\n/).map((path) => (path.split("/").at(-1) ?? "").toUpperCase());
    return { ids, services, files: files.filter((file) => file !== "") };
  });
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
      const inf = below.values()[0]?.name;
      if (inf !== undefined && inf !== "") found[id.toUpperCase()] ??= inf;
      open.push([below, id]);
    }
  }
}
