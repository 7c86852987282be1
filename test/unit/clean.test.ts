import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beginJournal } from "../../core/journal.ts";
import { tryAcquire } from "../../core/process-lock.ts";
import { folderOf, servicing } from "../support/command.ts";
import { deadOwner } from "../support/dead-owner.ts";

const lock = (): string => JSON.stringify(deadOwner());

const files = (): Record<string, string> => ({
  "servicing.config.ts": `export default { line: "a", image: { file: "a.wim" } };`,
  ".servicing/work/living/note.txt": "of a run that goes on",
  ".servicing/work/dead/lock": lock(),
  ".servicing/work/dead/1.wim": "x",
  ".servicing/work/kept/run.json": "{}",
  ".servicing/work/strange/note.txt": "not ours",
  ".servicing/runs/new/run.log": "x",
  ".servicing/runs/old/run.log": "x",
  ".servicing/runs/old-and-living/run.log": "x",
});

async function aged(path: string): Promise<void> {
  const journal = await beginJournal(join(path, ".servicing/runs/old-and-living/journal.jsonl"), {
    line: "a",
    work: path,
    output: path,
  });
  await journal.close();
  const then = new Date(Date.now() - 30 * 24 * 60 * 60 * 1000);
  for (const name of ["old", "old-and-living"]) utimesSync(join(path, ".servicing/runs", name), then, then);
}

/** A run that was killed after it had begun two steps, the undo of each a real process that leaves a trace. */
async function cutOff(): Promise<string> {
  const { path } = folderOf({ ".servicing/runs/dead-run/plan.json": "{}" });
  const script = `
    import { mkdirSync } from "node:fs";
    import { claim } from "${new URL("../../core/work-folder.ts", import.meta.url)}";
    import { claimOutput } from "${new URL("../../core/output-file.ts", import.meta.url)}";
    import { beginJournal } from "${new URL("../../core/journal.ts", import.meta.url)}";
    const undo = (name) => [{ run: process.execPath, args: ["-e", 'fs.appendFileSync(process.argv[1], process.argv[2])',
      "${path}/trace", name + " "], writes: true, progress: /x/ }];
    const work = await claim("kiosk", "${path}/.servicing/work/kiosk");
    await work.begin("${path}/.servicing/runs/dead-run");
    await claimOutput("${path}/out/kiosk.wim", "kiosk");
    const journal = await beginJournal("${path}/.servicing/runs/dead-run/journal.jsonl",
      { line: "kiosk", work: work.path, output: "${path}/out/kiosk.wim" });
    const mount = { id: "1", phase: "mount", title: "Mount-Image", undo: undo("unmount") };
    await journal.begun(mount);
    await journal.ended(mount, "done");
    await journal.begun({ id: "2", phase: "modify", title: "Add-Driver", undo: undo("remove") });
    process.kill(process.pid, "SIGKILL");`;
  const { signal, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script]);
  assert.equal(signal, "SIGKILL", String(stderr));
  return path;
}

describe("clean", () => {
  it("lists with --dry-run and removes nothing", async () => {
    const folder = folderOf(files());
    await aged(folder.path);
    const { code, stdout } = servicing(["clean", "--dry-run"], folder.path);
    const would = ["work/dead", "work/kept", "work/living", "runs/old"].map(
      (name) => `would remove ${join(".servicing", name)}\n`,
    );
    assert.equal(code, 0);
    assert.equal(stdout, would.filter((row) => !row.includes("living")).join(""));
    assert.ok(existsSync(join(folder.path, ".servicing/work/dead/1.wim")));
  });

  it("removes what no living process holds, and leaves alone what is not its own", async () => {
    const folder = folderOf(files());
    await aged(folder.path);
    const held = await tryAcquire(join(folder.path, ".servicing/work/living/lock"), "runs living");
    assert.ok("release" in held);
    const { code, stdout } = servicing(["clean", "--json"], folder.path);
    assert.equal(code, 0);
    const value = JSON.parse(stdout) as { removed: boolean; folders: string[]; warnings: string[] };
    assert.deepEqual([value.removed, value.warnings], [true, []]);
    const left = (name: string): boolean => existsSync(join(folder.path, ".servicing", name));
    assert.deepEqual(
      [
        "work/living",
        "work/dead",
        "work/kept",
        "work/strange",
        "runs/new",
        "runs/old",
        "runs/old-and-living",
      ].map(left),
      [true, false, false, true, true, false, true],
    );
    assert.equal(servicing(["clean"], folder.path).stdout, "Nothing to remove.\n");
    held.release();
  });

  it("works without a config, in the folder itself", () => {
    const folder = folderOf({ ".servicing/work/dead/lock": lock() });
    assert.equal(servicing(["clean"], folder.path).code, 0);
    assert.ok(!existsSync(join(folder.path, ".servicing/work/dead")));
  });

  it("undoes what a killed run had begun, latest first, before it removes its folder", async function () {
    if (process.platform === "win32") this.skip();
    const path = await cutOff();
    assert.match(servicing(["clean", "--dry-run"], path).stdout, /would remove .*kiosk/);
    assert.ok(existsSync(join(path, "out/.kiosk.wim.lock")));
    const { code, stdout, stderr } = servicing(["clean"], path);
    assert.equal(code, 0);
    assert.match(stdout, /^removed .*kiosk\n$/);
    assert.equal(stderr, "warning: dead-run was cut off during Add-Driver; what it had begun was undone\n");
    assert.equal(readFileSync(join(path, "trace"), "utf8"), "remove unmount ");
    assert.ok(!existsSync(join(path, "out/.kiosk.wim.lock")));
    assert.equal(servicing(["clean"], path).stdout, "Nothing to remove.\n");
  });

  it("undoes nothing while another run writes the same output, and keeps the folder for later", async function () {
    if (process.platform === "win32") this.skip();
    const path = await cutOff();
    const other = await tryAcquire(join(path, "out/.kiosk.wim.lock"), "runs another");
    assert.ok("release" in other);
    const { stdout, stderr } = servicing(["clean"], path);
    assert.equal(stdout, "Nothing to remove.\n");
    assert.match(stderr, /^warning: .*kiosk\.wim is being written by process \d+, which runs another → /);
    assert.ok(!existsSync(join(path, "trace")) && existsSync(join(path, ".servicing/work/kiosk/run.json")));
    other.release();
    servicing(["clean"], path);
    assert.equal(readFileSync(join(path, "trace"), "utf8"), "remove unmount ");
  });

  it("carries out nothing from a journal of another host", async function () {
    if (process.platform === "win32") this.skip();
    const path = await cutOff();
    const file = join(path, ".servicing/runs/dead-run/journal.jsonl");
    writeFileSync(file, readFileSync(file, "utf8").replace(/"host":"[^"]*"/, `"host":"another.example"`));
    assert.match(servicing(["clean"], path).stderr, /is another user's or another host's/);
    assert.ok(!existsSync(join(path, "trace")));
  });
});
