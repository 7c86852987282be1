import assert from "node:assert/strict";
import { passage } from "../../core/checkpoints.ts";
import type { Phase } from "../../core/operation.ts";
import type { Plan, Step } from "../../core/step.ts";
import { openStore } from "../../core/store.ts";
import { kioskPlan } from "../support/plan.ts";
import { rig } from "../support/rig.ts";

const step = (id: string, phase: Phase, image?: number): Step => ({
  id,
  phase,
  title: id,
  ...(image === undefined ? {} : { image, fingerprint: id }),
  items: [],
  commands: [],
  undo: [],
});

describe("steps of which no checkpoint can be kept", () => {
  it("are all carried out, each once and in their order", async () => {
    const steps = [
      step("copy", "prepare"),
      step("mount 1", "mount", 1),
      step("mount 2", "mount", 2),
      step("modify 1", "modify", 1),
      step("modify 2", "modify", 2),
      step("unmount 1", "commit", 1),
      step("unmount 2", "commit", 2),
      step("export", "commit"),
      step("split", "deploy", 1),
    ];
    const plan: Plan = { ...kioskPlan, engine: "dism", targets: [1, 2], steps };
    const { pass } = passage(plan, {
      store: openStore(rig().path("store")),
      signal: new AbortController().signal,
      target: (image) => ({
        kind: "mounted",
        image: plan.source.images[0]!,
        file: "working.wim",
        index: image,
        mountDir: `m-${image}`,
        work: "w",
      }),
      guard: () => undefined,
      lasting: [],
      recall: () => undefined,
      warn: () => undefined,
      onWait: () => undefined,
    });
    const done: string[] = [];
    for (const each of steps) assert.equal(await pass(each, async ({ id }) => void done.push(id)), "done");
    assert.deepEqual(
      done,
      steps.map(({ id }) => id),
    );
  });
});
