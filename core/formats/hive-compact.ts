import type { ByteSource } from "./bytes.ts";
import { type HiveKey, openHive, segmentLength, type SubkeyEntry } from "./hive.ts";
import { type Cell, HiveCells, headerChecksum } from "./hive-cells.ts";

const none = 0xffffffff;
const headerSize = 4096;
/** Cells lie in bins of whole pages, behind a header. */
const page = 4096;
const binHeader = 32;
/** Subkeys that one list holds, so that the list fills one page. */
const leafLength = 507;

/**
 * The same hive without what hivex leaves behind: all that can be reached from the root, cell by cell and byte by byte,
 * in new places. Undefined where that is no smaller. @throws SERVICING_HIVE_CORRUPT
 */
export function compactHive(source: ByteSource, path: string): readonly Uint8Array[] | undefined {
  const hive = openHive(source, path);
  const copy = new HiveCopy(new HiveCells(source, path));
  copy.key(hive.root, hive.rootKey, undefined);
  return copy.finish(Buffer.from(source.read(0, headerSize)));
}

/** A cell in its new place: what is written into it lands there. */
interface Placed {
  readonly offset: number;
  readonly bytes: Buffer;
}

interface Bin {
  readonly offset: number;
  readonly bytes: Buffer;
  used: number;
}

class HiveCopy {
  readonly #cells: HiveCells;
  readonly #bins: Bin[] = [];
  /** By their old offsets: keys share them. */
  readonly #securities = new Map<number, Placed & { keys: number }>();
  #length = 0;
  #root = 0;

  constructor(cells: HiveCells) {
    this.#cells = cells;
  }

  /** Copies a key with all below it, and gives its new offset. */
  key(offset: number, key: HiveKey, parent: number | undefined): number {
    const from = this.#cells.cell(offset);
    const nameLength = from.u16(72);
    const to = this.#place(from.slice(0, 76 + nameLength));
    if (parent === undefined) this.#root = to.offset;
    else to.bytes.writeUInt32LE(parent, 16);
    to.bytes.writeUInt32LE(this.#security(from.u32(44)), 44);
    const classLength = from.u16(74);
    const hasClass = classLength > 0 && from.u32(48) !== none;
    const className = hasClass ? this.#cells.cell(from.u32(48)).slice(0, classLength) : undefined;
    to.bytes.writeUInt32LE(className === undefined ? none : this.#place(className).offset, 48);
    to.bytes.writeUInt32LE(this.#values(from), 40);
    to.bytes.writeUInt32LE(this.#subkeys(key, to.offset), 28);
    return to.offset;
  }

  finish(header: Buffer): readonly Uint8Array[] | undefined {
    if (this.#length >= this.#cells.header.length) return undefined;
    const securities = [...this.#securities.values()];
    for (const [at, { bytes, keys }] of securities.entries()) {
      bytes.writeUInt32LE(securities[(at + 1) % securities.length]!.offset, 4);
      bytes.writeUInt32LE(securities.at(at - 1)!.offset, 8);
      bytes.writeUInt32LE(keys, 12);
    }
    header.copy(this.#bins[0]!.bytes, 20, 12, 20);
    for (const bin of this.#bins) closeBin(bin);
    header.writeUInt32LE(this.#root, 36);
    header.writeUInt32LE(this.#length, 40);
    header.writeUInt32LE(headerChecksum(header), 508);
    return [header, ...this.#bins.map(({ bytes }) => bytes)];
  }

  #security(offset: number): number {
    if (offset === none) return none;
    let placed = this.#securities.get(offset);
    if (placed === undefined) {
      const from = this.#cells.cell(offset);
      placed = { ...this.#place(from.slice(0, 20 + from.u32(16))), keys: 0 };
      this.#securities.set(offset, placed);
    }
    placed.keys += 1;
    return placed.offset;
  }

  #values(key: Cell): number {
    const count = key.u32(36);
    if (count === 0) return none;
    const from = this.#cells.cell(key.u32(40));
    const list = this.#place(from.slice(0, count * 4));
    for (let at = 0; at < count * 4; at += 4) list.bytes.writeUInt32LE(this.#value(from.u32(at)), at);
    return list.offset;
  }

  #value(offset: number): number {
    const from = this.#cells.cell(offset);
    const to = this.#place(from.slice(0, 20 + from.u16(2)));
    const size = from.u32(4);
    if (size > 0 && size <= 0x7fffffff) to.bytes.writeUInt32LE(this.#data(from.u32(8), size), 8);
    return to.offset;
  }

  #data(offset: number, size: number): number {
    const from = this.#cells.cell(offset);
    if (size <= segmentLength || from.bytes.length >= size) return this.#place(from.slice(0, size)).offset;
    const head = this.#place(from.slice(0, 8));
    const segments = this.#cells.cell(from.u32(4));
    const count = from.u16(2);
    const list = this.#place(segments.slice(0, count * 4));
    head.bytes.writeUInt32LE(list.offset, 4);
    // Whole: Windows gives segments four bytes more than they hold, and hivex counts on them.
    for (let at = 0; at < count * 4; at += 4)
      list.bytes.writeUInt32LE(this.#place(this.#cells.cell(segments.u32(at)).bytes).offset, at);
    return head.offset;
  }

  #subkeys(key: HiveKey, parent: number): number {
    const subkeys = key.subkeys();
    const entries = key.index().map((entry, at) => ({
      ...entry,
      cell: this.key(entry.cell, subkeys[at]!, parent),
    }));
    const leaves = leavesOf(entries).map((leaf) => this.#place(leaf).offset);
    if (leaves.length < 2) return leaves[0] ?? none;
    const list = Buffer.alloc(4 + leaves.length * 4);
    list.write("ri", 0, "latin1");
    list.writeUInt16LE(leaves.length, 2);
    for (const [at, leaf] of leaves.entries()) list.writeUInt32LE(leaf, 4 + at * 4);
    return this.#place(list).offset;
  }

  #place(body: Uint8Array): Placed {
    const size = Math.ceil((4 + body.length) / 8) * 8;
    let bin = this.#bins.at(-1);
    if (bin === undefined || bin.used + size > bin.bytes.length) {
      bin = {
        offset: this.#length,
        bytes: Buffer.alloc(Math.ceil((binHeader + size) / page) * page),
        used: binHeader,
      };
      this.#bins.push(bin);
      this.#length += bin.bytes.length;
      // Keys that share values would come to more than there is.
      if (this.#length > 2 * this.#cells.header.length + 16 * page)
        throw this.#cells.corrupt("its keys share their values");
    }
    const at = bin.used;
    bin.used += size;
    bin.bytes.writeInt32LE(-size, at);
    bin.bytes.set(body, at + 4);
    return { offset: bin.offset + at, bytes: bin.bytes.subarray(at + 4, at + size) };
  }
}

/** Lists of one kind each, in the order of the entries. */
function leavesOf(entries: readonly SubkeyEntry[]): readonly Buffer[] {
  const leaves: SubkeyEntry[][] = [];
  for (const entry of entries) {
    const leaf = leaves.at(-1);
    if (leaf === undefined || leaf.length === leafLength || leaf[0]?.list !== entry.list)
      leaves.push([entry]);
    else leaf.push(entry);
  }
  return leaves.map((leaf) => {
    const { list } = leaf[0]!;
    const width = list === "li" ? 4 : 8;
    const bytes = Buffer.alloc(4 + leaf.length * width);
    bytes.write(list, 0, "latin1");
    bytes.writeUInt16LE(leaf.length, 2);
    for (const [at, { cell, hint }] of leaf.entries()) {
      bytes.writeUInt32LE(cell, 4 + at * width);
      if (list !== "li") bytes.writeUInt32LE(hint, 8 + at * width);
    }
    return bytes;
  });
}

/** What a bin has left is one free cell. */
function closeBin({ offset, bytes, used }: Bin): void {
  bytes.write("hbin", 0, "latin1");
  bytes.writeUInt32LE(offset, 4);
  bytes.writeUInt32LE(bytes.length, 8);
  if (used < bytes.length) bytes.writeInt32LE(bytes.length - used, used);
}
