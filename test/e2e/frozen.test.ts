import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderOf, servicing } from "../support/command.ts";
import { needs, wimlib } from "../support/rig.ts";

const config = `
  import { defineConfig, files } from "servicing";
  export default defineConfig({
    line: "kiosk",
    image: { file: "install.wim" },
    plugins: [files({ copy: { "in": "\\\\In" }, write: { "\\\\note.txt": "note" } })],
  });`;

function project(): string {
  const { path } = folderOf({
    "servicing.config.ts": config,
    "tree/Windows/win.ini": "; Windows\r\n",
    "in/a.txt": "one",
    "in/b.txt": "two",
  });
  wimlib("capture", join(path, "tree"), join(path, "install.wim"), "Kiosk");
  return path;
}

describe("a line on the command line, the second time", () => {
  before(function () {
    needs(this, "wimlib-imagex");
  });

  it("is frozen to what servicing.lock.json says, which is for review and says nothing of the machine", () => {
    const cwd = project();
    const unlocked = servicing(["run", "--frozen"], cwd);
    assert.deepEqual([unlocked.code, existsSync(join(cwd, "out"))], [2, false]);
    assert.match(unlocked.stderr, /SERVICING_LOCK_MISSING/);

    const first = servicing(["run"], cwd);
    assert.equal(first.code, 0, first.stdout + first.stderr);
    const lock = readFileSync(join(cwd, "servicing.lock.json"), "utf8");
    assert.ok(!lock.includes(cwd) && lock.includes('"in"'));
    assert.match(servicing(["plan"], cwd).stdout, /lock {4}as servicing\.lock\.json says/);
    assert.equal(servicing(["run", "--frozen"], cwd).code, 0);

    writeFileSync(join(cwd, "in/b.txt"), "three");
    const planned = servicing(["plan"], cwd).stdout;
    assert.match(planned, /lock {4}differs from servicing\.lock\.json:\n {4}in changed: \w{12} → \w{12}/);
    const frozen = servicing(["run", "--frozen", "--json"], cwd);
    assert.equal(frozen.code, 2);
    assert.match(frozen.stdout + frozen.stderr, /SERVICING_LOCK_DIFFERS.*in changed: /s);
    assert.equal(readFileSync(join(cwd, "servicing.lock.json"), "utf8"), lock);
    assert.match(wimlib("extract", join(cwd, "out/kiosk.wim"), "1", "/In/b.txt", "--to-stdout"), /two/);

    assert.equal(servicing(["run"], cwd).code, 0);
    assert.notEqual(readFileSync(join(cwd, "servicing.lock.json"), "utf8"), lock);
    assert.equal(servicing(["run", "--frozen", "--fresh"], cwd).code, 0);
  });

  it("says why each step runs or does not, with the input that changed, old and new", () => {
    const cwd = project();
    assert.match(servicing(["plan", "--why"], cwd).stdout, /step Mount-Image.*\n {6}runs: neither this line/);
    const first = servicing(["run", "--why"], cwd);
    assert.match(first.stdout, /✔ kiosk done in .*\n(?: {2}.*\n)* {2}why {7}Mount-Image .* runs: /);
    const again = servicing(["run", "--why"], cwd);
    assert.match(again.stdout, /✔ kiosk unchanged: nothing to do/);
    assert.match(again.stdout, / is reused: nothing changed since \d{4}-/);
    writeFileSync(join(cwd, "in/a.txt"), "changed");
    const { stdout } = servicing(["plan", "--why"], cwd);
    assert.match(stdout, /step Mount-Image.*\n {6}reused: unchanged: its checkpoint is in the store/);
    assert.match(stdout, /step 2 items in one update\n {6}runs: in\/a\.txt changed: \w{12} → \w{12}\n/);
    assert.match(
      stdout,
      /step Export-Image kiosk\.wim\n {6}runs: follows “2 items in one update”, which runs/,
    );
    rmSync(join(cwd, "out/kiosk.wim"));
    writeFileSync(join(cwd, "in/a.txt"), "one");
    assert.match(
      servicing(["plan", "--why"], cwd).stdout,
      /runs: out\/kiosk\.wim is not what the last run made/,
    );
  });

  it("has its checkpoints removed by age and size, on request", () => {
    const cwd = project();
    assert.equal(servicing(["run"], cwd).code, 0);
    const clean = (...flags: readonly string[]): string =>
      servicing(["clean", "--store", ...flags], cwd).stdout;
    assert.match(clean(), /removed 0 checkpoints \(0 B\); 2 checkpoints \(.*\) left\n$/);
    assert.match(clean("--age", "0", "--dry-run"), /would remove 2 checkpoints/);
    assert.match(clean("--size", "1KB"), /removed 2 checkpoints/);
    const refused = servicing(["clean", "--store", "--size", "many"], cwd);
    assert.deepEqual([refused.code, /--size must be bytes/.test(refused.stderr)], [2, true]);
    rmSync(join(cwd, "out"), { recursive: true });
    const { code, stdout } = servicing(["run"], cwd);
    assert.equal(code, 0);
    assert.match(stdout, /modify .* done in/);
  });
});
