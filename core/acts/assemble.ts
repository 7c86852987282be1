import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { allEnded } from "../all-ended.ts";
import { failure } from "../error.ts";
import { copyRange, type FileDigest, type FileRange, writeAt } from "../file-bytes.ts";
import { type BlobEntry, headerSize, resourceFlag } from "../formats/wim.ts";
import { eachContent } from "../formats/wim-contents.ts";
import type { BlobIndex } from "../formats/wim-index.ts";
import type { WimFrame } from "../formats/wim-parts.ts";
import { openSource, openWim } from "../wim-file.ts";
import { type CarriedFile, exporting, writeCarrier } from "./carrier.ts";
import { withBranch } from "./open-branch.ts";
import { blobsIn, compressionAs, sourceBlobs, withTable } from "./pack.ts";
import type { ActContext } from "./perform.ts";

/** A WIM that is made of branches, of their packs and of their source, all compressed alike: nothing is compressed again. */
export interface Assembled {
  readonly branches: readonly string[];
  readonly source: string;
  readonly to: string;
}

/** An image of a result: its metadata lies uncompressed in its branch. */
export interface BranchImage {
  readonly element: string;
  readonly metadata: CarriedFile;
}

export function imageOf(file: string): BranchImage {
  const { images, metadata } = openWim(file);
  const [element, blob] = [images[0], metadata[0]];
  if (element === undefined || blob === undefined) throw new TypeError(`${file} has no image`);
  return { element, metadata: { file, offset: blob.offset, size: blob.size, hash: blob.hash } };
}

/**
 * The metadata of images, compressed: a pack has it, or the source where nothing was done to an image; else wimlib is
 * asked, and the file that it makes is there while `use` runs.
 */
export async function withMetadata<T>(
  act: Assembled,
  images: readonly BranchImage[],
  packs: readonly string[],
  context: ActContext,
  use: (parts: readonly Part[]) => Promise<T>,
): Promise<T> {
  const { header, metadata } = openSource(act.source);
  const places = new Map<string, Part>();
  for (const blob of metadata)
    places.set(blob.hash, { file: act.source, entries: [{ ...blob, part: 1, references: 1 }] });
  for (const file of packs)
    for (const entry of entriesOf(file)) places.set(entry.hash, { file, entries: [entry] });
  const wanted = images.map((image) => image.metadata);
  if (header.parts === 1 && wanted.every(({ hash }) => places.has(hash)))
    return use(partsOf(wanted, places, act.to));
  const work = dirname(act.branches[0] ?? act.to);
  const [carrier, packed] = [join(work, "metadata.carrier"), join(work, "metadata.packed")];
  try {
    await writeCarrier(carrier, wanted, []);
    await rm(packed, { force: true });
    await context.runner.run(exporting(carrier, packed, compressionAs(header)), context);
    for (const entry of entriesOf(packed)) places.set(entry.hash, { file: packed, entries: [entry] });
    return await use(partsOf(wanted, places, act.to));
  } finally {
    for (const file of [carrier, packed]) await rm(file, { force: true });
  }
}

function partsOf(
  wanted: readonly CarriedFile[],
  places: ReadonlyMap<string, Part>,
  to: string,
): readonly Part[] {
  return wanted.map(({ hash }) => {
    const place = places.get(hash);
    if (place === undefined)
      throw failure("SERVICING_IMAGE_CORRUPT", { file: to, reason: "it lacks the metadata of an image" });
    return place;
  });
}

/** As the metadata of images. */
export function asMetadata(entries: readonly BlobEntry[]): readonly BlobEntry[] {
  return entries.map((entry) => ({ ...entry, flags: entry.flags | resourceFlag.metadata, references: 1 }));
}

/** Reads back, as a stranger would, whether these are the images. @throws SERVICING_IMAGE_CORRUPT */
export function refuseOthers(to: string, images: readonly BranchImage[]): void {
  const { metadata } = openWim(to);
  if (images.some((image, at) => metadata[at]?.hash !== image.metadata.hash))
    throw failure("SERVICING_IMAGE_CORRUPT", { file: to, reason: "an image of it is another one" });
}

export interface References {
  /** How often the images refer to each blob, by its number in the index of the source, or of the packs. */
  readonly source: Uint32Array;
  readonly packs: Uint32Array;
}

/** Whether it is one of the index. */
function count(index: BlobIndex, into: Uint32Array, bytes: Buffer, at: number): boolean {
  const number = index.number(bytes, at);
  if (number !== undefined) into[number] = (into[number] ?? 0) + 1;
  return number !== undefined;
}

/** @throws SERVICING_IMAGE_CORRUPT where a file is neither in the source nor in a pack */
export function referencesOf(act: Assembled, packs: readonly string[]): References {
  const [held, packed] = [sourceBlobs(act.source), blobsIn(packs)];
  const counts = { source: new Uint32Array(held.count), packs: new Uint32Array(packed.count) };
  for (const branch of act.branches)
    withBranch(branch, act.source, ({ metadata, source }) =>
      eachContent(source, metadata.root.offset, (bytes, at) => {
        if (count(held, counts.source, bytes, at) || count(packed, counts.packs, bytes, at)) return;
        const hash = bytes.toString("hex", at, at + 20);
        throw failure("SERVICING_IMAGE_CORRUPT", {
          file: act.source,
          reason: `the content ${hash} of one of its files is not in it`,
        });
      }),
    );
  return counts;
}

function entriesOf(file: string): readonly BlobEntry[] {
  return withTable(file, (entries) => [...entries]).filter(
    ({ flags }) => (flags & resourceFlag.metadata) === 0,
  );
}

export interface Part {
  readonly file: string;
  readonly entries: readonly BlobEntry[];
}

/** Of each pack, what images refer to; of what several have, the first. */
export function addedOf(packs: readonly string[], references: Uint32Array): readonly Part[] {
  const index = blobsIn(packs);
  const taken = new Set<number>();
  return packs.map((file) => ({
    file,
    entries: entriesOf(file).flatMap((entry) => {
      const number = index.number(Buffer.from(entry.hash, "hex"), 0) ?? 0;
      const many = references[number] ?? 0;
      if (many === 0 || taken.has(number)) return [];
      taken.add(number);
      return [{ ...entry, references: many }];
    }),
  }));
}

/** Resources in their new places. */
export interface Layout {
  readonly entries: readonly BlobEntry[];
  readonly end: number;
  readonly copies: readonly { readonly range: FileRange; readonly at: number }[];
}

/** Puts resources one behind the other, neighbours together, beginning at an offset. */
export function layout(parts: readonly Part[], from: number): Layout {
  const entries: BlobEntry[] = [];
  const copies: { readonly range: FileRange; readonly at: number }[] = [];
  let end = from;
  for (const part of parts)
    for (const { range, inside } of neighbours(part)) {
      copies.push({ range, at: end });
      for (const entry of inside) entries.push({ ...entry, offset: end + entry.offset - range.offset });
      end += range.size;
    }
  return { entries, end, copies };
}

/**
 * Writes a WIM of which everything is known, and gives its digest, for which nothing is read again.
 * @param base a file that it begins with, header aside, up to a byte
 */
export async function writeResult(
  to: string,
  base: { readonly file: string; readonly end: number } | undefined,
  copies: Layout["copies"],
  frame: WimFrame,
  tableOffset: number,
  signal: AbortSignal,
): Promise<FileDigest> {
  const hash = createHash("sha256").update(frame.header);
  if (base !== undefined) {
    const begun = { file: base.file, offset: headerSize, size: base.end - headerSize };
    const copied = copyFile(base.file, to, constants.COPYFILE_FICLONE);
    await allEnded([copied, copyRange(begun, undefined, 0, hash, signal)]);
  }
  const handle = await open(to, base === undefined ? "w" : "r+");
  try {
    for (const { range, at } of copies) await copyRange(range, handle, at, hash, signal);
    await writeAt(handle, [frame.table, frame.xml], tableOffset);
    const bytes = tableOffset + frame.table.length + frame.xml.length;
    await handle.truncate(bytes);
    await writeAt(handle, [frame.header], 0);
    return { sha256: hash.update(frame.table).update(frame.xml).digest("hex"), bytes };
  } finally {
    await handle.close();
  }
}

function neighbours({ file, entries }: Part): readonly { range: FileRange; inside: BlobEntry[] }[] {
  const found: { range: FileRange; inside: BlobEntry[] }[] = [];
  for (const entry of entries.toSorted((a, b) => a.offset - b.offset)) {
    const last = found.at(-1);
    if (last !== undefined && last.range.offset + last.range.size === entry.offset) {
      last.range = { ...last.range, size: last.range.size + entry.size };
      last.inside.push(entry);
    } else found.push({ range: { file, offset: entry.offset, size: entry.size }, inside: [entry] });
  }
  return found;
}
