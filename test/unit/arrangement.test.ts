import assert from "node:assert/strict";
import fc from "fast-check";
import { arrange, type Measured, type Placed, type Sequence } from "../../core/arrangement.ts";
import { commute, reachOf } from "../../core/commutation.ts";
import { hashOf } from "../../core/fingerprint.ts";
import type { Operation } from "../../core/operation.ts";

function unit(operation: Operation, more: Partial<Measured> = {}): Measured {
  return {
    phase: "modify",
    image: 1,
    title: operation.type,
    items: [],
    strategy: "offline",
    operation,
    commands: [],
    undo: [],
    digest: hashOf(operation),
    bytes: 0,
    ...more,
  };
}

const write = (to: string, text = ""): Measured => unit({ type: "Write-File", to: `\\${to}`, text });
const names = (units: readonly Placed[]): string =>
  units
    .map(
      ({ operation, cut }) =>
        `${operation?.type === "Write-File" ? operation.to.slice(1) : "?"}${cut ? "|" : ""}`,
    )
    .join(" ");

function sequence(line: string, ...units: readonly Measured[]): Sequence {
  return { line, image: 1, root: "root", kept: true, units };
}

function arranged(...sequences: readonly Sequence[]): readonly string[] {
  const all = arrange(sequences);
  return sequences.map((each) => names(all.get(each)?.units ?? []));
}

const cuts = (of: readonly Measured[]): readonly number[] => {
  const line = sequence("a", ...of);
  const { units = [] } = arrange([line]).get(line) ?? {};
  return units.flatMap(({ cut }, at) => (cut === true ? [at + 1] : []));
};

describe("the order in which lines share what they do", () => {
  it("is for one line the order in which it was asked", () => {
    assert.deepEqual(arranged(sequence("a", write("c"), write("a"), write("b"))), ["c a b"]);
  });

  it("puts first what all have in common, and ends the step where they part", () => {
    const [a, b] = [
      sequence("a", write("own-a"), write("x"), write("y")),
      sequence("b", write("y"), write("own-b"), write("x")),
    ];
    assert.deepEqual(arranged(a, b), ["x y| own-a", "x y| own-b"]);
    const all = arrange([a, b]);
    const ids = [a, b].map((each) => all.get(each)?.units.map(({ fingerprint }) => fingerprint));
    assert.deepEqual(ids[0]?.slice(0, 2), ids[1]?.slice(0, 2));
    assert.notEqual(ids[0]?.[2], ids[1]?.[2]);
    assert.deepEqual(all.get(a)?.shared, { units: 2, bytes: 0, lines: ["b"] });
  });

  it("then what most have in common", () => {
    assert.deepEqual(
      arranged(
        sequence("a", write("1"), write("2"), write("all")),
        sequence("b", write("2"), write("all")),
        sequence("c", write("all"), write("3")),
      ),
      ["all| 2| 1", "all| 2|", "all| 3"],
    );
  });

  it("keeps the order of what depends on each other", () => {
    const copy = unit({ type: "Copy-File", from: "/in", to: "\\dir" });
    const [a] = arranged(sequence("a", write("dir\\x"), copy, write("z")), sequence("b", copy, write("z")));
    assert.equal(a, "z| dir\\x ?");
  });

  it("lets nothing pass a plugin's own code", () => {
    const { operation: _, digest: __, ...rest } = write("");
    const call: Measured = { ...rest, bytes: 0 };
    const [a, b] = [sequence("a", call, write("x")), sequence("b", write("x"))];
    assert.deepEqual(arranged(a, b), ["? x", "x"]);
    assert.deepEqual(
      arrange([a])
        .get(a)
        ?.units.map(({ fingerprint, kept }) => [fingerprint, kept]),
      [
        [undefined, undefined],
        [undefined, undefined],
      ],
    );
  });

  it("puts secrets last, ends the step before them, and keeps nothing that holds them", () => {
    const secret = { ...write("secret"), secrets: "hmac" };
    const [a] = [sequence("a", secret, write("secret\\x"), write("b"))];
    const placed = arrange([a]).get(a)?.units ?? [];
    assert.equal(names(placed), "b| secret secret\\x");
    assert.deepEqual(
      placed.map(({ kept }) => kept === true),
      [true, false, false],
    );
  });

  it("ends a step after 64 inputs, or 256 MiB of them, so that what was added later does not undo all", () => {
    const inputs = Array.from({ length: 130 }, (_, at) => ({ ...write(`${at}`), bytes: 1 }));
    assert.deepEqual(cuts(inputs), [64, 128]);
    assert.deepEqual(cuts(inputs.slice(0, 4).map((each) => ({ ...each, bytes: 200 * 2 ** 20 }))), [2, 4]);
  });

  it("is the same in whatever order lines are named", () => {
    const a = sequence("a", write("1"), write("2"), write("3"));
    const b = sequence("b", write("3"), write("2"), write("1"));
    assert.deepEqual(arranged(a, b), arranged(b, a).toReversed());
  });

  it("shares nothing between different images", () => {
    const [a, b] = [sequence("a", write("x")), { ...sequence("b", write("x")), root: "other" }];
    const all = arrange([a, b]);
    assert.deepEqual(all.get(a)?.shared.lines, []);
    assert.notEqual(all.get(a)?.units[0]?.fingerprint, all.get(b)?.units[0]?.fingerprint);
  });

  it("is a permutation that keeps every pair in order that cannot change places", () => {
    const path = fc.constantFrom("a", "a\\b", "a\\b\\c", "d", "e\\f", "g", "h");
    const registry = fc.record({
      type: fc.constant("Set-Registry" as const),
      key: fc.constantFrom("HKLM\\SOFTWARE\\X", "HKLM\\SOFTWARE\\X\\Y", "HKLM\\SYSTEM\\Z"),
      name: fc.constantFrom("one", "two"),
      value: fc.constant({ type: "REG_SZ", data: "x" } as const),
    });
    const operation: fc.Arbitrary<Operation> = fc.oneof(
      path.map((to): Operation => ({ type: "Write-File", to: `\\${to}`, text: "x" })),
      path.map((each): Operation => ({ type: "Remove-File", path: `\\${each}` })),
      registry,
      fc.constant<Operation>({ type: "Enable-Feature", feature: "x" }),
    );
    const units = fc.array(
      fc
        .tuple(operation, fc.boolean(), fc.nat(5))
        .map(([each, secret, bytes]) =>
          unit({ ...each }, { bytes, ...(secret && bytes === 0 ? { secrets: "s" } : {}) }),
        ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(fc.array(units, { minLength: 1, maxLength: 4 }), (lines) => {
        const sequences = lines.map((each, at) => sequence(`line-${at}`, ...each));
        const all = arrange(sequences);
        for (const each of sequences) {
          const before = each.units.map(({ operation: one }) => one);
          const after = (all.get(each)?.units ?? []).map(({ operation: one }) => one);
          assert.deepEqual(new Set(after), new Set(before));
          assert.equal(after.length, before.length);
          for (const [at, one] of before.entries())
            for (const other of before.slice(at + 1))
              if (!commute(reachOf(one), reachOf(other)))
                assert.ok(
                  after.indexOf(one) < after.indexOf(other),
                  "what depends on each other changed places",
                );
        }
      }),
    );
  });
});

const set = (key: string, name?: string): Operation => ({
  type: "Set-Registry",
  key,
  ...(name === undefined ? {} : { name, value: { type: "REG_SZ", data: "x" } }),
});

const file = (to: string): Operation => ({ type: "Write-File", to, text: "" });

const added = (name: string): Operation => ({
  type: "Add-Driver",
  driver: `/drivers/${name}/${name}.inf`,
  facts: { bootCritical: false, underivable: [] },
});

describe("operations", () => {
  const cases: readonly (readonly [Operation, Operation, boolean, string])[] = [
    [file("\\a"), file("\\b"), true, "different files"],
    [file("\\Dir\\a"), file("\\dir\\A"), false, "one file, in whatever case"],
    [file("\\dir"), file("\\dir\\a"), false, "a folder and what is in it"],
    [file("\\dir"), file("\\dir2"), true, "names that begin alike"],
    [set("HKLM\\SOFTWARE\\X", "a"), set("HKLM\\SOFTWARE\\X", "b"), true, "two values of a key"],
    [set("HKLM\\SOFTWARE\\X", "a"), set("HKLM\\software\\x", "A"), false, "one value"],
    [set("HKLM\\SOFTWARE\\X"), set("HKLM\\SOFTWARE\\X\\Y", "a"), false, "a key that goes and one below it"],
    [set("HKLM\\SOFTWARE\\X"), set("HKLM\\SYSTEM\\X", "a"), true, "two hives"],
    [
      set("HKLM\\SYSTEM\\CurrentControlSet\\X", "a"),
      set("HKLM\\SYSTEM\\ControlSet001\\X", "a"),
      false,
      "a control set by two names",
    ],
    [
      set("HKLM\\SOFTWARE\\X", "a"),
      file("\\Windows\\System32\\config\\SOFTWARE"),
      false,
      "a hive and its file",
    ],
    [set("HKLM\\SOFTWARE\\X", "a"), file("\\Windows\\a.txt"), true, "a hive and another file"],
    [file("\\a"), { type: "Enable-Feature", feature: "x" }, false, "a file and a feature"],
    [added("a"), added("b"), true, "two drivers that were read"],
    [added("a"), { type: "Add-Driver", driver: "/b" }, false, "a driver and a folder of drivers"],
    [
      added("a"),
      { type: "Remove-Driver", driver: "oem0.inf" },
      false,
      "a driver that comes and one that goes",
    ],
    [added("a"), file("\\Data\\a.txt"), true, "a driver and a file elsewhere"],
    [added("a"), file("\\Windows\\System32\\drivers\\a.sys"), false, "a driver and a file of Windows"],
    [added("a"), set("HKLM\\SOFTWARE\\Contoso", "a"), true, "a driver and a key of no driver"],
    [added("a"), set("HKLM\\SYSTEM\\ControlSet001\\Services\\x", "a"), false, "a driver and a service"],
    [added("a"), set("HKLM\\SYSTEM\\DriverDatabase\\X", "a"), false, "a driver and the drivers' database"],
  ];
  for (const [a, b, expected, what] of cases)
    it(`${expected ? "can" : "cannot"} change places: ${what}`, () => {
      assert.equal(commute(reachOf(a), reachOf(b)), expected);
      assert.equal(commute(reachOf(b), reachOf(a)), expected);
    });
});
