import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { painter, showsColour } from "../colour.ts";
import type { Invocation } from "../cli-commands.ts";
import type { runCollection } from "../collection-run.ts";
import { failure, isServicingError, servicingError } from "../error.ts";
import type { Event, Report, RunReport } from "../event.ts";
import { showError } from "../error-view.ts";
import { endedValue } from "../json.ts";
import type { runLine, RunLineOptions } from "../line-run.ts";
import type { Collection, Line } from "../line.ts";
import { refuseSharedOutputs, refuseSharedPlaces } from "../output-file.ts";
import { chosen, loadProject } from "../project.ts";
import { createView, type View } from "../view.ts";
import { linesText, reportText } from "../report.ts";
import { keepRunReport, type RunError, runReport } from "../run-report.ts";
import type { Plan } from "../step.ts";
import { tableWidth } from "../table-text.ts";
import { leaves, runTask, sideBySide, type TaskFunction, type TaskLeaf, type TaskTree } from "../task.ts";

export type RunLine = typeof runLine;

export async function run(invocation: Invocation): Promise<number> {
  const project = await loadProject(invocation.flags);
  const tree = chosen(project, invocation.positionals);
  const [{ runLine: runOne }, { prepareTogether }] = await Promise.all([
    import("../line-run.ts"),
    import("../line-plan.ts"),
  ]);
  const { engine, resume } = invocation.flags;
  const room = !invocation.flags.dryRun;
  const options = { signal: invocation.signal, room, resume, ...(engine === undefined ? {} : { engine }) };
  const others = project.workspace && sideBySide(tree).length === 1 ? project.lines : [];
  return runTree(tree, invocation, runOne, {
    runs: project.runs,
    together: (group) => prepareTogether(group, options, others),
  });
}

/** What a run of several lines may need besides them. */
export interface TreeOptions {
  /** Folder of the run folders; absent: the report of several lines is not kept. */
  readonly runs?: string;
  /** Plans lines that are run side by side with regard to each other. */
  together?(group: readonly Line[]): ReadonlyMap<Line, RunLineOptions["prepared"]>;
}

/** Runs a tree of lines, shows it, and gives the exit code, which only reports and errors decide. */
export async function runTree(
  tree: TaskTree,
  invocation: Invocation,
  runOne: RunLine,
  { runs, together = () => new Map() }: TreeOptions = {},
): Promise<number> {
  const { flags, stdout, stderr, env } = invocation;
  const start = performance.now();
  const all = leaves(tree);
  await refuseOutputs(all);
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
  const shared = await placesOfAll(all);
  const emit = (event: Event): void => {
    if (event.type === "planned") outcome.plans.set(event.line, event.plan);
    view.show(event);
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
  const { dryRun, keepWork, resume } = flags;
  const servicing = (line: Line): Promise<boolean> =>
    one(line.line, async () => {
      await shared.add([[line, prepared(line)]]);
      const report = await runOne(line, {
        signal,
        dryRun,
        keepWork,
        resume,
        fresh,
        frozen: flags.frozen,
        prepared: prepared(line),
        ...(flags.engine === undefined ? {} : { engine: flags.engine }),
        emit,
      });
      outcome.reports.push(report);
      return report.ok;
    });
  const gathering = (collection: Collection): Promise<boolean> =>
    one(collection.name, async () => {
      const options = { signal, dryRun, keepWork, fresh: flags.fresh, emit };
      const report = await gathered(collection, outcome, options);
      outcome.reports.push(report);
      return report.ok;
    });
  const most = flags.parallel ?? availableParallelism();
  try {
    if (all.length > 1) await shared.add(await plannedBefore(tree, prepared, together));
    await runTask(tree, { signal, parallel: most, line: servicing, call: calling, gather: gathering });
    if (!invocation.signal.aborted)
      for (const leaf of all.filter(({ name }) => !begun.has(name))) {
        const error = notBegun(leaf, failed, outcome);
        if (error === undefined) continue;
        outcome.errors.push({ line: leaf.name, error });
        view.ended(leaf.name, error);
      }
  } finally {
    await view.close();
  }
  const exit = invocation.signal.aborted ? 130 : outcome.exitCode();
  const { reports, errors } = outcome;
  const whole = runReport(names, {
    ok: exit === 0,
    milliseconds: performance.now() - start,
    reports,
    errors,
  });
  const ended = all.length > 1 && !dryRun && runs !== undefined ? await placed(whole, runs, stderr) : whole;
  if (!flags.json) {
    const shown = {
      colour: showsColour(stdout, env),
      cwd: process.cwd(),
      why: flags.why,
      width: tableWidth(stdout),
    };
    for (const report of reports)
      stdout.write(`\n${reportText(report, { ...shown, plan: outcome.plans.get(report.line) })}\n`);
    const lines = all.flatMap((leaf) => (leaf.kind === "function" ? [] : [leaf.name]));
    if (all.length > 1) stdout.write(`\n${linesText(lines, ended, shown)}\n`);
  }
  for (const { error } of errors) showError(error, { ...flags, stdout, stderr, env });
  if (flags.json && all.length > 1) stdout.write(`${JSON.stringify(endedValue(ended))}\n`);
  return exit;
}

/** @throws SERVICING_OUTPUT_SHARED, SERVICING_OUTPUT_IS_SOURCE */
async function refuseOutputs(all: readonly TaskLeaf[]): Promise<void> {
  const collections = all.flatMap((leaf) => (leaf.kind === "collection" ? [leaf.collection] : []));
  refuseSharedOutputs([
    ...all.flatMap((leaf) => (leaf.kind === "line" ? [leaf.line] : [])),
    ...collections.map(({ name, output }) => ({ line: name, output })),
  ]);
  if (collections.length === 0) return;
  const { refuseSources } = await import("../collection-run.ts");
  for (const collection of collections) refuseSources(collection);
}

type Planned = readonly (readonly [Line, RunLineOptions["prepared"]])[];

/**
 * Plans of lines before the first begins. Where all are run side by side, they are what is carried out; else something may
 * come before that makes what they read, so that they tell only what is made, and only of lines that deliver something.
 */
async function plannedBefore(
  tree: TaskTree,
  prepared: (line: Line) => RunLineOptions["prepared"],
  together: NonNullable<TreeOptions["together"]>,
): Promise<Planned> {
  const groups = sideBySide(tree);
  const lines = [...new Set(groups.flat())];
  if (groups.length === 1 && leaves(tree).every(({ kind }) => kind !== "function"))
    return lines.map((line) => [line, prepared(line)]);
  const { delivers } = await import("../lifecycle.ts");
  const delivering = lines.filter((line) => delivers(line.line, line.plugins));
  return delivering.length < 2 ? [] : [...together(delivering)];
}

interface SharedPlaces {
  /** Of lines that can be planned; why another cannot, it says itself. @throws SERVICING_OUTPUT_SHARED */
  add(planned: Planned): Promise<void>;
}

/** What the lines of a run put in place or remove, as far as that is known. */
async function placesOfAll(all: readonly TaskLeaf[]): Promise<SharedPlaces> {
  const [{ placesOf, namesOf }, { unfinishedName }] = await Promise.all([
    import("../plan-places.ts"),
    import("../unfinished-name.ts"),
  ]);
  const result = (file: string): readonly string[] => [file, unfinishedName(file)];
  const names = new Map(
    all.flatMap((leaf) => {
      if (leaf.kind === "line") return [[leaf.name, result(leaf.line.output.file)] as const];
      return leaf.kind === "collection" ? [[leaf.name, result(leaf.collection.output.file)] as const] : [];
    }),
  );
  return {
    async add(planned) {
      const settled = await Promise.allSettled(planned.map(([, its]) => its));
      for (const [at, one] of settled.entries()) {
        const [line] = planned[at] as Planned[number];
        if (one.status === "fulfilled" && one.value !== undefined)
          names.set(line.line, placesOf(one.value.plan).flatMap(namesOf));
      }
      refuseSharedPlaces([...names].map(([line, its]) => ({ line, names: its })));
    },
  };
}

/** The lines that it is made of have run by then, or were looked at in a dry run. */
async function gathered(
  collection: Collection,
  { plans, reports }: Outcome,
  options: Parameters<typeof runCollection>[2],
): Promise<Report> {
  const { memberOf, resultThere, runCollection } = await import("../collection-run.ts");
  const members = collection.lines.map((line) => {
    const plan = plans.get(line.line) as Plan;
    const report = reports.find((each) => each.line === line.line);
    return memberOf(line, plan, report?.artifacts[0] ?? resultThere(line, plan));
  });
  return runCollection(collection, members, options);
}

/** Why something did not begin; undefined where that is what a series does. */
function notBegun(
  leaf: TaskLeaf,
  failed: string | undefined,
  { succeeded }: Outcome,
): ReturnType<typeof failure> | undefined {
  if (leaf.kind === "collection") {
    const { lines, output } = leaf.collection;
    const names = lines.map(({ line }) => line).filter((name) => !succeeded(name));
    return failure("SERVICING_COLLECTION_NOT_MADE", {
      file: output.file,
      failed: names.join(", "),
      there: existsSync(output.file) ? "; the one that is there stays as it was" : "",
    });
  }
  return failed === undefined ? undefined : failure("SERVICING_NOT_BEGUN", { name: leaf.name, failed });
}

/** On a full disk it can still be said, if not kept. */
async function placed(report: RunReport, runs: string, stderr: Invocation["stderr"]): Promise<RunReport> {
  try {
    return await keepRunReport(runs, report);
  } catch (error) {
    stderr.write(`warning: report.json could not be written: ${servicingError(error).message}\n`);
    return report;
  }
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
  readonly errors: RunError[] = [];

  /** A line that ran and failed weighs more than one that could not start, and than one whose device has yet to be brought back. */
  exitCode(): number {
    const failed = this.reports.filter(({ ok }) => !ok);
    if (this.errors.some(({ error }) => late.has(error.code))) return 1;
    if (failed.some(({ error }) => error?.code !== "SERVICING_DEVICE_WAITS")) return 1;
    if (failed.length > 0) return 3;
    return this.errors.length > 0 ? 2 : 0;
  }

  readonly succeeded = (name: string): boolean => this.reports.some(({ line, ok }) => line === name && ok);
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
    outcome.errors.push({ line: name, error: known });
    view.ended(name, known);
    return false;
  }
}
