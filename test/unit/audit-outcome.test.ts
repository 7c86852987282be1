import assert from "node:assert/strict";
import fc from "fast-check";
import type { AuditJob } from "../../core/audit/job.ts";
import { fateText, jobOutcome } from "../../core/audit/outcome.ts";

const job: AuditJob = {
  id: "the job",
  restarts: 5,
  steps: ["one", "two", "three"].map((title, at) => ({
    title,
    items: [],
    minutes: 1,
    commands: [],
    ...(at === 2 ? { optional: true as const } : {}),
  })),
};

const outcome = (files: Readonly<Record<string, string>>) => jobOutcome(job, new Map(Object.entries(files)));
const fates = (files: Readonly<Record<string, string>>): string =>
  outcome(files)
    .steps.map(({ fate, exitCode }) => `${fate}${exitCode === undefined ? "" : ` ${exitCode}`}`)
    .join(", ");

describe("the state of a job", () => {
  it("is which files are there", () => {
    assert.equal(fates({}), "not begun, not begun, not begun");
    assert.equal(fates({ "001.begun-1": "", "002.present": "" }), "begun, present, not begun");
    assert.equal(
      fates({ "001.begun-1": "", "001.begun-2": "", "001.done": "3010\r\n" }),
      "done 3010, not begun, not begun",
    );
    assert.equal(
      fates({ "001.again-1": "", "001.begun-1": "", "001.done": "" }),
      "done, not begun, not begun",
    );
  });

  it("knows why a step failed, by an exit code or a word", () => {
    assert.equal(
      fates({ "001.failed": "1603 \r\n", "002.failed": "-2146498529", "003.failed": "hung" }),
      "failed 1603, failed 2148468767, hung",
    );
    assert.equal(
      fates({ "001.failed": "tries", "002.failed": "check", "003.failed": "" }),
      "tries, missing, failed",
    );
    assert.equal(fates({ "001.failed": "0x10", "001.done": "0" }), "failed, not begun, not begun");
    for (const { fate } of outcome({ "001.failed": "hung" }).steps) assert.ok(fateText({ fate }).length > 0);
  });

  it("says which job it is of, how often that was started, and how it ended", () => {
    const { id, starts, finished, gaveUp } = outcome({
      id: "the-job \r\n",
      "boot-1": "",
      "boot-2": "",
      finished: "",
    });
    assert.deepEqual([id, starts, finished, gaveUp], ["the-job", 2, true, undefined]);
    assert.equal(outcome({ failed: "\r\n  it was so\r\nand more" }).gaveUp, "it was so");
    assert.equal(outcome({ failed: "" }).gaveUp, "");
    assert.equal(outcome({}).id, undefined);
  });

  it("lists what stands in the way of generalizing, and what queries answered", () => {
    const { apps, pending, encrypted, unchecked, unwritten, answers, steps } = outcome({
      "apps.txt": "A_1\r\n\r\n  B_2 \n",
      "pending.txt": "Reboot",
      "002.1.answer": "State : Enabled",
      "x.answer": "nobody's",
    });
    assert.deepEqual(
      [apps, pending, encrypted, unchecked, unwritten],
      [["A_1", "B_2"], ["Reboot"], false, [], false],
    );
    assert.deepEqual(answers, [{ step: 2, command: 1, text: "State : Enabled" }]);
    assert.deepEqual(
      steps.map(({ optional }) => optional),
      [false, false, true],
    );
  });

  it("says what could not be looked at, that the volume is encrypted, and what was not written", () => {
    const none = outcome({ "apps.txt": "not checked\r\n", "bitlocker.txt": "not checked \r\n" });
    assert.deepEqual([none.apps, none.encrypted, none.unchecked.length], [[], false, 2]);
    assert.ok(outcome({ "bitlocker.txt": "on\r\n" }).encrypted);
    assert.ok(outcome({ new: "" }).unwritten && !outcome({ new: "x" }).unwritten && !outcome({}).unwritten);
    const [one, two] = outcome({ "001.seconds-1": "7 ", "001.seconds-2": "5", "002.seconds-1": "-" }).steps;
    assert.deepEqual([one?.seconds, two?.seconds], [12, 0]);
  });

  it("is read whatever the files are called and hold", () => {
    const name = fc.oneof(fc.string(), fc.constantFrom("id", "001.done", "001.failed", "failed", "apps.txt"));
    fc.assert(
      fc.property(fc.dictionary(name, fc.string({ unit: "binary" })), (files) => {
        const { steps, apps } = outcome(files);
        assert.equal(steps.length, 3);
        assert.ok(apps.length <= 50 && apps.every((app) => app.length <= 300));
        for (const { exitCode = 0 } of steps) assert.ok(exitCode >= 0 && exitCode < 2 ** 32);
      }),
    );
  });
});
