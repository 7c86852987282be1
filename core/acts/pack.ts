import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withFile } from "../file-source.ts";
import { type BlobEntry, blobTable, readHeader, resourceFlag, type WimHeader } from "../formats/wim.ts";
import { emptyWim } from "../formats/wim-parts.ts";
import { openWim, splitParts, wimError } from "../wim-file.ts";

/** Packs hold what was added to a branch. Each is made once and never changed; they lie beside the branch. */
const name = /^blobs-(\d+)\.wim$/;

/** The packs of a branch, the oldest first. */
export function packsOf(branch: string): readonly string[] {
  const numbers = readdirSync(dirname(branch)).flatMap((file) => {
    const number = name.exec(file)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
  return numbers.toSorted((a, b) => a - b).map((number) => packFile(branch, number));
}

export function packFile(branch: string, number: number): string {
  return join(dirname(branch), `blobs-${number}.wim`);
}

/** The first pack, empty, so that there is always one. */
export async function firstPack(branch: string): Promise<void> {
  await writeFile(packFile(branch, 0), emptyWim(randomBytes(16)));
}

/** The files of a source: itself, or all its parts. */
export function sourceFiles(source: string): readonly string[] {
  return splitParts(source, openWim(source).header.parts);
}

/** The blobs of WIMs by their SHA-1, and their sizes in bytes. @throws as openWim */
export function blobSizes(files: readonly string[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const file of files)
    withTable(file, (entries) => {
      for (const { hash, flags, size, originalSize } of entries)
        if ((flags & resourceFlag.metadata) === 0)
          sizes.set(hash, (flags & resourceFlag.solid) === 0 ? originalSize : size);
    });
  return sizes;
}

/** @throws as openWim */
export function withTable<T>(file: string, use: (entries: Iterable<BlobEntry>) => T): T {
  try {
    return withFile(file, (source) => use(blobTable(source, readHeader(source))));
  } catch (error) {
    throw wimError(file, error);
  }
}

/** Options with which wimlib compresses as a WIM is compressed: then everything else copies it as it is. */
export function compressionAs(header: Pick<WimHeader, "compression" | "chunkSize">): readonly string[] {
  const chunks =
    header.compression === "none" || header.chunkSize === 0 ? [] : [`--chunk-size=${header.chunkSize}`];
  return [`--compress=${header.compression}`, ...chunks];
}
