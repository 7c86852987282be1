import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, type FileHandle, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Extend } from "../engine.ts";
import { failure } from "../error.ts";
import { copyRange, type FileRange, writeAt } from "../file-bytes.ts";
import { type BlobEntry, headerFlag, headerSize, type Resource, resourceFlag } from "../formats/wim.ts";
import { eachContent } from "../formats/wim-contents.ts";
import { type BlobIndex, countedTable } from "../formats/wim-index.ts";
import { wimFrame } from "../formats/wim-parts.ts";
import { openSource, openWim, type WimFile } from "../wim-file.ts";
import { exporting, writeCarrier } from "./carrier.ts";
import { imageOf } from "./delta.ts";
import { withBranch } from "./open-branch.ts";
import { blobsIn, compressionAs, packsOf, sourceBlobs, withTable, withTableOf } from "./pack.ts";
import type { ActContext } from "./perform.ts";

/** Of the bytes before the tables: more that nothing refers to, and the images are exported instead. */
const mostUnused = 0.05;

/**
 * Makes a WIM that stands by itself out of a copy of the source, which some file systems make for nothing: what was added
 * is written behind it, as it is in the packs, and new tables after that. What only the images of the source referred to
 * stays unused in the file, as it does when a WIM is changed in place; where that is much, `otherwise` is carried out.
 * @throws SERVICING_IMAGE_CORRUPT where a file is neither in the source nor in a pack
 */
export async function extend(act: Extend, context: ActContext): Promise<void> {
  const source = openSource(act.source);
  const packs = act.branches.flatMap(packsOf);
  const references = referencesOf(act, packs);
  const kept = keptOf(act, source, references.source);
  if (kept.unused > mostUnused * (kept.end - headerSize)) {
    for (const process of act.otherwise) await context.runner.run(process, context);
    return;
  }
  const images = act.branches.map(imageOf);
  const work = dirname(act.branches[0] ?? act.to);
  const [carrier, metadata] = [join(work, "metadata.carrier"), join(work, "metadata.packed")];
  try {
    await writeCarrier(
      carrier,
      images.map((image) => image.metadata),
      [],
    );
    await rm(metadata, { force: true });
    await context.runner.run(exporting(carrier, metadata, compressionAs(source.header)), context);
    context.signal.throwIfAborted();
    await copyFile(act.source, act.to, constants.COPYFILE_FICLONE);
    const handle = await open(act.to, "r+");
    try {
      const added = await append(addedOf(packs, references.packs), handle, kept.end);
      const compressed = new Map(entriesOf(metadata).map((entry) => [entry.hash, entry] as const));
      const wanted = images.map((image) => compressed.get(image.metadata.hash));
      if (wanted.includes(undefined))
        throw failure("SERVICING_IMAGE_CORRUPT", {
          file: act.to,
          reason: "it lacks the metadata of an image",
        });
      const own = await append(
        [{ file: metadata, entries: wanted as readonly BlobEntry[] }],
        handle,
        added.end,
      );
      const frame = wimFrame({
        flags: source.header.flags & headerFlag.reparsePointFix,
        compressionOf: source.header,
        guid: guidOf(source, own.entries),
        images: images.map(({ element }) => element),
        resources: [
          ...own.entries.map((entry) => ({
            ...entry,
            flags: entry.flags | resourceFlag.metadata,
            references: 1,
          })),
          ...added.entries,
        ],
        further: kept.table,
        tableOffset: own.end,
        ...(act.boot === undefined ? {} : { boot: act.boot }),
      });
      await writeAt(handle, [frame.table, frame.xml], own.end);
      await handle.truncate(own.end + frame.table.length + frame.xml.length);
      await writeAt(handle, [frame.header], 0);
    } finally {
      await handle.close();
    }
  } finally {
    for (const file of [carrier, metadata]) await rm(file, { force: true });
  }
  const result = openWim(act.to);
  if (images.some((image, at) => result.metadata[at]?.hash !== image.metadata.hash))
    throw failure("SERVICING_IMAGE_CORRUPT", { file: act.to, reason: "an image of it is another one" });
}

interface References {
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

function referencesOf(act: Extend, packs: readonly string[]): References {
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

/** What of the source is still referred to: its entries with their new counts, where they end, and what lies between. */
function keptOf(
  act: Extend,
  source: WimFile,
  references: Uint32Array,
): { readonly table: Buffer; readonly end: number; readonly unused: number } {
  const index = sourceBlobs(act.source);
  const { table, end, bytes } = withTableOf(act.source, (bytesOf) =>
    countedTable(bytesOf, source.header, index, references),
  );
  if (end > source.bytes)
    throw failure("SERVICING_IMAGE_CORRUPT", {
      file: act.source,
      reason: "the content of one of its files lies beyond its end",
    });
  return { table, end, unused: end - headerSize - bytes };
}

function entriesOf(file: string): readonly BlobEntry[] {
  return withTable(file, (entries) => [...entries]).filter(
    ({ flags }) => (flags & resourceFlag.metadata) === 0,
  );
}

interface Part {
  readonly file: string;
  readonly entries: readonly BlobEntry[];
}

/** Of each pack, what images refer to; of what several have, the first. */
function addedOf(packs: readonly string[], references: Uint32Array): readonly Part[] {
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

/** Copies resources, neighbours together; gives them with their new places. */
async function append(
  parts: readonly Part[],
  to: FileHandle,
  from: number,
): Promise<{ readonly entries: readonly BlobEntry[]; readonly end: number }> {
  const entries: BlobEntry[] = [];
  let end = from;
  for (const part of parts) {
    const ranges = neighbours(part);
    for (const { range, inside } of ranges) {
      await copyRange(range, to, end);
      for (const entry of inside) entries.push({ ...entry, offset: end + entry.offset - range.offset });
      end += range.size;
    }
  }
  return { entries, end };
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

/** Names the content, so that the same result has the same name. */
function guidOf(source: WimFile, metadata: readonly (Resource & { readonly hash: string })[]): Buffer {
  const hash = createHash("sha256").update(source.header.guid);
  for (const each of metadata) hash.update(each.hash);
  return hash.digest().subarray(0, 16);
}
