import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { setTimeout as after } from "node:timers/promises";
import { writeResult } from "../../core/acts/assemble.ts";
import type { Command } from "../../core/engine.ts";
import { type Executed, execute } from "../../core/execute.ts";
import type { Step } from "../../core/step.ts";
import { writeWim } from "../../templates/sample/wim-writer.ts";
import { kioskPlan } from "../support/plan.ts";
import { rig } from "../support/rig.ts";

interface Publishing {
  readonly executed: Executed;
  /** What lies under the final name in the end, and what did when the step was undone. */
  readonly output: string;
  readonly undone: string | undefined;
  readonly unfinished: boolean;
}

/** Publishes a WIM over an old result. @param guard how the look at it ends */
async function publishing(guard: (stop: AbortController) => Promise<unknown>): Promise<Publishing> {
  const { folder, path } = rig();
  const [file, to] = [path("out/new.unfinished.wim"), path("out/new.wim")];
  mkdirSync(path("out"));
  const image = { name: "One", time: new Date(0), tree: { name: "", entries: [] } };
  await writeWim(file, { images: [image] });
  await writeWim(path("source.wim"), { images: [image] });
  writeFileSync(to, "old");
  const stop = new AbortController();
  let undone: string | undefined;
  const undo: Command = {
    act: "call",
    title: "undo",
    run: async () => void (undone = readFileSync(to, "utf8").slice(0, 5)),
  };
  const step: Step = {
    id: "1",
    phase: "commit",
    title: "Export-Image",
    items: [],
    commands: [
      { act: "publish", file, to, images: [{ file: path("source.wim"), index: 1 }], byWindows: false },
    ],
    undo: [undo, { act: "delete", path: file, optional: true }],
  };
  const executed = await execute(
    { ...kioskPlan, steps: [step] },
    {
      runner: { run: () => assert.fail("nothing starts a process") },
      signal: stop.signal,
      folder,
      journal: {
        begun: async () => undefined,
        ended: async () => undefined,
        undone: async () => undefined,
      },
      passage: (each, carryOut) => carryOut(each).then(() => "done"),
      target: () => undefined,
      emit: () => undefined,
      warn: (text) => assert.fail(text),
      guard: () => guard(stop),
    },
  );
  return { executed, undone, output: readFileSync(to, "latin1").slice(0, 5), unfinished: existsSync(file) };
}

describe("carrying out the steps of a plan", () => {
  it("undoes what was begun, the latest first and the failed one too, and goes on where undoing fails", async () => {
    const happened: string[] = [];
    const call = (title: string, fails = false): Command => ({
      act: "call",
      title,
      async run() {
        happened.push(title);
        if (fails) throw new Error(`${title} failed`);
      },
    });
    const step = (id: string, fails: boolean, undoFails = false): Step => ({
      id,
      phase: "modify",
      title: id,
      items: [],
      commands: [call(`do ${id}`, fails)],
      undo: [call(`undo ${id}`, undoFails)],
    });
    const warnings: string[] = [];
    const executed = await execute(
      { ...kioskPlan, steps: [step("1", false), step("2", false, true), step("3", true), step("4", false)] },
      {
        runner: { run: () => assert.fail("nothing starts a process") },
        signal: new AbortController().signal,
        folder: rig().folder,
        journal: {
          begun: async ({ id }) => void happened.push(`journal ${id}`),
          ended: async () => undefined,
          undone: async ({ id }) => void happened.push(`journal undone ${id}`),
        },
        passage: (each, carryOut) => carryOut(each).then(() => "done"),
        target: () => undefined,
        emit: () => undefined,
        warn: (text) => void warnings.push(text),
        digested: () => undefined,
        guard: () => undefined,
      },
    );
    assert.equal(
      happened.join(", "),
      [
        "journal 1, do 1, journal 2, do 2, journal 3, do 3",
        "undo 3, journal undone 3, undo 2, undo 1, journal undone 1",
      ].join(", "),
    );
    assert.deepEqual(
      executed.results.map(({ outcome }) => outcome),
      ["done", "done", "failed", "skipped"],
    );
    assert.match(warnings.join(), /^could not undo 2 .*undo 2 failed$/);
  });

  it("puts a result in place when it was looked at, and not before", async () => {
    const { executed, output, undone } = await publishing(() => after(50));
    assert.deepEqual([executed.outcome, output, undone], ["done", "MSWIM", undefined]);
  });

  it("leaves what was there where the look at a result fails", async () => {
    const { executed, ...left } = await publishing(async () => {
      await after(100);
      throw new Error("EIO: i/o error, read");
    });
    assert.equal(executed.outcome, "failed");
    assert.deepEqual(left, { output: "old", undone: "old", unfinished: false });
  });

  it("leaves what was there where it is stopped while a result is looked at", async () => {
    const { executed, ...left } = await publishing(async (stop) => {
      await after(100);
      stop.abort();
    });
    assert.deepEqual([executed.outcome, executed.error?.code], ["cancelled", "SERVICING_INTERRUPTED"]);
    assert.deepEqual(left, { output: "old", undone: "old", unfinished: false });
  });
});

describe("a result that is assembled", () => {
  it("is no longer written to once its writing has failed", async () => {
    const { path } = rig();
    const bytes = 32 * 1024 * 1024;
    writeFileSync(path("source.wim"), Buffer.alloc(bytes));
    const stopped = AbortSignal.abort(new Error("stopped"));
    const base = { file: path("source.wim"), end: bytes };
    const frame = { header: Buffer.alloc(208), table: Buffer.alloc(0), xml: Buffer.alloc(0) };
    await assert.rejects(writeResult(path("to.wim"), base, [], frame, bytes, stopped), /stopped/);
    assert.equal(statSync(path("to.wim")).size, bytes);
  });
});
