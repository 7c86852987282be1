import { headerChecksum } from "./hive-cells.ts";

const pageSize = 4096;
const none = 0xffffffff;
/** Milliseconds from 1601, where FILETIME begins, to 1970. */
const filetimeEpoch = 11_644_473_600_000n;

/** Well-known SIDs ("security_identifiers"). */
const administrators = sid(32, 544);
const system = sid(18);
const users = sid(32, 545);

/**
 * A hive of version 1.5 with nothing in it but its root, which administrators and the system may change and users may
 * read; subkeys inherit that. `name` is what its header calls it: at most 31 characters are kept.
 */
export function emptyHive(name: string, at: Date): Uint8Array {
  const time = (BigInt(at.getTime()) + filetimeEpoch) * 10_000n;
  const hive = Buffer.alloc(2 * pageSize);
  const bin = hive.subarray(pageSize);
  const rootAt = 32;
  const security = securityCell(descriptor());
  const securityAt = rootAt + cellSize(keySize);
  writeBin(bin, time);
  writeCell(bin, rootAt, rootKey(time, securityAt));
  security.writeUInt32LE(securityAt, 4);
  security.writeUInt32LE(securityAt, 8);
  writeCell(bin, securityAt, security);
  const free = securityAt + cellSize(security.length);
  bin.writeInt32LE(pageSize - free, free);

  hive.write("regf", 0, "latin1");
  hive.writeUInt32LE(1, 4);
  hive.writeUInt32LE(1, 8);
  hive.writeBigUInt64LE(time, 12);
  hive.writeUInt32LE(1, 20);
  hive.writeUInt32LE(5, 24);
  hive.writeUInt32LE(1, 32);
  hive.writeUInt32LE(rootAt, 36);
  hive.writeUInt32LE(pageSize, 40);
  hive.writeUInt32LE(1, 44);
  hive.write(name.slice(0, 31), 48, "utf16le");
  hive.writeUInt32LE(headerChecksum(hive), 508);
  return hive;
}

const rootName = "ROOT";
const keySize = 76 + rootName.length;

function writeBin(bin: Buffer, time: bigint): void {
  bin.write("hbin", 0, "latin1");
  bin.writeUInt32LE(pageSize, 8);
  bin.writeBigUInt64LE(time, 20);
}

function writeCell(bin: Buffer, at: number, content: Buffer): void {
  bin.writeInt32LE(-cellSize(content.length), at);
  content.copy(bin, at + 4);
}

function cellSize(length: number): number {
  return Math.ceil((length + 4) / 8) * 8;
}

function rootKey(time: bigint, security: number): Buffer {
  const key = Buffer.alloc(keySize);
  key.write("nk", 0, "latin1");
  // Root of a hive, cannot be deleted, name in Latin-1.
  key.writeUInt16LE(0x2c, 2);
  key.writeBigUInt64LE(time, 4);
  for (const at of [16, 28, 32, 40, 48]) key.writeUInt32LE(none, at);
  key.writeUInt32LE(security, 44);
  key.writeUInt16LE(rootName.length, 72);
  key.write(rootName, 76, "latin1");
  return key;
}

function securityCell(content: Buffer): Buffer {
  const cell = Buffer.alloc(20 + content.length);
  cell.write("sk", 0, "latin1");
  cell.writeUInt32LE(1, 12);
  cell.writeUInt32LE(content.length, 16);
  content.copy(cell, 20);
  return cell;
}

/** Self-relative, owned by the administrators ("access-mask": 0xf003f is KEY_ALL_ACCESS, 0x20019 is KEY_READ). */
function descriptor(): Buffer {
  const entries = Buffer.concat([
    allow(0xf003f, administrators),
    allow(0xf003f, system),
    allow(0x20019, users),
  ]);
  const list = Buffer.alloc(8);
  list.writeUInt8(2, 0);
  list.writeUInt16LE(8 + entries.length, 2);
  list.writeUInt16LE(3, 4);
  const head = Buffer.alloc(20);
  head.writeUInt8(1, 0);
  head.writeUInt16LE(0x8004, 2);
  head.writeUInt32LE(20, 4);
  head.writeUInt32LE(20 + administrators.length, 8);
  head.writeUInt32LE(20 + administrators.length + system.length, 16);
  return Buffer.concat([head, administrators, system, list, entries]);
}

/** An entry that this key and the keys below it have. */
function allow(mask: number, who: Buffer): Buffer {
  const entry = Buffer.alloc(8);
  entry.writeUInt8(2, 1);
  entry.writeUInt16LE(8 + who.length, 2);
  entry.writeUInt32LE(mask, 4);
  return Buffer.concat([entry, who]);
}

/** A SID of the NT authority. */
function sid(...parts: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 + parts.length * 4);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt8(parts.length, 1);
  bytes.writeUInt8(5, 7);
  for (const [index, part] of parts.entries()) bytes.writeUInt32LE(part, 8 + index * 4);
  return bytes;
}
