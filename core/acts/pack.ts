import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { withFile } from "../file-source.ts";
import type { ByteSource } from "../formats/bytes.ts";
import { type BlobEntry, blobTable, readHeader, type WimHeader } from "../formats/wim.ts";
import { type BlobIndex, indexBlobs } from "../formats/wim-index.ts";
import { emptyWim } from "../formats/wim-parts.ts";
import { openSource, sourceStamp, splitParts, wimError } from "../wim-file.ts";

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

export function nextPack(packs: readonly string[], branch: string): string {
  const last = name.exec(basename(packs.at(-1) ?? ""))?.[1] ?? "0";
  return packFile(branch, Number(last) + 1);
}

function packFile(branch: string, number: number): string {
  return join(dirname(branch), `blobs-${number}.wim`);
}

/** The first pack, empty, so that there is always one. */
export async function firstPack(branch: string, source: Pick<WimHeader, "guid">): Promise<void> {
  const pack = packFile(branch, 0);
  await writeFile(pack, emptyWim(packGuid(pack, source)));
}

/**
 * wimlib copies files in the order of the GUIDs of the WIMs that hold them, so a pack has one that is the same in every
 * run: results of one line differ in nothing but times. Source: wimlib, src/blob_table.c, cmp_blobs_by_sequential_order.
 */
export function packGuid(pack: string, source: Pick<WimHeader, "guid">): Buffer {
  return createHash("sha256")
    .update(`${source.guid} ${basename(pack)}`)
    .digest()
    .subarray(0, 16);
}

/** The files of a source: itself, or all its parts. */
export function sourceFiles(source: string): readonly string[] {
  return splitParts(source, openSource(source).header.parts);
}

const known = new Map<string, { readonly stamp: string; readonly blobs: BlobIndex }>();

/** The blobs of a source. It is the same for every line and every step, so what was read last is kept. @throws as openWim */
export function sourceBlobs(source: string): BlobIndex {
  const stamp = sourceStamp(source);
  const held = known.get(source);
  if (held?.stamp === stamp) return held.blobs;
  known.clear();
  const blobs = blobsIn(sourceFiles(source));
  known.set(source, { stamp, blobs });
  return blobs;
}

/** The blobs of WIMs by their hashes. @throws as openWim */
export function blobsIn(files: readonly string[]): BlobIndex {
  const open = (at: number, wims: Parameters<typeof indexBlobs>[0]): BlobIndex => {
    const file = files[at];
    if (file === undefined) return indexBlobs(wims);
    return withFile(file, (source) => open(at + 1, [...wims, { source, header: headerOf(file, source) }]));
  };
  return open(0, []);
}

function headerOf(file: string, source: ByteSource): WimHeader {
  try {
    return readHeader(source);
  } catch (error) {
    throw wimError(file, error);
  }
}

/** @throws as openWim */
export function withTableOf<T>(file: string, use: (source: ByteSource) => T): T {
  try {
    return withFile(file, use);
  } catch (error) {
    throw wimError(file, error);
  }
}

/** @throws as openWim */
export function withTable<T>(file: string, use: (entries: Iterable<BlobEntry>) => T): T {
  return withTableOf(file, (source) => use(blobTable(source, readHeader(source))));
}

/**
 * A fifth of the time of wimlib's default, for a few per cent more of what was added. Any level can be copied beside any
 * other. Source: wimlib-imagex-capture(1), "--compress".
 */
const levels: Readonly<Record<WimHeader["compression"], string>> = {
  none: "none",
  XPRESS: "XPRESS:20",
  LZX: "LZX:20",
  LZMS: "LZMS",
};

/** Options with which wimlib compresses as a WIM is compressed: then everything else copies it as it is. */
export function compressionAs(header: Pick<WimHeader, "compression" | "chunkSize">): readonly string[] {
  const chunks =
    header.compression === "none" || header.chunkSize === 0 ? [] : [`--chunk-size=${header.chunkSize}`];
  return [`--compress=${levels[header.compression]}`, ...chunks];
}
