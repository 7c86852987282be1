import { randomInt } from "node:crypto";
import { type ByteSource, readInto } from "./bytes.ts";
import { blobEntrySize, headerSize, resourceFlag, type WimHeader } from "./wim.ts";

/** A SHA-1 has five numbers of 32 bits. */
const words = 5;

/** The blobs of WIMs by the 20 bytes of their SHA-1: some 40 bytes of memory for each, and no text is made to look one up. */
export interface BlobIndex {
  /** Size in bytes of the blob whose hash lies at an offset; undefined where there is none. */
  size(bytes: Buffer, at: number): number | undefined;
  /** Blobs are numbered from 0, each hash once, in the order of the tables. */
  number(bytes: Buffer, at: number): number | undefined;
  readonly count: number;
}

/** Metadata is left out. */
export function indexBlobs(
  wims: readonly { readonly source: ByteSource; readonly header: WimHeader }[],
): BlobIndex {
  const most = wims.reduce((sum, { header }) => sum + Math.floor(header.blobTable.size / blobEntrySize), 0);
  const hashes = new Int32Array(most * words);
  const sizes = new Float64Array(most);
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * most + 1)));
  // Hashes in a table are what whoever wrote it says; random factors keep them from being made to collide.
  const factors = Array.from({ length: words }, () => randomInt(2 ** 31) * 2 + 1);
  let count = 0;

  /** The slot that holds the hash, or the free one where it belongs. */
  function slotOf(bytes: Buffer, at: number): number {
    let mixed = 0;
    for (let word = 0; word < words; word += 1)
      mixed = Math.imul(mixed ^ bytes.readInt32LE(at + 4 * word), factors[word] as number);
    let slot = (mixed ^ (mixed >>> 15)) & (slots.length - 1);
    for (;;) {
      const held = slots[slot] as number;
      if (held === 0) return slot;
      if (isHeld(held - 1, bytes, at)) return slot;
      slot = (slot + 1) & (slots.length - 1);
    }
  }

  function isHeld(entry: number, bytes: Buffer, at: number): boolean {
    for (let word = 0; word < words; word += 1)
      if (hashes[entry * words + word] !== bytes.readInt32LE(at + 4 * word)) return false;
    return true;
  }

  function add(bytes: Buffer, at: number, size: number): void {
    const slot = slotOf(bytes, at);
    if (slots[slot] !== 0) return;
    for (let word = 0; word < words; word += 1)
      hashes[count * words + word] = bytes.readInt32LE(at + 4 * word);
    sizes[count] = size;
    count += 1;
    slots[slot] = count;
  }

  for (const { source, header } of wims)
    eachEntry(source, header, (bytes, at) => {
      const flags = bytes[at + 7] as number;
      if ((flags & resourceFlag.metadata) !== 0) return;
      // What shares a solid resource keeps its own size where others keep their compressed one.
      const field = (flags & resourceFlag.solid) === 0 ? at + 16 : at;
      add(bytes, at + 30, bytes.readUIntLE(field, 6));
    });

  function number(bytes: Buffer, at: number): number | undefined {
    const held = slots[slotOf(bytes, at)] as number;
    return held === 0 ? undefined : held - 1;
  }

  return {
    number,
    count,
    size(bytes, at) {
      const found = number(bytes, at);
      return found === undefined ? undefined : sizes[found];
    },
  };
}

/**
 * The table of a WIM without metadata and without what nothing refers to any more, with new counts of references.
 * @param index of this WIM alone, by whose numbers the references are counted
 */
export function countedTable(
  source: ByteSource,
  header: WimHeader,
  index: BlobIndex,
  references: Uint32Array,
): { readonly table: Buffer; readonly end: number; readonly bytes: number } {
  const table = Buffer.alloc(references.length * blobEntrySize);
  const seen = new Uint8Array(references.length);
  let [count, end, bytes] = [0, headerSize, 0];
  eachEntry(source, header, (entries, at) => {
    const number = index.number(entries, at + 30);
    if (number === undefined || seen[number] === 1 || references[number] === 0) return;
    if (((entries[at + 7] as number) & resourceFlag.metadata) !== 0) return;
    seen[number] = 1;
    entries.copy(table, count * blobEntrySize, at, at + blobEntrySize);
    table.writeUInt32LE(references[number] as number, count * blobEntrySize + 26);
    const size = entries.readUIntLE(at, 6) + (entries[at + 6] as number) * 2 ** 48;
    end = Math.max(end, Number(entries.readBigUInt64LE(at + 8)) + size);
    bytes += size;
    count += 1;
  });
  return { table: table.subarray(0, count * blobEntrySize), end, bytes };
}

/** Without holding the whole table. */
function eachEntry(source: ByteSource, header: WimHeader, use: (bytes: Buffer, at: number) => void): void {
  const memory = Buffer.allocUnsafe(blobEntrySize * 1024);
  for (let at = 0; at < header.blobTable.size; at += memory.length) {
    const part = memory.subarray(0, Math.min(memory.length, header.blobTable.size - at));
    const bytes = part.subarray(0, readInto(source, header.blobTable.offset + at, part));
    for (let entry = 0; entry + blobEntrySize <= bytes.length; entry += blobEntrySize) use(bytes, entry);
  }
}
