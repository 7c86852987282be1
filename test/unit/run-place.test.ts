import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { explain } from "../../core/explain.ts";
import { readJournal } from "../../core/journal.ts";
import { outputLockOf } from "../../core/output-file.ts";
import type { Plugin } from "../../core/plugin.ts";
import { holder } from "../../core/process-lock.ts";
import { inPlace } from "../../core/run-place.ts";
import { journalName } from "../../core/run-folder.ts";
import { createRunner } from "../../core/runner.ts";
import { planFor } from "../../core/testing.ts";
import { deadOwner } from "../support/dead-owner.ts";
import { rig } from "../support/rig.ts";

const file = (folder: string): string => join(folder, "media", "boot.wim");
const boot = (folder: string): Plugin => ({
  name: "boot",
  apply: ({ hooks }) =>
    hooks.deploy.tap("boot", (deploy) =>
      deploy.add({
        type: "Service-Image",
        file: "/boot.wim",
        index: 2,
        to: file(folder),
        drivers: ["/d/a.inf"],
      }),
    ),
});

describe("the place of a run", () => {
  it("has every file that DISM mounts outside of the work folder to itself, for as long as the run lasts", async () => {
    const { folder } = rig();
    const plan = await planFor(boot(folder), { engine: "dism", folder });
    const mounted = join(folder, "media", "boot.unfinished.wim");
    const held = (): readonly (number | undefined)[] =>
      [plan.output.file, mounted, join(plan.work, "working.wim")].map(
        (each) => holder(outputLockOf(each))?.pid,
      );
    const io = {
      runs: join(folder, "runs"),
      runner: createRunner(),
      warn: (text: string) => assert.fail(text),
    };
    await inPlace(plan, io, async () => {
      assert.deepEqual(held(), [process.pid, process.pid, undefined]);
      const other = {
        ...plan,
        work: join(folder, "other"),
        output: { ...plan.output, file: join(folder, "o.wim") },
      };
      await assert.rejects(
        inPlace(other, io, () => assert.fail("it has begun")),
        { code: "SERVICING_OUTPUT_BUSY", message: /boot\.unfinished\.wim is being written/ },
      );
    });
    assert.deepEqual(held(), [undefined, undefined, undefined]);
  });

  it("has to itself all that it delivers, whatever its result is called; of what lies in a folder, the folder alone", async () => {
    const { folder } = rig();
    const to = join(folder, "drivers");
    const delivering: Plugin = {
      name: "delivering",
      apply({ hooks }) {
        hooks.modify.tap("delivering", (modify) => modify.add({ type: "Export-Driver", to }));
        hooks.deploy.tap("delivering", (deploy) =>
          deploy.add({ type: "Split-Image", file: "/w.wim", to: join(to, "w.swm"), megabytes: 9 }),
        );
      },
    };
    const plan = await planFor(delivering, { engine: "dism", folder });
    const other = {
      ...plan,
      work: join(folder, "other"),
      output: { ...plan.output, file: join(folder, "o.wim") },
    };
    const io = { runs: join(folder, "runs"), runner: createRunner(), warn: () => undefined };
    await inPlace(plan, io, async (place) => {
      assert.deepEqual(
        [to, join(to, "w.swm")].map((each) => holder(outputLockOf(each))?.pid),
        [process.pid, undefined],
      );
      const journal = await readJournal(join(place.folder, journalName));
      assert.ok(typeof journal === "object");
      assert.deepEqual(new Set(journal.run.claimed), new Set([plan.output.file, to]));
      await assert.rejects(
        inPlace(other, io, () => assert.fail("it has begun")),
        { code: "SERVICING_OUTPUT_BUSY", message: /drivers is being written/ },
      );
      assert.equal(holder(outputLockOf(other.output.file)), undefined, "none of its locks is left");
    });
    await inPlace(other, io, () => Promise.resolve());
  });

  it("is refused where something lies under a name that a result or a folder has until it is whole", async () => {
    const { folder, write } = rig();
    const exporting: Plugin = {
      name: "exporting",
      apply: ({ hooks }) =>
        hooks.modify.tap("exporting", (modify) =>
          modify.add({ type: "Export-Driver", to: join(folder, "d") }),
        ),
    };
    const plan = await planFor(exporting, { engine: "dism", folder });
    const io = { runs: join(folder, "runs"), runner: createRunner(), warn: () => undefined };
    for (const name of ["d.replaced/mine.txt", "d.unfinished/mine.txt", "out/test.unfinished.wim"]) {
      const mine = write({ [name]: "mine" });
      await assert.rejects(
        inPlace(plan, io, () => assert.fail("it has begun")),
        { code: "SERVICING_OUTPUT_NAME_TAKEN" },
      );
      assert.equal(readFileSync(mine, "utf8"), "mine");
      rmSync(join(folder, name.split("/")[0] as string), { recursive: true });
    }
    await inPlace(plan, io, () => Promise.resolve());
    write({ "d.unfinished/a.inf": "", ".d.lock": JSON.stringify(deadOwner()) });
    await inPlace(plan, io, () => Promise.resolve());
  });

  it("is told of in the plan: what is looked at around each command of DISM", async () => {
    const plan = await planFor(boot("/p"), { engine: "dism", folder: "/p" });
    assert.match(
      explain(plan),
      /\/Add-Driver .*\n +looks at the mount \S*inner-1\S*mount before and after, asks \/Get-Drivers whether a driver that was a\.inf is there\n/,
    );
  });
});
