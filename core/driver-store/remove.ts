import { failure } from "../error.ts";
import type { HiveKey } from "../formats/hive.ts";
import { includesName, type KnownPackage, listValue, packageByName } from "./driver-database.ts";
import { lockdown } from "./package-change.ts";
import { mappedNumbers, numbersMap, oemNumber } from "./published-name.ts";
import { services, servicesKey } from "./service-change.ts";
import { catalogFolder, fileRepository, infFolder } from "./store-folder.ts";
import type { ImageTree, StoreChange, StoreHives } from "./store-package.ts";

/** What has to be taken out of an image so that it has a driver package no more. */
export interface StoreRemoval {
  readonly publishedName: string;
  /** Its folders in the driver store: more than one where it was updated. */
  readonly folders: readonly string[];
  readonly changes: readonly StoreChange[];
  /** Files, and the folder of the package in the driver store. */
  readonly deletions: readonly string[];
  /** Services that other packages own as well, which stay. */
  readonly kept: readonly string[];
}

/**
 * Takes a package out by its published name: all that publish writes for it, found by what the hives say of it.
 * @throws SERVICING_DRIVER_INBOX for an INF of Windows, SERVICING_DRIVER_ABSENT where there is no such package.
 */
export function remove(
  publishedName: string,
  image: StoreHives & { readonly tree: ImageTree },
): StoreRemoval {
  const number = oemNumber(publishedName);
  if (number === undefined) throw failure("SERVICING_DRIVER_INBOX", { name: publishedName });
  const known = packageByName(image, publishedName);
  if (known === undefined) throw failure("SERVICING_DRIVER_ABSENT", { name: publishedName });
  const ofServices = serviceRemovals(known, image);
  const ofFiles = lockdownRemovals(known, image);
  return {
    publishedName: known.publishedName,
    folders: known.folders,
    changes: [
      ...databaseRemovals(known),
      ...ofServices.changes,
      ...ofFiles.changes,
      ...mapChanges(number, image),
    ],
    deletions: [
      ...ofFiles.paths,
      ...[
        `${catalogFolder}\\${known.publishedName.replace(/\.inf$/i, ".cat")}`,
        `${infFolder}\\${known.publishedName}`,
        `${infFolder}\\${known.publishedName.replace(/\.inf$/i, ".PNF")}`,
        ...known.folders.map((folder) => `${fileRepository}\\${folder}`),
      ].filter((path) => image.tree.exists(path)),
    ],
    kept: ofServices.kept,
  };
}

function databaseRemovals({ database, folders, publishedName }: KnownPackage): readonly StoreChange[] {
  const ids = database.key.subkey("DeviceIds");
  const base = `${database.path}\\DeviceIds`;
  return [
    ...(ids === undefined
      ? []
      : ids.subkeys().flatMap((id) => idRemovals(id, `${base}\\${id.name}`, publishedName).changes)),
    { key: `${database.path}\\DriverInfFiles\\${publishedName}` },
    ...folders.map((folder) => ({ key: `${database.path}\\DriverPackages\\${folder}` })),
  ];
}

/** Values of the package below an id; a key that holds nothing else goes with them. */
function idRemovals(
  id: HiveKey,
  path: string,
  publishedName: string,
): { readonly changes: readonly StoreChange[]; readonly empty: boolean } {
  const values = id.values();
  const own = values.filter(({ name }) => name.toLowerCase() === publishedName.toLowerCase());
  const below = id.subkeys().map((subkey) => idRemovals(subkey, `${path}\\${subkey.name}`, publishedName));
  const changes = below.flatMap((each) => each.changes);
  const touched = own.length > 0 || changes.length > 0;
  if (touched && own.length === values.length && below.every(({ empty }) => empty))
    return { changes: [{ key: path }], empty: true };
  return { changes: [...own.map(({ name }) => ({ key: path, name })), ...changes], empty: false };
}

function serviceRemovals(
  { publishedName }: KnownPackage,
  image: StoreHives,
): { readonly changes: readonly StoreChange[]; readonly kept: readonly string[] } {
  const owned = (servicesKey(image)?.subkeys() ?? []).flatMap((service) => {
    const owners = listValue(service, "Owners");
    return includesName(owners, publishedName) ? [{ name: service.name, owners }] : [];
  });
  const logs = servicesKey(image)?.subkey("EventLog")?.subkey("System");
  return {
    kept: owned.filter(({ owners }) => owners.length > 1).map(({ name }) => name),
    changes: owned.flatMap(({ name, owners }): StoreChange[] => {
      const key = `${services}\\${name}`;
      if (owners.length > 1) return [withoutOwner(key, owners, publishedName)];
      const log = logs?.subkey(name);
      return [{ key }, ...(log === undefined ? [] : [{ key: `${services}\\EventLog\\System\\${log.name}` }])];
    }),
  };
}

/** Files that were copied out of the driver store are those that PnpLockdownFiles names for the package. */
function lockdownRemovals(
  { publishedName }: KnownPackage,
  image: StoreHives & { readonly tree: ImageTree },
): { readonly changes: readonly StoreChange[]; readonly paths: readonly string[] } {
  const files = image.SOFTWARE.key(lockdown.replace(/^HKLM\\SOFTWARE\\/, ""))?.subkeys() ?? [];
  const owned = files.flatMap((file) => {
    const owners = listValue(file, "Owners");
    return includesName(owners, publishedName) ? [{ name: file.name, owners }] : [];
  });
  return {
    changes: owned.map(({ name, owners }) => {
      const key = `${lockdown}\\${name}`;
      return owners.length > 1 ? withoutOwner(key, owners, publishedName) : { key };
    }),
    paths: owned.flatMap(({ name, owners }) => {
      const below = /^%SystemRoot%\/(.+)$/i.exec(name)?.[1];
      const path = `\\Windows\\${below?.replaceAll("/", "\\") ?? ""}`;
      const inside = below !== undefined && !/(?:^|[\\/])\.\.?(?:[\\/]|$)/.test(below);
      return owners.length === 1 && inside && image.tree.exists(path) ? [path] : [];
    }),
  };
}

function withoutOwner(key: string, owners: readonly string[], publishedName: string): StoreChange {
  const data = owners.filter((owner) => owner.toLowerCase() !== publishedName.toLowerCase());
  return { key, name: "Owners", value: { type: "REG_MULTI_SZ", data } };
}

function mapChanges(number: number, image: StoreHives): readonly StoreChange[] {
  const numbers = mappedNumbers(image);
  if (!numbers.delete(number)) return [];
  const key = "HKLM\\SYSTEM\\DriverDatabase";
  if (numbers.size === 0) return [{ key, name: "OemInfMap" }];
  const data = numbersMap(numbers).toString("hex");
  return [{ key, name: "OemInfMap", value: { type: "REG_BINARY", data } }];
}
