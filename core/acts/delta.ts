import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Delta } from "../engine.ts";
import { compressionOptions } from "../engines/wimlib-command.ts";
import { failure } from "../error.ts";
import { copyRange, writeAt } from "../file-bytes.ts";
import { type BlobEntry, headerFlag, headerSize, resourceFlag, type WimHeader } from "../formats/wim.ts";
import { eachContent } from "../formats/wim-contents.ts";
import { integrityChunk, integrityTable, type WimFrame, wimFrame } from "../formats/wim-parts.ts";
import { packReferences } from "../formats/wim-reference.ts";
import { openSource, openWim, type WimFile } from "../wim-file.ts";
import {
  addedOf,
  asMetadata,
  type BranchImage,
  imageOf,
  layout,
  referencesOf,
  refuseOthers,
  withMetadata,
  writeResult,
} from "./assemble.ts";
import { exporting, writeCarrier } from "./carrier.ts";
import { withBranch } from "./open-branch.ts";
import { blobsIn, packsOf, sourceBlobs, withTable } from "./pack.ts";
import type { ActContext } from "./perform.ts";

/**
 * Makes one WIM of branches: their metadata, and the files that their source has not. wimlib compresses both as the
 * files of a carrier, copying what is compressed already; then the tables are written anew, in which the files that
 * are metadata are the metadata of images.
 * @throws SERVICING_IMAGE_CORRUPT where a file is neither in the source nor in a pack
 */
export async function delta(act: Delta, context: ActContext): Promise<void> {
  if (act.compress === "keep") return gather(act, context);
  const source = openSource(act.source);
  const images = act.branches.map(imageOf);
  const needed = neededBlobs(act);
  const packs = act.branches.flatMap(packReferences);
  const compress = compressionOptions[act.compress];
  const solid = act.compress === "recovery";
  const work = dirname(act.branches[0] ?? act.to);
  const carrier = join(work, "delta.carrier");
  const apart = join(work, "delta.metadata");
  try {
    const metadata = images.map((image) => image.metadata);
    await writeCarrier(carrier, solid ? [] : metadata, [...needed.keys()]);
    await context.runner.run(exporting(carrier, act.to, [...packs, ...compress]), context);
    if (solid) {
      // Among the files of a solid WIM metadata would share their resource, where no image may have it.
      await writeCarrier(carrier, metadata, []);
      const chunks = `--chunk-size=${openWim(act.to).header.chunkSize}`;
      await context.runner.run(exporting(carrier, apart, ["--compress=LZMS", chunks]), context);
    }
    await rewrite(act, images, needed, source, solid ? apart : undefined);
  } finally {
    for (const file of [carrier, apart]) await rm(file, { force: true });
  }
  check(act, images, needed);
}

/** Nothing is compressed again. */
async function gather(act: Delta, context: ActContext): Promise<void> {
  const source = openSource(act.source);
  const packs = act.branches.flatMap(packsOf);
  const { packs: references } = referencesOf(act, packs);
  const images = act.branches.map(imageOf);
  await withMetadata(act, images, packs, context, async (metadata) => {
    const added = layout(addedOf(packs, references), headerSize);
    const own = layout(metadata, added.end);
    const ending: Ending = {
      source,
      guid: randomBytes(16),
      compressionOf: source.header,
      images,
      resources: [...asMetadata(own.entries), ...added.entries],
      boot: act.boot,
    };
    const copies = [...added.copies, ...own.copies];
    const frame = frameOf(ending, own.end);
    const digest = await writeResult(act.to, undefined, copies, frame, own.end, context.signal);
    if (source.header.integrity.size === 0) return context.digested?.(act.to, digest);
    const handle = await open(act.to, "r+");
    try {
      await finish(handle, own.end, ending);
    } finally {
      await handle.close();
    }
  });
  refuseOthers(act.to, images);
}

/** What the branches refer to and the source has not, with the number of references. */
function neededBlobs(act: Delta): ReadonlyMap<string, number> {
  const held = sourceBlobs(act.source);
  const packed = blobsIn(act.branches.flatMap(packsOf));
  const needed = new Map<string, number>();
  for (const branch of act.branches)
    withBranch(branch, act.source, ({ metadata, source }) =>
      eachContent(source, metadata.root.offset, (bytes, at) => {
        if (held.size(bytes, at) !== undefined) return;
        const hash = bytes.toString("hex", at, at + 20);
        if (packed.size(bytes, at) === undefined)
          throw failure("SERVICING_IMAGE_CORRUPT", {
            file: act.source,
            reason: `the content ${hash} of one of its files is not in it`,
          });
        needed.set(hash, (needed.get(hash) ?? 0) + 1);
      }),
    );
  return needed;
}

/** Makes of what wimlib exported the delta: tables after the last blob, the metadata of a solid one before them. */
async function rewrite(
  act: Delta,
  images: readonly BranchImage[],
  needed: ReadonlyMap<string, number>,
  source: WimFile,
  apart: string | undefined,
): Promise<void> {
  const { header } = openWim(act.to);
  const wanted = new Set(images.map(({ metadata }) => metadata.hash));
  const blobs = withTable(act.to, (entries) => [...entries]).filter(notMetadata);
  const compressed = new Map<string, BlobEntry>();
  for (const blob of blobs) if (wanted.has(blob.hash)) compressed.set(blob.hash, blob);
  const handle = await open(act.to, "r+");
  try {
    let end = endOf(blobs);
    if (apart !== undefined)
      for (const blob of withTable(apart, (entries) => [...entries]).filter(notMetadata)) {
        compressed.set(blob.hash, { ...blob, offset: end });
        await copyRange({ file: apart, offset: blob.offset, size: blob.size }, handle, end);
        end += blob.size;
      }
    await finish(handle, end, {
      source,
      guid: Buffer.from(header.guid, "hex"),
      compressionOf: header,
      images,
      resources: [
        ...asMetadata(images.flatMap(({ metadata }) => compressed.get(metadata.hash) ?? [])),
        ...blobs
          .filter(({ hash }) => !wanted.has(hash))
          .map((blob) => ({ ...blob, references: needed.get(blob.hash) ?? blob.references })),
      ],
      boot: act.boot,
    });
  } finally {
    await handle.close();
  }
}

interface Ending {
  readonly source: WimFile;
  readonly guid: Buffer;
  readonly compressionOf: WimHeader;
  readonly images: readonly BranchImage[];
  readonly resources: readonly BlobEntry[];
  readonly boot: number | undefined;
}

function frameOf(ending: Ending, tableOffset: number): WimFrame {
  const { source, guid, compressionOf, images, resources, boot } = ending;
  return wimFrame({
    flags: source.header.flags & headerFlag.reparsePointFix,
    compressionOf,
    guid,
    images: images.map(({ element }) => element),
    resources,
    tableOffset,
    ...(boot === undefined ? {} : { boot }),
    integrity: source.header.integrity.size > 0,
  });
}

/** Writes what comes after the last resource, and the header. */
async function finish(handle: FileHandle, end: number, ending: Ending): Promise<void> {
  const frame = frameOf(ending, end);
  await writeAt(handle, [frame.table, frame.xml], end);
  const tableEnd = end + frame.table.length;
  await handle.truncate(tableEnd + frame.xml.length);
  if (ending.source.header.integrity.size > 0) {
    const table = integrityTable(await chunkHashes(handle, tableEnd));
    await writeAt(handle, [table], tableEnd + frame.xml.length);
  }
  await writeAt(handle, [frame.header], 0);
}

function notMetadata({ flags }: BlobEntry): boolean {
  return (flags & resourceFlag.metadata) === 0;
}

/** Where resources end in the file; what is inside a solid one lies nowhere by itself. */
function endOf(blobs: readonly BlobEntry[]): number {
  return blobs
    .filter(({ flags, originalSize }) => (flags & resourceFlag.solid) === 0 || originalSize === solidSize)
    .reduce((end, { offset, size }) => Math.max(end, offset + size), headerSize);
}

/** Marks a solid resource itself in a blob table. Source: wimlib, src/blob_table.c. */
const solidSize = 0x1_0000_0000;

async function chunkHashes(file: FileHandle, end: number): Promise<readonly Buffer[]> {
  const hashes: Buffer[] = [];
  const chunk = Buffer.alloc(Math.min(integrityChunk, end - headerSize));
  for (let at = headerSize; at < end; at += integrityChunk) {
    const { bytesRead } = await file.read(chunk, 0, Math.min(chunk.length, end - at), at);
    hashes.push(createHash("sha1").update(chunk.subarray(0, bytesRead)).digest());
  }
  return hashes;
}

/** Reads the delta back as a stranger would. */
function check(act: Delta, images: readonly BranchImage[], needed: ReadonlyMap<string, number>): void {
  const { metadata } = openWim(act.to);
  const held = blobsIn([act.to]);
  const lost = [...needed.keys()].find((hash) => held.size(Buffer.from(hash, "hex"), 0) === undefined);
  const wrong = images.findIndex((image, at) => metadata[at]?.hash !== image.metadata.hash);
  const reason =
    lost !== undefined
      ? `it lacks the content ${lost}`
      : wrong >= 0
        ? `its image ${wrong + 1} is another one`
        : undefined;
  if (reason !== undefined) throw failure("SERVICING_IMAGE_CORRUPT", { file: act.to, reason });
}
