import { join } from "node:path";
import { perform } from "./acts/perform.ts";
import { allEnded } from "./all-ended.ts";
import { type Passage, places } from "./checkpoints.ts";
import type { Command, Target } from "./engine.ts";
import { runProcess } from "./dism-process.ts";
import { syncFile } from "./durable-file.ts";
import { failure, isServicingError, servicingError } from "./error.ts";
import type { Event, Outcome, Problem, StepResult } from "./event.ts";
import { type FaultTable, faultTable } from "./fault-table.ts";
import type { StepJournal } from "./journal.ts";
import type { FileDigest } from "./file-bytes.ts";
import type { Runner } from "./runner.ts";
import type { Plan, Step } from "./step.ts";
import type { Table } from "./table.ts";
import { undoSteps } from "./undo.ts";
import { wimError } from "./wim-file.ts";

export interface Execution {
  readonly runner: Runner;
  readonly signal: AbortSignal;
  /** Folder of the logs. */
  readonly folder: string;
  readonly journal: StepJournal;
  /** What exit codes say; absent: those that servicing knows. */
  readonly faults?: FaultTable;
  /** Decides whether a step has to be carried out. */
  readonly passage: Passage["pass"];
  /** Called before a step puts a file or folder in its place, save a result; throws where it must not be. */
  readonly placing?: Passage["placing"];
  /** What the commands of a step work on, where it is of one image. */
  target(step: Step): Target | undefined;
  emit(event: Event): void;
  warn(text: string): void;
  table?(table: Table): void;
  /** Called with the digest of a file that was written. */
  digested?(file: string, digest: FileDigest): void;
  /** Called before a result is put in place; throws where it must not be. What it promises is waited for. */
  guard(file: string): Promise<unknown> | undefined;
}

export interface Executed {
  readonly outcome: Outcome;
  readonly results: readonly StepResult[];
  readonly error?: Problem;
  /** Of an error that is no ServicingError: for the run folder. */
  readonly stack?: string;
}

/** Carries out the steps of a plan, in order; on failure or interruption undoes what was begun, latest first. */
export async function execute(plan: Plan, io: Execution): Promise<Executed> {
  const results: StepResult[] = [];
  const begun: Step[] = [];
  let failed: Executed | undefined;
  for (const step of plan.steps) {
    if (failed !== undefined) {
      finish(step, { step: step.id, outcome: "skipped", milliseconds: 0 });
      continue;
    }
    const log = logOf(step, io);
    io.emit({ type: "started", line: plan.line, step });
    const start = performance.now();
    const elapsed = (): number => Math.round(performance.now() - start);
    try {
      io.signal.throwIfAborted();
      const outcome = await io.passage(step, async (each) => {
        await io.journal.begun(each);
        begun.push(each);
        for (const command of each.commands) await carryOut(command, each, logOf(each, io), plan.line, io);
      });
      if (begun.includes(step)) await noted(step, outcome);
      const logged = outcome === "done" ? { log } : {};
      finish(step, { step: step.id, outcome, milliseconds: elapsed(), ...logged });
    } catch (error) {
      const outcome = io.signal.aborted ? "cancelled" : "failed";
      const problem = problemOf(
        io.signal.aborted ? failure("SERVICING_INTERRUPTED", { during: step.title }) : error,
        log,
      );
      finish(step, { step: step.id, outcome, milliseconds: elapsed(), log, error: problem });
      const stack = error instanceof Error && !isServicingError(error) ? error.stack : undefined;
      failed = { outcome, results, error: problem, ...(stack === undefined ? {} : { stack }) };
      if (begun.includes(step)) await noted(step, outcome);
      await undoSteps(begun, io);
    }
  }
  return failed ?? { outcome: "done", results };

  /** Nothing depends on it: a recovery undoes every step that began. So a result in place is no failure for want of it. */
  async function noted(step: Step, outcome: Outcome): Promise<void> {
    await io.journal.ended(step, outcome).catch((error: unknown) => io.warn(problemOf(error).message));
  }

  function finish(step: Step, result: StepResult): void {
    results.push(result);
    io.emit({ type: "finished", line: plan.line, step, result });
  }
}

function logOf(step: Step, io: Execution): string {
  return join(io.folder, `${step.id.padStart(2, "0")}-${step.phase}.log`);
}

async function carryOut(
  command: Command,
  step: Step,
  log: string,
  line: string,
  io: Execution,
): Promise<void> {
  const onProgress = (percent: number, what: string): void =>
    io.emit({ type: "progress", line, step, percent, what });
  const onOutput = (text: string): void => io.emit({ type: "output", line, step, text });
  const { runner, signal, warn, faults = faultTable() } = io;
  if (!("act" in command)) {
    await runProcess(command, { runner, signal, log, faults, warn, onProgress, onOutput });
    return;
  }
  if (places(command)) await io.placing?.(step);
  if (command.act === "publish") await readyToPublish(command.file, io);
  const target = io.target(step);
  const table = (each: Table): void => io.table?.(each);
  const digested = (file: string, digest: FileDigest): void => io.digested?.(file, digest);
  await perform(command, {
    runner,
    signal,
    log,
    target,
    faults,
    onProgress,
    onOutput,
    warn,
    table,
    digested,
  });
}

/**
 * All that takes time and may fail or be stopped comes before the rename: once a result has its name, what was there is
 * gone, and its step can only be done.
 */
async function readyToPublish(file: string, { guard, signal }: Execution): Promise<void> {
  const looked = guard(file);
  // What looks at it reads what the disk is still writing.
  await allEnded([looked, syncFile(file)]).catch((error: unknown) => {
    throw wimError(file, error);
  });
  signal.throwIfAborted();
}

/** @param log where the full output is, if any */
export function problemOf(error: unknown, log?: string): Problem {
  const known = servicingError(error);
  return {
    code: known.code,
    message: known.message,
    remedy: known.remedy,
    ...(known.command === undefined ? {} : { command: known.command }),
    ...(known.evidence.length === 0 ? {} : { evidence: known.evidence }),
    ...(log === undefined ? {} : { log }),
  };
}
