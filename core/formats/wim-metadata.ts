import { type ByteSource, view } from "./bytes.ts";
import { foldName } from "./hive.ts";
import { WimFormatError } from "./wim.ts";

/**
 * The uncompressed metadata resource of an image: its tree of directory entries.
 * Source: wimlib, src/dentry.c and src/metadata_resource.c; Microsoft's "Windows Imaging File Format" white paper.
 */

const dentryFixed = 102;
const streamFixed = 38;
const attribute = { directory: 0x10, reparsePoint: 0x400 } as const;
/** Stands for the hash of what is empty. */
export const noContent = "0".repeat(40);
const deepest = 512;
/** Folders whose names are kept at a time, those that were used last. */
const indexedFolders = 32;

export interface Dentry {
  /** Offset in the metadata resource. */
  readonly offset: number;
  /** Bytes from this entry to the next, its named streams included. */
  readonly span: number;
  readonly name: string;
  readonly shortName: string;
  readonly attributes: number;
  /** A junction, a symbolic link or the like: what it leads to is not here. */
  readonly reparsePoint: boolean;
  /** Index into the image's security descriptors, −1 for none. */
  readonly security: number;
  /** Where its children begin, 0 for none. */
  readonly children: number;
  /** SHA-1 of the unnamed data stream in hexadecimal; zeros for an empty file. */
  readonly hash: string;
  /** Entries of the same group are links to the same file; 0 for none. */
  readonly linkGroup: bigint;
  /** Named data streams and their hashes. */
  readonly streams: readonly { readonly name: string; readonly hash: string }[];
  /** Offset of the 20 bytes that hold `hash`. */
  readonly hashOffset: number;
}

export interface Metadata {
  readonly root: Dentry;
  children(of: Dentry): Generator<Dentry>;
  /** By a path with backslashes or slashes, without regard to case as Windows compares; the exact case wins. */
  lookup(path: string): Dentry | undefined;
  /** The root and what leads to a path, as far as it is there. */
  trace(path: string): readonly Dentry[];
  /** Every entry with its path, parents first. */
  walk(from?: Dentry, path?: string): Generator<{ readonly path: string; readonly entry: Dentry }>;
}

/** Neither a folder nor a link to somewhere else. */
export function isFile(entry: Dentry): boolean {
  return (entry.attributes & attribute.directory) === 0 && !entry.reparsePoint;
}

export function isDirectory(entry: Dentry): boolean {
  return (entry.attributes & attribute.directory) !== 0 && !entry.reparsePoint;
}

/** @throws WimFormatError where the resource contradicts itself */
export function openMetadata(source: ByteSource): Metadata {
  const securityBytes = view(source.read(0, 4));
  if (securityBytes.length < 4) throw new WimFormatError("corrupt", "an image's metadata is empty");
  const rootOffset = align(Math.max(8, securityBytes.readUInt32LE(0)));
  const root = readDentry(source, rootOffset);
  if (root === undefined) throw new WimFormatError("corrupt", "an image has no root directory");

  function* children(of: Dentry): Generator<Dentry> {
    if (of.children === 0 || !isDirectory(of)) return;
    for (let at = of.children; ;) {
      const entry = readDentry(source, at);
      if (entry === undefined) return;
      yield entry;
      at += entry.span;
    }
  }

  function trace(path: string): readonly Dentry[] {
    const line = [root as Dentry];
    for (const part of splitPath(path)) {
      const next = child(line.at(-1) as Dentry, part);
      if (next === undefined) break;
      line.push(next);
    }
    return line;
  }

  function lookup(path: string): Dentry | undefined {
    return trace(path)[splitPath(path).length];
  }

  function child(of: Dentry, name: string): Dentry | undefined {
    let found: Dentry | undefined;
    for (const offset of indexed(of).get(foldName(name)) ?? []) {
      const entry = readDentry(source, offset);
      if (entry?.name === name) return entry;
      found ??= entry;
    }
    return found;
  }

  const indexes = new Map<number, ReadonlyMap<string, readonly number[]>>();

  /** The offsets of a folder's children by name: thousands of lookups go to the same few folders, some with thousands of files. */
  function indexed(folder: Dentry): ReadonlyMap<string, readonly number[]> {
    const index = indexes.get(folder.offset) ?? indexOf(folder);
    indexes.delete(folder.offset);
    const [oldest] = indexes.size < indexedFolders ? [] : indexes.keys();
    if (oldest !== undefined) indexes.delete(oldest);
    indexes.set(folder.offset, index);
    return index;
  }

  function indexOf(folder: Dentry): ReadonlyMap<string, readonly number[]> {
    const index = new Map<string, number[]>();
    for (const { name, offset } of children(folder)) {
      const same = index.get(foldName(name));
      if (same === undefined) index.set(foldName(name), [offset]);
      else same.push(offset);
    }
    return index;
  }

  function* walk(
    from: Dentry,
    path: string,
    depth: number,
    seen: { bytes: number },
  ): ReturnType<Metadata["walk"]> {
    // Entries do not overlap, so together they are no longer than the metadata.
    seen.bytes += from.span;
    if (depth > deepest || seen.bytes > source.size)
      throw new WimFormatError("corrupt", "an image's folders contain themselves");
    yield { path, entry: from };
    for (const entry of children(from)) yield* walk(entry, `${path}\\${entry.name}`, depth + 1, seen);
  }

  return {
    root,
    children,
    lookup,
    trace,
    walk: (from = root, path = "") => walk(from, path, 0, { bytes: 0 }),
  };
}

export function splitPath(path: string): readonly string[] {
  return path.split(/[\\/]/).filter((part) => part !== "");
}

function readDentry(source: ByteSource, offset: number): Dentry | undefined {
  const fixed = view(source.read(offset, dentryFixed));
  if (fixed.length < 8)
    throw new WimFormatError("corrupt", `a directory runs beyond its metadata at byte ${offset}`);
  const length = Number(fixed.readBigUInt64LE(0));
  if (length <= 8) return undefined;
  if (fixed.length < dentryFixed || length < dentryFixed || offset + length > source.size)
    throw new WimFormatError(
      "corrupt",
      `a directory entry at byte ${offset} of the metadata claims ${length} bytes`,
    );
  const shortBytes = fixed.readUInt16LE(98);
  const nameBytes = fixed.readUInt16LE(100);
  const shortAt = dentryFixed + (nameBytes === 0 ? 0 : nameBytes + 2);
  if (dentryFixed + nameBytes > length || (shortBytes > 0 && shortAt + shortBytes > length))
    throw new WimFormatError(
      "corrupt",
      `the name of the directory entry at byte ${offset} of the metadata is too long`,
    );
  const names = view(source.read(offset + dentryFixed, length - dentryFixed));
  const attributes = fixed.readUInt32LE(8);
  const reparsePoint = (attributes & attribute.reparsePoint) !== 0;
  let span = align(length);
  let hash = fixed.toString("hex", 64, 84);
  let hashOffset = offset + 64;
  let unnamed = hash !== noContent;
  const streams: { name: string; hash: string }[] = [];
  for (let left = fixed.readUInt16LE(96); left > 0; left -= 1) {
    const at = offset + span;
    const head = view(source.read(at, streamFixed));
    const streamLength = head.length < 8 ? 0 : Number(head.readBigUInt64LE(0));
    if (head.length < streamFixed || streamLength < streamFixed || at + streamLength > source.size)
      throw new WimFormatError(
        "corrupt",
        `a stream of the directory entry at byte ${offset} of the metadata is cut off`,
      );
    const streamNameBytes = head.readUInt16LE(36);
    if (streamFixed + streamNameBytes > streamLength)
      throw new WimFormatError(
        "corrupt",
        `the name of a stream of the directory entry at byte ${offset} of the metadata is too long`,
      );
    if (streamNameBytes === 0) {
      // A file with named streams may keep its unnamed one here, its own field zero; of several the first counts.
      if (!unnamed) {
        hash = head.toString("hex", 16, 36);
        hashOffset = at + 16;
        unnamed = true;
      }
    } else {
      const name = view(source.read(at + streamFixed, streamNameBytes)).toString("utf16le");
      streams.push({ name, hash: head.toString("hex", 16, 36) });
    }
    span += align(streamLength);
  }
  return {
    offset,
    span,
    name: names.toString("utf16le", 0, nameBytes),
    shortName: names.toString("utf16le", shortAt - dentryFixed, shortAt - dentryFixed + shortBytes),
    attributes,
    reparsePoint,
    security: fixed.readInt32LE(12),
    children: Number(fixed.readBigUInt64LE(16)),
    hash,
    linkGroup: reparsePoint ? 0n : fixed.readBigUInt64LE(88),
    streams,
    hashOffset,
  };
}

function align(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

/** The metadata of an image that holds these files in one folder and nothing else. */
export function flatMetadata(files: readonly { readonly name: string; readonly hash: string }[]): Buffer {
  const root = dentry("", attribute.directory);
  const firstChild = 8 + root.length + 8;
  root.writeBigUInt64LE(BigInt(firstChild), 16);
  const bytes = Buffer.alloc(files.reduce((sum, { name }) => sum + dentrySize(name), firstChild + 8));
  bytes.writeUInt32LE(8);
  root.copy(bytes, 8);
  let at = firstChild;
  for (const { name, hash } of files) {
    const file = dentry(name, 0x80);
    file.write(hash, 64, "hex");
    at += file.copy(bytes, at);
  }
  return bytes;
}

function dentry(name: string, attributes: number): Buffer {
  const text = Buffer.from(name, "utf16le");
  const bytes = Buffer.alloc(dentrySize(name));
  bytes.writeBigUInt64LE(BigInt(bytes.length), 0);
  bytes.writeUInt32LE(attributes, 8);
  bytes.writeInt32LE(-1, 12);
  bytes.writeUInt16LE(text.length, 100);
  text.copy(bytes, dentryFixed);
  return bytes;
}

function dentrySize(name: string): number {
  return align(dentryFixed + (name === "" ? 0 : 2 * name.length + 2));
}
