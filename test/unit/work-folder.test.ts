import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { outputLockOf, refuseSharedOutputs } from "../../core/output-file.ts";
import { makeRunFolder } from "../../core/run-folder.ts";
import { claim, isHeld } from "../../core/work-folder.ts";
import { deadOwner } from "../support/dead-owner.ts";
import { filesBelow, rig } from "../support/rig.ts";

const line = (name: string, file: string) => ({ line: name, output: { file } });

describe("a work folder", () => {
  it("has one owner, and is gone when it is given back", async () => {
    const path = rig().path("work/kiosk");
    const work = await claim("kiosk", path);
    await assert.rejects(claim("kiosk", path), {
      code: "SERVICING_LINE_BUSY",
      message: `kiosk is being run by process ${process.pid}, which owns ${path}`,
    });
    await work.begin("/runs/1");
    writeFileSync(join(path, "scratch"), "x");
    await work.remove();
    assert.ok(!existsSync(path) && !isHeld(path));
  });

  it("of a dead run is kept until the new one begins, and is then empty", async () => {
    const here = rig();
    here.write({ "work/kiosk/lock": JSON.stringify(deadOwner()), "work/kiosk/image-1/branch.wim": "x" });
    const work = await claim("kiosk", here.path("work/kiosk"));
    assert.ok(existsSync(here.path("work/kiosk/image-1/branch.wim")));
    await work.begin("/runs/2");
    assert.deepEqual(filesBelow(here.path("work/kiosk")), ["lock", "run.json"]);
    await work.remove();
  });

  it("that holds what no run has put there is refused, and stays", async () => {
    const here = rig();
    here.write({ "src/main.ts": "the user's own" });
    await assert.rejects(claim("src", here.path("src")), { code: "SERVICING_WORK_NOT_OURS" });
    assert.deepEqual(filesBelow(here.folder), ["src", "src/main.ts"]);
  });

  it("is never emptied through a link", async () => {
    const here = rig();
    here.write({ "precious/file": "x", "work/kiosk/lock": JSON.stringify(deadOwner()) });
    symlinkSync(here.path("precious"), here.path("work/kiosk/link"), "junction");
    const work = await claim("kiosk", here.path("work/kiosk"));
    await work.begin("");
    await work.remove();
    assert.deepEqual(filesBelow(here.path("precious")), ["file"]);
  });

  it("is taken and given back by many in turn, without one harming another", async () => {
    const path = rig().path("work/kiosk");
    let inside = 0;
    let turns = 0;
    const one = async (): Promise<void> => {
      for (let left = 10; left > 0; left -= 1) {
        const work = await claim("kiosk", path).catch((error: { readonly code?: string }) => {
          assert.equal(error.code, "SERVICING_LINE_BUSY");
        });
        if (work !== undefined) {
          assert.equal(++inside, 1);
          await work.begin("");
          assert.deepEqual(readdirSync(path).sort(), ["lock", "run.json"]);
          inside -= 1;
          turns += 1;
          await work.remove();
        }
        await new Promise((later) => setTimeout(later, 5));
      }
    };
    await Promise.all([one(), one(), one(), one()]);
    assert.ok(turns > 0);
    assert.ok(!existsSync(path));
  });
});

describe("a run folder", () => {
  it("is one run's alone, though the clock says the same", async () => {
    const now = new Date(0);
    const runs = rig().path("runs");
    const made = await Promise.all(Array.from({ length: 4 }, () => makeRunFolder(runs, "kiosk", now)));
    assert.deepEqual(readdirSync(runs).sort(), [
      "1970-01-01T00-00-00-000Z-kiosk",
      "1970-01-01T00-00-00-000Z-kiosk-2",
      "1970-01-01T00-00-00-000Z-kiosk-3",
      "1970-01-01T00-00-00-000Z-kiosk-4",
    ]);
    assert.equal(new Set(made).size, 4);
  });
});

describe("an output", () => {
  it("has its lock beside it", () => {
    assert.equal(outputLockOf(join("out", "kiosk.wim")), join("out", ".kiosk.wim.lock"));
  });

  it("of two lines is refused, by what the paths lead to", () => {
    const here = rig();
    mkdirSync(here.path("out"));
    symlinkSync(here.path("out"), here.path("link"), "junction");
    const lines = [
      line("a", here.path("out/new/r.wim")),
      line("b", here.path("out/r.wim")),
      line("c", here.path("link/new/r.wim")),
      line("d", here.path("link/r.esd")),
    ];
    assert.throws(() => refuseSharedOutputs(lines), {
      code: "SERVICING_OUTPUT_SHARED",
      message: `a, c write the same file, ${here.path("out/new/r.wim")}`,
    });
    refuseSharedOutputs(lines.filter(({ line: name }) => name !== "c"));
  });
});
