import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { folderOf, servicing } from "../support/command.ts";

/** Of a process that has ended and been waited for. */
function deadPid(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}

const files = (): Record<string, string> => ({
  "servicing.config.ts": `export default { line: "a", image: { file: "a.wim" } };`,
  ".servicing/work/living/pid": `${process.pid}\n`,
  ".servicing/work/dead/pid": `${deadPid()}\n`,
  ".servicing/work/dead/1.wim": "x",
  ".servicing/work/strange/note.txt": "not ours",
  ".servicing/runs/new/run.log": "x",
  ".servicing/runs/old/run.log": "x",
  ".servicing/runs/old-and-living/pid": String(process.pid),
});

const aged = (path: string): void => {
  const then = new Date(Date.now() - 30 * 24 * 60 * 60 * 1000);
  for (const name of ["old", "old-and-living"]) utimesSync(join(path, ".servicing/runs", name), then, then);
};

describe("clean", () => {
  it("lists with --dry-run and removes nothing", () => {
    const folder = folderOf(files());
    aged(folder.path);
    const { code, stdout } = servicing(["clean", "--dry-run"], folder.path);
    const [dead, old] = [join(".servicing", "work", "dead"), join(".servicing", "runs", "old")];
    assert.equal(code, 0);
    assert.equal(stdout, `would remove ${dead}\nwould remove ${old}\n`);
    assert.ok(existsSync(join(folder.path, dead, "1.wim")));
  });

  it("removes what no living process holds, and leaves alone what is not its own", () => {
    const folder = folderOf(files());
    aged(folder.path);
    const { code, stdout } = servicing(["clean", "--json"], folder.path);
    assert.equal(code, 0);
    const value = JSON.parse(stdout) as { removed: boolean; folders: string[] };
    assert.equal(value.removed, true);
    const left = (name: string): boolean => existsSync(join(folder.path, ".servicing", name));
    assert.deepEqual(
      ["work/living", "work/dead", "work/strange", "runs/new", "runs/old", "runs/old-and-living"].map(left),
      [true, false, true, true, false, true],
    );
    assert.equal(servicing(["clean"], folder.path).stdout, "Nothing to remove.\n");
  });

  it("works without a config, in the folder itself", () => {
    const folder = folderOf({ ".servicing/work/dead/pid": String(deadPid()) });
    assert.equal(servicing(["clean"], folder.path).code, 0);
    assert.ok(!existsSync(join(folder.path, ".servicing/work/dead")));
  });
});
