import assert from "node:assert/strict";
import { setTimeout as after } from "node:timers/promises";
import type { Collection, Line } from "../../core/line.ts";
import { leaves, parallel, runTask, series, type TaskRunner, type TaskTree } from "../../core/task.ts";

const line = (name: string): TaskTree => ({ kind: "line", name, line: { line: name } as Line });
const clean = (): void => undefined;
const inSeries = (...members: TaskTree[]): TaskTree => ({ kind: "series", name: "", members });
const inParallel = (...members: TaskTree[]): TaskTree => ({ kind: "parallel", name: "", members });

/** Runs each line for some milliseconds and writes down what began and ended. */
function recorder(options: { failing?: string; parallel?: number; signal?: AbortSignal } = {}) {
  const log: string[] = [];
  let running = 0;
  let most = 0;
  const runner: TaskRunner = {
    signal: options.signal ?? new AbortController().signal,
    parallel: options.parallel ?? 8,
    async line({ line: name }) {
      most = Math.max(most, ++running);
      log.push(`+${name}`);
      await after(5);
      running--;
      log.push(`-${name}`);
      return name !== options.failing;
    },
    async call(name, run) {
      log.push(`+${name}`);
      await run({ signal: runner.signal });
      return true;
    },
    gather({ name }) {
      log.push(`+${name}`);
      return Promise.resolve(name !== options.failing);
    },
  };
  return { log, runner, most: () => most };
}

describe("a task", () => {
  it("in series runs in order and stops at the first failure", async () => {
    const { log, runner } = recorder({ failing: "b" });
    assert.equal(await runTask(inSeries(line("a"), line("b"), line("c")), runner), false);
    assert.deepEqual(log, ["+a", "-a", "+b", "-b"]);
  });

  it("in parallel lets the others finish", async () => {
    const { log, runner } = recorder({ failing: "a" });
    assert.equal(await runTask(inParallel(line("a"), inSeries(line("b"), line("c"))), runner), false);
    assert.deepEqual(log, ["+a", "+b", "-a", "-b", "+c", "-c"]);
  });

  it("gathers what lines came to when all of them have succeeded", async () => {
    const collection = {
      kind: "collection",
      name: "all",
      collection: { name: "all" } as Collection,
    } as const;
    const tree = inSeries(inParallel(line("a"), line("b")), collection);
    const good = recorder();
    assert.equal(await runTask(tree, good.runner), true);
    assert.deepEqual(good.log, ["+a", "+b", "-a", "-b", "+all"]);
    const bad = recorder({ failing: "a" });
    assert.equal(await runTask(tree, bad.runner), false);
    assert.deepEqual(bad.log, ["+a", "+b", "-a", "-b"]);
    assert.deepEqual(
      leaves(tree).map(({ name }) => name),
      ["a", "b", "all"],
    );
  });

  it("runs no more lines at once than it may", async () => {
    const { runner, most } = recorder({ parallel: 2 });
    assert.equal(await runTask(inParallel(line("a"), line("b"), line("c"), line("d")), runner), true);
    assert.equal(most(), 2);
  });

  it("runs a line once, however often it is named", async () => {
    const { log, runner } = recorder();
    const shared = line("a");
    await runTask(inParallel(shared, inSeries(shared, line("b"))), runner);
    assert.deepEqual(log, ["+a", "-a", "+b", "-b"]);
    assert.deepEqual(
      leaves(inParallel(shared, inSeries(shared, line("b")))).map((leaf) => leaf.name),
      ["a", "b"],
    );
  });

  it("starts nothing more once it is interrupted, and hands functions the signal", async () => {
    const controller = new AbortController();
    const { log, runner } = recorder({ signal: controller.signal });
    const stop: TaskTree = {
      kind: "function",
      name: "stop",
      run({ signal }) {
        assert.equal(signal, controller.signal);
        controller.abort();
      },
    };
    assert.equal(await runTask(inSeries(stop, line("a")), runner), false);
    assert.deepEqual(log, ["+stop"]);
  });

  it("is data", () => {
    assert.deepEqual(series(clean, parallel(clean)), {
      task: "series",
      members: [clean, { task: "parallel", members: [clean] }],
    });
  });
});
