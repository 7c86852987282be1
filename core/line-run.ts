import { statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { failure } from "./error.ts";
import { passage } from "./checkpoints.ts";
import { capturedTarget } from "./device-steps.ts";
import type { Target } from "./engine.ts";
import type { Event, Report } from "./event.ts";
import { type FileDigest, sha256Of } from "./file-bytes.ts";
import { execute, problemOf } from "./execute.ts";
import { fatesOf, isDone } from "./fate.ts";
import type { ImageInfo } from "./image.ts";
import type { Line } from "./line.ts";
import { knownOf } from "./line-known.ts";
import { type LineRecord, outputsOf, writeRecord } from "./line-record.ts";
import { artifact, delivered, kept, phaseTimes, reused } from "./line-report.ts";
import { lockFileName, ownFiles, refuseUnlocked, writeLock } from "./lock-file.ts";
import type { Servicing } from "./plugin.ts";
import { preflight, refuseDevice } from "./preflight.ts";
import { createRunner } from "./runner.ts";
import { inPlace, tidyPlace } from "./run-place.ts";
import { type PlanOptions, prepare, type Prepared } from "./line-plan.ts";
import type { Plan, Step } from "./step.ts";
import type { Table } from "./table.ts";
import { sourceStamp } from "./wim-file.ts";

export interface RunLineOptions extends PlanOptions {
  readonly signal: AbortSignal;
  readonly dryRun?: boolean;
  /** Leaves the work folder of a line that failed, so that its commands can be run again by hand. */
  readonly keepWork?: boolean;
  /**
   * Does everything again, whatever the store and the last run hold. Lines that are run together give the same set, into
   * which goes what was made since, so that what they share is done again once.
   */
  readonly fresh?: Set<string> | undefined;
  /** Runs only on what servicing.lock.json says, and does not write it. */
  readonly frozen?: boolean;
  /** The line as it was planned together with others; absent: it is planned by itself. */
  readonly prepared?: Promise<Prepared> | undefined;
  emit(event: Event): void;
}

/**
 * Plans and runs a line. What goes wrong before the first step is thrown; what goes wrong after it is in the report.
 * @throws ServicingError
 */
export async function runLine(line: Line, options: RunLineOptions): Promise<Report> {
  const start = performance.now();
  const prepared = await (options.prepared ?? prepare(line, { ...options, room: options.dryRun !== true }));
  if (options.frozen === true) refuseUnlocked(line.folder, line.line, prepared.inputs);
  const known = knownOf(line, prepared, options.fresh !== undefined);
  const plan = { ...prepared.plan, fates: fatesOf(prepared.plan, known) };
  const { servicing } = prepared;
  const warnings = [...plan.warnings];
  const warn = (text: string): void => void (warnings.includes(text) || warnings.push(text));
  const emit = (event: Event): void => {
    try {
      servicing.hooks.event.call(event);
    } catch (error) {
      // Events come from the middle of a process's output, where a throw would end the run without its undo.
      warn(problemOf(error).message);
    }
    options.emit(event);
  };
  emit({ type: "planned", line: line.line, plan });
  // Somebody may take the source away while the line runs.
  const sourceBytes = statSync(plan.source.file, { throwIfNoEntry: false })?.size ?? 0;
  const report = (of: Partial<Report> & Pick<Report, "ok" | "outcome">): Report => ({
    line: line.line,
    milliseconds: Math.round(performance.now() - start),
    results: [],
    artifacts: [],
    sourceBytes,
    routes: routesOf(plan),
    phases: [],
    warnings,
    ...told(plan, []),
    folder: "",
    ...of,
  });
  if (options.dryRun === true) {
    const planned = report({ ok: true, outcome: "skipped" });
    emit({ type: "reported", line: line.line, report: planned });
    return planned;
  }
  await prepared.store.sweep().catch(() => undefined);
  if (known.record !== undefined && isDone(plan, known)) {
    await tidyPlace(plan, { runner: createRunner(), warn });
    const results = plan.steps.map((step) => reused(step, line.line, emit));
    for (const text of known.record.warnings) warn(text);
    const { artifacts, tables = [] } = known.record;
    const all = { ...told(plan, tables), ...delivered(plan) };
    const unchanged = report({ ok: true, outcome: "done", results, artifacts, ...all });
    if (options.frozen !== true) await noteInputs(line, prepared, options.signal, warn);
    return reported(unchanged, servicing, emit);
  }
  return serviced({ ...prepared, plan }, line, { ...options, warn, emit }, report);
}

/** Carries out a plan whose result is not there yet. */
async function serviced(
  { plan, engine, servicing, store, digests, inputs, source }: Prepared,
  line: Line,
  options: RunLineOptions & { warn(text: string): void },
  report: (of: Partial<Report> & Pick<Report, "ok" | "outcome">) => Report,
): Promise<Report> {
  const { signal, warn, emit, fresh } = options;
  const runner = createRunner();
  if (line.device !== undefined && plan.items.some(({ verdict }) => verdict?.strategy === "online"))
    refuseDevice(line.device);
  await preflight(plan, engine.platforms, line.runs, ownFiles(line), { runner, signal, warn });
  const imageOf = (index: number): ImageInfo =>
    plan.source.images.find((image) => image.index === index) as ImageInfo;
  const target = (index: number): Target => engine.target(imageOf(index), plan.work);
  const targetOf = ({ image, phase }: Step): Target | undefined => {
    if (image === undefined) return undefined;
    return phase === "capture" ? capturedTarget(imageOf(image), plan.work, engine) : target(image);
  };
  const guard = (): void => {
    if (sourceStamp(plan.source.file) !== source)
      throw failure("SERVICING_IMAGE_CHANGED", { file: plan.source.file });
  };
  const onWait = (step: Step, process: number): void =>
    emit({
      type: "output",
      line: line.line,
      step,
      text: `waits for process ${process}, which makes the same\n`,
    });
  return inPlace(plan, { runs: line.runs, runner, warn }, async ({ folder, journal, keepWork, endWork }) => {
    const written = new Map<string, FileDigest>();
    let hashed: Promise<FileDigest> | undefined;
    const lasting: string[] = [];
    const tables: Table[] = [];
    const recall = (text: string): void => {
      if (!lasting.includes(text)) lasting.push(text);
      warn(text);
    };
    const passed = passage(plan, {
      store,
      digests,
      signal,
      fresh,
      target,
      guard,
      lasting,
      recall,
      warn,
      onWait,
    });
    const executed = await execute(plan, {
      runner,
      signal,
      folder,
      journal,
      faults: servicing.faults,
      passage: passed.pass,
      placing: passed.placing,
      target: targetOf,
      emit,
      warn: recall,
      table: (each) => void tables.push(each),
      digested: (file, digest) => void written.set(file, digest),
      guard(file) {
        guard();
        passed.guard();
        // While the disk is still writing it, it is in memory.
        const known = written.get(file);
        hashed = known === undefined ? sha256Of(file, signal) : Promise.resolve(known);
        return hashed;
      },
    });
    await journal.runEnded(executed.outcome).catch((error: unknown) => warn(problemOf(error).message));
    const ok = executed.outcome === "done";
    const artifacts = ok ? [await artifact(plan, await hashed)] : [];
    if (executed.stack !== undefined)
      await writeFile(join(folder, "stack.txt"), executed.stack).catch(() => undefined);
    if (!ok && options.keepWork === true) {
      keepWork();
      warn(`${plan.work} was kept; \`servicing clean\` removes it`);
    }
    if (ok) {
      await noteResult(plan, line, { inputs, artifacts, warnings: lasting, tables }).catch((error: unknown) =>
        warn(`the next run will not know of this one: ${problemOf(error).message}`),
      );
      if (options.frozen !== true) await noteInputs(line, { inputs }, signal, warn);
    }
    await endWork();
    const { outcome, results, error } = executed;
    const times = phaseTimes(plan, results);
    const failed = error === undefined ? {} : { error };
    const all = { ...told(plan, tables), ...(ok ? delivered(plan) : {}) };
    const made = report({ ok, outcome, results, ...failed, artifacts, phases: times, ...all, folder });
    return await reported(made, servicing, emit);
  });
}

/** What plugins told, and what was found. */
function told(plan: Plan, found: readonly Table[]): Pick<Report, "tables"> {
  const tables = [...(plan.tables ?? []), ...found];
  return tables.length === 0 ? {} : { tables };
}

async function noteResult(
  plan: Plan,
  line: Line,
  {
    inputs,
    artifacts,
    warnings,
    tables,
  }: Pick<LineRecord, "artifacts" | "warnings" | "tables"> & Pick<Prepared, "inputs">,
): Promise<void> {
  await writeRecord(line.records, line.line, {
    ...(plan.fingerprint === undefined ? {} : { fingerprint: plan.fingerprint }),
    ...(inputs === undefined ? {} : { inputs }),
    artifacts,
    outputs: outputsOf(plan) ?? {},
    warnings,
    ...(tables === undefined || tables.length === 0 ? {} : { tables }),
    finished: new Date().toISOString(),
  });
}

/** The result is there: for want of a lock file the line has not failed. */
async function noteInputs(
  line: Line,
  { inputs }: Pick<Prepared, "inputs">,
  signal: AbortSignal,
  warn: (text: string) => void,
): Promise<void> {
  if (inputs === undefined) return;
  await writeLock(line.folder, line.line, inputs, signal).catch((error: unknown) =>
    warn(`${lockFileName} was not written: ${problemOf(error).message}`),
  );
}

/** A report hook that fails makes the line fail: it may be what proves or delivers the result. */
async function reported(report: Report, servicing: Servicing, emit: (event: Event) => void): Promise<Report> {
  let final = report;
  try {
    await servicing.hooks.report.promise(report);
  } catch (error) {
    final = { ...report, ok: false, outcome: "failed", error: report.error ?? problemOf(error) };
  }
  return kept(final, emit);
}

function routesOf(plan: Plan): Readonly<Record<string, number>> {
  const routes: Record<string, number> = {};
  for (const { verdict } of plan.items) {
    const route = verdict?.strategy ?? "left out";
    routes[route] = (routes[route] ?? 0) + 1;
  }
  return routes;
}
