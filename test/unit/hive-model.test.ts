import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { HiveChange } from "../../core/formats/hive-change.ts";
import { indexRepairs } from "../../core/formats/hive-index.ts";
import type { RegistryValue } from "../../core/formats/registry-value.ts";
import { applyToHive, hiveLines, hiveModel, hiveNames } from "../support/hive-model.ts";
import { change, empty, hiveOf, needs, text, walk } from "./hive-tools.ts";

const seed = Number(process.env["SERVICING_MODEL_SEED"] || 20_240_506);
const numRuns = Number(process.env["SERVICING_MODEL_RUNS"] || 15);

/** More than one list holds the subkeys of a key that has more than some hundred. */
const many = 1_200;
const numbered = Array.from({ length: many }, (_, at) => `Key ${(at * 7_919) % 10_007}`);
const named = ["Software", "Ö", "ö€", "名前", "a_b", "aab", "AAZ", "x".repeat(200), "#1", "Key 7"];

const base: readonly HiveChange[] = [
  ...numbered.slice(0, 700).map((name) => ({ key: `Many\\${name}`, name: "n", value: text(name) })),
  ...named.map((name) => ({ key: `Few\\${name}\\Deep`, name: "", value: text(name) })),
  { key: "Few", name: "Straße", value: { type: "REG_BINARY", data: "" } },
  { key: "Few\\Ö", name: "keep", value: { type: "REG_QWORD", data: "0xffffffffffffffff" } },
];

const anyCase = (names: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(names, fc.constantFrom("as it is", "upper", "lower"))
    .map(([name, way]) =>
      way === "upper"
        ? name.toUpperCase().replaceAll("SS", "ß")
        : way === "lower"
          ? name.toLowerCase()
          : name,
    );
const parent = fc.constantFrom("Many", "Few", "Few\\Ö", "Few\\名前\\Deep", "New", "");
const key = anyCase(
  fc
    .tuple(parent, fc.option(fc.constantFrom(...named.slice(0, 5), ...numbered.slice(0, 4)), { freq: 2 }))
    .map((parts) => parts.filter((part) => part !== null && part !== "").join("\\")),
);
const valueName = anyCase(
  fc.constantFrom("", "n", "keep", "Straße", "ÿ", "日本", "with \"quotes\" and 'more'"),
);
const words = fc.constantFrom("", "x", "Grüße", "%SystemRoot%\\日本", "x".repeat(600));
const value: fc.Arbitrary<RegistryValue> = fc.oneof(
  fc.record({ type: fc.constantFrom("REG_SZ" as const, "REG_EXPAND_SZ" as const), data: words }),
  fc.record({ type: fc.constant("REG_DWORD" as const), data: fc.nat(0xffffffff) }),
  fc.record({ type: fc.constant("REG_QWORD" as const), data: fc.nat() }),
  fc.record({
    type: fc.constantFrom("REG_BINARY" as const, "REG_NONE" as const),
    data: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString("hex")),
  }),
  fc.record({
    type: fc.constant("REG_MULTI_SZ" as const),
    data: fc.array(
      words.filter((word) => word !== ""),
      { maxLength: 3 },
    ),
  }),
);
const single: fc.Arbitrary<HiveChange> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ key, name: valueName, value }) },
  { weight: 1, arbitrary: fc.record({ key, name: valueName }) },
  { weight: 2, arbitrary: fc.record({ key: key.filter((each) => each !== "") }) },
  { weight: 1, arbitrary: fc.record({ key, create: fc.constant(true as const) }) },
);
const bulk: fc.Arbitrary<readonly HiveChange[]> = fc
  .record({
    parent: fc.constantFrom("Many", "New", "Few\\Ö"),
    from: fc.nat(many),
    count: fc.nat(many),
    add: fc.boolean(),
  })
  .map(({ parent: above, from, count, add }) =>
    numbered
      .slice(from, from + count)
      .map((name) => ({ key: `${above}\\${name}`, ...(add ? { name: "", value: text(name) } : {}) })),
  );
const batch = fc.oneof(
  { weight: 3, arbitrary: fc.array(single, { minLength: 1, maxLength: 12, size: "max" }) },
  { weight: 1, arbitrary: bulk },
  {
    weight: 1,
    arbitrary: fc.array(fc.record({ key, name: valueName, value }), {
      minLength: 1,
      maxLength: 12,
      size: "max",
    }),
  },
  { weight: 1, arbitrary: fc.tuple(fc.array(single, { maxLength: 5 }), bulk).map((both) => both.flat()) },
);

describe("any changes of a hive", () => {
  before(function () {
    needs(this, "hivexsh");
  });

  it(`leave what a plain map of it would hold, in lists that Windows can search (seed ${seed})`, function () {
    this.timeout(120_000);
    const start = change(empty, base);
    fc.assert(
      fc.property(fc.array(batch, { minLength: 1, maxLength: 3 }), (batches) => {
        const model = hiveModel(hiveOf(start).rootKey);
        let hive: Uint8Array = start;
        for (const changes of batches) {
          for (const each of changes) applyToHive(model, each);
          const held = hiveNames(hiveModel(hiveOf(hive).rootKey));
          hive = change(hive, changes);
          const { rootKey } = hiveOf(hive);
          assert.deepEqual(hiveLines(hiveModel(rootKey)), hiveLines(model));
          const after = hiveNames(hiveModel(rootKey));
          for (const [id, name] of held) assert.equal(after.get(id) ?? name, name);
          for (const each of walk(rootKey)) {
            assert.deepEqual(indexRepairs(each), [], each.path);
            assert.ok(!each.hasEmptyList(), each.path);
          }
        }
      }),
      { seed, numRuns, endOnFailure: true },
    );
  });
});
