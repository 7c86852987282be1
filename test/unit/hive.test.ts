import assert from "node:assert/strict";
import * as fc from "fast-check";
import { pagedSource } from "../../core/formats/bytes.ts";
import { emptyHive } from "../../templates/sample/empty-hive.ts";
import { headerChecksum } from "../../core/formats/hive-cells.ts";
import { compareHives } from "../../core/formats/hive-compare.ts";
import { decodeValue, foldName, openHive, sameName } from "../../core/formats/hive.ts";
import type { Hive } from "../../core/formats/hive.ts";
import { resolveControlSet } from "../../core/formats/registry.ts";
import { contents, hiveOf, hivexsh, needs, readAll } from "./hive-tools.ts";

const at = new Date("2024-05-06T07:08:09Z");
const empty = emptyHive("x", at);
/** Where the root key of an empty hive is in the file. */
const rootAt = 4096 + 32 + 4;
const corrupt = { code: "SERVICING_HIVE_CORRUPT" };

describe("hives", () => {
  describe("the empty hive", () => {
    it("reads as a clean root and nothing else", () => {
      const hive = hiveOf(emptyHive("a name that is longer than thirty-one characters", at));
      assert.equal(hive.name, "nger than thirty-one characters");
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
      const fill = (offset: number, into: Uint8Array): number => {
        const part = bytes.subarray(offset, offset + into.length);
        into.set(part);
        return part.length;
      };
      for (const size of [64, 4096]) {
        const paged = openHive(pagedSource(bytes.length, fill, size, 2), "paged");
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

  it("reads lists without names, and lists of lists", function () {
    needs(this, "hivexsh");
    const bytes = full();
    const names = hiveOf(bytes)
      .rootKey.subkeys()
      .map((key) => key.name);
    const entries = hiveOf(bytes).rootKey.index();
    const cells = words(...entries.map((entry) => entry.cell));
    const list = entries[0]!.at - 4;
    const plain = Buffer.from(bytes);
    plain.write("li", list, "latin1");
    cells.copy(plain, list + 4);
    assert.deepEqual(
      hiveOf(plain)
        .rootKey.subkeys()
        .map((key) => key.name),
      names,
    );
    const half = entries.length / 2;
    const { hive, at: offsets } = withCells(bytes, [
      Buffer.concat([Buffer.from("li"), Buffer.from([half, 0]), cells.subarray(0, half * 4)]),
      Buffer.concat([Buffer.from("li"), Buffer.from([half, 0]), cells.subarray(half * 4)]),
    ]);
    hive.write("ri", list, "latin1");
    hive.writeUInt16LE(2, list + 2);
    words(...offsets).copy(hive, list + 4);
    assert.equal(hiveOf(hive).key("plain")?.name, "Plain");
    assert.deepEqual(
      hiveOf(hive)
        .rootKey.subkeys()
        .map((key) => key.name),
      names,
    );
  });

  it("refuses a list that holds one value over and over", () => {
    const value = Buffer.concat([Buffer.from("vk"), Buffer.from([0xff, 0x1f]), Buffer.alloc(0x2010)]);
    const first = withCells(empty, [value]);
    const list = withCells(first.hive, [words(...Array.from({ length: 1000 }, () => first.at[0]!))]);
    list.hive.writeUInt32LE(1000, rootAt + 36);
    list.hive.writeUInt32LE(list.at[0]!, rootAt + 40);
    assert.throws(() => hiveOf(list.hive).rootKey.values(), corrupt);
  });

  it("refuses a key that is its own subkey", () => {
    const list = Buffer.concat([Buffer.from("lh"), Buffer.from([1, 0]), words(32, 0)]);
    const { hive, at: offsets } = withCells(empty, [list]);
    hive.writeUInt32LE(32, rootAt + 16);
    hive.writeUInt32LE(1, rootAt + 20);
    hive.writeUInt32LE(offsets[0]!, rootAt + 28);
    assert.throws(() => hiveOf(hive).rootKey.subkeys(), corrupt);
    assert.throws(() => hiveOf(hive).key("a"), corrupt);
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

/** A hive with one more bin, which holds cells; says at which offsets. */
function withCells(bytes: Uint8Array, cells: readonly Buffer[]): { hive: Buffer; at: number[] } {
  const sizes = cells.map((content) => Math.ceil((content.length + 4) / 8) * 8);
  const length = Math.ceil((32 + sizes.reduce((sum, size) => sum + size, 0)) / 4096) * 4096;
  const hive = Buffer.concat([bytes, Buffer.alloc(length)]);
  hive.writeUInt32LE(hive.length - 4096, 40);
  hive.writeUInt32LE(headerChecksum(hive), 508);
  let end = bytes.length + 32;
  const offsets = cells.map((content, index) => {
    const start = end;
    end += sizes[index]!;
    hive.writeInt32LE(-sizes[index]!, start);
    content.copy(hive, start + 4);
    return start - 4096;
  });
  return { hive, at: offsets };
}

/** An empty hive whose root has one value, in as many segments as Windows would make or as said. */
function withSegments(data: Buffer, count = Math.ceil(data.length / 16_344)): Buffer {
  const segments = withCells(
    empty,
    Array.from({ length: count }, (_, index) => data.subarray(index * 16_344, (index + 1) * 16_344)),
  );
  const list = withCells(segments.hive, [words(...segments.at)]);
  const head = Buffer.concat([Buffer.from("db"), Buffer.from([count, 0]), words(list.at[0]!)]);
  const big = withCells(list.hive, [head]);
  const value = Buffer.concat([Buffer.from("vk\0\0"), words(data.length, big.at[0]!, 3, 0)]);
  const named = withCells(big.hive, [value]);
  const values = withCells(named.hive, [words(named.at[0]!)]);
  values.hive.writeUInt32LE(1, rootAt + 36);
  values.hive.writeUInt32LE(values.at[0]!, rootAt + 40);
  return values.hive;
}

function words(...numbers: number[]): Buffer {
  return Buffer.from(Uint32Array.from(numbers).buffer);
}
