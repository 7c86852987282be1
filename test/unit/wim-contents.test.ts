import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { bufferSource, pagedSource } from "../../core/formats/bytes.ts";
import { blobTable, headerSize, readHeader, resourceFlag, WimFormatError } from "../../core/formats/wim.ts";
import { contentsOf, eachContent, hasFolderStreams, withContents } from "../../core/formats/wim-contents.ts";
import { indexBlobs } from "../../core/formats/wim-index.ts";
import { flatMetadata, openMetadata } from "../../core/formats/wim-metadata.ts";
import { emptyWim, integrityTable, whole, wimFrame } from "../../core/formats/wim-parts.ts";

const sha1 = (text: string): string => createHash("sha1").update(text).digest("hex");
const root = 8;

/** A WIM of blobs that take no room, each as large as its number. */
function wimOf(hashes: readonly string[], flags = 0): Buffer {
  const { header, table, xml } = wimFrame({
    guid: Buffer.alloc(16),
    images: [],
    resources: hashes.map((hash, size) => ({ offset: headerSize, size: 0, originalSize: size, flags, hash })),
    tableOffset: headerSize,
  });
  return Buffer.concat([header, table, xml]);
}

function index(...wims: readonly Buffer[]) {
  return indexBlobs(
    wims.map((bytes) => ({ source: bufferSource(bytes), header: readHeader(bufferSource(bytes)) })),
  );
}

describe("the contents of an image", () => {
  it("are counted by their names and streams, in pages of any size", () => {
    const files = Array.from({ length: 3_000 }, (_, at) => ({ name: `${at}`, hash: sha1(`${at % 7}`) }));
    const bytes = flatMetadata([...files, { name: "empty", hash: "0".repeat(40) }]);
    const paged = pagedSource(bytes.length, (offset, into) => bytes.copy(into, 0, offset), 100, 2);
    for (const source of [bufferSource(bytes), paged]) {
      const seen = new Map<string, number>();
      eachContent(source, root, (buffer, at) => {
        const hash = buffer.toString("hex", at, at + 20);
        seen.set(hash, (seen.get(hash) ?? 0) + 1);
      });
      assert.equal(seen.size, 7);
      assert.equal(seen.get(sha1("0")), 429);
      const expected = { folders: 1, files: 3_001, bytes: 30_000, linkedBytes: 0 };
      assert.deepEqual(
        contentsOf(source, root, () => 10),
        expected,
      );
      assert.equal(hasFolderStreams(source, root), false);
    }
    assert.equal(openMetadata(bufferSource(bytes)).root.offset, root);
  });

  it("throw nothing but their own error where metadata is damaged, and end", () => {
    const sound = flatMetadata(
      Array.from({ length: 9 }, (_, at) => ({ name: `${at}`, hash: sha1(`${at}`) })),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { maxLength: 6 }), (changes) => {
        const bytes = Buffer.from(sound);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          contentsOf(bufferSource(bytes), root, () => 1);
        } catch (error) {
          assert.ok(error instanceof WimFormatError, String(error));
        }
      }),
      { numRuns: 500 },
    );
    const circle = Buffer.from(sound);
    const child = Number(circle.readBigUInt64LE(root + 16));
    circle.writeUInt32LE(0x10, child + 8);
    circle.writeBigUInt64LE(BigInt(child), child + 16);
    assert.throws(() => contentsOf(bufferSource(circle), root, () => 1), WimFormatError);
  });

  it("are written into the XML of the image, whether it told them before or not", () => {
    const contents = { folders: 1, files: 2, bytes: 3, linkedBytes: 4 };
    assert.equal(
      withContents("<IMAGE><DIRCOUNT>9</DIRCOUNT><NAME>n</NAME></IMAGE>", contents),
      "<IMAGE><DIRCOUNT>1</DIRCOUNT><NAME>n</NAME><FILECOUNT>2</FILECOUNT><TOTALBYTES>3</TOTALBYTES><HARDLINKBYTES>4</HARDLINKBYTES></IMAGE>",
    );
  });
});

describe("an index of blobs", () => {
  it("finds every blob of every WIM by its hash, and no other", () => {
    const hashes = Array.from({ length: 5_000 }, (_, at) => sha1(`${at}`));
    const blobs = index(wimOf(hashes.slice(0, 3_000)), wimOf(hashes.slice(3_000)), wimOf([]));
    for (const [at, hash] of hashes.entries())
      assert.equal(blobs.size(Buffer.from(`00${hash}`, "hex"), 1), at < 3_000 ? at : at - 3_000);
    for (let at = 0; at < 1_000; at += 1)
      assert.equal(blobs.size(Buffer.from(sha1(`no ${at}`), "hex"), 0), undefined);
    assert.equal(index().size(Buffer.alloc(20), 0), undefined);
  });

  it("tells hashes apart that differ in one bit, and leaves out metadata", () => {
    const near = Array.from({ length: 160 }, (_, bit) => {
      const hash = Buffer.alloc(20);
      hash[bit >> 3] = 1 << (bit & 7);
      return hash;
    });
    const texts = near.map((hash) => hash.toString("hex"));
    const blobs = index(wimOf(texts));
    for (const [at, hash] of near.entries()) assert.equal(blobs.size(hash, 0), at);
    assert.equal(index(wimOf(texts, resourceFlag.metadata)).size(near[0] as Buffer, 0), undefined);
  });
});

describe("what is written around resources", () => {
  it("is read back: tables, counts of references, the image that boots, the room for an integrity table", () => {
    const resources = [
      { ...whole(headerSize, 10, resourceFlag.metadata), hash: sha1("m") },
      { ...whole(headerSize + 10, 20), hash: sha1("b"), references: 3 },
    ];
    const { header, table, xml } = wimFrame({
      guid: Buffer.alloc(16, 1),
      images: ['<IMAGE INDEX="7"><NAME>n</NAME></IMAGE>'],
      resources,
      tableOffset: headerSize + 30,
      boot: 1,
      integrity: true,
    });
    const integrity = integrityTable([Buffer.alloc(20, 9)]);
    const bytes = bufferSource(Buffer.concat([header, Buffer.alloc(30), table, xml, integrity]));
    const read = readHeader(bytes);
    assert.deepEqual([read.images, read.bootIndex, read.integrity.size], [1, 1, integrity.length]);
    assert.equal(read.integrity.offset + read.integrity.size, bytes.size);
    assert.deepEqual(
      [...blobTable(bytes, read)].map(({ hash, references, offset }) => [hash, references, offset]),
      [
        [sha1("m"), 1, headerSize],
        [sha1("b"), 3, headerSize + 10],
      ],
    );
    assert.match(xml.toString("utf16le"), /<IMAGE INDEX="1"><NAME>n/);
  });

  it("makes a WIM of nothing, and says of a table that leads beyond the end that it does", () => {
    const empty = bufferSource(emptyWim(Buffer.alloc(16)));
    assert.deepEqual([...blobTable(empty, readHeader(empty))], []);
    const { header, table, xml } = wimFrame({
      guid: Buffer.alloc(16),
      images: [],
      resources: [{ ...whole(headerSize, 9_999), hash: sha1("b") }],
      tableOffset: headerSize,
    });
    const bytes = bufferSource(Buffer.concat([header, table, xml]));
    assert.throws(() => [...blobTable(bytes, readHeader(bytes))], WimFormatError);
  });
});
