import assert from "node:assert/strict";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import fc from "fast-check";
import type { Command } from "../../core/engine.ts";
import { beginJournal, continueJournal, type JournalRead, readJournal } from "../../core/journal.ts";
import { ownIdentity } from "../../core/process-identity.ts";
import { rig } from "../support/rig.ts";

const run = { line: "kiosk", work: "/w/kiosk", output: "/out/kiosk.wim" };
const unmount: Command = {
  run: "umount",
  args: ["/mnt"],
  progress: /(\d+)%/,
  success: [0, 1],
  writes: true,
  retry: { codes: [32], times: 4, seconds: 5 },
};
const call: Command = { act: "call", title: "tidy up", run: async () => undefined };
const step = (id: string, ...undo: readonly Command[]) => ({
  id,
  phase: "modify" as const,
  title: `step ${id}`,
  undo,
});

async function written(file: string): Promise<void> {
  const journal = await beginJournal(file, run);
  await journal.begun(step("1", unmount, call));
  await journal.ended(step("1"), "done");
  await journal.begun(step("2", { act: "delete", path: "/w/kiosk/2.wim", optional: true }));
  await journal.close();
}

async function read(file: string): Promise<JournalRead> {
  const journal = await readJournal(file);
  assert.ok(journal !== undefined && journal !== "not ours", String(journal));
  return journal;
}

describe("a journal", () => {
  it("tells what was begun, with the undo as data: no patterns, no code", async () => {
    const file = rig().path("journal.jsonl");
    await written(file);
    const { begun, ended, undone, outcome, run: of } = await read(file);
    assert.deepEqual(of, { ...run, owner: ownIdentity() });
    assert.deepEqual(begun, [
      step(
        "1",
        {
          run: "umount",
          args: ["/mnt"],
          success: [0, 1],
          writes: true,
          retry: { codes: [32], times: 4, seconds: 5 },
        },
        {
          act: "call",
          title: "tidy up",
        } as never,
      ),
      step("2", { act: "delete", path: "/w/kiosk/2.wim", optional: true }),
    ]);
    assert.deepEqual([[...ended], [...undone], outcome], [[["1", "done"]], [], undefined]);
    if (process.platform !== "win32") assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it("is on disk before a step may begin", async () => {
    const file = rig().path("journal.jsonl");
    const journal = await beginJournal(file, run);
    await journal.begun(step("1", unmount));
    assert.match(readFileSync(file, "utf8"), /"step begun".*umount.*\n$/);
    await journal.close();
  });

  it("goes on after a torn last line, which is ignored", async () => {
    const file = rig().path("journal.jsonl");
    await written(file);
    appendFileSync(file, `{"entry":"step begun","step":{"id":"3","ti`);
    assert.deepEqual(
      (await read(file)).begun.map(({ id }) => id),
      ["1", "2"],
    );
    const journal = await continueJournal(file);
    await journal.undone(step("2"));
    await journal.runEnded("recovered");
    await journal.close();
    const { begun, undone, outcome } = await read(file);
    assert.deepEqual([begun.length, [...undone], outcome], [2, ["2"], "recovered"]);
  });

  it("of a run that was killed while it made it tells nothing", async () => {
    const file = rig().write({ "journal.jsonl": "" });
    assert.equal(await readJournal(file), undefined);
    assert.equal(await readJournal(`${file}.missing`), undefined);
    writeFileSync(file, `{"entry":"run beg`);
    assert.equal(await readJournal(file), undefined);
  });

  it("that others could have written is not ours", async function () {
    if (process.platform === "win32") this.skip();
    const here = rig();
    const file = here.path("journal.jsonl");
    await written(file);
    symlinkSync(file, here.path("link"));
    assert.equal(await readJournal(here.path("link")), "not ours");
    chmodSync(file, 0o666);
    assert.equal(await readJournal(file), "not ours");
  });

  it("is never written over", async () => {
    const file = rig().write({ "journal.jsonl": "x" });
    await assert.rejects(beginJournal(file, run), { code: "SERVICING_JOURNAL_UNWRITABLE" });
    assert.equal(readFileSync(file, "utf8"), "x");
  });

  it("says so when the disk is full", async function () {
    if (!existsSync("/dev/full")) this.skip();
    await assert.rejects(continueJournal("/dev/full"), {
      code: "SERVICING_JOURNAL_UNWRITABLE",
      message: /ENOSPC/,
    });
  });

  it("takes no entry without bounds", async () => {
    const journal = await beginJournal(rig().path("journal.jsonl"), run);
    const long: Command = { run: "hivexsh", args: [], stdin: "x".repeat(2 ** 20), writes: true };
    await assert.rejects(journal.begun(step("1", long)), { message: /"step begun" is too long/ });
    await journal.begun(step("2"));
    await journal.close();
  });

  it("is read without failing, whatever is in it", async () => {
    const file = rig().path("journal.jsonl");
    await written(file);
    const whole = readFileSync(file, "utf8");
    const entry = fc.record({
      entry: fc.constantFrom("run begun", "step begun", "step ended", "step undone", "run ended", "other"),
      step: fc.oneof(
        fc.string(),
        fc.jsonValue(),
        fc.record({ id: fc.string(), undo: fc.array(fc.jsonValue()) }),
      ),
      outcome: fc.jsonValue(),
      run: fc.jsonValue(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.string(),
            entry.map((value) => JSON.stringify(value)),
          ),
        ),
        async (rows) => {
          writeFileSync(file, `${whole}${rows.join("\n")}\n`);
          const { begun } = await read(file);
          for (const { undo } of begun)
            for (const command of undo) assert.ok("act" in command || "run" in command);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("cut off anywhere, tells of a beginning of what happened", async () => {
    const file = rig().path("journal.jsonl");
    await written(file);
    const whole = readFileSync(file, "utf8");
    for (let end = whole.indexOf("\n") + 1; end <= whole.length; end += 1) {
      writeFileSync(file, whole.slice(0, end));
      const { begun } = await read(file);
      const ids = begun.map(({ id }) => id);
      assert.deepEqual(ids, ["1", "2"].slice(0, ids.length));
    }
  });
});
