import assert from "node:assert/strict";
import { compareHives, hiveRepairs } from "../../core/formats/hive-compare.ts";
import { hiveScript } from "../../core/formats/hive-script.ts";
import { change, empty, hiveOf, hivexsh, needs, patched, text } from "./hive-tools.ts";

describe("compared hives", () => {
  before(function () {
    needs(this, "hivexsh");
  });

  const faults: readonly [string, string, string[]][] = [
    ["a key that appeared", "add D", ["D appeared"]],
    ["a key that vanished", "cd A\\C\ndel", ["A\\C vanished"]],
    ["a value that appeared", "cd B\nsetval 2\n@\nstring:b\nz\ndword:1", ["B z appeared"]],
    ["a value that vanished", "cd B\nsetval 0", ["B (default) is missing"]],
    ["other data", "cd B\nsetval 1\n@\nstring:c", ["B (default) has another value"]],
    ["another type", "cd B\nsetval 1\n@\nexpandstring:b", ["B (default) has another value"]],
  ];
  for (const [what, commands, differences] of faults) {
    it(`show ${what}`, () => {
      const hive = base();
      const after = hivexsh(hive, `${commands}\ncommit\n`);
      assert.deepEqual(compareHives(hiveOf(hive), hiveOf(after), []), differences);
    });
  }

  it("show what was expected and is not there", () => {
    const hive = hiveOf(base());
    const { expected } = hiveScript(hive, [
      { key: "A", name: "x", value: text("other") },
      { key: "A", name: "y" },
      { key: "A\\C" },
      { key: "New\\Key", name: "z", value: text("1") },
      { key: "B", name: "z", value: text("1") },
    ]);
    assert.deepEqual(compareHives(hive, hive, expected), [
      "A x has another value",
      "A y appeared",
      "A\\C is still there",
      "B z is missing",
      "New was not made",
    ]);
  });

  it("show a key that Windows would not find, until it is repaired", () => {
    const before = hiveOf(empty);
    const { script, expected } = hiveScript(before, [
      { key: "Ö", name: "x", value: text("1") },
      { key: "é", name: "x", value: text("1") },
    ]);
    const written = hivexsh(empty, script!);
    assert.deepEqual(compareHives(before, hiveOf(written), expected), [
      "Windows could not search the subkeys of the root",
    ]);
    const repaired = patched(written, hiveRepairs(hiveOf(written), expected));
    assert.deepEqual(compareHives(before, hiveOf(repaired), expected), []);
    assert.deepEqual(
      hiveOf(repaired)
        .rootKey.subkeys()
        .map((key) => key.name),
      ["é", "Ö"],
    );
  });

  it("show changed security", () => {
    const hive = base();
    const changed = Buffer.from(hive);
    changed[changed.indexOf("sk") + 20 + 2 + 60] = 0x77;
    const differences = compareHives(hiveOf(hive), hiveOf(changed), []);
    assert.deepEqual(differences[0], "the security of the root changed");
    assert.equal(differences.length, 4);
  });

  it("name at most fifty differences", () => {
    const changes = Array.from({ length: 80 }, (_, index) => ({
      key: `K${index}`,
      name: "x",
      value: text("1"),
    }));
    const after = change(empty, changes);
    const differences = compareHives(hiveOf(empty), hiveOf(after), []);
    assert.equal(differences.length, 51);
    assert.equal(differences.at(-1), "and 30 more");
  });
});

function base(): Buffer {
  const commands =
    "add A;add B;cd A;add C;setval 2;x;hex:3:01020304050607;y;dword:1;cd \\B;setval 1;@;string:b;commit;";
  return hivexsh(empty, commands.replaceAll(";", "\n"));
}
