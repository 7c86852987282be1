import { failure } from "../error.ts";
import type { ByteSource } from "./bytes.ts";

const headerSize = 4096;

/** The base block of a hive. */
export interface HiveHeader {
  /** As the writer of the hive called it; at most 31 characters, often the end of a path. */
  readonly name: string;
  readonly primary: number;
  readonly secondary: number;
  /** The last changes lie in the .LOG files. */
  readonly dirty: boolean;
  readonly minor: number;
  /** Offset of the root key's cell. */
  readonly root: number;
  /** Length of all bins, in bytes. */
  readonly length: number;
}

/** One allocated cell of a hive: a view of its bytes without the length in front. */
export class Cell {
  readonly offset: number;
  readonly bytes: Uint8Array;
  private readonly cells: HiveCells;

  constructor(cells: HiveCells, offset: number, bytes: Uint8Array) {
    this.cells = cells;
    this.offset = offset;
    this.bytes = bytes;
  }

  u16(at: number): number {
    this.need(at + 2);
    return this.bytes[at]! | (this.bytes[at + 1]! << 8);
  }

  u32(at: number): number {
    this.need(at + 4);
    return readU32(this.bytes, at);
  }

  slice(at: number, length: number): Uint8Array {
    this.need(at + length);
    return this.bytes.subarray(at, at + length);
  }

  /** Its beginning, copied: a view would keep alive the whole page of the file that it is in. */
  head(length: number): Cell {
    return new Cell(this.cells, this.offset, Buffer.from(this.bytes.subarray(0, length)));
  }

  signature(): string {
    return String.fromCharCode(this.bytes[0]!, this.bytes[1]!);
  }

  private need(end: number): void {
    if (end > this.bytes.length) {
      throw this.cells.corrupt(`the cell at ${hex(this.offset)} ends before its content`);
    }
  }
}

/** The cells of a hive by offset, every bound checked. */
export class HiveCells {
  readonly header: HiveHeader;
  private readonly source: ByteSource;
  private readonly path: string;

  /** @throws SERVICING_HIVE_CORRUPT where the base block is not sound or the file is shorter than it says. */
  constructor(source: ByteSource, path: string) {
    this.source = source;
    this.path = path;
    this.header = this.readHeader();
  }

  corrupt(reason: string): Error {
    return failure("SERVICING_HIVE_CORRUPT", { path: this.path, reason });
  }

  cell(offset: number): Cell {
    const { length } = this.header;
    if (offset < 32 || offset % 4 !== 0 || offset + 8 > length) {
      throw this.corrupt(`a cell offset, ${hex(offset)}, lies outside`);
    }
    const size = -(readU32(this.read(headerSize + offset, 4), 0) | 0);
    if (size < 8 || offset + size > length) {
      throw this.corrupt(`the cell at ${hex(offset)} is free or longer than the hive`);
    }
    const bytes = this.read(headerSize + offset + 4, size - 4);
    return new Cell(this, offset, bytes);
  }

  private read(offset: number, length: number): Uint8Array {
    const bytes = this.source.read(offset, length);
    if (bytes.length !== length) throw this.corrupt("it ended while it was read");
    return bytes;
  }

  private readHeader(): HiveHeader {
    if (this.source.size < headerSize) throw this.corrupt("it is shorter than a base block");
    const bytes = this.read(0, 512);
    const base = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (base.getUint32(0, true) !== 0x66676572) throw this.corrupt('it does not begin with "regf"');
    if (base.getUint32(508, true) !== headerChecksum(bytes)) {
      throw this.corrupt("the checksum of its base block is wrong");
    }
    const major = base.getUint32(20, true);
    const minor = base.getUint32(24, true);
    if (major !== 1 || minor > 6) throw this.corrupt(`its version ${major}.${minor} is not known`);
    if (base.getUint32(28, true) !== 0) throw this.corrupt("it is a log of a hive, not a hive");
    const length = base.getUint32(40, true);
    if (length % 4096 !== 0 || length === 0) throw this.corrupt("the length of its bins is impossible");
    if (headerSize + length > this.source.size) {
      throw this.corrupt(`it is cut off: ${this.source.size} of ${headerSize + length} bytes`);
    }
    const primary = base.getUint32(4, true);
    const secondary = base.getUint32(8, true);
    const name = Buffer.from(bytes.subarray(48, 112)).toString("utf16le");
    return {
      name: name.slice(0, name.indexOf("\0") === -1 ? undefined : name.indexOf("\0")),
      primary,
      secondary,
      dirty: primary !== secondary,
      minor,
      root: base.getUint32(36, true),
      length,
    };
  }
}

/** The XOR of the first 127 words; 0 and -1 are avoided. */
export function headerChecksum(bytes: Uint8Array): number {
  const words = new DataView(bytes.buffer, bytes.byteOffset, 508);
  let sum = 0;
  for (let at = 0; at < 508; at += 4) sum ^= words.getUint32(at, true);
  sum >>>= 0;
  if (sum === 0xffffffff) return 0xfffffffe;
  return sum === 0 ? 1 : sum;
}

function readU32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** Where a byte of a cell lies in the file: bins follow the base block, and a length precedes each cell. */
export function fileOffset(cell: Cell, at: number): number {
  return headerSize + cell.offset + 4 + at;
}

export function hex(offset: number): string {
  return `0x${offset.toString(16)}`;
}
