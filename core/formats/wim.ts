import { type ByteSource, view } from "./bytes.ts";

/**
 * The WIM container: header, blob table and XML, as far as planning and branching need them.
 * Source: wimlib, include/wimlib/header.h and resource.c; Microsoft's "Windows Imaging File Format" white paper.
 */

export const headerSize = 208;
/** Where the header keeps the 16 bytes that name the WIM. */
export const guidOffset = 24;
export const blobEntrySize = 50;
const largestXml = 64 * 1024 * 1024;
/** Uncompressed; a million files need some 200 MiB. */
const largestMetadata = 2 ** 31;
export const magic = "MSWIM\0\0\0";

export const resourceFlag = { metadata: 0x02, compressed: 0x04, solid: 0x10 } as const;
export const headerFlag = {
  compressed: 0x2,
  reparsePointFix: 0x80,
  xpress: 0x20000,
  lzx: 0x40000,
  lzms: 0x80000,
} as const;
const solidVersion = 0xe00;
export const normalVersion = 0x10d00;

/** Where a resource lies in the file; sizes in bytes. */
export interface Resource {
  readonly size: number;
  readonly flags: number;
  readonly offset: number;
  readonly originalSize: number;
}

export interface WimHeader {
  readonly version: number;
  readonly flags: number;
  readonly chunkSize: number;
  readonly guid: string;
  readonly part: number;
  readonly parts: number;
  readonly images: number;
  readonly bootIndex: number;
  readonly blobTable: Resource;
  readonly xml: Resource;
  readonly integrity: Resource;
  readonly compression: "none" | "XPRESS" | "LZX" | "LZMS";
}

export interface Blob extends Resource {
  readonly part: number;
  /** SHA-1 in hexadecimal. */
  readonly hash: string;
}

/** An entry of the blob table: metadata, a blob, or what holds blobs that share their compression. */
export interface BlobEntry extends Blob {
  /** How many names and streams of the images have it. */
  readonly references: number;
}

/** Why bytes are not a WIM that can be read; the caller knows the file's name. */
export class WimFormatError extends Error {
  readonly kind: "not a WIM" | "corrupt";

  constructor(kind: "not a WIM" | "corrupt", message: string) {
    super(message);
    this.kind = kind;
  }
}

export function isWim(start: Uint8Array): boolean {
  return start.byteLength >= 8 && Buffer.from(start.subarray(0, 8)).toString("latin1") === magic;
}

/** @throws WimFormatError */
export function readHeader(source: ByteSource): WimHeader {
  const bytes = view(source.read(0, headerSize));
  if (!isWim(bytes))
    throw new WimFormatError("not a WIM", source.size === 0 ? "it is empty" : "it does not begin with MSWIM");
  if (bytes.length < headerSize || bytes.readUInt32LE(8) < headerSize)
    throw new WimFormatError("corrupt", "its header is cut off");
  const version = bytes.readUInt32LE(12);
  const flags = bytes.readUInt32LE(16);
  const header: WimHeader = {
    version,
    flags,
    chunkSize: bytes.readUInt32LE(20),
    guid: bytes.toString("hex", 24, 40),
    part: bytes.readUInt16LE(40),
    parts: bytes.readUInt16LE(42),
    images: bytes.readUInt32LE(44),
    bootIndex: bytes.readUInt32LE(120),
    blobTable: readResource(bytes, 48),
    xml: readResource(bytes, 72),
    integrity: readResource(bytes, 124),
    compression: compressionOf(flags),
  };
  if (version !== normalVersion && version !== solidVersion)
    throw new WimFormatError("corrupt", `its version 0x${version.toString(16)} is unknown`);
  for (const [name, resource] of Object.entries({
    "blob table": header.blobTable,
    "XML metadata": header.xml,
  })) {
    if (resource.offset + resource.size > source.size)
      throw new WimFormatError(
        "corrupt",
        `its ${name} should end at byte ${resource.offset + resource.size}, but the file has ${source.size}`,
      );
    if ((resource.flags & resourceFlag.compressed) !== 0)
      throw new WimFormatError("corrupt", `its ${name} is compressed`);
  }
  return header;
}

function compressionOf(flags: number): WimHeader["compression"] {
  if ((flags & headerFlag.compressed) === 0) return "none";
  if ((flags & headerFlag.lzx) !== 0) return "LZX";
  if ((flags & headerFlag.lzms) !== 0) return "LZMS";
  return "XPRESS";
}

function readResource(bytes: Buffer, at: number): Resource {
  const packed = bytes.readBigUInt64LE(at);
  return {
    size: Number(packed & 0xff_ffff_ffff_ffffn),
    flags: Number(packed >> 56n),
    offset: Number(bytes.readBigUInt64LE(at + 8)),
    originalSize: Number(bytes.readBigUInt64LE(at + 16)),
  };
}

export function writeResource(bytes: Buffer, at: number, resource: Resource): void {
  bytes.writeBigUInt64LE(BigInt(resource.size) | (BigInt(resource.flags) << 56n), at);
  bytes.writeBigUInt64LE(BigInt(resource.offset), at + 8);
  bytes.writeBigUInt64LE(BigInt(resource.originalSize), at + 16);
}

/** The metadata resources in the order of the images, without holding the whole table. */
export function metadataBlobs(source: ByteSource, header: WimHeader): readonly Blob[] {
  const found: Blob[] = [];
  const batch = blobEntrySize * 1024;
  for (let at = 0; at < header.blobTable.size && found.length < header.images; at += batch) {
    const bytes = view(
      source.read(header.blobTable.offset + at, Math.min(batch, header.blobTable.size - at)),
    );
    for (let entry = 0; entry + blobEntrySize <= bytes.length; entry += blobEntrySize) {
      if (((bytes[entry + 7] ?? 0) & resourceFlag.metadata) === 0) continue;
      const resource = readResource(bytes, entry);
      if (resource.offset + resource.size > source.size)
        throw new WimFormatError(
          "corrupt",
          `the metadata of its image ${found.length + 1} lies beyond its end`,
        );
      if (resource.originalSize > largestMetadata)
        throw new WimFormatError(
          "corrupt",
          `the metadata of its image ${found.length + 1} claims to unpack to ${resource.originalSize} bytes`,
        );
      found.push({
        ...resource,
        part: bytes.readUInt16LE(entry + 24),
        hash: bytes.toString("hex", entry + 30, entry + 50),
      });
    }
  }
  return found;
}

/** The whole blob table in its order, without holding it. @throws WimFormatError for what lies beyond the end */
export function* blobTable(source: ByteSource, header: WimHeader): Generator<BlobEntry> {
  const batch = blobEntrySize * 1024;
  for (let at = 0; at < header.blobTable.size; at += batch) {
    const bytes = view(
      source.read(header.blobTable.offset + at, Math.min(batch, header.blobTable.size - at)),
    );
    for (let entry = 0; entry + blobEntrySize <= bytes.length; entry += blobEntrySize) {
      const resource = readResource(bytes, entry);
      const part = bytes.readUInt16LE(entry + 24);
      // What is in a solid resource counts from the resource's own beginning.
      const here = part === header.part && (resource.flags & resourceFlag.solid) === 0;
      if (here && resource.offset + resource.size > source.size)
        throw new WimFormatError("corrupt", "the content of one of its files lies beyond its end");
      yield {
        ...resource,
        part,
        references: bytes.readUInt32LE(entry + 26),
        hash: bytes.toString("hex", entry + 30, entry + 50),
      };
    }
  }
}

/** Whether files share compressed resources, as in an ESD. LZMS has the same version whether it is solid or not. */
export function isSolid(source: ByteSource, header: WimHeader): boolean {
  if (header.version !== solidVersion) return false;
  const batch = blobEntrySize * 1024;
  for (let at = 0; at < header.blobTable.size; at += batch) {
    const bytes = source.read(header.blobTable.offset + at, Math.min(batch, header.blobTable.size - at));
    for (let entry = 0; entry + blobEntrySize <= bytes.length; entry += blobEntrySize)
      if (((bytes[entry + 7] ?? 0) & resourceFlag.solid) !== 0) return true;
  }
  return false;
}

/** The XML metadata as text, without its byte order mark. */
export function readXml(source: ByteSource, header: WimHeader): string {
  if (header.xml.size > largestXml)
    throw new WimFormatError("corrupt", `its XML metadata claims ${header.xml.size} bytes`);
  return view(source.read(header.xml.offset, header.xml.size))
    .toString("utf16le")
    .replace(/^\uFEFF/, "");
}
