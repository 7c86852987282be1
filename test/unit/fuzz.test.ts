import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inputOf } from "../fuzz/mutate.ts";
import { describe as describeFailure, fuzz, type Failure, type RunOptions } from "../fuzz/run.ts";
import { targets } from "../fuzz/targets.ts";

const inputs = 1000;
/** Twice what a long run allows, in milliseconds: here the machine has other tests to run. */
const patience = 2000;
const brokenReaders = {
  seed: "1",
  heap: 64,
  targets: new URL("../fuzz/broken-targets.ts", import.meta.url),
};

describe("readers of data from outside", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "servicing-test-fuzz-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const broken = (runs: number, slow: number): RunOptions => ({ ...brokenReaders, runs, slow, folder });
  const first = async (target: string, runs = 20, slow = 100): Promise<Failure | undefined> =>
    (await fuzz(target, broken(runs, slow))).failures[0];

  for (const { name } of targets)
    it(`${name} takes or refuses ${inputs} mutated inputs`, async () => {
      const outcome = await fuzz(name, { runs: inputs, seed: "suite", slow: patience, folder });
      const told = outcome.failures.map((failure) => describeFailure(failure, outcome, "suite"));
      assert.deepEqual(told, []);
      assert.ok(outcome.peakMebibytes < 128, `${outcome.peakMebibytes} MiB`);
    });

  describe("the harness", () => {
    it("finds nothing wrong with a sound reader", async () => {
      const { failures, accepted } = await fuzz("sound", broken(500, 1000));
      assert.deepEqual([failures, accepted], [[], 500]);
    });

    it("makes the same input of the same seed and number, and others of others", () => {
      const [target] = targets;
      assert.ok(target);
      const seeds = [Buffer.from("one seed"), Buffer.from("and another")];
      const made = (seed: string, number: number): string =>
        inputOf(target, seeds, seed, number).toString("hex");
      assert.equal(made("1", 7), made("1", 7));
      const many = new Set(Array.from({ length: 200 }, (_, at) => made("1", at)));
      assert.ok(many.size > 150, `${many.size} of 200`);
      assert.ok(Array.from({ length: 20 }, (_, at) => made("2", at)).some((input) => !many.has(input)));
    });

    it("catches a reader that throws what it does not declare, once for each place, and keeps the input", async () => {
      const outcome = await fuzz("throws", broken(500, 1000));
      const [failure, ...others] = outcome.failures;
      assert.ok(failure !== undefined && others.length === 0);
      assert.match(failure.message, /TypeError: no zeros, please/);
      assert.ok(readFileSync(failure.file).includes(0));
      const again = describeFailure(failure, outcome, "1");
      assert.ok(
        again.includes(failure.file) && again.includes(`throws --seed 1 --from ${failure.number} --runs 1`),
      );
      const alone = await fuzz("throws", { ...broken(1, 1000), from: failure.number });
      assert.equal(alone.failures[0]?.message.split("\n")[0], failure.message.split("\n")[0]);
    });

    it("catches one that recurses without end", async () => {
      const failure = await first("overflows");
      assert.equal(failure?.kind, "threw");
      assert.match(failure.message, /RangeError: Maximum call stack/);
    });

    it("catches one that hangs, names its input, and goes on behind it", async () => {
      for (const target of ["hangs", "hangs-in-pattern", "never-answers"]) {
        const { failures } = await fuzz(target, broken(2, 20));
        assert.deepEqual([...new Set(failures.map(({ kind }) => kind))], ["hung"], target);
        assert.ok(failures.every(({ file }) => readFileSync(file).length > 0));
      }
    });

    it("catches one that is slow every time", async () => {
      const failure = await first("crawls", 1);
      assert.equal(failure?.kind, "slow");
    });

    it("catches an error that nobody catches", async () => {
      const failure = await first("throws-later", 1, 1000);
      assert.equal(failure?.kind, "died");
      assert.match(failure.message, /nobody catches this/);
    });

    it("catches one that fills the memory, inside of the heap or outside of it, and one that keeps what it read", async () => {
      assert.equal((await first("hoards", 1, 5000))?.kind, "hoarded");
      assert.equal((await first("allocates", 1, 5000))?.kind, "hoarded");
      assert.equal((await first("keeps", 300, 5000))?.kind, "grew");
    });
  });
});
