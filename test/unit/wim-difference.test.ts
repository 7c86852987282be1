import assert from "node:assert/strict";
import { bufferSource } from "../../core/formats/bytes.ts";
import { treeDifferences } from "../../core/formats/wim-difference.ts";
import { flatMetadata } from "../../core/formats/wim-metadata.ts";
import { WimFormatError } from "../../core/formats/wim.ts";

const hash = (digit: string): string => digit.repeat(40);

/** The tree of an image that holds these files in its root: name and hash. */
function tree(...files: readonly (readonly [string, string])[]): Buffer {
  return flatMetadata(files.map(([name, of]) => ({ name, hash: of })));
}

function differences(wanted: Buffer, found: Buffer, most = 20): readonly string[] {
  return treeDifferences(bufferSource(wanted), bufferSource(found), most);
}

describe("what differs between two trees", () => {
  const wanted = tree(["a", hash("1")], ["b", hash("2")]);

  it("is nothing where they are the same, in whatever order", () => {
    assert.deepEqual(differences(wanted, wanted), []);
    assert.deepEqual(differences(wanted, tree(["b", hash("2")], ["a", hash("1")])), []);
  });

  it("is said of each file, and of no more than are wanted", () => {
    const found = tree(["a", hash("3")], ["c", hash("2")]);
    assert.deepEqual(differences(wanted, found), [
      `\\a: content: ${hash("3")}, not ${hash("1")}`,
      "\\b is missing",
      "\\c is more than there should be",
    ]);
    assert.equal(differences(wanted, found, 1).length, 1);
  });

  it("leaves aside what nobody wants to look at", () => {
    const found = tree(["a", hash("1")], ["b", hash("3")], ["c", hash("4")]);
    const only = (path: string): readonly string[] =>
      treeDifferences(bufferSource(wanted), bufferSource(found), 20, (each) => each === path);
    assert.deepEqual([only("\\a"), only("\\b").length, only("\\c").length], [[], 1, 1]);
  });

  it("includes attributes and security descriptors", () => {
    const hidden = Buffer.from(wanted);
    // The first entry behind the root: its attributes.
    const at = hidden.indexOf(Buffer.from(hash("1"), "hex")) - 64;
    hidden.writeUInt32LE(0x82, at + 8);
    assert.deepEqual(differences(wanted, hidden), ["\\a: attributes: 2, not 0"]);
    const secured = Buffer.concat([described(Buffer.from("owner!!!")), withoutHead(wanted, 8 + 8 + 8)]);
    secured.writeInt32LE(0, secured.indexOf(Buffer.from(hash("1"), "hex")) - 64 + 12);
    assert.match(differences(secured, wanted)[0] ?? "", /^\\a: security descriptor: none, not of SHA-1 /);
    assert.deepEqual(differences(wanted, secured), [], "a volume gives one to what has none");
    // Compressed: how a volume keeps a file.
    hidden.writeUInt32LE(0x880, at + 8);
    assert.deepEqual(differences(wanted, hidden), []);
  });

  it("is refused of what contradicts itself", () => {
    const many = Buffer.from(wanted);
    many.writeUInt32LE(1_000_000, 4);
    assert.throws(() => differences(many, wanted), WimFormatError);
    const long = Buffer.concat([described(Buffer.from("owner!!!")), withoutHead(wanted, 24)]);
    long.writeBigUInt64LE(1n << 40n, 8);
    assert.throws(() => differences(long, wanted), WimFormatError);
  });
});

/** The head of metadata with one security descriptor, of eight bytes. */
function described(descriptor: Buffer): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(24, 0);
  head.writeUInt32LE(1, 4);
  head.writeBigUInt64LE(BigInt(descriptor.length), 8);
  return Buffer.concat([head, descriptor]);
}

/** The entries, behind a head of so many bytes instead of 8: where a folder's children begin is counted from the head. */
function withoutHead(metadata: Buffer, head: number): Buffer {
  const entries = Buffer.from(metadata.subarray(8));
  entries.writeBigUInt64LE(entries.readBigUInt64LE(16) + BigInt(head - 8), 16);
  return entries;
}
