import { type CatalogFile, type KnownCatalogs, readCatalogFile } from "./catalog-file.ts";
import { addStamp, type FileStamps } from "../file-stamp.ts";
import { type InfFile, readInfFile } from "./inf-file.ts";
import { listedBy, type PackageFile, type ReadOptions, readPackageFile } from "./package-file.ts";
import type { AheadFile, ReadAhead } from "./read-ahead.ts";

/** Files of driver packages that are read together. */
export interface PackageFiles {
  /** @throws SERVICING_INPUT_UNREADABLE */
  inf(file: string): InfFile;
  /** @throws SERVICING_INPUT_UNREADABLE */
  catalog(file: string): CatalogFile;
  /** @throws SERVICING_INPUT_UNREADABLE, and the reason of the signal */
  digests(file: string, options: ReadOptions): Promise<PackageFile>;
}

/** @param ahead has read some of them already */
export function createPackageFiles(stamps: FileStamps = new Map(), ahead?: ReadAhead): PackageFiles {
  const known: KnownCatalogs = new Map();

  function take(file: string): AheadFile | undefined {
    const found = ahead?.take(file);
    if (found !== undefined) addStamp(stamps, file, found.stamp);
    return found;
  }
  return {
    inf: (file) => take(file)?.inf ?? readInfFile(file, stamps),
    catalog: (file) => take(file)?.catalog ?? readCatalogFile(file, known, stamps),
    async digests(file, options) {
      const found = take(file)?.digests;
      if (found === undefined) return readPackageFile(file, { ...options, stamps });
      return listedBy(found, options);
    },
  };
}
