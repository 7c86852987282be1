import { join } from "node:path";
import type { DriverSignature } from "../driver-package.ts";
import { someOf } from "../driver-refusal.ts";
import type { CatalogSignature } from "../formats/catalog-signature.ts";
import type { ListAlgorithm, PackageFile } from "./package-file.ts";
import type { PackageFiles } from "./package-files.ts";
import type { FoundFile } from "./package-folder.ts";

/** What the catalogue of a package says, before its files are read. */
export type PackageCatalog =
  | { readonly state: "none"; readonly because: string }
  | { readonly state: "unreadable"; readonly file: PackageFile; readonly because: string }
  | {
      readonly state: "read";
      readonly file: PackageFile;
      readonly signature: CatalogSignature;
      readonly digests: ReadonlySet<string>;
      readonly algorithms: readonly ListAlgorithm[];
    };

/** @throws SERVICING_INPUT_UNREADABLE */
export function readPackageCatalog(
  root: string,
  name: string | undefined,
  found: FoundFile | undefined,
  files: PackageFiles,
): PackageCatalog {
  if (name === undefined) return { state: "none", because: "its INF names no catalogue" };
  if (found?.state !== "found") return { state: "none", because: `its catalogue ${name} is not there` };
  const { bytes, sha256, lists } = files.catalog(join(root, found.path));
  const file: PackageFile = { path: found.path, bytes, sha256, listed: [] };
  if (found.packed) return { state: "unreadable", file, because: `${found.path} is packed` };
  if ("fault" in lists)
    return { state: "unreadable", file, because: `${name} is no catalogue: ${lists.fault}` };
  const { signature, algorithms } = lists;
  return { state: "read", file, signature, digests: new Set(lists.digests), algorithms };
}

/**
 * Whether the catalogue lists the files of a package as they are ("catalog-files-and-digital-signatures").
 * @param files all of the package but its catalogue, the INF first
 */
export function signatureOf(catalog: PackageCatalog, files: readonly PackageFile[]): DriverSignature {
  if (catalog.state === "none") return { state: "none", because: catalog.because };
  const name = catalog.file.path;
  if (catalog.state === "unreadable")
    return { state: "broken", catalog: name, signer: "", because: catalog.because, files: [] };
  const { signer, broken } = catalog.signature;
  const unlisted = files.filter(({ listed }) => !listed.some((digest) => catalog.digests.has(digest)));
  const names = unlisted.map(({ path }) => path);
  if (broken !== undefined) {
    return {
      state: "broken",
      catalog: name,
      signer,
      because: `${name} does not hold: ${broken}`,
      files: names,
    };
  }
  if (unlisted.length === 0) return { state: "covered", catalog: name, signer };
  const because =
    unlisted.length === files.length
      ? `${name} is the catalogue of another package`
      : `${name} does not list ${someOf(names)} as ${names.length === 1 ? "it is" : "they are"}`;
  return { state: "broken", catalog: name, signer, because, files: names };
}
