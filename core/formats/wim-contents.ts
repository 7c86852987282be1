import { type ByteSource, view } from "./bytes.ts";
import { WimFormatError } from "./wim.ts";
import { noContent } from "./wim-metadata.ts";

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

/**
 * Counts an image's tree as wimlib does: the root as well, junctions as files, every name of a file.
 * Leaner than a walk, since it is done after every update: names are not read.
 * @param sizeOf called for each reference to a content that is not empty, with its SHA-1
 * Source: wimlib, src/xml.c.
 * @throws WimFormatError
 */
export function contentsOf(metadata: ByteSource, root: number, sizeOf: (hash: string) => number): Contents {
  let [folders, files, bytes, linkedBytes] = [0, 0, 0, 0];
  const groups = new Set<bigint>();
  const folderOffsets: number[] = [];
  let left = Math.floor(metadata.size / 8);

  /** Gives the number of bytes to the next entry, 0 at the end of a folder. */
  function visit(at: number): number {
    const entry = view(metadata.read(at, fixed));
    const length = entry.length < 8 ? 0 : Number(entry.readBigUInt64LE(0));
    if (length <= 8 && entry.length >= 8) return 0;
    left -= 1;
    if (left < 0) throw new WimFormatError("corrupt", "an image's folders contain themselves");
    if (entry.length < fixed) throw cutOff(at);
    const attributes = entry.readUInt32LE(8);
    const reparsePoint = (attributes & 0x400) !== 0;
    const directory = (attributes & 0x10) !== 0 && !reparsePoint;
    let size = sized(entry.toString("hex", 64, 84));
    let span = align(length);
    for (let streams = entry.readUInt16LE(96); streams > 0; streams -= 1) {
      const head = view(metadata.read(at + span, stream));
      const streamLength = head.length < stream ? 0 : Number(head.readBigUInt64LE(0));
      if (streamLength < stream) throw cutOff(at);
      size += sized(head.toString("hex", 16, 36));
      span += align(streamLength);
    }
    if (directory) {
      const children = Number(entry.readBigUInt64LE(16));
      if (children !== 0) folderOffsets.push(children);
    }
    bytes += size;
    if (directory) folders += 1;
    else files += 1;
    const group = directory || reparsePoint ? 0n : entry.readBigUInt64LE(88);
    if (group !== 0n && groups.has(group)) linkedBytes += size;
    else if (group !== 0n) groups.add(group);
    return span;
  }

  function sized(hash: string): number {
    return hash === noContent ? 0 : sizeOf(hash);
  }

  visit(root);
  for (let at = folderOffsets.pop(); at !== undefined; at = folderOffsets.pop())
    for (let span = visit(at); span > 0; span = visit(at)) at += span;
  return { folders, files, bytes, linkedBytes };
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
