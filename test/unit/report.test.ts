import assert from "node:assert/strict";
import { reportText } from "../../core/report.ts";
import { kioskPlan, kioskReport } from "../support/plan.ts";

describe("the report", () => {
  it("sums up a line that was done", () => {
    assert.equal(
      reportText(kioskReport),
      `✔ kiosk done in 1m 5s
  result    /out/kiosk.wim (4 GB → 4.1 GB)
  sha256    ab12
  routes    1 offline, 1 setup
  time      prepare 1.5s, commit 1m
  warning   wimlib 1.13.6 is older than 1.14.2
  logs      /p/.servicing/runs/1`,
    );
  });

  it("does not call a dry run done", () => {
    const report = { ...kioskReport, outcome: "skipped", artifacts: [], folder: "", results: [] } as const;
    assert.match(reportText(report), /^✔ kiosk planned in 1m 5s; nothing was changed\n {2}routes/);
  });

  it("says what failed, who asked, what to do, what to paste, and where the log is", () => {
    const error = {
      code: "SERVICING_COMMAND_FAILED",
      message: "wimlib-imagex update\nended with 50",
      remedy: "The full output is in /l/2.log.",
      command: "wimlib-imagex update /w/1.wim 1",
      log: "/l/2.log",
    } as const;
    const report = {
      ...kioskReport,
      ok: false,
      outcome: "failed",
      error,
      results: [
        { step: "prepare", outcome: "done", milliseconds: 10 },
        { step: "modify", outcome: "failed", milliseconds: 20, error },
      ],
      artifacts: [],
      routes: {},
      phases: [],
      warnings: [],
      folder: "",
    } as const;
    assert.equal(
      reportText(report, { plan: kioskPlan }),
      `✖ kiosk failed after 1m 5s
  kiosk › modify › Update install.wim:1
  asked for by files, drivers
  SERVICING_COMMAND_FAILED: wimlib-imagex update
  ended with 50
  → The full output is in /l/2.log.
  Again by hand:
    wimlib-imagex update /w/1.wim 1
  log: /l/2.log`,
    );
  });
});
