import { hash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { metadataOf, type Metadata } from "./wim-metadata.ts";
import { filetime } from "./filetime.ts";
import type { Content, Facts, WimImage } from "./wim-tree.ts";

export interface WimContents {
  readonly images: readonly WimImage[];
  /** Number of the image that the file boots. */
  readonly boot?: number;
}

const headerSize = 208;
const version = 0x10d00;
const uncompressed = 0;
const metadataFlag = 0x02;
const noContent = Buffer.alloc(20);

/** Where a resource lies. Nothing is compressed, so that its two sizes are one. */
interface Resource {
  readonly offset: number;
  readonly bytes: number;
}

interface Blob extends Resource {
  readonly sha1: Buffer;
  references: number;
}

/**
 * Writes an uncompressed WIM file: contents as they are met, each once, then metadata, blob table and XML.
 * The same contents give the same bytes. Laid out as in "Windows Imaging File Format (WIM)".
 */
export async function writeWim(file: string, contents: WimContents): Promise<void> {
  const handle = await open(file, "w");
  try {
    const output = new Output(handle);
    await output.write(Buffer.alloc(headerSize));
    const blobs = new Map<string, Blob>();
    const store = async (content: Content): Promise<{ sha1: Buffer; bytes: number }> => {
      const data = typeof content === "function" ? content() : content;
      if (data.length === 0) return { sha1: noContent, bytes: 0 };
      const sha1 = hash("sha1", data, "buffer");
      const key = sha1.toString("latin1");
      const known = blobs.get(key);
      if (known === undefined) blobs.set(key, { sha1, references: 1, ...(await output.write(data)) });
      else known.references += 1;
      return { sha1, bytes: data.length };
    };

    const images: { readonly metadata: Metadata; readonly resource: Resource }[] = [];
    for (const image of contents.images) {
      const metadata = await metadataOf(image, store);
      images.push({ metadata, resource: await output.write(metadata.resource) });
    }
    const table = blobTable(blobs, images);
    const tableAt = await output.write(table);
    const xmlAt = await output.write(xml(contents.images, images, tableAt.offset + tableAt.bytes));
    await output.flush();

    const boot = contents.boot ?? 0;
    const header = Buffer.alloc(headerSize);
    header.write("MSWIM\0\0\0", 0, "latin1");
    header.writeUInt32LE(headerSize, 8);
    header.writeUInt32LE(version, 12);
    header.writeUInt32LE(uncompressed, 16);
    hash("sha1", table, "buffer").copy(header, 24, 0, 16);
    header.writeUInt16LE(1, 40);
    header.writeUInt16LE(1, 42);
    header.writeUInt32LE(images.length, 44);
    resourceHeader(tableAt, metadataFlag).copy(header, 48);
    resourceHeader(xmlAt, metadataFlag).copy(header, 72);
    const booted = images[boot - 1]?.resource;
    if (booted !== undefined) resourceHeader(booted, metadataFlag).copy(header, 96);
    header.writeUInt32LE(boot, 120);
    await handle.write(header, 0, headerSize, 0);
  } finally {
    await handle.close();
  }
}

function blobTable(
  blobs: ReadonlyMap<string, Blob>,
  images: readonly { readonly metadata: Metadata; readonly resource: Resource }[],
): Buffer {
  const table = Buffer.alloc(50 * (blobs.size + images.length));
  let at = 0;
  const entry = (resource: Resource, flags: number, references: number, sha1: Buffer): void => {
    resourceHeader(resource, flags).copy(table, at);
    table.writeUInt16LE(1, at + 24);
    table.writeUInt32LE(references, at + 26);
    sha1.copy(table, at + 30);
    at += 50;
  };
  for (const { metadata, resource } of images) {
    entry(resource, metadataFlag, 1, hash("sha1", metadata.resource, "buffer"));
  }
  for (const blob of blobs.values()) entry(blob, 0, blob.references, blob.sha1);
  return table;
}

function resourceHeader(resource: Resource, flags: number): Buffer {
  const header = Buffer.alloc(24);
  header.writeBigUInt64LE(BigInt(resource.bytes), 0);
  header.writeUInt8(flags, 7);
  header.writeBigUInt64LE(BigInt(resource.offset), 8);
  header.writeBigUInt64LE(BigInt(resource.bytes), 16);
  return header;
}

function xml(
  images: readonly WimImage[],
  written: readonly { readonly metadata: Metadata }[],
  totalBytes: number,
): Buffer {
  const wim = images.map((image, index) => {
    const { folders = 0, files = 0, bytes = 0 } = written[index]?.metadata ?? {};
    const time = filetime(image.time).toString(16).padStart(16, "0");
    const stamp = { HIGHPART: `0x${time.slice(0, 8)}`, LOWPART: `0x${time.slice(8)}` };
    const facts: Facts = {
      DIRCOUNT: folders,
      FILECOUNT: files,
      TOTALBYTES: bytes,
      CREATIONTIME: stamp,
      LASTMODIFICATIONTIME: stamp,
      NAME: image.name,
      ...image.facts,
    };
    return `<IMAGE INDEX="${index + 1}">${elements(facts)}</IMAGE>`;
  });
  return Buffer.from(`\uFEFF<WIM>${elements({ TOTALBYTES: totalBytes })}${wim.join("")}</WIM>`, "utf16le");
}

function elements(facts: Facts): string {
  return Object.entries(facts)
    .map(
      ([name, value]) => `<${name}>${typeof value === "object" ? elements(value) : escaped(value)}</${name}>`,
    )
    .join("");
}

function escaped(text: string | number): string {
  return String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Gathers small writes into large ones. */
class Output {
  readonly #handle: FileHandle;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #position = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(bytes: Uint8Array): Promise<Resource> {
    const offset = this.#position;
    this.#position += bytes.length;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > 4_194_304) await this.flush();
    return { offset, bytes: bytes.length };
  }

  async flush(): Promise<void> {
    await this.#handle.writeFile(Buffer.concat(this.#waiting));
    this.#waiting = [];
    this.#waitingBytes = 0;
  }
}
