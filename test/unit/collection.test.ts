import assert from "node:assert/strict";
import { collectionFates } from "../../core/collection-fate.ts";
import { type Member, planCollection } from "../../core/collection-plan.ts";
import { explain } from "../../core/explain.ts";
import type { Collection, Line } from "../../core/line.ts";
import type { Plan } from "../../core/step.ts";
import { image } from "../support/operations.ts";
import { kioskPlan } from "../support/plan.ts";

interface Given {
  readonly engine?: string;
  readonly kind?: "wim" | "delta";
  readonly all?: boolean;
  readonly targets?: readonly number[];
  readonly names?: readonly string[];
  readonly sha256?: string;
  readonly integrity?: boolean;
}

function member(name: string, given: Given = {}): Member {
  const { engine = "wimlib", kind = "wim", names = ["One"], targets = [1], integrity = false } = given;
  const file = `/out/${name}.wim`;
  const images = names.map((each, at) => ({ ...image, file: "/s.wim", index: at + 1, name: each }));
  const source = { file: "/s.wim", images };
  return {
    line: {
      line: name,
      output: { kind, file, compress: "keep", images: given.all === true ? "all" : "targets" },
    } as Line,
    plan: {
      ...kioskPlan,
      line: name,
      engine,
      source,
      targets,
      output: { kind, file, compress: "keep" },
    },
    source: { compression: "XPRESS", integrity },
    sha256: given.sha256,
  };
}

function planned(members: readonly Member[], given: Partial<Collection["output"]> = {}): Plan {
  const collection: Collection = {
    name: "product",
    lines: members.map(({ line }) => line),
    output: { file: "/out/product.wim", compress: "keep", verify: false, ...given },
    work: "/work",
    runs: "/runs",
    records: "/records",
  };
  return planCollection(collection, members, "1.0.0");
}

const args = (plan: Plan): readonly (readonly string[])[] =>
  plan.steps.flatMap(({ commands }) =>
    commands.flatMap((command) => ("act" in command ? [] : [command.args])),
  );

function namesOf(given: readonly string[]): readonly string[] {
  const targets = given.map((_, at) => at + 1);
  return planned([member("x", { names: given, targets })]).source.images.map(({ name }) => name);
}

describe("a collection", () => {
  it("exports each image that lines service by a name of its own, then names and publishes them", () => {
    const two = { names: ["Home", "", "Pro"], targets: [1, 3] };
    const plan = planned([member("office", { kind: "delta" }), member("kiosk", { ...two, all: true })]);
    const unfinished = "/out/product.unfinished.wim";
    const rest = [unfinished, "--compress=XPRESS", "--"];
    assert.deepEqual(args(plan), [
      ["export", "/out/office.wim", "1", unfinished, "--ref=/s.wim", "--compress=XPRESS", "--", "office"],
      ["export", "/out/kiosk.wim", "1", ...rest, "kiosk Home"],
      ["export", "/out/kiosk.wim", "3", ...rest, "kiosk Pro"],
    ]);
    const drop = { act: "delete", path: unfinished, optional: true };
    assert.deepEqual(plan.steps[0]?.commands[0], drop);
    for (const { undo } of plan.steps) assert.deepEqual(undo, [drop]);
    assert.deepEqual(plan.steps.at(-1)?.commands, [
      { act: "title", file: unfinished, names: ["office", "kiosk Home", "kiosk Pro"] },
      {
        act: "publish",
        file: unfinished,
        images: [
          { file: "/out/office.wim", index: 1, name: "office" },
          { file: "/out/kiosk.wim", index: 1, name: "kiosk Home" },
          { file: "/out/kiosk.wim", index: 3, name: "kiosk Pro" },
        ],
        to: "/out/product.wim",
        byWindows: false,
      },
    ]);
    assert.deepEqual(args(planned([member("a", { ...two })]))[1]?.slice(1, 3), ["/out/a.wim", "2"]);
    assert.match(
      explain(plan),
      /kiosk\.wim:3 \(kiosk Pro\)[\S\s]*the images of all lines, compression of the first line's/,
    );
  });

  it("gives no two images one name, and none an empty one", () => {
    assert.deepEqual(namesOf([""]), ["x"]);
    assert.deepEqual(namesOf(["Pro", "Pro"]), ["x Pro 1", "x Pro 2"]);
    assert.deepEqual(namesOf(["Pro", "PRO"]), ["x Pro 1", "x PRO 2"]);
    assert.deepEqual(namesOf(["", "2"]), ["x 1", "x 2 2"]);
    assert.deepEqual(namesOf(["a\u0007\nb", "c"]), ["x a b", "x c"]);
  });

  it("is compressed as wanted, with an integrity table where a source has one, and verified", () => {
    const plan = planned([member("a"), member("b", { integrity: true })], {
      compress: "recovery",
      verify: true,
    });
    assert.deepEqual(args(plan)[0]?.slice(4), ["--solid", "--compress=LZMS", "--check", "--", "a"]);
    assert.deepEqual(args(plan).at(-1), ["verify", "/out/product.unfinished.wim"]);
  });

  it("is made by DISM where all lines are, and never of deltas", () => {
    const plan = planned([member("a", { engine: "dism" })], { verify: true });
    const [exported] = args(plan);
    assert.ok(exported?.includes("/DestinationName:a") && exported.includes("/Compress:fast"));
    assert.match(plan.warnings[0] ?? "", /output\.verify/);
    assert.equal(planned([member("a", { engine: "dism" }), member("b")]).engine, "wimlib");
    assert.throws(() => planned([member("a", { engine: "dism", kind: "delta" })]), {
      code: "SERVICING_OUTPUT_FORMAT",
    });
  });

  it("has a fingerprint of its results and of how it is made, once they are there", () => {
    const of = (sha256: string, given: Partial<Collection["output"]> = {}): string | undefined =>
      planned([member("a", { sha256 }), member("b", { sha256: "b" })], given).fingerprint;
    assert.equal(of("1"), of("1"));
    assert.equal(new Set([of("1"), of("2"), of("1", { compress: "max" })]).size, 3);
    assert.equal(planned([member("a"), member("b", { sha256: "b" })]).fingerprint, undefined);
  });

  it("says why it is made again", () => {
    const members = [member("a", { sha256: "new" }), member("b"), member("c", { sha256: "c" })];
    const plan = planned(members);
    const why = (known: Parameters<typeof collectionFates>[2]): readonly string[] =>
      collectionFates(plan, members, known)[0]?.because ?? [];
    assert.deepEqual(why({}), ["it was not made here yet"]);
    const record = { fingerprint: "x", finished: "then", lines: { a: "old", b: "b", d: "d" } };
    assert.deepEqual(why({ record, missed: "/out/product.wim" }), [
      "the result of a changed: old → new",
      "b runs before it",
      "c is new in it",
      "d is no longer in it",
      "/out/product.wim is not what the last run made",
    ]);
    const there = [member("a", { sha256: "a" })];
    const known = planned(there);
    const same = { fingerprint: known.fingerprint as string, finished: "then", lines: { a: "a" } };
    assert.ok(collectionFates(known, there, { record: same }).every(({ runs }) => !runs));
    assert.deepEqual(collectionFates(known, there, { record: { ...same, fingerprint: "y" } })[0]?.because, [
      "how it is made changed",
    ]);
  });
});
