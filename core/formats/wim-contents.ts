import { type ByteSource, readInto } from "./bytes.ts";
import { WimFormatError } from "./wim.ts";

/** What an image's XML says of its tree. */
export interface Contents {
  readonly folders: number;
  readonly files: number;
  /** Of all streams under all names. */
  readonly bytes: number;
  /** Of them, what hard links count again. */
  readonly linkedBytes: number;
}

const fixed = 102;
const stream = 38;
const window = 65_536;

/**
 * Counts an image's tree as wimlib does: the root as well, junctions as files, every name of a file.
 * @param root where the root directory lies in the metadata
 * @param sizeOf called for each reference to a content that is not empty; gets where its SHA-1 lies
 * Source: wimlib, src/xml.c.
 * @throws WimFormatError
 */
export function contentsOf(
  metadata: ByteSource,
  root: number,
  sizeOf: (bytes: Buffer, at: number) => number,
): Contents {
  let [folders, files, bytes, linkedBytes, size] = [0, 0, 0, 0, 0];
  const groups = new Set<number>();
  scan(metadata, root, {
    content(buffer, at) {
      if (!isZero(buffer, at)) size += sizeOf(buffer, at);
    },
    entry(directory, group) {
      bytes += size;
      if (directory) folders += 1;
      else files += 1;
      if (group !== 0 && groups.has(group)) linkedBytes += size;
      else if (group !== 0) groups.add(group);
      size = 0;
    },
  });
  return { folders, files, bytes, linkedBytes };
}

function isZero(bytes: Buffer, at: number): boolean {
  for (let word = at; word < at + 20; word += 4) if (bytes.readInt32LE(word) !== 0) return false;
  return true;
}

/** Calls `use` for each reference to a content that is not empty, with where its SHA-1 lies. */
export function eachContent(
  metadata: ByteSource,
  root: number,
  use: (bytes: Buffer, at: number) => void,
): void {
  scan(metadata, root, {
    content: (bytes, at) => void (isZero(bytes, at) || use(bytes, at)),
    entry: () => undefined,
  });
}

/** Whether a folder has named data streams. */
export function hasFolderStreams(metadata: ByteSource, root: number): boolean {
  let [named, found] = [false, false];
  scan(metadata, root, {
    content: (_, __, isNamed) => void (named ||= isNamed),
    entry(directory) {
      found ||= directory && named;
      named = false;
    },
  });
  return found;
}

interface Visitor {
  /** Each stream of an entry, empty ones included: where its hash lies. */
  content(bytes: Buffer, at: number, named: boolean): void;
  /** After them the entry. `linkGroup` is 0 for what has no other names. */
  entry(directory: boolean, linkGroup: number): void;
}

/** Visits every entry in the order in which wimlib writes them, without reading names: much faster than a walk. */
function scan(metadata: ByteSource, root: number, visitor: Visitor): void {
  const folders: number[] = [];
  let left = Math.floor(metadata.size / fixed);
  const memory = Buffer.allocUnsafe(window);
  let bytes: Buffer = Buffer.alloc(0);
  let from = 0;

  /** Where so many bytes at an offset of the metadata lie in `bytes`. */
  function load(at: number, length: number): number {
    if (at >= from && at + length <= from + bytes.length) return at - from;
    bytes = memory.subarray(0, readInto(metadata, at, memory));
    from = at;
    if (bytes.length < length) throw cutOff(at);
    return 0;
  }

  /** Gives the number of bytes to the next entry, 0 at the end of a folder. */
  function entry(at: number, inside: number[]): number {
    const start = load(at, 8);
    const length = long(bytes, start);
    if (length <= 8) return 0;
    left -= 1;
    if (left < 0) throw new WimFormatError("corrupt", "an image's folders contain themselves");
    if (length < fixed || at + length > metadata.size) throw cutOff(at);
    const here = load(at, fixed);
    const attributes = bytes.readUInt32LE(here + 8);
    const directory = (attributes & 0x410) === 0x10;
    const grouped = (attributes & 0x410) === 0;
    const group = grouped ? long(bytes, here + 88) : 0;
    const children = directory ? long(bytes, here + 16) : 0;
    const streams = bytes.readUInt16LE(here + 96);
    visitor.content(bytes, here + 64, false);
    let span = align(length);
    for (let count = 0; count < streams; count += 1) span += further(at + span);
    visitor.entry(directory, group);
    if (children !== 0) inside.push(children);
    return span;
  }

  function further(at: number): number {
    const here = load(at, stream);
    const length = long(bytes, here);
    if (length < stream || at + length > metadata.size) throw cutOff(at);
    visitor.content(bytes, here + 16, bytes.readUInt16LE(here + 36) > 0);
    return align(length);
  }

  entry(root, folders);
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    const inside: number[] = [];
    for (let span = entry(at, inside); span > 0; span = entry(at, inside)) at += span;
    for (const folder of inside.toReversed()) folders.push(folder);
  }
}

/** 64 bits without a BigInt; beyond 2^53 it is no size or place that any file has. */
function long(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at);
}

function cutOff(at: number): Error {
  return new WimFormatError("corrupt", `a directory entry at byte ${at} of the metadata is cut off`);
}

function align(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

/** An `<IMAGE>` element that says this of its tree. */
export function withContents(element: string, contents: Contents): string {
  return Object.entries({
    DIRCOUNT: contents.folders,
    FILECOUNT: contents.files,
    TOTALBYTES: contents.bytes,
    HARDLINKBYTES: contents.linkedBytes,
  }).reduce((xml, [name, count]) => {
    const filled = `<${name}>${count}</${name}>`;
    const there = new RegExp(`<${name}>[^<]*</${name}>`);
    return there.test(xml) ? xml.replace(there, filled) : xml.replace(/<\/IMAGE>$/, `${filled}$&`);
  }, element);
}
