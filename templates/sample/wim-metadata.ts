import { filetime } from "./filetime.ts";
import { attribute, type Content, type WimFile, type WimFolder, type WimImage } from "./wim-tree.ts";

export interface Metadata {
  readonly resource: Uint8Array;
  readonly folders: number;
  readonly files: number;
  readonly bytes: number;
}

/** Takes a file's content away and answers with its SHA-1: twenty zeros for no content. */
export type Store = (content: Content) => Promise<{ readonly sha1: Uint8Array; readonly bytes: number }>;

/** Fixed part of a directory entry; the two names follow. */
const entrySize = 102;
const streamSize = 38;
const noSecurity = -1;
/** A folder's entries end with an entry of length zero. */
const end = 8;

/**
 * The metadata resource of an image: security descriptors, then directory entries, folder by folder.
 * Contents go to `store` in the order in which they are met.
 */
export async function metadataOf(image: WimImage, store: Store): Promise<Metadata> {
  const securities = new SecurityTable();
  const pages = new Growing();
  const links = new Map<string, bigint>();
  const counts = { folders: 0, files: 0, bytes: 0 };
  const folders: { readonly folder: WimFolder; readonly entry: number }[] = [];

  const write = async (node: WimFile | WimFolder, name: string): Promise<void> => {
    const folder = "entries" in node;
    const shortName = node.shortName ?? "";
    const length = entrySize + stored(name) + stored(shortName);
    const at = pages.grow(aligned(length));
    const head = pages.bytes;
    head.writeBigUInt64LE(BigInt(aligned(length)), at);
    head.writeUInt32LE(attributesOf(node, folder), at + 8);
    head.writeInt32LE(securities.idOf(node.security), at + 12);
    const time = filetime(node.time ?? image.time);
    for (const offset of [40, 48, 56]) head.writeBigUInt64LE(time, at + offset);
    if (node.reparse !== undefined) head.writeUInt32LE(node.reparse.tag, at + 88);
    else if (!folder && node.link !== undefined) {
      const id = links.get(node.link) ?? BigInt(links.size + 1);
      links.set(node.link, id);
      head.writeBigUInt64LE(id, at + 88);
    }
    head.writeUInt16LE(node.streams?.length ?? 0, at + 96);
    head.writeUInt16LE(2 * shortName.length, at + 98);
    head.writeUInt16LE(2 * name.length, at + 100);
    head.write(name, at + entrySize, "utf16le");
    head.write(shortName, at + entrySize + stored(name), "utf16le");

    const content = node.reparse?.data ?? (folder ? undefined : node.data);
    if (content !== undefined) {
      const { sha1, bytes } = await store(content);
      pages.bytes.set(sha1, at + 64);
      counts.bytes += bytes;
    }
    for (const stream of node.streams ?? []) {
      const { sha1, bytes } = await store(stream.data);
      counts.bytes += bytes;
      const size = aligned(streamSize + stored(stream.name));
      const start = pages.grow(size);
      pages.bytes.writeBigUInt64LE(BigInt(size), start);
      pages.bytes.set(sha1, start + 16);
      pages.bytes.writeUInt16LE(2 * stream.name.length, start + 36);
      pages.bytes.write(stream.name, start + streamSize, "utf16le");
    }
    if (folder && node.reparse === undefined) folders.push({ folder: node, entry: at });
    if (folder) counts.folders += 1;
    else counts.files += 1;
  };

  await write(image.tree, "");
  pages.grow(end);
  const starts: { readonly entry: number; readonly start: number }[] = [];
  for (const { folder, entry } of folders) {
    starts.push({ entry, start: pages.size });
    for (const child of folder.entries) await write(child, child.name);
    pages.grow(end);
  }
  // The descriptors come first in the resource, and are all known only now.
  const table = securities.bytes();
  for (const { entry, start } of starts) {
    pages.bytes.writeBigUInt64LE(BigInt(table.length + start), entry + 16);
  }
  const resource = Buffer.concat([table, pages.bytes.subarray(0, pages.size)]);
  return { resource, ...counts, folders: counts.folders - 1 };
}

function attributesOf(node: WimFile | WimFolder, folder: boolean): number {
  const own = node.attributes ?? (folder ? 0 : attribute.archive);
  return own | (folder ? attribute.directory : 0) | (node.reparse === undefined ? 0 : attribute.reparsePoint);
}

/** A name in UTF-16 with its terminator, or nothing at all. */
function stored(name: string): number {
  return name === "" ? 0 : 2 * name.length + 2;
}

function aligned(length: number): number {
  return Math.ceil(length / 8) * 8;
}

/** Every descriptor once, numbered in the order in which they are met. */
class SecurityTable {
  readonly #descriptors: Uint8Array[] = [];
  readonly #byObject = new Map<Uint8Array, number>();
  readonly #byContent = new Map<string, number>();

  idOf(descriptor: Uint8Array | undefined): number {
    if (descriptor === undefined) return noSecurity;
    const known = this.#byObject.get(descriptor);
    if (known !== undefined) return known;
    const content = Buffer.from(descriptor).toString("latin1");
    const id = this.#byContent.get(content) ?? this.#descriptors.push(descriptor) - 1;
    this.#byContent.set(content, id);
    this.#byObject.set(descriptor, id);
    return id;
  }

  /** Length, count, the length of each, then each. */
  bytes(): Buffer {
    const start = 8 + 8 * this.#descriptors.length;
    const length = aligned(start + this.#descriptors.reduce((sum, one) => sum + one.length, 0));
    const table = Buffer.alloc(length);
    table.writeUInt32LE(length, 0);
    table.writeUInt32LE(this.#descriptors.length, 4);
    let at = start;
    this.#descriptors.forEach((one, id) => {
      table.writeBigUInt64LE(BigInt(one.length), 8 + 8 * id);
      table.set(one, at);
      at += one.length;
    });
    return table;
  }
}

/** Bytes that double when they run out. */
class Growing {
  bytes = Buffer.alloc(65_536);
  size = 0;

  /** Makes room, zeroed, and returns where it begins. */
  grow(by: number): number {
    const at = this.size;
    this.size += by;
    if (this.size > this.bytes.length) {
      const larger = Buffer.alloc(Math.max(this.size, 2 * this.bytes.length));
      larger.set(this.bytes.subarray(0, at));
      this.bytes = larger;
    }
    return at;
  }
}
