import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { folderOf, servicing } from "../support/command.ts";

const root = resolve(import.meta.dirname, "../..");
const config = `
  import { defineConfig, series } from "servicing";
  const files = {
    name: "files",
    apply({ hooks }) {
      hooks.modify.tap("files", (modify) =>
        modify.add({ type: "Copy-File", from: modify.resolve("add.txt"), to: "\\\\Windows\\\\add.txt" }));
    },
  };
  const registry = {
    name: "registry",
    apply({ hooks }) {
      hooks.modify.tap("registry", (modify) =>
        modify.add({ type: "Set-Registry", key: "HKLM\\\\SOFTWARE\\\\Contoso", name: "a", value: { type: "REG_SZ", data: "b" } }));
    },
  };
  export const good = defineConfig({ image: { file: "install.wim" }, plugins: [files] });
  export const bad = defineConfig({ extends: good, plugins: [registry] });
  export const absent = defineConfig({ image: { file: "no.wim" } });
  export async function publish() { console.error("published"); }
  export const nightly = series(good, publish);
  export const broken = series(bad, publish);
  export default good;`;

/** A project with a WIM of one file, which no Windows ever was in. */
function project(): string {
  const { path } = folderOf({
    "servicing.config.ts": config,
    "add.txt": "added",
    "tree/Windows/here.txt": "here",
  });
  const { status } = spawnSync("wimlib-imagex", [
    "capture",
    join(path, "tree"),
    join(path, "install.wim"),
    "Test",
  ]);
  assert.equal(status, 0);
  return path;
}

describe("the command line on a real image", () => {
  before(function () {
    if (spawnSync("wimlib-imagex", ["--version"]).error === undefined) return;
    console.log("skipped: wimlib-imagex is not installed");
    this.skip();
  });

  it("runs a line, and the result holds what its config asks for", () => {
    const cwd = project();
    const { code, stdout, stderr } = servicing(["run"], cwd);
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.match(stdout, /✔ good done in /);
    const { stdout: listing } = spawnSync("wimlib-imagex", ["dir", join(cwd, "out/good.wim"), "1"], {
      encoding: "utf8",
    });
    assert.match(listing, /^\/Windows\/add\.txt$/m);
    const inspected = servicing(["inspect", "out/good.wim", "--json"], cwd);
    assert.equal((JSON.parse(inspected.stdout) as { images: { name: string }[] }).images[0]?.name, "Test");
  });

  it("goes on in a series only after success", () => {
    const cwd = project();
    const nightly = servicing(["run", "nightly"], cwd);
    assert.deepEqual([nightly.code, nightly.stderr], [0, "published\n"]);
    const broken = servicing(["run", "broken"], cwd);
    assert.deepEqual([broken.code, broken.stderr], [1, ""]);
    assert.match(
      broken.stdout,
      /bad › modify › .*\n {2}asked for by .*registry[\S\s]*SERVICING_HIVE_MISSING/,
    );
    assert.ok(!existsSync(join(cwd, "out/bad.wim")));
  });

  it("plans and dry-runs without writing anything", () => {
    const cwd = project();
    const files = (): readonly string[] => readdirSync(cwd, { recursive: true }).map(String).sort();
    const before = files();
    const plan = servicing(["plan", "good"], cwd);
    assert.equal(plan.code, 0);
    assert.match(plan.stdout, /Copy-File \\Windows\\add\.txt {2}→ offline {2}by files/);
    const [value] = JSON.parse(servicing(["plan", "good", "--json"], cwd).stdout) as { items: unknown[] }[];
    assert.equal(value?.items.length, 1);
    const dry = servicing(["run", "--dry-run"], cwd);
    assert.equal(dry.code, 0);
    assert.match(dry.stdout, /good planned in .*nothing was changed/);
    const events = servicing(["run", "--dry-run", "--json"], cwd).stdout.trimEnd().split("\n");
    const types = events.map((row) => (JSON.parse(row) as { type: string }).type);
    assert.deepEqual(types, ["planned", "reported"]);
    assert.deepEqual(files(), before);
  });

  it("ends with 2 when a line cannot start", () => {
    const { code, stderr } = servicing(["run", "absent"], project());
    assert.equal(code, 2);
    assert.match(stderr, /SERVICING_IMAGE_NOT_FOUND/);
  });

  it("shows the commands and what they print with --verbose alone", () => {
    const cwd = project();
    const command = /^> .*wimlib-imagex export .*\n(?:.*\n)*?Archiving file data: .*100%/m;
    assert.match(servicing(["run", "good", "--verbose"], cwd).stdout, command);
    assert.doesNotMatch(servicing(["run", "good"], cwd).stdout, /wimlib-imagex/);
  });

  it("gives every event of a run as a line of JSON", () => {
    const { stdout } = servicing(["run", "--json"], project());
    const types = stdout
      .trimEnd()
      .split("\n")
      .map((row) => (JSON.parse(row) as { type: string }).type);
    assert.deepEqual([types[0], types[1], types.at(-1)], ["planned", "started", "reported"]);
  });
});

describe("a plugin package made by init", () => {
  it("passes its own test", () => {
    const { path } = folderOf();
    assert.equal(servicing(["init", "--plugin", "kiosk-shell"], path).code, 0);
    const place = join(path, "kiosk-shell");
    mkdirSync(join(place, "node_modules"));
    symlinkSync(root, join(place, "node_modules/servicing"), "junction");
    const mocha = join(root, "node_modules/mocha/bin/mocha.js");
    const { status, stdout } = spawnSync(
      process.execPath,
      [mocha, "--node-option", "conditions=@servicing/source"],
      {
        cwd: place,
        encoding: "utf8",
      },
    );
    assert.equal(status, 0, stdout);
    assert.match(stdout, /1 passing/);
    assert.match(readFileSync(join(place, "README.md"), "utf8"), /kioskShell\(\{ label: "ours" \}\)/);
  });
});
