// oxlint-disable unicorn/require-post-message-target-origin -- to a thread, not to a window
import { setFlagsFromString, getHeapStatistics } from "node:v8";
import { runInNewContext } from "node:vm";
import { parentPort } from "node:worker_threads";
import { inputOf } from "./mutate.ts";
import { isDeclared, type Target } from "./target.ts";

/** What the thread that reads tells the one that watches it, in memory of both. */
export const shared = {
  number: 0,
  /** When the current input was begun, see `now`; 0 between inputs. */
  began: 1,
  accepted: 2,
  slowest: 3,
  peak: 4,
  length: 5,
  slowestNumber: 6,
  inputAt: 64,
  largestInput: 1024 * 1024,
  bytes: 64 + 1024 * 1024,
} as const;

export interface Order {
  readonly memory: SharedArrayBuffer;
  readonly targets: string;
  readonly scratch: string;
  readonly target: string;
  readonly from: number;
  readonly end: number;
  readonly seed: string;
  readonly slow: number;
  readonly enough: number;
}

export type Message =
  | { readonly kind: "done" }
  | {
      readonly kind: "threw" | "slow" | "hoarded" | "grew";
      readonly number: number;
      readonly text: string;
      readonly input: Uint8Array;
    };

/** Milliseconds of a clock that all threads share, and that nobody sets. */
export function now(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

/** What the reader may keep of a whole run, and what may lie outside of the heap for one input, in bytes. */
const growth = 24 * 2 ** 20;
const outside = 64 * 2 ** 20;

parentPort?.on("message", (order: Order) => void work(order));

async function work(order: Order): Promise<void> {
  const { targets } = (await import(order.targets)) as { readonly targets: readonly Target[] };
  const target = targets.find(({ name }) => name === order.target);
  if (target === undefined) throw new Error(`there is no target ${order.target}`);
  const seeds = await target.seeds(process.env["SERVICING_CORPUS"]);
  const declared = target.declares ?? isDeclared;
  const state = new Float64Array(order.memory, 0, 8);
  const copy = new Uint8Array(order.memory, shared.inputAt);
  const collect = collector();
  const known = new Set<string>();
  let [settled, failed] = [0, 0];
  const report = (
    kind: "threw" | "slow" | "hoarded" | "grew",
    number: number,
    text: string,
    input: Uint8Array,
  ): void => {
    failed += 1;
    parentPort?.postMessage({ kind, number, text, input: Uint8Array.from(input) } satisfies Message);
  };

  for (let number = order.from; number < order.end && failed < order.enough; number += 1) {
    state[shared.number] = number;
    state[shared.length] = 0;
    const input = inputOf(target, seeds, order.seed, number);
    copy.set(input.subarray(0, shared.largestInput));
    state[shared.length] = input.length;
    const before = getHeapStatistics();
    const start = performance.now();
    state[shared.began] = now();
    let error: unknown;
    try {
      const result = target.read(Buffer.from(input), order.scratch);
      if (result instanceof Promise) await result;
      state[shared.accepted]! += 1;
    } catch (thrown) {
      error = thrown ?? new Error("nothing was thrown");
    }
    const elapsed = performance.now() - start;
    state[shared.began] = 0;
    const after = getHeapStatistics();
    const held = after.external_memory - before.external_memory;
    const used = after.used_heap_size - before.used_heap_size + Math.max(0, held);
    if (used > state[shared.peak]!) state[shared.peak] = used;
    if (error !== undefined && !declared(error)) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const frame = text.split("\n").find((line) => /^\s+at /.test(line)) ?? "";
      const where = `${text.slice(0, 60).replace(/\d+/g, "")} ${frame}`;
      if (!known.has(where)) report("threw", number, text, input);
      known.add(where);
    }
    if (held > outside)
      report("hoarded", number, `${Math.round(held / 2 ** 20)} MiB outside of the heap`, input);
    const time =
      elapsed > order.slow ? Math.min(elapsed, await again(target, input, order.scratch, state)) : elapsed;
    if (time > state[shared.slowest]!) {
      state[shared.slowest] = time;
      state[shared.slowestNumber] = number;
    }
    if (time > order.slow) report("slow", number, `it took ${Math.round(time)} ms`, input);
    // The first inputs fill the caches of the engine and of the libraries.
    if (number === order.from + Math.floor((order.end - order.from) / 5)) settled = collect();
  }
  const grown = settled === 0 ? 0 : collect() - settled;
  if (grown > growth)
    report(
      "grew",
      order.end - 1,
      `after all inputs ${Math.round(grown / 2 ** 20)} MiB more were held`,
      Buffer.alloc(0),
    );
  parentPort?.postMessage({ kind: "done" } satisfies Message);
}

/** The machine may have been busy with something else: the same input once more. */
async function again(target: Target, input: Buffer, scratch: string, state: Float64Array): Promise<number> {
  const start = performance.now();
  state[shared.began] = now();
  try {
    await target.read(Buffer.from(input), scratch);
  } catch {
    // It was told the first time.
  }
  state[shared.began] = 0;
  return performance.now() - start;
}

/** Collects garbage, and gives the bytes that are still held. */
function collector(): () => number {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  return () => {
    gc();
    gc();
    const { used_heap_size, external_memory } = getHeapStatistics();
    return used_heap_size + external_memory;
  };
}
