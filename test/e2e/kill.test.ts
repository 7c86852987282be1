import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { campaign } from "../kill/campaign.ts";
import { canMount } from "../kill/fuse.ts";
import { type KindName, kinds } from "../kill/kinds.ts";
import { needs, sampleFolder } from "../support/rig.ts";

describe("a run that is killed at any moment", () => {
  // `npm run kill` is the long form: hundreds of moments, another seed each time.
  it("loses nothing, and the next comes to what an undisturbed one comes to", async function () {
    this.timeout(300_000);
    if (process.platform !== "linux") {
      process.stderr.write("    skipped: processes and mounts are looked for in /proc\n");
      this.skip();
    }
    needs(this, "wimlib-imagex", "hivexsh", "cabextract", "msiinfo", "mkntfs", "gcab", "wixl");
    const mounting = canMount();
    if (!mounting) process.stderr.write("    without runs that mount: FUSE does not work here\n");
    const folder = mkdtempSync(join(tmpdir(), "servicing-kill-"));
    const names = (Object.keys(kinds) as KindName[]).filter(
      (kind) => kinds[kind].mounts !== true || mounting,
    );
    const trials = await campaign({
      folder,
      sample: await sampleFolder(),
      seed: "suite",
      kinds: names,
      runs: names.length,
      parallel: 2,
    });
    const faulty = trials.filter(({ faults }) => faults.length > 0);
    for (const { kind, story, faults, folder: kept } of faulty)
      assert.fail(`${kind}, kept in ${kept}:\n${[...story, ...faults].join("\n")}`);
    const killed = trials.reduce((sum, { hits }) => sum + hits, 0);
    assert.ok(killed >= trials.length, `of ${trials.length} trials, only ${killed} runs were killed`);
    assert.ok(
      trials.some(({ littered }) => littered),
      "no kill left anything to tidy up",
    );
    rmSync(folder, { recursive: true });
  });
});
