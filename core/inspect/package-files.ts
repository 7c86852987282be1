import { infLimit } from "../formats/inf/document.ts";
import { type CatalogFile, type KnownCatalogs, readCatalogFile } from "./catalog-file.ts";
import { readWholeNow } from "./file.ts";
import { addStamp, type FileStamps } from "../file-stamp.ts";
import { listAlgorithms, type PackageFile, type ReadOptions, readPackageFile } from "./package-file.ts";
import type { AheadFile, ReadAhead } from "./read-ahead.ts";

/** Files of driver packages that are read together. */
export interface PackageFiles {
  /** An INF. @throws SERVICING_INPUT_UNREADABLE */
  content(file: string): Uint8Array;
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
    content: (file) => take(file)?.content ?? readWholeNow(file, infLimit, stamps),
    catalog: (file) => take(file)?.catalog ?? readCatalogFile(file, known, stamps),
    async digests(file, options) {
      const found = take(file)?.digests;
      if (found === undefined) return readPackageFile(file, { ...options, stamps });
      const listed = options.algorithms.map((each) => found.listed[listAlgorithms.indexOf(each)] ?? "");
      return { ...found, path: options.path, listed };
    },
  };
}
