import assert from "node:assert/strict";
import fc from "fast-check";
import { bufferSource } from "../../core/formats/bytes.ts";
import { metadataBlobs, readHeader, readXml, WimFormatError } from "../../core/formats/wim.ts";
import { branchParts } from "../../core/formats/wim-parts.ts";
import { compareImageXml, imageElements, readImageXml } from "../../core/formats/wim-xml.ts";
import { flatMetadata, openMetadata } from "../../core/formats/wim-metadata.ts";
import { adoptSecurity, detach, type Patch, replaceContent } from "../../core/formats/wim-patch.ts";
import { packReferences, references } from "../../core/formats/wim-reference.ts";
import { splitParts } from "../../core/wim-file.ts";

const hash = "0123456789abcdef0123456789abcdef01234567";
const element = `<IMAGE INDEX="3"><NAME>Pro &amp; more</NAME><TOTALBYTES>123</TOTALBYTES><WINDOWS><ARCH>9</ARCH><EDITIONID>Professional</EDITIONID>
  <LANGUAGES><LANGUAGE>en-US</LANGUAGE><LANGUAGE>fr-FR</LANGUAGE><DEFAULT>en-US</DEFAULT></LANGUAGES>
  <VERSION><MAJOR>10</MAJOR><MINOR>0</MINOR><BUILD>26100</BUILD><SPBUILD>1742</SPBUILD></VERSION></WINDOWS></IMAGE>`;

function wim(): Buffer {
  const metadata = flatMetadata([{ name: "x", hash }]);
  const parts = branchParts(Buffer.alloc(16, 7), { flags: 0x80 }, element, { bytes: metadata.length, hash });
  return Buffer.concat([parts.before, metadata, parts.after]);
}

function patched(bytes: Buffer, patches: readonly Patch[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const { offset, bytes: patch } of patches) patch.copy(copy, offset);
  return copy;
}

describe("WIM container", () => {
  it("reads back what a branch is written as", () => {
    const source = bufferSource(wim());
    const header = readHeader(source);
    assert.equal(header.compression, "none");
    assert.equal(header.images, 1);
    assert.equal(header.flags, 0x80, "the flag that reparse points were fixed up stays");
    const xml = readXml(source, header);
    assert.match(xml, /<IMAGE INDEX="1">/);
    const [blob] = metadataBlobs(source, header);
    assert.equal(blob?.hash, hash);
    assert.equal(blob?.offset, 208);
  });

  it("reads the facts of an image, entities and lists included", () => {
    assert.deepEqual(readImageXml(element), {
      name: "Pro & more",
      description: "",
      totalBytes: 123,
      architecture: 9,
      version: "10.0.26100.1742",
      editionId: "Professional",
      installationType: "",
      languages: ["en-US", "fr-FR"],
      defaultLanguage: "en-US",
    });
  });

  it("compares XML without counts and times, and names what differs", () => {
    const grown = element.replace("<TOTALBYTES>123", "<TOTALBYTES>456");
    assert.deepEqual(compareImageXml(element, grown), []);
    assert.deepEqual(compareImageXml(element, grown.replace("Professional", "Core")), [
      'IMAGE/WINDOWS/EDITIONID was "Professional", is "Core"',
    ]);
  });

  it("takes what Windows' servicing changes for granted, and what it must not lose for damage", () => {
    const updated = element
      .replace("<SPBUILD>1742", "<SPBUILD>2033")
      .replace("<LANGUAGE>fr-FR", "<LANGUAGE>de-DE");
    assert.notEqual(updated, element);
    assert.deepEqual(compareImageXml(element, updated, true), []);
    const lost = element.replace(/<WINDOWS>[\s\S]*<\/WINDOWS>/, "<WINDOWS></WINDOWS>");
    const undefinedOnes = element.replaceAll(/<(ARCH|EDITIONID|MAJOR)>[^<]*/g, "<$1>&lt;undefined&gt;");
    for (const [damaged, names] of [
      [lost, ["ARCH", "EDITIONID", "LANGUAGES/DEFAULT", "VERSION/BUILD", "VERSION/MAJOR"]],
      [undefinedOnes, ["ARCH", "EDITIONID", "VERSION/MAJOR"]],
    ] as const) {
      const found = compareImageXml(element, damaged, true).join("\n");
      for (const name of names) assert.match(found, new RegExp(`^IMAGE/WINDOWS/${name} was "`, "m"));
    }
  });

  it("says what is wrong with a file that is cut off at any length", () => {
    const whole = wim();
    for (let length = 0; length < whole.length; length += 7) {
      const source = bufferSource(whole.subarray(0, length));
      assert.throws(() => {
        const header = readHeader(source);
        metadataBlobs(source, header);
      }, WimFormatError);
    }
  });

  it("throws nothing but its own error on damaged bytes", () => {
    const whole = wim();
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
        const bytes = Buffer.from(whole);
        bytes[at] = value;
        const source = bufferSource(bytes);
        try {
          const header = readHeader(source);
          for (const xml of imageElements(readXml(source, header))) readImageXml(xml);
          for (const blob of metadataBlobs(source, header))
            for (const { entry } of openMetadata(
              bufferSource(bytes.subarray(blob.offset, blob.offset + blob.size)),
            ).walk())
              assert.equal(typeof entry.name, "string");
        } catch (error) {
          assert.ok(error instanceof WimFormatError, String(error));
        }
      }),
    );
  });

  it("names the parts of a split WIM as DISM does, and their references as globs", () => {
    assert.deepEqual(splitParts("/m/install.swm", 3), [
      "/m/install.swm",
      "/m/install2.swm",
      "/m/install3.swm",
    ]);
    assert.deepEqual(references("/m/install.swm"), ["--ref=/m/install.swm", "--ref=/m/install[0-9]*.swm"]);
    assert.deepEqual(references("/m [1]/a*.wim"), [String.raw`--ref=/m \[1\]/a\*.wim`]);
    assert.deepEqual(references(String.raw`C:\m [1]\a.swm`), [
      String.raw`--ref=C:\m [1]\a.swm`,
      String.raw`--ref=C:\m [1]\a*.swm`,
    ]);
    assert.deepEqual(references(String.raw`\\server\m\a.wim`), [String.raw`--ref=\\server\m\a.wim`]);
  });

  it("refers to all packs beside a branch, whatever its folder is called", () => {
    assert.deepEqual(packReferences("/w [x]*/image-1/branch.wim"), [
      String.raw`--ref=/w \[x\]\*/image-1/blobs-*.wim`,
    ]);
    assert.deepEqual(packReferences(String.raw`C:\w [x]\branch.wim`), [
      String.raw`--ref=C:\w [x]\blobs-*.wim`,
    ]);
  });
});

function unnamed(digit: string): Buffer {
  const stream = Buffer.alloc(40);
  stream.writeBigUInt64LE(40n);
  stream.write(digit.repeat(40), 16, "hex");
  return stream;
}

/** A file that has two more unnamed streams besides its own field. */
function threeStreams(own: string): { readonly hash: string; readonly hashOffset: number } {
  const bytes = flatMetadata([{ name: "x", hash: own }]);
  const file = openMetadata(bufferSource(bytes)).lookup("\\x");
  assert.ok(file);
  bytes.writeUInt16LE(2, file.offset + 96);
  const start = bytes.subarray(0, file.offset + file.span);
  const streamed = Buffer.concat([start, unnamed("a"), unnamed("b"), Buffer.alloc(8)]);
  const entry = openMetadata(bufferSource(streamed)).lookup("\\x");
  assert.ok(entry);
  return { hash: entry.hash, hashOffset: entry.hashOffset - file.offset };
}

describe("WIM metadata", () => {
  it("finds a file without regard to case", () => {
    const metadata = openMetadata(bufferSource(flatMetadata([{ name: "Straße.TXT", hash: hash }])));
    assert.equal(metadata.lookup("\\STRAßE.txt")?.hash, hash);
    assert.equal(metadata.lookup("/straße.txt")?.name, "Straße.TXT");
    assert.equal(metadata.lookup("\\other"), undefined);
  });

  it("replaces content in place and takes an entry out of the root", () => {
    const bytes = flatMetadata([{ name: "x", hash }]);
    const metadata = openMetadata(bufferSource(bytes));
    const entry = metadata.lookup("\\x");
    assert.ok(entry);
    const other = "f".repeat(40);
    const after = openMetadata(
      bufferSource(patched(bytes, replaceContent(metadata, [{ entry, hash: other, modified: 5n }]))),
    );
    assert.equal(after.lookup("\\x")?.hash, other);
    const without = openMetadata(bufferSource(patched(bytes, detach(metadata, bufferSource(bytes), "x"))));
    assert.deepEqual([...without.children(without.root)], []);
  });

  it("leaves an image without security descriptors alone", () => {
    const metadata = openMetadata(bufferSource(flatMetadata([{ name: "x", hash }])));
    assert.deepEqual(adoptSecurity(metadata, ["\\x"]), []);
  });

  it("reads a file by the first of its unnamed streams, its own field before others", () => {
    assert.deepEqual(threeStreams(hash), { hash, hashOffset: 64 });
    assert.deepEqual(threeStreams("0".repeat(40)), { hash: "a".repeat(40), hashOffset: 112 + 16 });
  });

  it("does not follow a folder that contains itself", () => {
    const bytes = flatMetadata([{ name: "x", hash }]);
    const metadata = openMetadata(bufferSource(bytes));
    const entry = metadata.lookup("\\x");
    assert.ok(entry);
    bytes.writeUInt32LE(0x10, entry.offset + 8);
    bytes.writeBigUInt64LE(BigInt(metadata.root.children), entry.offset + 16);
    assert.throws(() => [...openMetadata(bufferSource(bytes)).walk()], WimFormatError);
  });
});
