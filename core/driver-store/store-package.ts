import type { DriverPackage } from "../driver-package.ts";
import type { Driver } from "../formats/inf/driver.ts";
import type { InfWindows, Installation } from "../formats/inf/installation.ts";
import type { Hive } from "../formats/hive.ts";
import type { HiveChange } from "../formats/hive-change.ts";

/** A driver package with all that its INF says, for one Windows. */
export interface StorePackage extends Pick<DriverPackage, "inf" | "files" | "signature" | "bootCritical"> {
  /** SHA-1 of each of its files as an image says it, by path below its folder. */
  readonly hashes: ReadonlyMap<string, string>;
  /** The INF itself. */
  readonly content: Uint8Array;
  readonly driver: Driver;
  readonly installation: Installation;
}

/** The files of an image; paths begin with a backslash and are meant in any case. */
export interface ImageTree {
  exists(path: string): boolean;
  /** SHA-1 of its content, in hexadecimal; undefined where there is no such file. */
  hash(path: string): string | undefined;
  /** The names in a folder, none where it is missing. */
  list(folder: string): readonly string[];
}

export interface StoreHives {
  readonly SYSTEM: Hive;
  readonly SOFTWARE: Hive;
  /** Windows 8 and later. */
  readonly DRIVERS?: Hive;
}

/** A Windows image as the driver store sees it. */
export interface StoreImage extends StoreHives {
  readonly windows: InfWindows;
  readonly tree: ImageTree;
}

/** A change of the registry with its whole key, such as `HKLM\SYSTEM\DriverDatabase`: see parseRegistryKey. */
export type StoreChange = HiveChange;

/** A file of a package that an image takes. */
export interface StoreFile {
  /** The INF of the package, as StorePackage has it. */
  readonly inf: string;
  /** Below the folder of that INF, `/` between. */
  readonly from: string;
  /** In the image. */
  readonly to: string;
  /** A file of Windows beside it, whose security descriptor it takes; absent where there is none. */
  readonly like?: string;
}

/** A folder that an image takes, before the files in it. */
export interface StoreFolder {
  readonly to: string;
  /** A folder of Windows beside it, whose security descriptor it takes. */
  readonly like?: string;
}

/** The last part of a path of the host. */
export function infName(inf: string): string {
  return inf.split(/[\\/]/).at(-1) ?? inf;
}
