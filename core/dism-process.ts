import { setTimeout as after } from "node:timers/promises";
import { commandLine } from "./command-line.ts";
import { judgeAnswer } from "./confirmation.ts";
import { exitCodeOf, explained, processTitle } from "./dism-failure.ts";
import { mountedImages, refuseLost } from "./dism-mount.ts";
import type { Confirmation, Mount, Process } from "./engine.ts";
import type { FaultTable } from "./fault-table.ts";
import { canonicalCode, codeText } from "./formats/dism-fault.ts";
import { makeFolder } from "./make-folder.ts";
import type { RunOptions, Runner } from "./runner.ts";

export interface ProcessContext extends RunOptions {
  readonly runner: Runner;
  readonly faults: FaultTable;
  warn(text: string): void;
}

/**
 * Runs a process as its data say: with its mount looked at before and after, again where its exit code passes by itself,
 * and confirmed by a query. A process without any of these is just run.
 * @throws SERVICING_MOUNT_LOST, SERVICING_NOT_CONFIRMED, and as the runner, with what the exit code says
 */
export async function runProcess(process: Process, context: ProcessContext): Promise<void> {
  const title = processTitle(process);
  const { mounted, confirm, folders = [] } = process;
  for (const folder of folders) makeFolder(folder);
  if (mounted !== undefined && mounted.when !== "after")
    await checkMount(mounted, process, `before ${title}`, context);
  let done: "done" | "tolerated";
  try {
    done = await patiently(process, context);
  } catch (error) {
    // What DISM said of it may only come of the mount's being gone.
    if (mounted?.when === "around" && context.signal?.aborted !== true)
      await checkMount(mounted, process, `after ${title}`, context);
    throw error;
  }
  if (mounted !== undefined && mounted.when !== "before")
    await checkMount(mounted, process, `after ${title}`, context);
  if (confirm !== undefined && done === "done") await checkShown(confirm, process, context);
}

async function patiently(process: Process, context: ProcessContext): Promise<"done" | "tolerated"> {
  const { codes = [], times = 1, seconds = 0 } = process.retry ?? {};
  for (let run = 1; ; run += 1) {
    const since = new Date();
    try {
      await context.runner.run(process, context);
      return "done";
    } catch (error) {
      const exitCode = exitCodeOf(error);
      const has = (code: number): boolean =>
        exitCode !== undefined && canonicalCode(code) === canonicalCode(exitCode);
      const tolerated = process.tolerated?.find((each) => has(each.exitCode));
      if (tolerated !== undefined) {
        context.warn(
          `${processTitle(process)} ended with ${codeText(tolerated.exitCode)}: ${tolerated.because}`,
        );
        return "tolerated";
      }
      if (run >= times || !codes.some(has)) {
        const faults = context.faults.of(process.run);
        throw await explained(error, process, { faults, since, log: context.log ?? "no log" });
      }
      context.onOutput?.(`ended with ${codeText(exitCode ?? 0)}; again in ${run * seconds} s\n`);
      // Whoever interrupts is told so by the runner.
      await after(1000 * run * seconds, undefined, { signal: context.signal }).catch(() => undefined);
    }
  }
}

async function checkMount(
  mount: Mount,
  process: Process,
  when: string,
  { runner, signal, log }: ProcessContext,
): Promise<void> {
  refuseLost(mount, await mountedImages(runner, logOf(process), { signal, log }), when);
}

async function checkShown(
  confirm: Confirmation,
  process: Process,
  { runner, signal, log: output, warn }: ProcessContext,
): Promise<void> {
  const where = process.args.filter((argument) => /^\/(?:Image:|Online$)/i.test(argument));
  const log = logOf(process);
  const logged = log === undefined ? [] : [`/LogPath:${log}`];
  const args = [...where, "/English", ...logged, ...confirm.query];
  const query = { run: process.run, args, writes: false };
  const { stdout } = await runner.run(query, { signal, log: output }).catch((error: unknown) => {
    if (signal?.aborted === true) throw error;
    return { stdout: "" };
  });
  judgeAnswer(confirm, stdout, { title: processTitle(process), command: commandLine(process) }, warn);
}

function logOf({ args }: Process): string | undefined {
  return args.find((argument) => argument.startsWith("/LogPath:"))?.slice("/LogPath:".length);
}
