import assert from "node:assert/strict";
import { painter, showsColour } from "../../core/colour.ts";
import type { Event, Report } from "../../core/event.ts";
import { jsonView, lineView } from "../../core/view.ts";
import { treeView } from "../../core/tree-view.ts";
import { kioskPlan, kioskReport } from "../support/plan.ts";

const [prepare, modify, commit] = kioskPlan.steps as [
  (typeof kioskPlan.steps)[number],
  (typeof kioskPlan.steps)[number],
  (typeof kioskPlan.steps)[number],
];
const line = "kiosk";
const error = {
  code: "SERVICING_COMMAND_FAILED",
  message: "it ended with 50",
  remedy: "The full output is in /l/2.log.",
} as const;
const failed: Report = {
  ...kioskReport,
  ok: false,
  outcome: "failed",
  error,
  results: [
    { step: "prepare", outcome: "done", milliseconds: 12 },
    { step: "modify", outcome: "failed", milliseconds: 2500, error },
  ],
};

const script: readonly Event[] = [
  { type: "planned", line, plan: kioskPlan },
  { type: "started", line, step: prepare },
  { type: "finished", line, step: prepare, result: { step: "prepare", outcome: "done", milliseconds: 12 } },
  { type: "started", line, step: modify },
  ...[1, 10, 26, 27, 49, 50, 80, 100].map((percent) => ({
    type: "progress" as const,
    line,
    step: modify,
    percent,
    what: "Writing",
  })),
  {
    type: "finished",
    line,
    step: modify,
    result: { step: "modify", outcome: "failed", milliseconds: 2500, error },
  },
  { type: "reported", line, report: failed },
];

function shown(events: readonly Event[], verbose = false): string {
  let text = "";
  const view = lineView((piece) => (text += piece), { paint: painter(false), verbose });
  for (const event of events) view.show(event);
  return text;
}

describe("plain lines", () => {
  it("names line, phase and step, ticks at quarters, and lists what was not started", () => {
    assert.equal(
      shown(script),
      `kiosk › prepare › Branch install.wim:1  done in 12ms
kiosk › mount  skipped: no item goes here
kiosk › modify › Update install.wim:1  25%
kiosk › modify › Update install.wim:1  50%
kiosk › modify › Update install.wim:1  75%
kiosk › modify › Update install.wim:1  failed after 2.5s: SERVICING_COMMAND_FAILED
kiosk › commit › Export to kiosk.wim  not started
`,
    );
  });

  it("say of phases without a step why, once, where they would have been", () => {
    const steps = kioskPlan.steps.flatMap((step): Event[] => [
      { type: "started", line, step },
      { type: "finished", line, step, result: { step: step.id, outcome: "done", milliseconds: 1 } },
    ]);
    const text = shown([script[0]!, ...steps, { type: "reported", line, report: kioskReport }]);
    assert.equal(
      text,
      `kiosk › prepare › Branch install.wim:1  done in 1ms
kiosk › mount  skipped: no item goes here
kiosk › modify › Update install.wim:1  done in 1ms
kiosk › commit › Export to kiosk.wim  done in 1ms
kiosk › apply, audit, generalize, capture  skipped: no item goes here
kiosk › deploy  skipped: no plugin delivers anything
`,
    );
  });

  it("call a step that a failure kept from starting so, whoever says it", () => {
    const skipped: Event = {
      type: "finished",
      line,
      step: commit,
      result: { step: "commit", outcome: "skipped", milliseconds: 0 },
    };
    assert.match(shown([skipped]), /skipped\n$/);
    assert.match(shown([...script.slice(0, -1), skipped]), /not started\n$/);
  });

  it("shows the output of commands only when it is verbose", () => {
    const output: Event = { type: "output", line, step: commit, text: "Archiving file data" };
    assert.equal(shown([output]), "");
    assert.equal(shown([output], true), "Archiving file data\n");
  });
});

describe("JSON lines", () => {
  it("are one value per event, without code", () => {
    let text = "";
    const view = jsonView((piece) => (text += piece));
    for (const event of script) view.show(event);
    const values = text
      .trimEnd()
      .split("\n")
      .map((row) => JSON.parse(row) as Record<string, unknown>);
    assert.deepEqual(
      values.map((value) => value["type"]),
      script.map((event) => event.type),
    );
    assert.deepEqual(values[1], {
      type: "started",
      line,
      step: { id: "prepare", phase: "prepare", title: "Branch install.wim:1" },
    });
  });
});

describe("the tree", () => {
  const before = process.exitCode;

  it("ends when the run ends, whatever came of it, and leaves the exit code alone", async () => {
    const view = treeView([line, "other", "publish"], true);
    for (const event of script) {
      view.show(event);
      await new Promise((resolve) => setImmediate(resolve));
    }
    view.ended("publish", new Error("no network"));
    await view.close();
    assert.equal(process.exitCode, before);
  });

  it("ends when every step was done", async () => {
    const view = treeView([line], true);
    view.show({ type: "planned", line, plan: kioskPlan });
    for (const step of kioskPlan.steps) {
      view.show({
        type: "finished",
        line,
        step,
        result: { step: step.id, outcome: "done", milliseconds: 1 },
      });
    }
    view.show({ type: "reported", line, report: kioskReport });
    await view.close();
  });
});

describe("colours", () => {
  it("follow NO_COLOR, then FORCE_COLOR, then the terminal", () => {
    assert.equal(showsColour({ isTTY: true }, { NO_COLOR: "1", FORCE_COLOR: "1" }), false);
    assert.equal(showsColour({ isTTY: false }, { FORCE_COLOR: "1" }), true);
    assert.equal(showsColour({ isTTY: true }, {}), true);
    assert.equal(showsColour({ isTTY: true }, { TERM: "dumb" }), false);
    assert.equal(showsColour({}, {}), false);
  });
});
