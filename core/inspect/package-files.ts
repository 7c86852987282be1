import { type CatalogFile, type KnownCatalogs, readCatalogFile } from "./catalog-file.ts";
import type { FileStamps } from "./file.ts";
import { listAlgorithms, type PackageFile, type ReadOptions, readPackageFile } from "./package-file.ts";
import { type AheadFile, readingAhead } from "./read-ahead.ts";

/** Files of driver packages that are read together. */
export interface PackageFiles {
  readonly stamps: FileStamps;
  /** @throws SERVICING_INPUT_UNREADABLE */
  catalog(file: string): CatalogFile;
  /** @throws SERVICING_INPUT_UNREADABLE, and the reason of the signal */
  digests(file: string, options: ReadOptions): Promise<PackageFile>;
  /** Reads these on another thread meanwhile, in this order, which is that in which they will be asked for. */
  readAhead(files: readonly string[]): void;
  close(): void;
}

export function createPackageFiles(stamps: FileStamps = new Map()): PackageFiles {
  const known: KnownCatalogs = new Map();
  let ahead: ReturnType<typeof readingAhead> | undefined;

  function take(file: string): AheadFile | undefined {
    const found = ahead?.take(file);
    if (found !== undefined) stamps.set(file, found.stamp);
    return found;
  }
  return {
    stamps,
    catalog: (file) => take(file)?.catalog ?? readCatalogFile(file, known, stamps),
    async digests(file, options) {
      const found = take(file)?.digests;
      if (found === undefined) return readPackageFile(file, { ...options, stamps });
      const listed = options.algorithms.map((each) => found.listed[listAlgorithms.indexOf(each)] ?? "");
      return { ...found, path: options.path, listed };
    },
    readAhead(files) {
      ahead ??= readingAhead(files);
    },
    close() {
      ahead?.close();
      ahead = undefined;
    },
  };
}
