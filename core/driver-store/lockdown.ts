import { sameName } from "../formats/hive.ts";
import { driverDatabases, listValue, textValue } from "./driver-database.ts";
import type { StoreHives } from "./store-package.ts";

/** Which files were copied out of the driver store, for whom, and from where. */
export const lockdown = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Setup\\PnpLockdownFiles";

export function lockdownFiles({ SOFTWARE }: Pick<StoreHives, "SOFTWARE">) {
  return SOFTWARE.key(lockdown.replace(/^HKLM\\SOFTWARE\\/, ""))?.subkeys() ?? [];
}

/** The file of the image that a key of PnpLockdownFiles is named after; undefined for one outside of the folder of Windows. */
export function lockdownPath(name: string): string | undefined {
  const below = /^%SystemRoot%\/(.+)$/i.exec(name)?.[1];
  if (below === undefined) return undefined;
  const inside = below.split(/[\\/]/).every((part) => !/^\.{0,2}$/.test(part));
  return inside ? `\\Windows\\${below.replaceAll("/", "\\")}` : undefined;
}

/** A package as far as the files tell that were copied out of it. */
export interface CopiedPackage {
  readonly publishedName: string;
  /** Its folder in the driver store. */
  readonly folder: string;
}

/** The packages of a Windows 7, which has no DriverDatabase to name them; none of a later Windows. */
export function copiedPackages(image: StoreHives): readonly CopiedPackage[] {
  if (driverDatabases(image).length > 0) return [];
  const found: CopiedPackage[] = [];
  for (const key of lockdownFiles(image)) {
    const [publishedName, ...others] = listValue(key, "Owners");
    const source = textValue(key, "Source") ?? "";
    const folder = /\\FileRepository\\([^\\/:*?"<>|]+_[0-9a-f]{16})\\/i.exec(source)?.[1];
    if (publishedName === undefined || others.length > 0 || folder === undefined) continue;
    if (!found.some((each) => sameName(each.folder, folder))) found.push({ publishedName, folder });
  }
  return found;
}
