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
  items     1 in the image, 1 by Windows Setup on the device
  time      prepare 1.5s, commit 1m
  warning   wimlib 1.13.6 is older than 1.14.2
  logs      /p/.servicing/runs/1`,
    );
  });

  it("gives the command that makes a delta whole as it is to be pasted", () => {
    const restore = "wimlib-imagex export /p/a.delta.wim all /p/a.wim --ref=/p/s.wim";
    const artifacts = kioskReport.artifacts.map((artifact) => ({ ...artifact, restore }));
    assert.ok(
      reportText({ ...kioskReport, artifacts }, { cwd: "/p" }).includes(`\n  whole     ${restore}\n`),
    );
  });

  it("says what is left for the device, and shortens paths below the folder that it is read in", () => {
    const one = { ...kioskPlan.setup[0]!, settings: 1, specialize: 2, setupComplete: 1, firstLogon: 3 };
    const text = reportText(kioskReport, { plan: { ...kioskPlan, setup: [one] }, cwd: "/p" });
    assert.match(
      text,
      /^ {2}device {4}1 setting of the answer file, 2 commands in specialize, 1 command after Setup, 3 commands at the first logon$/m,
    );
    assert.match(text, /^ {2}logs {6}\.servicing\/runs\/1$/m);
    const two = { ...kioskPlan, targets: [1, 2], setup: [one, { ...kioskPlan.setup[0]!, image: 2 }] };
    assert.match(reportText(kioskReport, { plan: two }), /^ {2}device {4}image 2: 1 command in specialize$/m);
  });

  it("does not call a dry run done", () => {
    const report = { ...kioskReport, outcome: "skipped", artifacts: [], folder: "", results: [] } as const;
    assert.match(reportText(report), /^✔ kiosk planned in 1m 5s; nothing was changed\n {2}items/);
  });

  it("says what failed, who asked, what to do, what to paste, and where the log is", () => {
    const error = {
      code: "SERVICING_COMMAND_FAILED",
      message: "wimlib-imagex update\nended with 50",
      remedy: "The full output is in /l/2.log.",
      command: "wimlib-imagex update /w/1.wim 1",
      evidence: ["CBS.log: Error: CBS  no"],
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
    CBS.log: Error: CBS  no
  → The full output is in /l/2.log.
  Again by hand:
    wimlib-imagex update /w/1.wim 1
  log: /l/2.log`,
    );
  });
});
