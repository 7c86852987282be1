import type { ByteSource } from "./bytes.ts";
import { HiveCells, fileOffset, hex } from "./hive-cells.ts";
import type { Cell, HiveHeader } from "./hive-cells.ts";
import { decodeData } from "./registry-value.ts";
import type { DecodedValue, RawValue } from "./registry-value.ts";
import { upcase } from "./upcase.ts";

const none = 0xffffffff;
/** Longest data of one cell; above it, hives of version 1.4 and later hold segments of this length. */
export const segmentLength = 16_344;
/** Levels of keys, and bytes of one's name ("registry-element-size-limits": 512 levels, 255 characters). */
const maxDepth = 512;
const maxKeyName = 510;

/** A registry hive, read-only and lazy: nothing is read before it is asked for. */
export interface Hive extends HiveHeader {
  readonly path: string;
  readonly rootKey: HiveKey;
  /** A backslash path from the root, in any case; "" is the root. */
  key(path: string): HiveKey | undefined;
  corrupt(reason: string): Error;
}

/**
 * Opens a regf hive. `path` is for error messages only.
 * @throws SERVICING_HIVE_CORRUPT, as does everything that is read from it later; a dirty hive is only marked so.
 */
export function openHive(source: ByteSource, path: string): Hive {
  const cells = new HiveCells(source, path);
  const rootKey = new HiveKey(cells, cells.cell(cells.header.root), undefined);
  return {
    ...cells.header,
    path,
    rootKey,
    key(keyPath) {
      let key: HiveKey | undefined = rootKey;
      for (const name of keyPath.split("\\")) if (name !== "") key = key?.subkey(name);
      return key;
    },
    corrupt: (reason) => cells.corrupt(reason),
  };
}

/** Says whether two names are the same to the registry. */
export function sameName(a: string, b: string): boolean {
  return a === b || foldName(a) === foldName(b);
}

/** The upper case of the registry: one code unit for one, as RtlUpcaseUnicodeChar does it. */
export function foldName(name: string): string {
  if (isAscii(name)) return name.toUpperCase();
  let folded = "";
  for (let at = 0; at < name.length; at += 1) folded += String.fromCharCode(upcase(name.charCodeAt(at)));
  return folded;
}

export function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

export class HiveKey {
  readonly name: string;
  readonly parent: HiveKey | undefined;
  private readonly cells: HiveCells;
  private readonly cell: Cell;
  private readonly depth: number;

  constructor(cells: HiveCells, cell: Cell, parent: HiveKey | undefined) {
    if (cell.signature() !== "nk") throw cells.corrupt(`there is no key at ${hex(cell.offset)}`);
    this.cells = cells;
    this.cell = cell.head(76 + maxKeyName);
    this.parent = parent;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
    if (this.depth > maxDepth) throw cells.corrupt(`its keys are more than ${maxDepth} levels deep`);
    const length = cell.u16(72);
    if (length > maxKeyName) throw cells.corrupt(`the name of the key at ${hex(cell.offset)} is too long`);
    this.name = readName(cell, 76, length, (cell.u16(2) & 0x20) !== 0);
  }

  /** From the root, whose own name is not part of it. */
  get path(): string {
    if (this.parent === undefined) return "";
    return this.parent.parent === undefined ? this.name : `${this.parent.path}\\${this.name}`;
  }

  get className(): string | undefined {
    const length = this.cell.u16(74);
    const offset = this.cell.u32(48);
    if (length === 0 || offset === none) return undefined;
    return utf16(this.cells.cell(offset).slice(0, length));
  }

  /** The self-relative security descriptor, where the key has one. */
  security(): Uint8Array | undefined {
    const offset = this.cell.u32(44);
    if (offset === none) return undefined;
    const cell = this.cells.cell(offset);
    if (cell.signature() !== "sk") throw this.corrupt("has no security where it says");
    return cell.slice(20, cell.u32(16));
  }

  subkeys(): HiveKey[] {
    const keys: HiveKey[] = [];
    const seen = new Set<number>([this.cells.header.root]);
    for (const offset of this.subkeyOffsets()) {
      if (seen.has(offset)) throw this.corrupt("lists a subkey twice or is its own ancestor");
      seen.add(offset);
      keys.push(this.child(offset));
    }
    return keys;
  }

  /** The first subkey of that name, in any case. */
  subkey(name: string): HiveKey | undefined {
    const wanted = foldName(name);
    for (const offset of this.subkeyOffsets()) {
      if (offset === this.cells.header.root) throw this.corrupt("is its own ancestor");
      const key = this.child(offset);
      if (key.name.length === name.length && foldName(key.name) === wanted) return key;
    }
    return undefined;
  }

  values(): HiveValue[] {
    const count = this.cell.u32(36);
    if (count === 0) return [];
    const list = this.cells.cell(this.cell.u32(40));
    if (count * 4 > list.bytes.length) throw this.corrupt(`cannot have ${count} values`);
    const values: HiveValue[] = [];
    let total = 0;
    for (let index = 0; index < count; index++) {
      const cell = this.cells.cell(list.u32(index * 4));
      total += cell.bytes.length;
      if (total > this.cells.header.length) throw this.corrupt("lists a value more than once");
      values.push(new HiveValue(this.cells, cell));
    }
    return values;
  }

  /** The first value of that name, in any case; "" is the default value. */
  value(name: string): HiveValue | undefined {
    return this.values().find((value) => sameName(value.name, name));
  }

  /** Each key names its parent, which makes the keys a tree: no key can be reached in two ways. */
  private child(offset: number): HiveKey {
    const key = new HiveKey(this.cells, this.cells.cell(offset), this);
    if (key.cell.u32(16) !== this.cell.offset) throw key.corrupt("names another parent");
    return key;
  }

  /** The entries of the lists in which Windows looks a subkey up, in their order. */
  index(): SubkeyEntry[] {
    const entries: SubkeyEntry[] = [];
    for (const [leaf, length] of this.leaves()) {
      const list = leaf.signature() as SubkeyEntry["list"];
      const width = leafWidths[list];
      for (let at = 4; at < 4 + length * width; at += width) {
        entries.push({
          list,
          at: fileOffset(leaf, at),
          cell: leaf.u32(at),
          name: this.child(leaf.u32(at)).name,
          hint: list === "li" ? 0 : leaf.u32(at + 4),
        });
      }
    }
    return entries;
  }

  /** Windows never leaves a list empty within a list of lists, and cannot search one. */
  hasEmptyList(): boolean {
    const leaves = this.leaves();
    return leaves.length > 1 && leaves.some(([, length]) => length === 0);
  }

  private subkeyOffsets(): number[] {
    return this.leaves().flatMap(([leaf, length]) => {
      const width = leafWidths[leaf.signature() as SubkeyEntry["list"]];
      return Array.from({ length }, (_, index) => leaf.u32(4 + index * width));
    });
  }

  /** The lists that hold subkeys, with the number that each holds; together they hold as many as the key says. */
  private leaves(): [leaf: Cell, length: number][] {
    const count = this.cell.u32(20);
    if (count === 0) return [];
    const list = this.cells.cell(this.cell.u32(28));
    const lists =
      list.signature() === "ri"
        ? Array.from({ length: this.listLength(list, 4) }, (_, index) =>
            this.cells.cell(list.u32(4 + index * 4)),
          )
        : [list];
    let total = 0;
    const leaves = lists.map((leaf): [Cell, number] => {
      const signature = leaf.signature();
      if (!isLeaf(signature)) throw this.corrupt("has an unknown list of subkeys");
      const length = this.listLength(leaf, leafWidths[signature]);
      total += length;
      if (total > count) throw this.corrupt(`lists more than its ${count} subkeys`);
      return [leaf, length];
    });
    if (total !== count) throw this.corrupt(`lists ${total} of its ${count} subkeys`);
    return leaves;
  }

  private listLength(list: Cell, width: number): number {
    const length = list.u16(2);
    if (4 + length * width > list.bytes.length) throw this.corrupt("has a list of subkeys that is cut off");
    return length;
  }

  private corrupt(reason: string): Error {
    return this.cells.corrupt(`the key "${this.path.slice(0, 300)}" ${reason}`);
  }
}

/** One entry of a list of subkeys. */
export interface SubkeyEntry {
  readonly list: keyof typeof leafWidths;
  /** Offset of the entry in the file. */
  readonly at: number;
  /** Offset of the subkey's cell. */
  readonly cell: number;
  readonly name: string;
  /** What the list says about the name: a hash in lh, the first four characters in lf, nothing in li. */
  readonly hint: number;
}

const leafWidths = { lf: 8, lh: 8, li: 4 } as const;

function isLeaf(signature: string): signature is keyof typeof leafWidths {
  return Object.hasOwn(leafWidths, signature);
}

export class HiveValue implements RawValue {
  /** "" is the default value. */
  readonly name: string;
  /** 1 is REG_SZ, 4 REG_DWORD and so on; drivers use others up to 32 bits. */
  readonly type: number;
  /** Length of the data, in bytes. */
  readonly length: number;
  private readonly cells: HiveCells;
  private readonly cell: Cell;

  constructor(cells: HiveCells, cell: Cell) {
    if (cell.signature() !== "vk") throw cells.corrupt(`there is no value at ${hex(cell.offset)}`);
    this.cells = cells;
    this.cell = cell;
    this.name = readName(cell, 20, cell.u16(2), (cell.u16(16) & 1) !== 0);
    this.type = cell.u32(12);
    const size = cell.u32(4);
    this.length = size & 0x7fffffff;
    if (size > 0x7fffffff ? this.length > 4 : this.length > cells.header.length) {
      throw cells.corrupt(`the value "${this.name.slice(0, 300)}" cannot have ${this.length} bytes`);
    }
  }

  get bytes(): Uint8Array {
    if (this.cell.u32(4) > 0x7fffffff) return this.cell.slice(8, this.length);
    if (this.length === 0) return new Uint8Array(0);
    const cell = this.cells.cell(this.cell.u32(8));
    const segmented = this.length > segmentLength && cell.bytes.length < this.length;
    return segmented ? this.segments(cell) : cell.slice(0, this.length);
  }

  private segments(head: Cell): Uint8Array {
    const count = head.signature() === "db" ? head.u16(2) : 0;
    if (count !== Math.ceil(this.length / segmentLength)) {
      throw this.cells.corrupt(`the value "${this.name.slice(0, 300)}" has not all of its segments`);
    }
    const list = this.cells.cell(head.u32(4));
    const data = new Uint8Array(this.length);
    for (let index = 0; index < count; index++) {
      const at = index * segmentLength;
      const segment = this.cells.cell(list.u32(index * 4));
      data.set(segment.slice(0, Math.min(segmentLength, this.length - at)), at);
    }
    return data;
  }
}

export function decodeValue(value: HiveValue): DecodedValue {
  return decodeData(value.type, value.bytes);
}

function readName(cell: Cell, at: number, length: number, compressed: boolean): string {
  const bytes = cell.slice(at, length);
  return compressed ? Buffer.from(bytes).toString("latin1") : utf16(bytes);
}

function utf16(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf16le");
}
