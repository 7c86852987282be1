import { decodeValue, sameName, type HiveKey } from "../formats/hive.ts";
import type { StoreHives } from "./store-package.ts";

export const systemDatabase = "HKLM\\SYSTEM\\DriverDatabase";

/** A DriverDatabase of an image. */
export interface DriverDatabase {
  /** Its whole key: `HKLM\SYSTEM\DriverDatabase`. */
  readonly path: string;
  readonly key: HiveKey;
}

/**
 * Windows 8 and later have one in SYSTEM, for what is needed before the hive DRIVERS is loaded, and one there.
 * Windows 7 has none.
 */
export function driverDatabases(image: StoreHives): readonly DriverDatabase[] {
  return (["SYSTEM", "DRIVERS"] as const).flatMap((name) => {
    const key = image[name]?.key("DriverDatabase");
    return key === undefined ? [] : [{ path: `HKLM\\${name}\\DriverDatabase`, key }];
  });
}

/**
 * Where a package belongs: boot-critical ones to SYSTEM, others to where Windows keeps most INFs of their class.
 * Undefined where SYSTEM has no database, as that of Windows 7.
 */
export function databaseFor(
  image: StoreHives,
  driver: { readonly classGuid: string; readonly bootCritical: boolean },
): DriverDatabase | undefined {
  const known = driverDatabases(image);
  const system = known.find(({ path }) => path === systemDatabase);
  const drivers = known.find(({ path }) => path !== systemDatabase);
  if (system === undefined || drivers === undefined || driver.bootCritical) return system;
  return ownInfs(drivers, driver.classGuid) > ownInfs(system, driver.classGuid) ? drivers : system;
}

/** How many INFs of Windows itself a database has of a class. */
function ownInfs({ key }: DriverDatabase, classGuid: string): number {
  const values = key.subkey("DeviceIds")?.subkey(classGuid)?.values() ?? [];
  return values.filter(({ name }) => !/^oem\d+\.inf$/i.test(name)).length;
}

/** A package that an image has. */
export interface KnownPackage {
  readonly database: DriverDatabase;
  /** Its key below DriverPackages. */
  readonly key: HiveKey;
  /** The folder that is in use. */
  readonly folder: string;
  /** All of its folders in the driver store: more than one where it was updated. */
  readonly folders: readonly string[];
  /** `oem3.inf`, or the name of an INF of Windows. */
  readonly publishedName: string;
}

export function packageByFolder(image: StoreHives, folder: string): KnownPackage | undefined {
  for (const database of driverDatabases(image)) {
    const key = database.key.subkey("DriverPackages")?.subkey(folder);
    const publishedName = key === undefined ? undefined : textValue(key, "");
    if (key !== undefined && publishedName !== undefined)
      return { database, key, folder: key.name, folders: [key.name], publishedName };
  }
  return undefined;
}

export function packageByName(image: StoreHives, publishedName: string): KnownPackage | undefined {
  for (const database of driverDatabases(image)) {
    const inf = database.key.subkey("DriverInfFiles")?.subkey(publishedName);
    const folder = inf === undefined ? undefined : textValue(inf, "Active");
    const key = folder === undefined ? undefined : database.key.subkey("DriverPackages")?.subkey(folder);
    if (inf === undefined || key === undefined) continue;
    const others = listValue(inf, "").filter((each) => isFolder(each) && !sameName(each, key.name));
    return { database, key, folder: key.name, folders: [key.name, ...others], publishedName: inf.name };
  }
  return undefined;
}

/** Windows names the configurations of a package beside its published name where it has any. */
export function formOf({ database, publishedName }: KnownPackage): "configured" | "staged" {
  const inf = database.key.subkey("DriverInfFiles")?.subkey(publishedName);
  return inf?.value("Configurations") === undefined ? "staged" : "configured";
}

/** What a hive says is deleted from an image only where it is the name of a folder. */
function isFolder(name: string): boolean {
  return /^[^\\/:*?"<>|\0]+_[a-z0-9]+_[0-9a-f]{16}$/i.test(name);
}

/** A REG_SZ or REG_EXPAND_SZ; undefined for any other. */
export function textValue(key: HiveKey, name: string): string | undefined {
  const value = key.value(name);
  const decoded = value === undefined ? undefined : decodeValue(value);
  return decoded?.type === "REG_SZ" || decoded?.type === "REG_EXPAND_SZ" ? decoded.data : undefined;
}

/** A REG_MULTI_SZ; empty for any other. */
export function listValue(key: HiveKey, name: string): readonly string[] {
  const value = key.value(name);
  const decoded = value === undefined ? undefined : decodeValue(value);
  return decoded?.type === "REG_MULTI_SZ" ? decoded.data : [];
}

export function numberValue(key: HiveKey, name: string): number | undefined {
  const value = key.value(name);
  const decoded = value === undefined ? undefined : decodeValue(value);
  return decoded?.type === "REG_DWORD" ? decoded.data : undefined;
}
