import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import type { Event, Report } from "../../core/event.ts";
import { type Finished, storeIn } from "./command.ts";

const bin = join(resolve(import.meta.dirname, "../.."), "core/bin.js");

/** The command line at work, in a process group of its own, as a shell starts it. */
export interface Running {
  /** Resolves when what it has written on stdout, or with `stderr` there, matches. */
  says(pattern: RegExp, stream?: "stdout" | "stderr"): Promise<void>;
  /** To the process alone, as `kill` does. */
  kill(signal: NodeJS.Signals): void;
  /** To all of its group, as a terminal does on Ctrl-C. */
  killGroup(signal: NodeJS.Signals): void;
  readonly finished: Promise<Finished & { readonly signal: NodeJS.Signals | null }>;
  /** Whether any process that it started is still there. */
  leavesProcesses(): Promise<boolean>;
}

/** @param around its environment besides this process's, and options of Node */
export function launch(
  args: readonly string[],
  cwd: string,
  around: { readonly env?: NodeJS.ProcessEnv; readonly node?: readonly string[] } = {},
): Running {
  const options = ["--conditions=@servicing/source", ...(around.node ?? [])];
  const child = spawn(process.execPath, [...options, bin, ...args], {
    cwd,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      SERVICING_STORE: storeIn(cwd),
      NO_COLOR: "1",
      FORCE_COLOR: undefined,
      ...around.env,
    },
  });
  const id = child.pid;
  if (id === undefined) throw new Error("the command line did not start");
  const text = { stdout: "", stderr: "" };
  const waiting = new Set<() => void>();
  for (const stream of ["stdout", "stderr"] as const)
    child[stream].setEncoding("utf8").on("data", (more: string) => {
      text[stream] += more;
      for (const check of waiting) check();
    });
  const finished = new Promise<Awaited<Running["finished"]>>((done) =>
    child.on("close", (code, signal) => done({ code, signal, ...text })),
  );
  return {
    finished,
    says: (pattern, stream = "stdout") =>
      new Promise((found, failed) => {
        const check = (): void => {
          if (!pattern.test(text[stream])) return;
          waiting.delete(check);
          found();
        };
        waiting.add(check);
        check();
        void finished.then(({ code, stdout, stderr }) =>
          failed(new Error(`ended with ${code} before it said ${pattern}:\n${stdout}\n${stderr}`)),
        );
      }),
    kill: (signal) => process.kill(id, signal),
    killGroup: (signal) => process.kill(-id, signal),
    async leavesProcesses() {
      // Where a parent went before its child, it takes a moment until somebody has collected that.
      for (let left = 20; left > 0; left -= 1) {
        if (!exists(-id)) return false;
        await new Promise((later) => setTimeout(later, 100));
      }
      return true;
    },
  };
}

function exists(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}

/** What `run --json` printed. */
export function eventsOf(stdout: string): readonly Event[] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((row) => JSON.parse(row) as Event);
}

/** The report that ended it. */
export function reportOf(stdout: string): Report {
  const last = eventsOf(stdout).at(-1);
  if (last?.type !== "reported") throw new Error(`the last event is ${last?.type}`);
  return last.report;
}
