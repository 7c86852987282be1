import { filetime } from "./filetime.ts";
import { descriptorOf } from "./security-descriptor.ts";

const page = 4096;
const none = 0xffffffff;
/** Offset of the first cell, counted from the end of the base block: after the header of its bin. */
const firstCell = 0x20;

/**
 * A registry hive that holds a root key and nothing else: base block, one bin, a key node and its security.
 * Version 1.5 of the regf format; other tools extend it as they please.
 */
export function emptyHive(name: string, at: Date): Uint8Array {
  const time = filetime(at);
  const root = rootKey("ROOT", time);
  const security = securityCell(descriptorOf("O:BAG:SYD:(A;CI;KA;;;BA)(A;CI;KA;;;SY)(A;CI;KR;;;BU)"));
  const securityAt = firstCell + root.length;
  const freeAt = securityAt + security.length;
  root.writeUInt32LE(securityAt, 4 + 44);
  security.writeUInt32LE(securityAt, 4 + 4);
  security.writeUInt32LE(securityAt, 4 + 8);

  const bin = Buffer.alloc(page);
  bin.write("hbin", 0, "latin1");
  bin.writeUInt32LE(page, 8);
  bin.writeBigUInt64LE(time, 20);
  root.copy(bin, firstCell);
  security.copy(bin, securityAt);
  bin.writeInt32LE(page - freeAt, freeAt);
  return Buffer.concat([baseBlock(name, time), bin]);
}

function baseBlock(name: string, time: bigint): Buffer {
  const block = Buffer.alloc(page);
  block.write("regf", 0, "latin1");
  block.writeUInt32LE(1, 4);
  block.writeUInt32LE(1, 8);
  block.writeBigUInt64LE(time, 12);
  block.writeUInt32LE(1, 20);
  block.writeUInt32LE(5, 24);
  block.writeUInt32LE(1, 32);
  block.writeUInt32LE(firstCell, 36);
  block.writeUInt32LE(page, 40);
  block.writeUInt32LE(1, 44);
  block.write(name.slice(-31), 48, "utf16le");
  block.writeUInt32LE(checksum(block), 508);
  return block;
}

/** The words before it, XORed; the two values that have another meaning are avoided. */
function checksum(block: Buffer): number {
  let sum = 0;
  for (let at = 0; at < 508; at += 4) sum = (sum ^ block.readUInt32LE(at)) >>> 0;
  if (sum === none) return none - 1;
  return sum === 0 ? 1 : sum;
}

function rootKey(name: string, time: bigint): Buffer {
  const body = Buffer.alloc(76 + name.length);
  body.write("nk", 0, "latin1");
  body.writeUInt16LE(0x2c, 2);
  body.writeBigUInt64LE(time, 4);
  for (const absent of [16, 28, 32, 40, 48]) body.writeUInt32LE(none, absent);
  body.writeUInt16LE(name.length, 72);
  body.write(name, 76, "latin1");
  return cell(body);
}

function securityCell(descriptor: Uint8Array): Buffer {
  const head = Buffer.alloc(20);
  head.write("sk", 0, "latin1");
  head.writeUInt32LE(1, 12);
  head.writeUInt32LE(descriptor.length, 16);
  return cell(Buffer.concat([head, descriptor]));
}

/** A cell in use: its size, negative, and a body that is padded to 8 bytes. */
function cell(body: Uint8Array): Buffer {
  const size = Math.ceil((4 + body.length) / 8) * 8;
  const made = Buffer.alloc(size);
  made.writeInt32LE(-size, 0);
  made.set(body, 4);
  return made;
}
