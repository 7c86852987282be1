import assert from "node:assert/strict";
import { existsSync, mkdirSync, readlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { inScratch, sweepScratch } from "../../core/scratch-folder.ts";
import { folderOf } from "../support/command.ts";

function there(name: string): boolean {
  return existsSync(join(process.env["TMPDIR"] ?? "", name, "file"));
}

describe("a scratch folder", () => {
  let before: string | undefined;

  beforeEach(function () {
    if (process.platform === "win32") this.skip();
    before = process.env["TMPDIR"];
    process.env["TMPDIR"] = folderOf().path;
  });

  afterEach(() => {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  });

  it("is gone after its use, a failed one as well", async () => {
    const used: string[] = [];
    await inScratch(async (folder) => void used.push(folder));
    const failing = inScratch(async (folder) => {
      used.push(folder);
      writeFileSync(join(folder, "file"), "");
      throw new Error("use");
    });
    await assert.rejects(failing, /use/);
    assert.deepEqual(used.map(existsSync), [false, false]);
  });

  it("is removed by the next process where its own was killed, and nothing else is", async () => {
    const mine = await inScratch(async (folder) => basename(folder));
    const [, space, pid] = /^servicing-(\d+)-(\d+)-\w{6}$/.exec(mine) ?? [];
    assert.equal(pid, String(process.pid));
    if (process.platform === "linux") assert.equal(readlinkSync("/proc/self/ns/pid"), `pid:[${space}]`);
    // No process has this number: Linux ends at 2 ** 22.
    const left = `servicing-${space}-4194999-abcdef`;
    const others = [
      `servicing-${space}-${pid}-abcdef`,
      "servicing-1-4194999-abcdef",
      `servicing-${space}-4194999-abcdef-of-others`,
      "servicing-rig-abcdef",
    ];
    for (const name of [left, ...others]) {
      mkdirSync(join(process.env["TMPDIR"] ?? "", name));
      writeFileSync(join(process.env["TMPDIR"] ?? "", name, "file"), "");
    }
    await sweepScratch();
    assert.ok(!there(left));
    assert.deepEqual(others.map(there), [true, true, true, true]);
  });
});
