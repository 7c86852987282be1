import assert from "node:assert/strict";
import { passage } from "../../core/checkpoints.ts";
import type { Operation, Phase } from "../../core/operation.ts";
import type { Item, Plan, Step } from "../../core/step.ts";
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

function reading(id: string, operation: Operation, strategy: "offline" | "online" = "offline"): Item {
  const verdict = { engine: "dism", strategy, accepted: true, because: "" } as const;
  const phase = strategy === "online" ? "audit" : "deploy";
  return { id, phase, by: "test", image: 1, operation, verdict, considered: [verdict] };
}

function serviced(file: string, to: string): Operation {
  return { type: "Service-Image", file, index: 1, to, drivers: [] };
}

function changed(path: string): object {
  return {
    code: "SERVICING_INPUT_CHANGED",
    message: new RegExp(path.replaceAll(".", String.raw`\.`)),
  };
}

describe("inputs of a step without an image to go on with", () => {
  it("are looked at again, save what the plan makes and what a plugin's own code may have made", async () => {
    const items = [
      reading("boot", serviced("/in/boot.wim", "/out/boot.wim")),
      reading("again", serviced("/out/boot.wim", "/out/last.wim")),
      reading("app", { type: "Run-Installer", file: "/in/app.exe", arguments: [] }, "online"),
    ];
    const passing = async (
      id: string,
      phase: Phase,
      own: readonly string[],
      opaque = false,
    ): Promise<void> => {
      const before = { ...step("call", "deploy", 1), opaque };
      const one = { ...step(id, phase, 1), items: own };
      const plan: Plan = { ...kioskPlan, engine: "dism", targets: [1], items, steps: [before, one] };
      const { pass } = passage(plan, {
        store: openStore(rig().path("store")),
        signal: new AbortController().signal,
        digests: { of: () => assert.fail(), changed: ({ path }) => Promise.resolve(path) },
        target: () => assert.fail(),
        guard: () => undefined,
        lasting: [],
        recall: () => undefined,
        warn: () => undefined,
        onWait: () => undefined,
      });
      await pass(one, () => Promise.resolve());
    };
    await assert.rejects(passing("one", "deploy", ["boot"]), changed("/in/boot.wim"));
    await passing("two", "deploy", ["again"]);
    await passing("three", "deploy", ["boot"], true);
    await assert.rejects(passing("four", "apply", []), changed("/in/app.exe"));
    await passing("five", "audit", ["app"]);
  });
});
