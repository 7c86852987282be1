import assert from "node:assert/strict";
import type { Command } from "../../core/engine.ts";
import { execute } from "../../core/execute.ts";
import type { Step } from "../../core/step.ts";
import { kioskPlan } from "../support/plan.ts";
import { rig } from "../support/rig.ts";

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
});
