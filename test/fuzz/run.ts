// oxlint-disable unicorn/require-post-message-target-origin -- to a thread, not to a window
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { now, shared, type Message, type Order } from "./worker.ts";

export interface RunOptions {
  readonly runs: number;
  readonly seed: string;
  /** First number; 0 unless given. */
  readonly from?: number;
  /** Module that exports `targets`. */
  readonly targets?: URL;
  /** Longest that one input may take, in milliseconds. */
  readonly slow?: number;
  /** Largest heap of the reader, in MiB. */
  readonly heap?: number;
  /** Folder for inputs that fail. */
  readonly folder: string;
  onProgress?(done: number): void;
}

export interface Failure {
  readonly kind: "threw" | "slow" | "hung" | "hoarded" | "grew" | "died";
  readonly number: number;
  readonly message: string;
  /** The input, as it was given to the reader. */
  readonly file: string;
}

export interface Outcome {
  readonly target: string;
  readonly runs: number;
  /** Inputs that the reader took, rather than refuse them with an error of its own. */
  readonly accepted: number;
  readonly seconds: number;
  readonly slowestMilliseconds: number;
  /** Number of the input that took longest. */
  readonly slowest: number;
  /** Most that was held of the heap and outside of it while one input was read, in MiB. */
  readonly peakMebibytes: number;
  readonly failures: readonly Failure[];
}

/** A file system in memory, where there is one: every input of some readers is a file. */
const memory = "/dev/shm";
const module = new URL("./worker.ts", import.meta.url);
/** Past this multiple of the time that an input may take, its reader will not come back. */
const patience = 5;
/** After so many, a reader is known to be broken. */
const enough = 10;

/** Feeds a target with `runs` inputs, in a thread of its own that is ended when it hangs and goes on behind the input that hung it. */
export async function fuzz(target: string, options: RunOptions): Promise<Outcome> {
  const from = options.from ?? 0;
  const end = from + options.runs;
  const start = performance.now();
  const scratch = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), "servicing-fuzz-"));
  const failures: Failure[] = [];
  let outcome = { accepted: 0, slowestMilliseconds: 0, slowest: from, peakMebibytes: 0 };
  try {
    for (let next = from; next < end && failures.length < enough;) {
      const part = await batch(target, next, end, scratch, options);
      next = part.next;
      outcome = {
        accepted: outcome.accepted + part.accepted,
        slowestMilliseconds: Math.max(outcome.slowestMilliseconds, part.slowestMilliseconds),
        slowest: part.slowestMilliseconds > outcome.slowestMilliseconds ? part.slowest : outcome.slowest,
        peakMebibytes: Math.max(outcome.peakMebibytes, part.peakMebibytes),
      };
      const last = part.failures.at(-1);
      // The machine may have stood still: whoever hangs, hangs again.
      const again =
        last?.kind !== "hung" ||
        (await batch(target, last.number, next, scratch, options)).failures.length > 0;
      failures.push(...(again ? part.failures : part.failures.slice(0, -1)));
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return { target, runs: options.runs, seconds: (performance.now() - start) / 1000, ...outcome, failures };
}

interface Part extends Omit<Outcome, "target" | "runs" | "seconds"> {
  /** The number to go on with. */
  readonly next: number;
}

function batch(
  target: string,
  from: number,
  end: number,
  scratch: string,
  options: RunOptions,
): Promise<Part> {
  const slow = options.slow ?? 1000;
  const common = new SharedArrayBuffer(shared.bytes);
  const state = new Float64Array(common, 0, 8);
  state[shared.number] = from;
  const order: Order = {
    memory: common,
    target,
    from,
    end,
    seed: options.seed,
    scratch,
    slow,
    targets: (options.targets ?? new URL("./targets.ts", import.meta.url)).href,
    enough,
  };
  const heap = options.heap ?? 256;
  const worker = threads.get(heap) ?? threadWith(heap);
  threads.delete(heap);
  worker.ref();
  const failures: Failure[] = [];
  const note = (kind: Failure["kind"], number: number, message: string, input?: Uint8Array): void => {
    const file = join(options.folder, `${target}-${options.seed}-${number}.bin`);
    mkdirSync(options.folder, { recursive: true });
    if (input !== undefined) writeFileSync(file, input);
    failures.push({ kind, number, message, file });
  };
  const part = (next: number): Part => ({
    next,
    accepted: state[shared.accepted]!,
    slowestMilliseconds: state[shared.slowest]!,
    slowest: state[shared.slowestNumber]!,
    peakMebibytes: state[shared.peak]! / 2 ** 20,
    failures,
  });
  const current = (): Uint8Array =>
    Buffer.from(common, shared.inputAt, Math.min(state[shared.length]!, shared.largestInput));
  return new Promise<Part>((resolve) => {
    const finish = (): void => {
      clearInterval(watchdog);
      worker.off("message", hear).off("error", crash).off("exit", leave);
    };
    const fail = (kind: Failure["kind"], message: string): void => {
      finish();
      const number = state[shared.number]!;
      note(kind, number, message, current());
      void worker.terminate().then(() => resolve(part(number + 1)));
    };
    const watchdog = setInterval(
      () => {
        const began = state[shared.began]!;
        options.onProgress?.(state[shared.number]! - (options.from ?? 0));
        if (began !== 0 && now() - began > patience * slow)
          fail("hung", `it had not come back after ${patience * slow} ms`);
      },
      Math.min(200, slow),
    );
    const hear = (message: Message): void => {
      if (message.kind !== "done") return note(message.kind, message.number, message.text, message.input);
      finish();
      worker.unref();
      threads.set(heap, worker);
      resolve(part(end));
    };
    const crash = (error: NodeJS.ErrnoException): void => {
      const hoarded = error.code === "ERR_WORKER_OUT_OF_MEMORY";
      fail(hoarded ? "hoarded" : "died", error.stack ?? String(error));
    };
    const leave = (code: number): void => fail("died", `its thread ended with ${code}`);
    worker.on("message", hear).on("error", crash).on("exit", leave);
    worker.postMessage(order);
  });
}

/** Threads that wait for the next order, by the size of their heap: to load everything anew takes longer than to read. */
const threads = new Map<number, Worker>();

function threadWith(heap: number): Worker {
  return new Worker(module, {
    resourceLimits: { maxOldGenerationSizeMb: heap, maxYoungGenerationSizeMb: 16 },
  });
}

/** What a failure is, where its input lies, and how to see it again. */
export function describe(failure: Failure, { target }: Pick<Outcome, "target">, seed: string): string {
  const script = fileURLToPath(new URL("./fuzz.ts", import.meta.url));
  return [
    `${target}: input ${failure.number} of seed ${seed} ${failure.kind}: ${failure.message}`,
    `  input: ${failure.file}`,
    `  again: node --conditions=@servicing/source ${script} ${target} --seed ${seed} --from ${failure.number} --runs 1`,
  ].join("\n");
}
