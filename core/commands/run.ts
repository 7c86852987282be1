import { availableParallelism } from "node:os";
import { painter, showsColour } from "../colour.ts";
import type { Invocation } from "../cli-commands.ts";
import { failure, isServicingError, servicingError } from "../error.ts";
import type { Report } from "../event.ts";
import { showError } from "../error-view.ts";
import type { runLine, RunLineOptions } from "../line-run.ts";
import type { Line } from "../line.ts";
import { refuseSharedOutputs } from "../output-file.ts";
import { chosen, loadProject } from "../project.ts";
import { createView, type View } from "../view.ts";
import { linesText, reportText } from "../report.ts";
import type { Plan } from "../step.ts";
import { leaves, runTask, sideBySide, type TaskFunction, type TaskTree } from "../task.ts";

export type RunLine = typeof runLine;

export async function run(invocation: Invocation): Promise<number> {
  const project = await loadProject(invocation.flags);
  const tree = chosen(project, invocation.positionals);
  const [{ runLine: runOne }, { prepareTogether }] = await Promise.all([
    import("../line-run.ts"),
    import("../line-plan.ts"),
  ]);
  const { engine } = invocation.flags;
  const room = !invocation.flags.dryRun;
  const options = { signal: invocation.signal, room, ...(engine === undefined ? {} : { engine }) };
  const others = project.workspace && sideBySide(tree).length === 1 ? project.lines : [];
  return runTree(tree, invocation, runOne, (group) => prepareTogether(group, options, others));
}

/** Plans lines that are run side by side with regard to each other. */
export type Together = (group: readonly Line[]) => ReadonlyMap<Line, RunLineOptions["prepared"]>;

/** Runs a tree of lines, shows it, and gives the exit code, which only reports and errors decide. */
export async function runTree(
  tree: TaskTree,
  invocation: Invocation,
  runOne: RunLine,
  together: Together = () => new Map(),
): Promise<number> {
  const { flags, stdout, stderr, env } = invocation;
  const all = leaves(tree);
  refuseSharedOutputs(all.flatMap((leaf) => (leaf.kind === "line" ? [leaf.line] : [])));
  const stop = new AbortController();
  const signal = AbortSignal.any([invocation.signal, stop.signal]);
  const paint = painter(showsColour(stdout, env));
  const names = all.map((leaf) => leaf.name);
  const view = await createView({
    json: flags.json,
    verbose: flags.verbose,
    output: stdout,
    env,
    paint,
    names,
  });
  const outcome = new Outcome();
  const fresh = flags.fresh ? new Set<string>() : undefined;
  const groups = new Map(sideBySide(tree).flatMap((group) => group.map((line) => [line, group] as const)));
  const planned = new Map<Line, RunLineOptions["prepared"]>();
  /** Lines are planned when the first of their group is run: what comes before may make what they read. */
  const prepared = (line: Line): RunLineOptions["prepared"] => {
    if (!planned.has(line))
      for (const [one, its] of together(groups.get(line) ?? [line])) planned.set(one, its);
    return planned.get(line);
  };
  const begun = new Set<string>();
  let failed: string | undefined;
  const one = async (name: string, work: () => Promise<boolean>): Promise<boolean> => {
    begun.add(name);
    const ok = await attempt(name, view, outcome, work);
    if (!ok && flags.failFast) {
      failed ??= name;
      stop.abort();
    }
    return ok;
  };
  const calling = (name: string, task: TaskFunction): Promise<boolean> =>
    one(name, async () => {
      if (!flags.dryRun) await called(name, task, signal);
      view.ended(name);
      return true;
    });
  const servicing = (line: Line): Promise<boolean> =>
    one(line.line, async () => {
      const report = await runOne(line, {
        signal,
        dryRun: flags.dryRun,
        keepWork: flags.keepWork,
        fresh,
        frozen: flags.frozen,
        prepared: prepared(line),
        ...(flags.engine === undefined ? {} : { engine: flags.engine }),
        emit(event) {
          if (event.type === "planned") outcome.plans.set(event.line, event.plan);
          view.show(event);
        },
      });
      outcome.reports.push(report);
      return report.ok;
    });
  const most = flags.parallel ?? availableParallelism();
  try {
    await runTask(tree, { signal, parallel: most, line: servicing, call: calling });
    if (failed !== undefined && !invocation.signal.aborted)
      for (const name of names.filter((each) => !begun.has(each))) {
        const error = failure("SERVICING_NOT_BEGUN", { name, failed });
        outcome.errors.push(error);
        view.ended(name, error);
      }
  } finally {
    await view.close();
  }
  if (!flags.json) {
    const shown = { colour: showsColour(stdout, env), cwd: process.cwd(), why: flags.why };
    for (const report of outcome.reports)
      stdout.write(`\n${reportText(report, { ...shown, plan: outcome.plans.get(report.line) })}\n`);
    const lines = all.flatMap((leaf) => (leaf.kind === "line" ? [leaf.name] : []));
    if (lines.length > 1) stdout.write(`\n${linesText(lines, outcome.reports, shown)}\n`);
  }
  for (const error of outcome.errors) showError(error, { ...flags, stdout, stderr, env });
  return invocation.signal.aborted ? 130 : outcome.exitCode();
}

async function called(name: string, task: TaskFunction, signal: AbortSignal): Promise<void> {
  try {
    await task({ signal });
  } catch (error) {
    if (isServicingError(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw failure("SERVICING_TASK_FAILED", { name, reason }, { cause: error });
  }
}

/** Errors of what had begun by then. */
const late: ReadonlySet<string> = new Set(["SERVICING_UNEXPECTED", "SERVICING_TASK_FAILED"]);

class Outcome {
  readonly plans = new Map<string, Plan>();
  readonly reports: Report[] = [];
  readonly errors: unknown[] = [];

  /** A line that ran and failed weighs more than one that could not start. */
  exitCode(): number {
    if (this.reports.some((report) => !report.ok)) return 1;
    if (this.errors.some((error) => isServicingError(error) && late.has(error.code))) return 1;
    return this.errors.length > 0 ? 2 : 0;
  }
}

async function attempt(
  name: string,
  view: View,
  outcome: Outcome,
  work: () => Promise<boolean>,
): Promise<boolean> {
  try {
    return await work();
  } catch (error) {
    const known = servicingError(error, `${name}: `);
    outcome.errors.push(known);
    view.ended(name, known);
    return false;
  }
}
