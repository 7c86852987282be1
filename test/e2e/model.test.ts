import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { isServicingError } from "../../core/error.ts";
import { bufferSource } from "../../core/formats/bytes.ts";
import { openHive } from "../../core/formats/hive.ts";
import type { Line } from "../../core/line.ts";
import type { Plugin } from "../../core/plugin.ts";
import { anyStep, hives, placeSources, type Step } from "../support/any-operation.ts";
import { hiveLines, hiveModel, type KeyModel } from "../support/hive-model.ts";
import { applyToImage, copyOf, type ImageModel, imageModel, names, settle } from "../support/image-model.ts";
import { richImage } from "../support/rich-image.ts";
import { filesBelow, needs, rig, run, sha256, wimlib } from "../support/rig.ts";
import { type Listed, listing, times } from "../support/wim-listing.ts";

const seed = Number(process.env["SERVICING_MODEL_SEED"] || 20_241_001);
const numRuns = Number(process.env["SERVICING_MODEL_RUNS"] || 30);

/** Those that the model says can be done, in their order; one that cannot is kept where it may fail, and is the last. */
function lineOf(
  wishes: readonly { readonly step: Step; readonly mayFail: boolean }[],
  start: ImageModel,
): { readonly steps: readonly Step[]; readonly model: ImageModel; readonly code?: string } {
  let model = start;
  const steps: Step[] = [];
  for (const { step, mayFail } of wishes) {
    const next = copyOf(model);
    const code = applyToImage(next, step.action);
    if (code !== undefined && !mayFail) continue;
    steps.push(step);
    if (code !== undefined) return { steps, model, code };
    model = next;
  }
  settle(model);
  return { steps, model };
}

function plugin(steps: readonly Step[]): Plugin {
  return {
    name: "any",
    apply: ({ hooks }) =>
      hooks.modify.tap("any", (modify) => {
        for (const { operation } of steps)
          if (operation === undefined) modify.call("pause", async () => undefined);
          else modify.add(operation);
      }),
  };
}

function isFolder({ attributes }: Listed): boolean {
  return (attributes & 0x10) > 0;
}

function hivesOf(file: string, listed: ReadonlyMap<string, Listed>): Map<string, KeyModel> {
  const files = new Set(upper([...listed].flatMap(([path, entry]) => (isFolder(entry) ? [] : [path]))));
  return new Map(
    Object.values(hives).flatMap((path): (readonly [string, KeyModel])[] => {
      if (!files.has(path.toUpperCase())) return [];
      const args = ["extract", file, "1", path, "--to-stdout"];
      const env = { ...process.env, WIMLIB_IMAGEX_IGNORE_CASE: "1" };
      const bytes = execFileSync("wimlib-imagex", args, { env, stdio: ["ignore", "pipe", "ignore"] });
      const hive = bytes.toString("latin1", 0, 4) === "regf";
      return hive ? [[path.toUpperCase(), hiveModel(openHive(bufferSource(bytes), path).rootKey)]] : [];
    }),
  );
}

function upper(paths: Iterable<string>): readonly string[] {
  return [...paths].map((path) => path.toUpperCase()).toSorted();
}

async function equals(line: Line, model: ImageModel, start: Image): Promise<void> {
  const after = await listing(line.output.file, 1);
  const stamps = await times(line.output.file, 1);
  assert.deepEqual(upper(after.keys()), upper(model.nodes.keys()));
  const results = hivesOf(line.output.file, after);
  assert.deepEqual([...results.keys()].toSorted(), [...model.hives.keys()].toSorted());
  for (const [path, hive] of model.hives)
    assert.deepEqual(hiveLines(results.get(path) as KeyModel), hiveLines(hive), path);

  const groups = new Map<string, string>();
  const byPath = new Map([...after].map(([path, entry]) => [path.toUpperCase(), { path, entry }]));
  for (const [id, node] of model.nodes) {
    const { path, entry } = byPath.get(id) as { path: string; entry: Listed };
    const { held, hash } = node;
    if (held === undefined) {
      assert.equal(isFolder(entry), node.kind === "folder", path);
      assert.deepEqual([entry.links, entry.shortName, entry.streams], [1, "", []], path);
      assert.deepEqual(entry.hashes, [hash ?? "0".repeat(40)], path);
      assert.ok(
        node.descriptors?.includes(entry.security),
        `${path} has ${entry.security || "no"} descriptor`,
      );
      continue;
    }
    assert.equal(path, node.path);
    const links = names(model.nodes, node).length;
    const content = model.hives.has(id) ? (entry.hashes[0] as string) : (hash ?? (held.hashes[0] as string));
    const expected = { ...held, links, hashes: [content, ...held.hashes.slice(1)], group: "" };
    assert.deepEqual({ ...entry, group: "" }, expected, path);
    const [before, now] = [start.stamps.get(path) ?? [], stamps.get(path) ?? []];
    const replaced = hash !== undefined || entry.hashes[0] !== held.hashes[0];
    if (replaced) assert.deepEqual([before[0], before[2]], [now[0], now[2]], path);
    else assert.deepEqual(now, before, path);
    if (links > 1) {
      assert.equal(groups.get(held.group) ?? entry.group, entry.group, `the links of ${path}`);
      groups.set(held.group, entry.group);
    }
  }
  assert.equal(new Set(groups.values()).size, groups.size, "different files are no links");
  assert.deepEqual(await listing(line.output.file, 2), start.second);
  wimlib("verify", line.output.file);
  assert.deepEqual(filesBelow(join(line.folder, "out")), ["test.wim"]);
}

interface Image {
  readonly file: string;
  readonly digest: string;
  readonly model: ImageModel;
  readonly stamps: ReadonlyMap<string, readonly string[]>;
  readonly second: ReadonlyMap<string, Listed>;
}

describe("any changes of an image", () => {
  let folder: string;
  let start: Image;

  before(async function () {
    needs(this, "wimlib-imagex", "hivexsh");
    folder = mkdtempSync(join(tmpdir(), "servicing-model-"));
    placeSources(join(folder, "host"));
    const file = await richImage(folder);
    const listed = await listing(file, 1);
    start = {
      file,
      digest: sha256(file),
      model: imageModel(listed, hivesOf(file, listed)),
      stamps: await times(file, 1),
      second: await listing(file, 2),
    };
  });

  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  it(`make of it what a plain map of it becomes, or nothing at all (seed ${seed})`, async function () {
    this.timeout(numRuns * 8_000);
    const step = anyStep(
      [...start.model.nodes.values()].map(({ path }) => path),
      join(folder, "host"),
    );
    const wish = fc.record({ step, mayFail: fc.integer({ min: 1, max: 10 }).map((each) => each === 1) });
    await fc.assert(
      fc.asyncProperty(fc.array(wish, { minLength: 6, maxLength: 20, size: "max" }), async (wishes) => {
        const { steps, model, code } = lineOf(wishes, start.model);
        const here = rig();
        const line = here.line({ image: { file: start.file, index: 1 }, plugins: [plugin(steps)] });
        const shown = steps.map(({ operation }) => JSON.stringify(operation ?? "pause")).join("\n");
        try {
          const report = await run(line);
          assert.deepEqual(
            [report.error?.code, report.ok],
            [code, code === undefined],
            `${report.error?.message}`,
          );
          if (code === undefined) await equals(line, model, start);
          else assert.deepEqual(filesBelow(here.path("out")), []);
          assert.deepEqual(filesBelow(line.work), []);
          assert.equal(sha256(start.file), start.digest);
        } catch (error) {
          if (isServicingError(error)) assert.equal(error.code, code, `${shown}\n${error.message}`);
          else throw new Error(shown, { cause: error });
        }
      }),
      { seed, numRuns, endOnFailure: true },
    );
  });
});
