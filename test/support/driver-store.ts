import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bufferSource } from "../../core/formats/bytes.ts";
import { openHive, type Hive } from "../../core/formats/hive.ts";
import type { HiveChange } from "../../core/formats/hive-change.ts";
import { readDriver } from "../../core/formats/inf/driver.ts";
import { readInstallation, type InfWindows } from "../../core/formats/inf/installation.ts";
import { parseRegistryKey, resolveControlSet } from "../../core/formats/registry.ts";
import { encodeValue } from "../../core/formats/registry-value.ts";
import type {
  ImageTree,
  StoreChange,
  StoreFile,
  StorePackage,
} from "../../core/driver-store/store-package.ts";
import { startsAtBoot } from "../../core/driver-store/underivable.ts";

export const windows10: InfWindows = {
  architecture: "amd64",
  major: 10,
  minor: 0,
  build: 19045,
  productType: 1,
};

export const whcp = "Microsoft Windows Hardware Compatibility Publisher";

/** A package whose folder holds the INF, its catalogue and what the INF copies on this Windows. */
export function storePackage(
  name: string,
  text: string,
  changes: Partial<StorePackage> & { readonly windows?: InfWindows } = {},
): StorePackage {
  const content = Buffer.from(text, "latin1");
  const { windows = windows10, ...rest } = changes;
  const driver = readDriver(content);
  const installation = readInstallation(content, windows);
  const catalog = driver.catalogs[""] ?? driver.catalogs[windows.architecture];
  const copies = installation.sections.flatMap((section) => section.copies);
  const names = [
    name,
    ...(catalog === undefined ? [] : [catalog]),
    ...copies.map(({ folder, source }) => [...folder.split("\\"), source].filter(Boolean).join("/")),
  ];
  const paths = [...new Set(names)];
  return {
    inf: `/drivers/${name}`,
    content,
    hashes: new Map(paths.map((path) => [path, sha1(path)])),
    driver,
    installation,
    files: paths.map((path, index) => ({ path, bytes: 1000 + index })),
    signature:
      catalog === undefined
        ? { state: "none", because: "it names no catalogue" }
        : { state: "covered", catalog, signer: whcp },
    bootCritical: startsAtBoot(installation),
    ...rest,
  };
}

/** An INX of virtio-win as its build would stamp it. */
export function stampedVirtio(corpus: string, path: string): string {
  const text = readFileSync(join(corpus, "inf/virtio-win+kvm-guest-drivers-windows", path), "latin1");
  return text
    .replaceAll("$ARCH$", "amd64")
    .replaceAll("$KMDFVERSION$", "1.15")
    .replaceAll("INX_PLATFORM_DRIVERS_DIR", "12")
    .replaceAll("_INX_SUBSYS_VENDOR_ID", "1AF4")
    .replaceAll("INX_COMPANY", "Contoso, Inc.")
    .replaceAll("INX_PREFIX_VENDOR", "Contoso ")
    .replace(/^DriverVer\s*=.*$/m, "DriverVer=05/06/2024,100.85.104.20800");
}

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}

/** The files that were published, with the contents of their packages. */
export function treeWith(
  packages: readonly StorePackage[],
  files: readonly StoreFile[],
): ReturnType<typeof treeOf> {
  const hashes = new Map(packages.map((of) => [of.inf, of.hashes]));
  const contents = new Map(
    files.map(({ inf, from, to }) => [to.toLowerCase(), hashes.get(inf)?.get(from) ?? sha1(from)]),
  );
  return treeOf(
    files.map(({ to }) => to),
    contents,
  );
}

/** Paths in any case; a folder is there with the files in it. `contents` has hashes by path in lower case. */
export function treeOf(
  paths: Iterable<string>,
  contents: ReadonlyMap<string, string> = new Map(),
): ImageTree & { readonly paths: readonly string[] } {
  const all = [...paths];
  const files = new Set(all.map((path) => path.toLowerCase()));
  const known = new Set(
    all.flatMap((path) => {
      const parts = path.toLowerCase().split("\\");
      return parts.map((_, index) => parts.slice(0, index + 1).join("\\"));
    }),
  );
  return {
    paths: all,
    exists: (path) => known.has(path.toLowerCase()),
    hash(path) {
      const folded = path.toLowerCase();
      return files.has(folded) ? (contents.get(folded) ?? sha1(folded)) : undefined;
    },
    list(folder) {
      const start = `${folder.toLowerCase()}\\`;
      const below = all.filter((path) => path.toLowerCase().startsWith(start));
      return [...new Set(below.map((path) => path.slice(start.length).split("\\")[0] as string))];
    },
  };
}

export const noTree = treeOf([]);

export function hiveFrom(bytes: Uint8Array, name: string): Hive {
  return openHive(bufferSource(bytes), name);
}

/** What the hives of a Windows hold before any driver. */
export const bareChanges: Readonly<Record<"SYSTEM" | "SOFTWARE" | "DRIVERS", readonly HiveChange[]>> = {
  SYSTEM: [
    { key: "Select", name: "Current", value: { type: "REG_DWORD", data: 1 } },
    { key: "ControlSet001\\Services\\EventLog\\System", create: true },
    { key: "ControlSet001\\Control", create: true },
    { key: "DriverDatabase\\DeviceIds", create: true },
    { key: "DriverDatabase\\DriverInfFiles", create: true },
    { key: "DriverDatabase\\DriverPackages", create: true },
  ],
  SOFTWARE: [{ key: "Microsoft\\Windows\\CurrentVersion\\Setup\\PnpLockdownFiles", create: true }],
  DRIVERS: [
    {
      key: "DriverDatabase\\DeviceIds\\{4d36e972-e325-11ce-bfc1-08002be10318}",
      name: "c_net.inf",
      value: { type: "REG_NONE", data: "" },
    },
    { key: "DriverDatabase\\DriverInfFiles", create: true },
    { key: "DriverDatabase\\DriverPackages", create: true },
  ],
};

/** Changes by the hive that they are for, with keys from its root. */
export function byHive(changes: readonly StoreChange[], system: Hive): ReadonlyMap<string, HiveChange[]> {
  const map = new Map<string, HiveChange[]>();
  for (const change of changes) {
    const { hive, key } = parseRegistryKey(change.key);
    const resolved = hive.name === "SYSTEM" ? resolveControlSet(system, key) : key;
    const list = map.get(hive.name) ?? [];
    list.push({ ...change, key: resolved });
    map.set(hive.name, list);
  }
  return map;
}

/** Values that changes set, as `type:bytes` in hexadecimal, by `key name` (no name: the key alone). */
export function rowsOf(changes: readonly StoreChange[]): ReadonlyMap<string, string> {
  return new Map(
    changes.map(({ key, name, value, create }) => {
      const where = name === undefined ? key : `${key} ${name || "@"}`;
      if (create === true) return [where, "key"];
      if (value === undefined) return [where, "deleted"];
      const { type, bytes } = encodeValue(value, key);
      return [where, `${type.toString(16)}:${Buffer.from(bytes).toString("hex")}`];
    }),
  );
}

/** The same for a text. */
export function textRow(type: 1 | 2, text: string): string {
  return `${type}:${Buffer.from(`${text}\0`, "utf16le").toString("hex")}`;
}

export function listRow(...texts: readonly string[]): string {
  return `7:${Buffer.from(`${texts.map((text) => `${text}\0`).join("")}\0`, "utf16le").toString("hex")}`;
}

export function dwordRow(number: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return `4:${bytes.toString("hex")}`;
}
