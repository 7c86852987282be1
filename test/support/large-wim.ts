import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, openSync, closeSync, ftruncateSync, readFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";

const mebibyte = 1024 * 1024;

/**
 * Writes a WIM of files of so many MiB each, all of it a hole but for one byte of each file: wimlib writes it with small
 * files, which then give way to large ones.
 */
export function makeLargeWim(file: string, scratch: string, sizes: readonly number[]): void {
  const tree = join(scratch, "tree");
  mkdirSync(tree, { recursive: true });
  mkdirSync(dirname(file), { recursive: true });
  const texts = sizes.map((_, at) => Buffer.from(String(at)));
  for (const [at, text] of texts.entries()) {
    const handle = openSync(join(tree, `${at}.bin`), "w");
    writeSync(handle, text);
    closeSync(handle);
  }
  execFileSync("wimlib-imagex", ["capture", tree, file, "Large", "--compress=none"], { stdio: "pipe" });
  const bytes = readFileSync(file);
  const metadata = metadataOf(bytes);
  const before = sha1(metadata);
  const digests = texts.map((text, at) => [sha1(text), largeDigest(text, sizes[at] ?? 0)] as const);
  for (const [old, digest] of digests) replace(bytes, old, digest);
  replace(bytes, before, sha1(metadata));
  let end = Math.ceil(bytes.length / 4096) * 4096;
  const handle = openSync(file, "r+");
  for (const [at, [, digest]] of digests.entries()) {
    const size = (sizes[at] ?? 0) * mebibyte;
    const entry = bytes.lastIndexOf(digest) - 30;
    bytes.writeUIntLE(size % 2 ** 48, entry, 6);
    bytes.writeBigUInt64LE(BigInt(end), entry + 8);
    bytes.writeBigUInt64LE(BigInt(size), entry + 16);
    writeSync(handle, texts[at] as Buffer, 0, 1, end);
    end += size;
  }
  writeSync(handle, bytes, 0, bytes.length, 0);
  ftruncateSync(handle, end);
  closeSync(handle);
}

/** The metadata resource of the only image: the one that the blob table, at 48 of the header, marks so. */
function metadataOf(bytes: Buffer): Buffer {
  const [size, offset] = [bytes.readUIntLE(48, 6), Number(bytes.readBigUInt64LE(56))];
  for (let at = offset; at < offset + size; at += 50)
    if (((bytes[at + 7] ?? 0) & 2) !== 0) {
      const start = Number(bytes.readBigUInt64LE(at + 8));
      return bytes.subarray(start, start + bytes.readUIntLE(at, 6));
    }
  throw new Error("the WIM has no metadata");
}

function replace(bytes: Buffer, old: Buffer, by: Buffer): void {
  for (let at = bytes.indexOf(old); at !== -1; at = bytes.indexOf(old, at + 20)) by.copy(bytes, at);
}

function sha1(bytes: Uint8Array): Buffer {
  return createHash("sha1").update(bytes).digest();
}

function largeDigest(text: Buffer, mebibytes: number): Buffer {
  const hash = createHash("sha1");
  const zeros = Buffer.alloc(mebibyte);
  hash.update(text).update(zeros.subarray(text.length));
  for (let part = 1; part < mebibytes; part += 1) hash.update(zeros);
  return hash.digest();
}
