import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { dismProject } from "../support/dism-project.ts";
import { needs } from "../support/rig.ts";
import { type StandIn, startStandIn } from "../support/stand-in-dism/stand-in.ts";
import { startWindowsNode, type WindowsNode } from "../support/stand-in-dism/windows-node.ts";
import { startWine } from "../support/wine.ts";

describe("servicing as a process of Windows, under Wine and with the stand-in for DISM", function () {
  let standIn: StandIn;
  let windows: WindowsNode;
  let folder: string;

  before(async function () {
    needs(this, "wimlib-imagex", "cabextract", "gcab", "hivexregedit");
    const wine = startWine(this);
    standIn = await startStandIn((path) => wine.place(path));
    windows = await startWindowsNode(this, wine, standIn);
    // Below the package, so that a config finds it: Wine follows no link of node_modules.
    mkdirSync(resolve("out"), { recursive: true });
    folder = mkdtempSync(resolve("out", "größe mit leer "));
    await dismProject(folder, ["fr-FR"], "auto");
  });

  after(async () => {
    await standIn?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it("plans", async () => {
    const t = performance.now();
    const plan = await windows.servicing(["plan"], { cwd: folder });
    console.log(plan.code, plan.stderr, plan.stdout, performance.now() - t);
    const run = await windows.servicing(["run"], { cwd: folder });
    console.log(run.code, run.stderr, run.stdout, performance.now() - t);
  });
});
