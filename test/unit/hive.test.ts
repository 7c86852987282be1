import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { ServicingError } from "../../core/error.ts";
import { bufferSource, pagedSource } from "../../core/formats/bytes.ts";
import { emptyHive } from "../../core/formats/empty-hive.ts";
import { headerChecksum } from "../../core/formats/hive-cells.ts";
import { compareHives } from "../../core/formats/hive-compare.ts";
import { indexRepairs } from "../../core/formats/hive-index.ts";
import { decodeValue, foldName, openHive, sameName } from "../../core/formats/hive.ts";
import type { Hive, HiveKey } from "../../core/formats/hive.ts";
import { resolveControlSet } from "../../core/formats/registry.ts";
import { corpusHive, corpusHives, hiveOf, hivexsh, inFolder, needs, unpacked } from "./hive-tools.ts";

const at = new Date("2024-05-06T07:08:09Z");
const corrupt = { code: "SERVICING_HIVE_CORRUPT" };

describe("hives", () => {
  describe("the empty hive", () => {
    it("reads as a clean root and nothing else", () => {
      const hive = hiveOf(emptyHive("a name that is longer than thirty-one characters", at));
      assert.equal(hive.name, "a name that is longer than thir");
      assert.deepEqual([hive.dirty, hive.minor], [false, 5]);
      assert.deepEqual([hive.rootKey.subkeys(), hive.rootKey.values()], [[], []]);
      assert.equal(hive.rootKey.security()?.length, 124);
    });

    it("is the same for the same name and time", () => {
      assert.deepEqual(emptyHive("x", at), emptyHive("x", at));
    });

    it("can be written to by hivexsh", function () {
      needs(this, "hivexsh");
      const hive = hiveOf(hivexsh(emptyHive("x", at), "add A\ncd A\nadd B\ncommit\n"));
      assert.equal(hive.key("a\\b")?.path, "A\\B");
      assert.equal(hive.dirty, false);
    });
  });

  describe("what hivexsh wrote", () => {
    let hive: Hive;
    before(function () {
      needs(this, "hivexsh");
      hive = hiveOf(full());
    });

    it("is found in any case, by relative and odd names", () => {
      assert.equal(hive.key("")?.path, "");
      assert.equal(hive.key("GRÖSSE"), undefined);
      assert.equal(hive.key("GRÖßE\\名前")?.path, "Größe\\名前");
      assert.equal(hive.key("plain\\ARRAY")?.name, "Array");
      assert.equal(hive.key("plain\\missing\\more"), undefined);
    });

    it("has its values, short and long", () => {
      const key = hive.key("Plain")!;
      assert.deepEqual(
        key.values().map((value) => [value.name, value.type, value.length]),
        [
          ["", 1, 6],
          ["four", 3, 4],
          ["none", 0, 0],
          ["odd", 0xffff0012, 5],
          ["Straße", 4, 4],
          ["名前", 7, 10],
          [" spaced ", 3, 4000],
        ],
      );
      assert.deepEqual(decodeValue(key.value("")!), { type: "REG_SZ", data: "ab" });
      assert.deepEqual(decodeValue(key.value("STRAßE")!), { type: "REG_DWORD", data: 0x01020304 });
      assert.deepEqual(decodeValue(key.value("名前")!), { type: "REG_MULTI_SZ", data: ["a", "b"] });
      assert.equal(Buffer.from(key.value(" spaced ")!.bytes).toString("hex"), "ab".repeat(4000));
      assert.equal(key.value("spaced"), undefined);
    });

    it("reads alike through pages", () => {
      const bytes = full();
      for (const size of [64, 4096]) {
        const paged = openHive(pagedSource(bufferSource(bytes), size, 2), "paged");
        assert.deepEqual(contents(paged.rootKey), contents(hive.rootKey));
      }
    });

    it("differs in no way from itself", () => {
      assert.deepEqual(compareHives(hive, hive, []), []);
    });
  });

  it("puts segments of large values together", () => {
    const data = Buffer.from(Array.from({ length: 40_000 }, (_, index) => (index * 7) & 0xff));
    const value = hiveOf(withSegments(data)).rootKey.values()[0]!;
    assert.equal(Buffer.compare(value.bytes, data), 0);
    assert.throws(() => hiveOf(withSegments(data, 2)).rootKey.values()[0]!.bytes, corrupt);
  });

  it("tells a dirty hive from a damaged one", () => {
    const dirty = Buffer.from(emptyHive("x", at));
    dirty.writeUInt32LE(7, 4);
    assert.throws(() => hiveOf(dirty), corrupt);
    dirty.writeUInt32LE(headerChecksum(dirty), 508);
    const hive = hiveOf(dirty);
    assert.deepEqual([hive.dirty, hive.primary, hive.secondary], [true, 7, 1]);
  });

  it("refuses a hive that is cut off anywhere", () => {
    const bytes = emptyHive("x", at);
    for (const length of [0, 4, 511, 512, 4095, 4096, 8191]) {
      assert.throws(() => hiveOf(bytes.subarray(0, length)), corrupt);
    }
  });

  it("refuses a key that is its own subkey", () => {
    const bytes = Buffer.from(emptyHive("x", at));
    const list = listCell(bytes);
    const root = 4096 + 32 + 4;
    bytes.writeUInt32LE(1, root + 20);
    bytes.writeUInt32LE(list - 4096, root + 28);
    bytes.writeUInt32LE(32, root + 16);
    bytes.write("lh", list + 4, "latin1");
    bytes.writeUInt16LE(1, list + 6);
    bytes.writeUInt32LE(32, list + 8);
    assert.throws(() => hiveOf(bytes).rootKey.subkeys(), corrupt);
    assert.throws(() => hiveOf(bytes).key("a"), corrupt);
  });

  it("folds names one unit for one", () => {
    assert.ok(sameName("größe", "GRÖßE"));
    assert.ok(!sameName("Straße", "STRASSE"));
    assert.ok(!sameName("ı", "I"));
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        assert.equal(foldName(name).length, name.length);
        assert.equal(foldName(foldName(name)), foldName(name));
      }),
    );
  });

  it("gives nothing but its own error for any bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 9000 }), (bytes) => readAll(bytes)));
  });

  it("gives nothing but its own error for a hive with wrong bytes", function () {
    needs(this, "hivexsh");
    this.slow(10_000);
    const bytes = full();
    const change = fc.tuple(
      fc.oneof(fc.nat(bytes.length - 1), fc.integer({ min: 4096, max: Math.min(bytes.length - 1, 12_288) })),
      fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x20, 0x7f, 0x80, 0xff)),
    );
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 20 }), (changes) => {
        const wrong = Buffer.from(bytes);
        for (const [offset, byte] of changes) wrong[offset] = byte;
        wrong.writeUInt32LE(headerChecksum(wrong), 508);
        readAll(wrong);
      }),
      { numRuns: 500 },
    );
  });

  it("resolves CurrentControlSet by what the hive selects", function () {
    needs(this, "hivexsh");
    const bytes = hivexsh(
      emptyHive("SYSTEM", at),
      "add Select\ncd Select\nsetval 1\nCurrent\nhex:4:02000000\ncommit\n",
    );
    const hive = hiveOf(bytes);
    assert.equal(resolveControlSet(hive, "currentcontrolset\\Services"), "ControlSet002\\Services");
    assert.equal(resolveControlSet(hive, "CurrentControlSet"), "ControlSet002");
    assert.equal(resolveControlSet(hive, "CurrentControlSets\\X"), "CurrentControlSets\\X");
    assert.throws(() => resolveControlSet(hiveOf(emptyHive("SYSTEM", at)), "CurrentControlSet"), {
      code: "SERVICING_REGISTRY_KEY",
    });
  });
});

describe("hives of others", () => {
  for (const name of ["SYSTEM_WIN_10_1709", "BCD", "SAM_RootValue", "UNICODE_TESTS", "win10-Amcache.hve"]) {
    it(`reads as much of ${name} as hivexml does`, function () {
      needs(this, "hivexml");
      const bytes = corpusHive(this, name);
      const xml = inFolder((folder) => {
        const file = join(folder, "hive");
        writeFileSync(file, bytes);
        const out = openSync(`${file}.xml`, "w");
        execFileSync("hivexml", [file], { stdio: ["ignore", out, "pipe"] });
        closeSync(out);
        return readFileSync(`${file}.xml`, "latin1");
      });
      const counts = { keys: 0, values: 0 };
      for (const key of walk(hiveOf(bytes).rootKey)) {
        counts.keys++;
        counts.values += key.values().length;
      }
      assert.deepEqual(counts, {
        keys: xml.split("<node ").length - 1,
        values: xml.split("<value ").length - 1,
      });
    });
  }

  it("finds every list of subkeys in the order and with the hashes that it would write", function () {
    for (const name of ["SYSTEM_WIN_10_1709", "SYSTEM_B", "Acronis_0x52_Usrclass.dat", "SAM_DUPENAME"]) {
      const wrong = [...walk(hiveOf(corpusHive(this, name)).rootKey)].filter(
        (key) => indexRepairs(key).length > 0,
      );
      assert.deepEqual(wrong, [], name);
    }
  });

  it("compares a whole SYSTEM hive with itself", function () {
    const bytes = corpusHive(this, "SYSTEM_WIN_10_1709");
    assert.deepEqual(compareHives(hiveOf(bytes), hiveOf(bytes), []), []);
  });

  it("says which are dirty", function () {
    for (const name of ["SYSTEM_WIN_10_1709", "SYSTEM_B", "amcache.hve"])
      assert.ok(hiveOf(corpusHive(this, name)).dirty);
    for (const name of ["SAM_RootValue", "win10-Amcache.hve"])
      assert.ok(!hiveOf(corpusHive(this, name)).dirty);
  });

  it("refuses the damaged ones, whatever is wrong with them", function () {
    for (const name of ["NotAHive", "corrupt_sub_key_list.hiv", "corrupted_system_hive", "SYSTEM_B.LOG1"]) {
      const bytes = corpusHive(this, name);
      assert.throws(() => contents(hiveOf(bytes).rootKey), corrupt, name);
    }
  });

  it("reads all of them or says why not", function () {
    for (const file of corpusHives(this)) readAll(unpacked(file));
  });
});

function full(): Buffer {
  return hivexsh(
    emptyHive("full", at),
    [
      "add Größe;cd \\Größe\\;add 名前;cd \\ ;add Plain;cd \\Plain\\;add Array;setval 7",
      "@;hex:1:610062000000;four;hex:3:01020304;none;none;odd;hex:4294901778:0102030405",
      "Straße;hex:4:04030201;名前;hex:7:61000000620000000000; spaced ",
      `hex:3:${"ab".repeat(4000)};cd \\ `,
      ...Array.from({ length: 40 }, (_, index) => `add K${index}`),
      "commit\n",
    ]
      .join(";")
      .replaceAll(";", "\n"),
  );
}

function* walk(key: HiveKey): Generator<HiveKey> {
  yield key;
  for (const subkey of key.subkeys()) yield* walk(subkey);
}

function contents(root: HiveKey): unknown[] {
  return [...walk(root)].map((key) => [
    key.path,
    key.className,
    key.security()?.length,
    indexRepairs(key).length,
    key.values().map((value) => [value.name, decodeValue(value)]),
  ]);
}

/** Reads whatever can be read of bytes; only a damaged hive is a reason not to. */
function readAll(bytes: Uint8Array): void {
  try {
    const hive = hiveOf(bytes);
    contents(hive.rootKey);
    compareHives(hive, hive, []);
  } catch (error) {
    if (!(error instanceof ServicingError && error.code === "SERVICING_HIVE_CORRUPT")) throw error;
  }
}

/** Takes the free rest of an empty hive's bin as one cell and says where it is in the file. */
function listCell(bytes: Buffer): number {
  let cell = 4096 + 32;
  while (bytes.readInt32LE(cell) < 0) cell -= bytes.readInt32LE(cell);
  bytes.writeInt32LE(-bytes.readInt32LE(cell), cell);
  return cell;
}

/** An empty hive whose root has one value, in as many segments as Windows would make or as said. */
function withSegments(data: Buffer, count = Math.ceil(data.length / 16_344)): Buffer {
  const pages = 16;
  const bytes = Buffer.concat([emptyHive("x", at), Buffer.alloc(pages * 4096)]);
  bytes.writeUInt32LE(bytes.length - 4096, 40);
  bytes.writeUInt32LE(headerChecksum(bytes), 508);
  let end = 8192 + 32;
  const cell = (content: Buffer): number => {
    const start = end;
    bytes.writeInt32LE(-Math.ceil((content.length + 4) / 8) * 8, start);
    content.copy(bytes, start + 4);
    end -= bytes.readInt32LE(start);
    return start - 4096;
  };
  const segments = Array.from({ length: count }, (_, index) =>
    cell(data.subarray(index * 16_344, (index + 1) * 16_344)),
  );
  const list = cell(words(...segments));
  const head = cell(Buffer.concat([Buffer.from("db"), Buffer.from([count, 0]), words(list)]));
  const value = Buffer.concat([Buffer.from("vk\0\0"), words(data.length, head, 3, 0)]);
  const values = cell(words(cell(value)));
  bytes.writeUInt32LE(1, 4096 + 32 + 4 + 36);
  bytes.writeUInt32LE(values, 4096 + 32 + 4 + 40);
  return bytes;
}

function words(...numbers: number[]): Buffer {
  return Buffer.from(Uint32Array.from(numbers).buffer);
}
