import { hash } from "node:crypto";
import { catalogLimit, readCatalog } from "../formats/catalog.ts";
import type { CatalogSignature } from "../formats/catalog-signature.ts";
import { readWholeNow } from "./file.ts";
import type { FileStamps } from "../file-stamp.ts";
import { type ListAlgorithm, listAlgorithms } from "./package-file.ts";

/** A catalogue as it lies in a folder: what tells whether it is that of a package. */
export interface CatalogFile {
  readonly bytes: number;
  readonly sha256: string;
  readonly lists: FileList | { readonly fault: string };
}

interface FileList {
  readonly digests: readonly string[];
  /** Those that digests of it are made by. */
  readonly algorithms: readonly ListAlgorithm[];
  readonly signature: CatalogSignature;
}

/** By the SHA-256 of catalogues: copies of one package have the same. */
export type KnownCatalogs = Map<string, CatalogFile["lists"]>;
const mostKnown = 64;

/** @throws SERVICING_INPUT_UNREADABLE */
export function readCatalogFile(file: string, known: KnownCatalogs, stamps: FileStamps): CatalogFile {
  return catalogFileOf(readWholeNow(file, catalogLimit, stamps), known);
}

/** The same of what is in memory already. */
export function catalogFileOf(content: Uint8Array, known: KnownCatalogs): CatalogFile {
  const sha256 = hash("sha256", content);
  const lists = known.get(sha256) ?? listsOf(content);
  if (known.size >= mostKnown) known.clear();
  known.set(sha256, lists);
  return { bytes: content.length, sha256, lists };
}

function listsOf(content: Uint8Array): CatalogFile["lists"] {
  const catalog = readCatalog(content);
  if ("fault" in catalog) return catalog;
  const { members, signature } = catalog;
  const used = new Set(members.map(({ algorithm }) => algorithm));
  return {
    digests: members.map(({ digest }) => digest),
    algorithms: listAlgorithms.filter((algorithm) => used.has(algorithm)),
    signature,
  };
}
