import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ServicingError } from "../../core/error.ts";
import { headerChecksum } from "../../core/formats/hive-cells.ts";
import type { HiveChange } from "../../core/formats/hive-change.ts";
import { hiveRepairs } from "../../core/formats/hive-compare.ts";
import { hiveScript } from "../../core/formats/hive-script.ts";
import { decodeValue } from "../../core/formats/hive.ts";
import { change, corpusHive, empty, hiveOf, needs, patched, text, walk } from "./hive-tools.ts";

const bytes = (length: number) => ({ type: "REG_BINARY", data: "a5".repeat(length) }) as const;

function decoded(hive: Uint8Array, key: string): unknown {
  const found = hiveOf(hive).key(key);
  return found && Object.fromEntries(found.values().map((value) => [value.name, decodeValue(value).data]));
}

describe("hive scripts", () => {
  before(function () {
    needs(this, "hivexsh");
  });

  it("make keys and their parents, and values of all types", () => {
    const hive = change(empty, [
      { key: "A\\B\\C", name: "text", value: text("Grüße \"%PATH%\" 'x' 日本") },
      { key: "A\\B\\C", name: "", value: text("default") },
      { key: "a\\b\\c", name: "list", value: { type: "REG_MULTI_SZ", data: ["one", "zwölf"] } },
      { key: "A", name: "number", value: { type: "REG_DWORD", data: 0xffffffff } },
      { key: "A", name: "large", value: { type: "REG_QWORD", data: "0xfedcba9876543210" } },
      { key: "A", name: "bytes", value: { type: "REG_BINARY", data: "00010203ff" } },
      { key: "A", name: "none", value: { type: "REG_NONE", data: "" } },
      { key: "", name: "of the root", value: text("") },
    ]);
    assert.deepEqual(decoded(hive, "A\\B\\C"), {
      text: "Grüße \"%PATH%\" 'x' 日本",
      "": "default",
      list: ["one", "zwölf"],
    });
    assert.deepEqual(decoded(hive, "A"), {
      number: 0xffffffff,
      large: "18364758544493064720",
      bytes: "00010203ff",
      none: "",
    });
    assert.deepEqual(decoded(hive, ""), { "of the root": "" });
  });

  const names = [
    "名前,Straße,Größe,é,Ö,_,a_b,aab,abz,Ab^,𝄞,ÿ,Ÿ2,cd,commit,#note,setval 3,a/b,*,{x},-,@@,a@,it's",
    '"q",%s,two  spaces',
  ].flatMap((list) => list.split(","));

  for (const locale of ["C", "C.UTF-8"]) {
    it(`keep unusual names as they are in the locale ${locale}`, () => {
      const env = { ...process.env, LC_ALL: locale };
      const hive = change(
        empty,
        names.flatMap((name) => [
          { key: name, name, value: text(name) },
          { key: `${name}\\${name}`, name: ` ${name} `, value: text("spaces") },
        ]),
        env,
      );
      for (const name of names) {
        assert.deepEqual(decoded(hive, name), { [name]: name });
        assert.deepEqual(decoded(hive, `${name}\\${name}`), { [` ${name} `]: "spaces" });
      }
      const emptied = change(
        hive,
        names.map((name) => ({ key: name.toLowerCase() })),
        env,
      );
      assert.deepEqual(hiveOf(emptied).rootKey.subkeys(), []);
    });
  }

  it("enter keys whose names begin or end with a space, though hivexsh cannot make them", () => {
    const hive = Buffer.from(change(empty, [{ key: "__a__", name: "x", value: text("1") }]));
    hive.write("  a  ", hive.indexOf("__a__"), "latin1");
    const spaced = patched(hive, hiveRepairs(hiveOf(hive), [{ key: "x", values: [] }]));
    const edited = change(spaced, [{ key: "  A  \\below", name: "y", value: text("2") }]);
    assert.deepEqual(decoded(edited, "  a  \\below"), { y: "2" });
    assert.equal(hiveOf(change(edited, [{ key: "  a  " }])).key("  a  "), undefined);
  });

  it("keep the other values of a key, byte for byte and in their order", () => {
    const hive = change(empty, [
      { key: "K", name: "first", value: bytes(4080) },
      { key: "K", name: "Second", value: text("x".repeat(8000)) },
      { key: "K", name: "", value: { type: "REG_EXPAND_SZ", data: "%x%" } },
      { key: "K", name: "名前", value: text("old") },
    ]);
    const edited = change(hive, [
      { key: "k", name: "SECOND", value: { type: "REG_DWORD", data: 2 } },
      { key: "k", name: "名前", value: text("new") },
      { key: "k", name: "added", value: text("3") },
      { key: "k", name: "" },
    ]);
    const values = hiveOf(edited).key("K")!.values();
    assert.deepEqual(
      values.map((value) => value.name),
      ["first", "Second", "名前", "added"],
    );
    assert.equal(Buffer.from(values[0]!.bytes).toString("hex"), "a5".repeat(4080));
  });

  it("hold in their order", () => {
    const hive = change(empty, [
      { key: "K\\old", name: "x", value: text("1") },
      { key: "K", name: "gone", value: text("1") },
    ]);
    const edited = change(hive, [
      { key: "K", name: "early", value: text("lost with the key") },
      { key: "k" },
      { key: "K\\new", name: "n", value: text("1") },
      { key: "K", name: "late", value: text("1") },
      { key: "K", name: "late", value: text("2") },
      { key: "Never", name: "x", value: text("1") },
      { key: "Never" },
      { key: "Nor", name: "x" },
    ]);
    assert.deepEqual(decoded(edited, "K"), { late: "2" });
    assert.deepEqual(decoded(edited, "K\\new"), { n: "1" });
    assert.equal(decoded(edited, "K\\old"), undefined);
    assert.equal(decoded(edited, "Never"), undefined);
    assert.equal(decoded(edited, "Nor"), undefined);
  });

  it("are absent where nothing has to change", () => {
    const hive = change(empty, [{ key: "K", name: "x", value: text("1") }]);
    for (const changes of [
      [],
      [{ key: "k", name: "X", value: text("1") }],
      [{ key: "K", name: "y" }],
      [{ key: "Missing" }, { key: "K\\missing\\more" }],
      [{ key: "K" }, { key: "K", name: "x", value: text("1") }],
    ]) {
      assert.deepEqual(hiveScript(hiveOf(hive), changes), { expected: [] });
    }
  });

  it("are refused where hivexsh could not write what is asked or what is there", () => {
    const limits: HiveChange[][] = [
      [{ key: "K", name: "@", value: text("1") }],
      [{ key: " K", name: "x", value: text("1") }],
      [{ key: "K ", name: "x", value: text("1") }],
      [{ key: "..", name: "x", value: text("1") }],
      [{ key: "K", name: "x", value: bytes(4093) }],
      [{ key: "K", name: "x", value: text("x".repeat(8172)) }],
      [{ key: "K", name: "x".repeat(8200), value: text("1") }],
      Array.from({ length: 1001 }, (_, index) => ({ key: "K", name: `${index}`, value: text("1") })),
    ];
    for (const changes of limits) {
      assert.throws(() => hiveScript(hiveOf(empty), changes), { code: "SERVICING_REGISTRY_LIMIT" });
    }
    for (const name of ["a\nb", "a\0b", "\ud800"]) {
      for (const wrong of [
        { key: "K", name, value: text("1") },
        { key: name, name: "x", value: text("1") },
      ]) {
        assert.throws(() => hiveScript(hiveOf(empty), [wrong]), { code: "SERVICING_REGISTRY_KEY" });
      }
    }
    assert.throws(() => hiveScript(hiveOf(empty), [{ key: "" }]), { code: "SERVICING_REGISTRY_KEY" });
  });

  it("write values up to the length that they allow", () => {
    assert.doesNotThrow(() => change(empty, [{ key: "K", name: "x", value: bytes(4092) }]));
    assert.doesNotThrow(() => change(empty, [{ key: "K", name: "x", value: text("x".repeat(8171)) }]));
    assert.doesNotThrow(() =>
      change(
        empty,
        Array.from({ length: 1000 }, (_, index) => ({ key: "K", name: `${index}`, value: text("1") })),
      ),
    );
  });

  it("change a whole SYSTEM hive and nothing else in it", function () {
    const hive = clean(corpusHive(this, "SYSTEM_WIN_10_1709"));
    const services = "ControlSet001\\Services";
    const all = hiveOf(hive).key(services)!.subkeys();
    const after = change(hive, [
      { key: `${services}\\Größe`, name: "Start", value: { type: "REG_DWORD", data: 4 } },
      { key: `${services}\\aaa`, name: "Start", value: { type: "REG_DWORD", data: 4 } },
      ...all.filter((_, index) => index % 3 === 0).map((key) => ({ key: key.path })),
      {
        key: "controlset001\\control\\lsa",
        name: "LimitBlankPasswordUse",
        value: { type: "REG_DWORD", data: 0 },
      },
      { key: "ControlSet001\\Enum" },
    ]);
    const kept = all.filter((_, index) => index % 3 !== 0).map((key) => key.name);
    const left = hiveOf(after)
      .key(services)!
      .subkeys()
      .map((key) => key.name);
    assert.deepEqual(new Set(left), new Set([...kept, "aaa", "Größe"]));
    assert.throws(
      () =>
        hiveScript(hiveOf(hive), [
          { key: "ControlSet001\\Control\\ProductOptions", name: "x", value: text("1") },
        ]),
      { code: "SERVICING_REGISTRY_LIMIT" },
    );
  });

  for (const name of ["SYSTEM_WIN_10_1709", "BCD", "SAM_DUPENAME", "win10-Amcache.hve"]) {
    it(`add to and delete from the longest list of ${name}`, function () {
      const hive = clean(corpusHive(this, name));
      const longest = [...walk(hiveOf(hive).rootKey)].toSorted(
        (a, b) => b.subkeys().length - a.subkeys().length,
      )[0]!;
      const old = longest.subkeys().map((key) => key.name);
      const added = ["", "a", "M_", "z", "é", "Ö", "名前"].map((each) => `${each}${old[0]!.slice(0, 3)}`);
      const after = change(hive, [
        ...added.map((each) => ({ key: `${longest.path}\\${each}`, name: "x", value: text("1") })),
        ...[old[0], old.at(-1)].map((each) => ({ key: `${longest.path}\\${each}` })),
      ]);
      const left = hiveOf(after).key(longest.path)!.subkeys();
      assert.deepEqual(new Set(left.map((key) => key.name)), new Set([...old.slice(1, -1), ...added]));
    });
  }

  it("do what the same changes do to a plain model", function () {
    this.slow(20_000);
    const name = fc.constantFrom("a", "B", "é", "É", "名", "x y");
    const key = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("\\"));
    const one: fc.Arbitrary<HiveChange> = fc.oneof(
      {
        weight: 5,
        arbitrary: fc
          .tuple(key, name, fc.nat(9))
          .map(([k, n, v]) => ({ key: k, name: n, value: text(`${v}`) })),
      },
      { weight: 2, arbitrary: fc.record({ key, name }, { noNullPrototype: true }) },
      { weight: 1, arbitrary: fc.record({ key }, { noNullPrototype: true }) },
    );
    const many = fc.array(one, { maxLength: 12 });
    fc.assert(
      fc.property(many, many, (first, second) => {
        const hive = change(change(empty, first), second);
        const model = new Map<string, Map<string, string>>();
        for (const each of [...first, ...second]) applyTo(model, each);
        for (const [path, values] of model) {
          const held = hiveOf(hive).key(path)?.values() ?? [];
          const actual = held.map((value) => [value.name.toUpperCase(), decodeValue(value).data]);
          assert.deepEqual(actual.toSorted(), [...values].toSorted(), path);
        }
        assert.equal([...walk(hiveOf(hive).rootKey)].length - 1, model.size);
      }),
      { numRuns: 60 },
    );
  });

  it("give nothing but an error of servicing for any names", () => {
    const hive = hiveOf(empty);
    const any = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(any, fc.option(any, { nil: undefined }), any, (key, name, data) => {
        try {
          hiveScript(hive, [
            { key, name: "x", value: text("1") },
            { key, ...(name !== undefined && { name, value: text(data) }) },
          ]);
        } catch (error) {
          assert.ok(error instanceof ServicingError && error.code.startsWith("SERVICING_REGISTRY_"));
        }
      }),
    );
  });
});

/** The registry as a table of keys in upper case, each with its values. */
function applyTo(model: Map<string, Map<string, string>>, { key, name, value }: HiveChange): void {
  const path = key.toUpperCase();
  if (name === undefined) {
    for (const each of model.keys()) if (each === path || each.startsWith(`${path}\\`)) model.delete(each);
    return;
  }
  if (value === undefined) {
    model.get(path)?.delete(name.toUpperCase());
    return;
  }
  const parts = path.split("\\");
  for (const index of parts.keys()) {
    const parent = parts.slice(0, index + 1).join("\\");
    if (!model.has(parent)) model.set(parent, new Map());
  }
  model.get(path)!.set(name.toUpperCase(), String(value.data));
}

/** The hive as if it had been closed. */
function clean(hive: Buffer): Buffer {
  hive.writeUInt32LE(hive.readUInt32LE(4), 8);
  hive.writeUInt32LE(headerChecksum(hive), 508);
  return hive;
}
