import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { emptyHive } from "../../templates/sample/empty-hive.ts";
import { generatedTree } from "../support/generated-tree.ts";
import { writeWim } from "../../templates/sample/wim-writer.ts";
import { folderOf, storeIn } from "../support/command.ts";
import { peakHook } from "../support/peak.ts";
import { needs, wimlib } from "../support/rig.ts";

const bin = join(resolve(import.meta.dirname, "../.."), "core/bin.js");
/** Of the whole process: Node, servicing and its libraries. */
const limit = 200;

describe("the memory of a run", () => {
  before(function () {
    needs(this, "wimlib-imagex", "hivexsh", "hivexget");
  });

  it(`stays below ${limit} MB with 100,000 files, all of whose metadata is walked for a hard link`, async () => {
    const folder = project(String.raw`
      files({
        copy: [{ from: "new.txt", to: "\\Windows\\folder-0\\linked.dll" }, { from: "payload", to: "\\Windows\\Payload" }],
        remove: ["\\Windows\\folder-9"],
      })`);
    await writeWim(join(folder, "install.wim"), {
      images: [{ name: "Large", time: new Date(0), tree: generatedTree(100_000, 4, [linked]) }],
    });
    below(limit, peak(folder));
    const text = (path: string): string =>
      wimlib("extract", join(folder, "out/large.wim"), "1", path, "--to-stdout");
    assert.equal(text("/Windows/folder-0/linked.dll"), "new\n");
    assert.equal(text("/Windows/folder-399/linked.dll"), "new\n");
    assert.equal(text("/Windows/Payload/a.txt"), "a\n");
  });

  it(`stays below ${limit} MB with a hive of 60 MB, which is compared key by key`, async () => {
    const folder = project(String.raw`
      settings({ registry: { "HKLM\\SOFTWARE\\Contoso": { Line: "large" }, "HKLM\\SOFTWARE\\Group7\\New": { Count: 1 } } })`);
    const hive = join(folder, "tree/Windows/System32/config/SOFTWARE");
    mkdirSync(join(hive, ".."), { recursive: true });
    writeHive(hive, 2_000, 40);
    assert.ok(statSync(hive).size > 60_000_000);
    wimlib("capture", join(folder, "tree"), join(folder, "install.wim"), "Large", "--compress=none");
    below(limit, peak(folder));
    const path = "/Windows/System32/config/SOFTWARE";
    wimlib("extract", join(folder, "out/large.wim"), "1", path, `--dest-dir=${folder}`, "--no-acls");
    const value = execFileSync("hivexget", [join(folder, "SOFTWARE"), "\\Contoso", "Line"], {
      encoding: "utf8",
    });
    assert.equal(value, "large\n");
  });
});

const linked = { name: "linked.dll", link: "everywhere", data: Buffer.from("linked") };

function below(most: number, measured: number): void {
  console.log(`      peak: ${Math.round(measured)} MB`);
  assert.ok(measured < most, `${measured} MB`);
}

function project(plugin: string): string {
  return folderOf({
    "servicing.config.ts": `
      import { defineConfig, files, settings } from "servicing";
      export default defineConfig({ line: "large", image: { file: "install.wim" }, plugins: [${plugin}] });`,
    "new.txt": "new\n",
    "payload/a.txt": "a\n",
  }).path;
}

/** Most memory that a run held at any time, in megabytes. */
function peak(folder: string): number {
  const file = join(folder, "peak.txt");
  const args = ["--conditions=@servicing/source", "--import", peakHook(file), bin, "run"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, SERVICING_STORE: storeIn(folder) },
  });
  assert.equal(status, 0, stdout + stderr);
  return Number(readFileSync(file, "utf8")) / 1_000_000;
}

function writeHive(file: string, groups: number, keys: number): void {
  const lines: string[] = [];
  for (let group = 0; group < groups; group += 1) {
    lines.push("cd \\", `add Group${group}`, `cd Group${group}`);
    for (let key = 0; key < keys; key += 1)
      lines.push(
        `add {0000-${group}-${key}}`,
        `cd {0000-${group}-${key}}`,
        "setval 3",
        "@",
        `string:description of key ${key} in group ${group}`,
        "InprocServer32",
        String.raw`expandstring:%SystemRoot%\System32\component-${group}-${key}.dll`,
        "Count",
        `dword:${key}`,
        "cd ..",
      );
  }
  writeFileSync(file, emptyHive("SOFTWARE", new Date(0)));
  execFileSync("hivexsh", ["-w", file], { input: `${lines.join("\n")}\ncommit\n` });
}
