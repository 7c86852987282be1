import {
  type Blob,
  type BlobEntry,
  blobEntrySize,
  headerFlag,
  headerSize,
  magic,
  normalVersion,
  resourceFlag,
  type Resource,
  type WimHeader,
  writeResource,
} from "./wim.ts";

/** What is written around the resources of a WIM, whose own bytes are somebody else's. */
export interface WimFrame {
  readonly header: Buffer;
  /** To be written at `tableOffset`, followed by `xml`, followed by an integrity table if one was asked for. */
  readonly table: Buffer;
  readonly xml: Buffer;
}

export interface NewWim {
  /** Header flags that are no compression's. */
  readonly flags?: number;
  /** Compression flags, chunk size and version are taken from here; absent: no compression. */
  readonly compressionOf?: Pick<WimHeader, "flags" | "chunkSize" | "version">;
  readonly guid: Uint8Array;
  /** `<IMAGE>` elements; they are numbered anew. */
  readonly images: readonly string[];
  /** The metadata of the images in their order, and what else there is. */
  readonly resources: readonly (Resource & { readonly hash: string; readonly references?: number })[];
  /** Entries of the table as they are, after those of `resources`. */
  readonly further?: Buffer;
  readonly tableOffset: number;
  /** Number of the image that the file boots. */
  readonly boot?: number;
  readonly integrity?: boolean;
}

const compressions = headerFlag.compressed | headerFlag.xpress | headerFlag.lzx | headerFlag.lzms;

export function wimFrame(wim: NewWim): WimFrame {
  const { further } = wim;
  const table = Buffer.alloc(blobEntrySize * wim.resources.length + (further?.length ?? 0));
  further?.copy(table, blobEntrySize * wim.resources.length);
  for (const [at, resource] of wim.resources.entries()) writeEntry(table, at * blobEntrySize, resource);
  const tableEnd = wim.tableOffset + table.length;
  const numbered = wim.images.map((element, at) => element.replace(/INDEX="\d+"/, `INDEX="${at + 1}"`));
  const text = `\uFEFF<WIM><TOTALBYTES>${tableEnd}</TOTALBYTES>${numbered.join("")}</WIM>`;
  const xml = Buffer.from(text, "utf16le");
  const header = Buffer.alloc(headerSize);
  header.write(magic, 0, "latin1");
  header.writeUInt32LE(headerSize, 8);
  header.writeUInt32LE(wim.compressionOf?.version ?? normalVersion, 12);
  header.writeUInt32LE(((wim.compressionOf?.flags ?? 0) & compressions) | (wim.flags ?? 0), 16);
  header.writeUInt32LE(wim.compressionOf?.chunkSize ?? 0, 20);
  header.set(wim.guid.subarray(0, 16), 24);
  header.writeUInt16LE(1, 40);
  header.writeUInt16LE(1, 42);
  header.writeUInt32LE(wim.images.length, 44);
  writeResource(header, 48, whole(wim.tableOffset, table.length, resourceFlag.metadata));
  writeResource(header, 72, whole(tableEnd, xml.length, resourceFlag.metadata));
  const booted = wim.boot === undefined ? undefined : wim.resources[wim.boot - 1];
  if (booted !== undefined) {
    writeResource(header, 96, booted);
    header.writeUInt32LE(wim.boot ?? 0, 120);
  }
  if (wim.integrity === true)
    writeResource(header, 124, whole(tableEnd + xml.length, integritySize(tableEnd), 0));
  return { header, table, xml };
}

/** A resource that is not compressed. */
export function whole(offset: number, size: number, flags = 0): Resource {
  return { offset, size, originalSize: size, flags };
}

function writeEntry(table: Buffer, at: number, entry: Resource & Partial<BlobEntry>): void {
  writeResource(table, at, entry);
  table.writeUInt16LE(1, at + 24);
  table.writeUInt32LE(entry.references ?? 1, at + 26);
  table.write(entry.hash ?? "", at + 30, "hex");
}

/** Bytes of a file that one hash of the integrity table is of. Source: wimlib, src/integrity.c. */
export const integrityChunk = 10_485_760;

/** @param end of the blob table; what is before it is covered, save the header */
function integritySize(end: number): number {
  return 12 + 20 * Math.ceil((end - headerSize) / integrityChunk);
}

/** @param hashes SHA-1 of each chunk from the header's end to the blob table's */
export function integrityTable(hashes: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(12 + 20 * hashes.length, 0);
  head.writeUInt32LE(hashes.length, 4);
  head.writeUInt32LE(integrityChunk, 8);
  return Buffer.concat([head, ...hashes]);
}

/** The parts of a WIM that holds one image: written one after the other they are the file. */
export interface WimParts {
  readonly before: Buffer;
  /** The metadata resource goes here, byte for byte. */
  readonly after: Buffer;
}

/**
 * A metadata-only branch: an uncompressed WIM of one image that refers to others for its files.
 * Uncompressed, so that its metadata can be read and patched in place; the export compresses it again.
 */
export function branchParts(
  guid: Uint8Array,
  source: Pick<WimHeader, "flags">,
  element: string,
  metadata: { readonly bytes: number; readonly hash: string },
): WimParts {
  const { header, table, xml } = wimFrame({
    flags: source.flags & headerFlag.reparsePointFix,
    guid,
    images: [element],
    resources: [{ ...whole(headerSize, metadata.bytes, resourceFlag.metadata), hash: metadata.hash }],
    tableOffset: headerSize + metadata.bytes,
  });
  return { before: header, after: Buffer.concat([table, xml]) };
}

/**
 * A WIM whose only file is another WIM's compressed metadata resource, so that wimlib can be asked to decompress it:
 * it has no command for that, and compression formats are its business.
 */
export function carrierParts(
  guid: Uint8Array,
  header: WimHeader,
  blob: Blob,
  metadata: Buffer,
  hash: string,
): WimParts {
  const { size, originalSize, flags } = blob;
  const offset = headerSize + metadata.length;
  const frame = wimFrame({
    compressionOf: { ...header, version: normalVersion },
    guid,
    images: [carrierImage],
    resources: [
      { ...whole(headerSize, metadata.length, resourceFlag.metadata), hash },
      { size, originalSize, flags: flags & ~resourceFlag.metadata, offset, hash: blob.hash },
    ],
    tableOffset: offset + size,
  });
  return { before: frame.header, after: Buffer.concat([frame.table, frame.xml]) };
}

/** The image of a WIM that carries blobs, not a tree that anybody wants. */
export const carrierImage = '<IMAGE INDEX="1"><NAME>carrier</NAME></IMAGE>';

/** A WIM without images and files, as which a glob of references always finds one. */
export function emptyWim(guid: Uint8Array): Buffer {
  const { header, xml } = wimFrame({ guid, images: [], resources: [], tableOffset: headerSize });
  return Buffer.concat([header, xml]);
}
