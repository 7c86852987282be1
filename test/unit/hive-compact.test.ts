import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bufferSource } from "../../core/formats/bytes.ts";
import { compactHive } from "../../core/formats/hive-compact.ts";
import { compareHives } from "../../core/formats/hive-compare.ts";
import { headerChecksum } from "../../core/formats/hive-cells.ts";
import type { HiveChange } from "../../core/formats/hive-change.ts";
import { change, contents, corpusHive, empty, hiveOf, inFolder, needs, text } from "./hive-tools.ts";

/** All that hivex itself reads of a hive, times of keys and types of values among it, but for where it lies. */
function hivexml(hive: Uint8Array): string {
  return inFolder((folder) => {
    const file = join(folder, "hive");
    writeFileSync(file, hive);
    const out = join(folder, "xml");
    // It opens its output by name, which a socket has not.
    execFileSync("sh", ["-c", 'hivexml "$1" > "$2"', "sh", file, out]);
    return readFileSync(out, "utf8").replaceAll(/<byte_run [^>]*>/g, "");
  });
}

function compacted(hive: Uint8Array): Buffer | undefined {
  const parts = compactHive(bufferSource(hive), "test.hive");
  return parts === undefined ? undefined : Buffer.concat(parts);
}

const many = (count: number): HiveChange[] =>
  Array.from({ length: count }, (_, at) => ({
    key: `Ids\\PCI\\VEN_${at}`,
    name: at % 2 === 0 ? "" : "oem0.inf",
    value: { type: "REG_BINARY", data: "01ff0000".repeat((at % 3) + 1) },
  }));

describe("compact hives", () => {
  before(function () {
    needs(this, "hivexsh");
    needs(this, "hivexml");
  });

  it("hold all that the hive held, in as little room as Windows takes, and hivex reads and writes them", () => {
    const hive = change(empty, [
      ...many(1200),
      { key: "Ids\\Größe\\名前", name: "ä", value: text("x") },
      { key: "Ids\\Long", name: "x", value: { type: "REG_BINARY", data: "ab".repeat(4000) } },
    ]);
    const small = compacted(hive) as Buffer;
    assert.ok(hive.length > 5_000_000 && small.length < 250_000, `${hive.length} to ${small.length}`);
    assert.deepEqual(compareHives(hiveOf(hive), hiveOf(small), []), []);
    assert.ok(hivexml(small) === hivexml(hive), "hivex reads the same");
    assert.equal(hiveOf(small).dirty, false);
    assert.equal(compacted(small), undefined, "it gets no smaller");
    const again = change(small, [{ key: "Ids\\PCI" }, { key: "Ids\\New", name: "x", value: text("1") }]);
    assert.deepEqual(
      hiveOf(again)
        .key("Ids")
        ?.subkeys()
        .map(({ name }) => name),
      ["Größe", "Long", "New"].toSorted(),
    );
  });

  it("hold what the real hives of others hold, with segments, classes and securities", function () {
    this.timeout(60_000);
    for (const name of ["SYSTEM_WIN_10_1709", "Amcache.hve"]) {
      const hive = Buffer.from(corpusHive(this, name));
      hive.copy(hive, 8, 4, 8);
      hive.writeUInt32LE(headerChecksum(hive), 508);
      const root = hiveOf(hive).rootKey.subkeys()[0]?.path ?? "";
      const grown = change(
        hive,
        many(600).map((each) => ({ ...each, key: `${root}\\${each.key}` })),
      );
      const small = compacted(grown) as Buffer;
      assert.ok(small.length < grown.length, name);
      assert.deepEqual(compareHives(hiveOf(grown), hiveOf(small), []), []);
      assert.equal(contents(hiveOf(small).rootKey).length, contents(hiveOf(grown).rootKey).length);
      assert.ok(hivexml(small) === hivexml(grown), "hivex reads the same");
    }
  });

  it("are made of bins and cells that leave no gap, and securities that name each other in a ring", function () {
    // The hive of another Windows, which has room to win and securities of many kinds.
    const hive = Buffer.from(corpusHive(this, "SYSTEM_B"));
    hive.copy(hive, 8, 4, 8);
    hive.writeUInt32LE(headerChecksum(hive), 508);
    const small = compacted(hive) as Buffer;
    const { length } = hiveOf(small);
    assert.equal(small.length, 4096 + length);
    const rings: [offset: number, next: number, before: number, keys: number][] = [];
    for (let bin = 0; bin < length;) {
      const at = 4096 + bin;
      assert.equal(small.toString("latin1", at, at + 4), "hbin");
      assert.equal(small.readUInt32LE(at + 4), bin);
      const size = small.readUInt32LE(at + 8);
      let cell = 32;
      for (; cell < size;) {
        const taken = small.readInt32LE(at + cell);
        assert.ok(taken !== 0 && taken % 8 === 0);
        if (taken < 0 && small.toString("latin1", at + cell + 4, at + cell + 6) === "sk")
          rings.push([
            bin + cell,
            small.readUInt32LE(at + cell + 8),
            small.readUInt32LE(at + cell + 12),
            small.readUInt32LE(at + cell + 16),
          ]);
        cell += Math.abs(taken);
      }
      assert.equal(cell, size);
      bin += size;
    }
    assert.ok(rings.length > 10);
    const keys = rings.reduce((sum, ring) => sum + ring[3], 0);
    assert.equal(keys, contents(hiveOf(small).rootKey).length);
    for (const [at, [offset]] of rings.entries()) {
      assert.equal(rings.at(at - 1)?.[1], offset);
      assert.equal(rings[(at + 1) % rings.length]?.[2], offset);
    }
  });
});
