import { failure } from "../error.ts";
import { foldName, type HiveKey, sameName } from "../formats/hive.ts";
import {
  type KnownPackage,
  listValue,
  packageByFolder,
  packageByName,
  systemDatabase,
  textValue,
} from "./driver-database.ts";
import { copiedPackages, lockdown, lockdownFiles, lockdownPath } from "./lockdown.ts";
import { ownersLeft } from "./owners.ts";
import { criticalDevices } from "./package-change.ts";
import { mappedNumbers, numbersMap, oemNumber } from "./published-name.ts";
import { criticalDevicesKey, services, servicesKey } from "./service-change.ts";
import { catalogFolder, fileRepository, infFolder } from "./store-folder.ts";
import type { ImageTree, StoreChange, StoreHives } from "./store-package.ts";

/** What has to be taken out of an image so that it has driver packages no more. */
export interface StoreRemoval {
  readonly removed: readonly RemovedPackage[];
  readonly changes: readonly StoreChange[];
  /** Files, and the folders of the packages in the driver store. */
  readonly deletions: readonly string[];
  /** Services that other packages own as well, which stay. */
  readonly kept: readonly string[];
}

export type RemovedPackage = Pick<KnownPackage, "publishedName" | "folders">;

/**
 * Takes packages out by their published names: all that publish writes for them, found by what the hives say.
 * @throws SERVICING_DRIVER_INBOX for an INF of Windows, SERVICING_DRIVER_ABSENT where there is no such package.
 */
export function remove(
  publishedNames: readonly string[],
  image: StoreHives & { readonly tree: ImageTree },
): StoreRemoval {
  const names = new Map(publishedNames.map((name) => [foldName(name), name]));
  const known: KnownPackage[] = [];
  const removed = [...names.values()].map((name): RemovedPackage => {
    if (oemNumber(name) === undefined) throw failure("SERVICING_DRIVER_INBOX", { name });
    const found = packageByName(image, name);
    if (found !== undefined) known.push(found);
    const there = found ?? copiedPackage(name, image);
    if (there === undefined) throw failure("SERVICING_DRIVER_ABSENT", { name });
    return { publishedName: there.publishedName, folders: there.folders };
  });
  const isGone = (name: string): boolean => names.has(foldName(name));
  const ofServices = serviceRemovals(isGone, image);
  const ofFiles = lockdownRemovals(isGone, image);
  return {
    removed,
    changes: [
      ...databaseRemovals(known, isGone),
      ...ofServices.changes,
      ...ofFiles.changes,
      ...mapChanges(known, image),
    ],
    deletions: [...ofFiles.paths, ...removed.flatMap(storedPaths)].filter((path) => image.tree.exists(path)),
    kept: ofServices.kept,
  };
}

function copiedPackage(name: string, image: StoreHives): RemovedPackage | undefined {
  const copied = copiedPackages(image).find((each) => sameName(each.publishedName, name));
  return copied === undefined ? undefined : { publishedName: copied.publishedName, folders: [copied.folder] };
}

function storedPaths({ publishedName, folders }: RemovedPackage): readonly string[] {
  const base = publishedName.slice(0, -".inf".length);
  return [
    `${catalogFolder}\\${base}.cat`,
    `${infFolder}\\${publishedName}`,
    // What Windows makes of an INF when it first reads it.
    `${infFolder}\\${base}.PNF`,
    ...folders.map((folder) => `${fileRepository}\\${folder}`),
  ];
}

function databaseRemovals(
  known: readonly KnownPackage[],
  isGone: (name: string) => boolean,
): readonly StoreChange[] {
  const databases = new Map(known.map(({ database }) => [database.path, database.key]));
  return [
    ...[...databases].flatMap(([path, key]) =>
      (key.subkey("DeviceIds")?.subkeys() ?? []).flatMap(
        (id) => idRemovals(id, `${path}\\DeviceIds\\${id.name}`, isGone).changes,
      ),
    ),
    ...known.flatMap(({ database, folders, publishedName }) => [
      { key: `${database.path}\\DriverInfFiles\\${publishedName}` },
      ...folders.map((folder) => ({ key: `${database.path}\\DriverPackages\\${folder}` })),
    ]),
  ];
}

/** Values of the packages below an id; a key that holds nothing else goes with them. */
function idRemovals(
  id: HiveKey,
  path: string,
  isGone: (name: string) => boolean,
): { readonly changes: readonly StoreChange[]; readonly empty: boolean } {
  const values = id.values();
  const own = values.filter(({ name }) => isGone(name));
  const below = id.subkeys().map((subkey) => idRemovals(subkey, `${path}\\${subkey.name}`, isGone));
  const changes = below.flatMap((each) => each.changes);
  const touched = own.length > 0 || changes.length > 0;
  if (touched && own.length === values.length && below.every(({ empty }) => empty))
    return { changes: [{ key: path }], empty: true };
  return { changes: [...own.map(({ name }) => ({ key: path, name })), ...changes], empty: false };
}

interface Owned {
  readonly name: string;
  /** Those that stay; none where no package among them is still there. */
  readonly others: readonly string[];
}

function ownedKeys(
  keys: readonly HiveKey[],
  isGone: (name: string) => boolean,
  image: StoreHives,
): readonly Owned[] {
  const hasFolder = (folder: string): boolean => packageByFolder(image, folder) !== undefined;
  return keys.flatMap((key) => {
    const others = ownersLeft(listValue(key, "Owners"), isGone, hasFolder);
    return others === undefined ? [] : [{ name: key.name, others }];
  });
}

/** The key goes with its last owner. */
function ownedRemoval(base: string, { name, others }: Owned): StoreChange {
  const key = `${base}\\${name}`;
  return others.length === 0
    ? { key }
    : { key, name: "Owners", value: { type: "REG_MULTI_SZ", data: others } };
}

function serviceRemovals(
  isGone: (name: string) => boolean,
  image: StoreHives,
): { readonly changes: readonly StoreChange[]; readonly kept: readonly string[] } {
  const key = servicesKey(image);
  const owned = ownedKeys(key?.subkeys() ?? [], isGone, image);
  const logs = key?.subkey("EventLog")?.subkey("System");
  const gone = new Set(owned.filter(({ others }) => others.length === 0).map(({ name }) => foldName(name)));
  return {
    kept: owned.filter(({ others }) => others.length > 0).map(({ name }) => name),
    changes: [
      ...owned.flatMap((service): StoreChange[] => {
        const log = service.others.length === 0 ? logs?.subkey(service.name) : undefined;
        const ofLog = log === undefined ? [] : [{ key: `${services}\\EventLog\\System\\${log.name}` }];
        return [ownedRemoval(services, service), ...ofLog];
      }),
      ...criticalRemovals((service) => gone.has(foldName(service)), image),
    ],
  };
}

/** No device may be left to a service that is gone. */
function criticalRemovals(isGone: (service: string) => boolean, image: StoreHives): readonly StoreChange[] {
  const devices = criticalDevicesKey(image)?.subkeys() ?? [];
  return devices.flatMap((device) =>
    isGone(textValue(device, "Service") ?? "") ? [{ key: `${criticalDevices}\\${device.name}` }] : [],
  );
}

/** Files that were copied out of the driver store are those that PnpLockdownFiles names for the package. */
function lockdownRemovals(
  isGone: (name: string) => boolean,
  image: StoreHives,
): { readonly changes: readonly StoreChange[]; readonly paths: readonly string[] } {
  const owned = ownedKeys(lockdownFiles(image), isGone, image);
  return {
    changes: owned.map((file) => ownedRemoval(lockdown, file)),
    paths: owned.flatMap(({ name, others }) => {
      const path = others.length > 0 ? undefined : lockdownPath(name);
      return path === undefined ? [] : [path];
    }),
  };
}

function mapChanges(known: readonly KnownPackage[], image: StoreHives): readonly StoreChange[] {
  const numbers = mappedNumbers(image);
  const before = numbers.size;
  for (const { publishedName } of known) numbers.delete(oemNumber(publishedName) ?? -1);
  if (numbers.size === before) return [];
  const key = systemDatabase;
  if (numbers.size === 0) return [{ key, name: "OemInfMap" }];
  const data = numbersMap(numbers).toString("hex");
  return [{ key, name: "OemInfMap", value: { type: "REG_BINARY", data } }];
}
