import { hash } from "node:crypto";
import { type Catalog, catalogLimit, readCatalog } from "../formats/catalog.ts";
import { readWholeNow } from "./file.ts";
import type { FileStamps } from "../file-stamp.ts";

/** A catalogue as it lies in a folder. */
export interface CatalogFile {
  readonly bytes: number;
  readonly sha256: string;
  readonly catalog: Catalog | { readonly fault: string };
}

/** By the SHA-256 of catalogues: copies of one package have the same. */
export type KnownCatalogs = Map<string, CatalogFile["catalog"]>;
const mostKnown = 64;

/** @throws SERVICING_INPUT_UNREADABLE */
export function readCatalogFile(file: string, known: KnownCatalogs, stamps: FileStamps): CatalogFile {
  return catalogFileOf(readWholeNow(file, catalogLimit, stamps), known);
}

/** The same of what is in memory already. */
export function catalogFileOf(content: Uint8Array, known: KnownCatalogs): CatalogFile {
  const sha256 = hash("sha256", content);
  const catalog = known.get(sha256) ?? readCatalog(content);
  if (known.size >= mostKnown) known.clear();
  known.set(sha256, catalog);
  return { bytes: content.length, sha256, catalog };
}
