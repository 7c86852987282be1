import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { isServicingError } from "../../core/error.ts";
import { bufferSource } from "../../core/formats/bytes.ts";
import type { HiveChange } from "../../core/formats/hive-change.ts";
import { openHive } from "../../core/formats/hive.ts";
import type { Line } from "../../core/line.ts";
import type { Operation } from "../../core/operation.ts";
import type { Plugin } from "../../core/plugin.ts";
import { hiveLines, hiveModel, type KeyModel } from "../support/hive-model.ts";
import {
  type Action,
  applyToImage,
  copyOf,
  type ImageModel,
  imageModel,
  names,
  settle,
  type Source,
} from "../support/image-model.ts";
import { richImage, shared } from "../support/rich-image.ts";
import { filesBelow, needs, rig, run, sha256, wimlib } from "../support/rig.ts";
import { type Listed, listing, times } from "../support/wim-listing.ts";

const seed = Number(process.env["SERVICING_MODEL_SEED"] || 20_241_001);
const numRuns = Number(process.env["SERVICING_MODEL_RUNS"] || 50);

const hives = { SOFTWARE: "/Windows/System32/config/SOFTWARE", SYSTEM: "/Windows/System32/config/system" };
const user = "/Users/Default/NTUSER.DAT";

const sources: Readonly<Record<string, Source>> = {
  "one.txt": "one\n",
  "two.txt": "two\n",
  "it's #1 [x] %y% ä.txt": "quoted\n",
  "empty.txt": "",
  "shared.txt": shared,
  folder: { "a.txt": "a", "it's.txt": "", sub: { "größe.txt": "g", "b.txt": shared }, empty: {} },
  "of windows": {
    "WIN.INI": "[new]\n",
    system32: { "empty.txt": "filled", "GRÖßE ä.txt": "g", DRIVERS: { etc: { hosts: "" } } },
    winsxs: { AMD64_X: { "explorer.exe": "newer\n" } },
  },
  "with a hive": { CONFIG: { software: "no hive" } },
  "file over folder": { System32: "a file" },
  "folder over file": { "win.ini": { x: "" } },
  nothing: {},
};

/** Where most can go wrong: names of one file, streams, links, hives, and what may be new. */
const difficult = `
  /Windows/explorer.exe, /Windows/WinSxS/amd64_x/explorer.exe, /Windows/WinSxS/amd64_y, /Windows/WinSxS/amd64_y/hosts
  /Windows/System32/drivers/etc/hosts, /Users/Public/notes.txt, /Users/Public/empty with a stream.txt
  /Users/All Users/a.txt, /Windows/Link.txt, /Windows, /Windows/System32, ${hives.SOFTWARE}
  /New, /New/sub, /New/sub/a.txt`
  .split(/[,\n]/)
  .map((path) => path.trim())
  .filter((path) => path !== "");

const cases = fc.constantFrom(
  (path: string) => path,
  (path: string) => path.toUpperCase().replaceAll("SS", "ß"),
  (path: string) => path.toLowerCase(),
);

function anyPath(held: readonly string[]): fc.Arbitrary<string> {
  const known = fc.constantFrom(...held.filter((path) => path !== "/"));
  const added = fc.constantFrom("New", "new file.txt", "sub", "a.txt", "größe.txt", "win.ini", "it's");
  const below = fc.tuple(fc.oneof(known, fc.constant("")), fc.array(added, { minLength: 1, maxLength: 3 }));
  const path = fc.oneof(
    { weight: 3, arbitrary: known },
    { weight: 2, arbitrary: below.map(([base, parts]) => [base, ...parts].join("/")) },
    { weight: 3, arbitrary: fc.constantFrom(...difficult) },
  );
  return fc.tuple(path, cases).map(([each, inCase]) => inCase(each));
}

interface Step {
  /** Absent where one update ends and the next begins. */
  readonly operation?: Operation;
  readonly action: Action;
}

function windows(path: string): string {
  return path.replaceAll("/", "\\");
}

function anyStep(held: readonly string[], host: string): fc.Arbitrary<Step> {
  const path = anyPath(held);
  const copy = fc
    .tuple(fc.constantFrom(...Object.entries(sources)), path)
    .map(([[name, source], to]): Step => ({
      operation: { type: "Copy-File", from: join(host, name), to: windows(to) },
      action: { do: "put", to, source },
    }));
  const write = fc.tuple(fc.constantFrom("", "written ä\n", shared), path).map(([text, to]): Step => ({
    operation: { type: "Write-File", to: windows(to), text },
    action: { do: "put", to, source: text },
  }));
  // Without \Windows an image takes no more files for it, which is another test's matter.
  const gone = path.filter((each) => each.toUpperCase() !== "/WINDOWS");
  const remove = fc.tuple(gone, fc.boolean()).map(([each, optional]): Step => ({
    operation: { type: "Remove-File", path: windows(each), ...(optional ? { optional } : {}) },
    action: { do: "remove", path: each, optional },
  }));
  const setting = fc.constantFrom(
    { root: "HKLM\\SOFTWARE\\Contoso", hive: hives.SOFTWARE, key: "Contoso" },
    { root: "HKLM\\SYSTEM\\CurrentControlSet\\Control", hive: hives.SYSTEM, key: "ControlSet001\\Control" },
    { root: "HKCU\\Software", hive: user, key: "Software" },
  );
  const set = fc
    .record({
      setting,
      key: fc.constantFrom("", "\\Deep", "\\NEW\\ünder"),
      what: fc.constantFrom<Omit<HiveChange, "key">>(
        { name: "Held", value: { type: "REG_SZ", data: "changed" } },
        { name: "", value: { type: "REG_MULTI_SZ", data: ["ä", "b"] } },
        { name: "held" },
        { name: "new", value: { type: "REG_DWORD", data: 7 } },
        {},
      ),
    })
    .map(({ setting: { root, hive, key: base }, key, what }): Step => ({
      operation: { type: "Set-Registry", key: `${root}${key}`, ...what },
      action: { do: "set", hive, change: { key: `${base}${key}`, ...what } },
    }));
  return fc.oneof(
    { weight: 5, arbitrary: copy },
    { weight: 2, arbitrary: write },
    { weight: 3, arbitrary: remove },
    { weight: 2, arbitrary: set },
    { weight: 1, arbitrary: fc.constant<Step>({ action: { do: "pause" } }) },
  );
}

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

function place(folder: string, source: Readonly<Record<string, Source>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, each] of Object.entries(source))
    if (typeof each === "string") writeFileSync(join(folder, name), each);
    else place(join(folder, name), each);
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
    place(join(folder, "host"), sources);
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
