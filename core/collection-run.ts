import { existsSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { collectionFates, type KnownCollection } from "./collection-fate.ts";
import { collectionEngine, type Member, planCollection } from "./collection-plan.ts";
import { failure } from "./error.ts";
import type { Artifact, Event, Report } from "./event.ts";
import { execute, problemOf } from "./execute.ts";
import type { Collection, Line } from "./line.ts";
import { type LineRecord, missedOutput, outputsOf, readRecord, writeRecord } from "./line-record.ts";
import { artifact, kept, phaseTimes, reused } from "./line-report.ts";
import { ownFiles } from "./lock-file.ts";
import { packageVersion } from "./own-package.ts";
import { refuseSource } from "./output-check.ts";
import { refuseUnready } from "./preflight.ts";
import { inPlace } from "./run-place.ts";
import { createRunner } from "./runner.ts";
import type { Plan } from "./step.ts";
import { readWim, sourceStamp } from "./wim-file.ts";

export interface CollectionOptions {
  readonly signal: AbortSignal;
  readonly dryRun?: boolean;
  readonly keepWork?: boolean;
  /** Makes it again, whatever was made of the same. */
  readonly fresh?: boolean;
  emit(event: Event): void;
}

/** A line for a collection. @param result absent where it is yet to be made */
export function memberOf(line: Line, plan: Plan, result: Artifact | undefined): Member {
  return { line, plan, source: readWim(plan.source.file), sha256: result?.sha256 };
}

/** The result of a line whose plan says that there is nothing to do. */
export function resultThere(line: Line, plan: Plan): Artifact | undefined {
  if (plan.fates === undefined || plan.fates.some(({ runs }) => runs)) return undefined;
  return readRecord(line.records, line.line)?.artifacts.find(({ file }) => file === line.output.file);
}

/**
 * Refuses a collection that would take the place of what a line is made of. What cannot be read is the line's to say.
 * @throws SERVICING_OUTPUT_IS_SOURCE
 */
export function refuseSources({ lines, output }: Collection): void {
  for (const { image } of lines) if (existsSync(image.file)) refuseReadable(output.file, image.file);
}

function refuseReadable(output: string, source: string): void {
  try {
    refuseSource(output, source);
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === "SERVICING_OUTPUT_IS_SOURCE") throw error;
  }
}

interface PreparedCollection {
  readonly plan: Plan;
  readonly known: KnownCollection & { readonly record?: LineRecord | undefined };
}

/** Plans a collection, and says what of it is there. @throws ServingError */
export function prepareCollection(
  collection: Collection,
  members: readonly Member[],
  fresh = false,
): PreparedCollection {
  const plan = planCollection(collection, members, packageVersion());
  const record = fresh ? undefined : readRecord(collection.records, collection.name);
  const known = { record, missed: record === undefined ? undefined : missedOutput(record, plan) };
  return { plan: { ...plan, fates: collectionFates(plan, members, known) }, known };
}

/**
 * Makes a collection of lines that have succeeded. What goes wrong before the first step is thrown; what goes wrong after
 * it is in the report.
 * @throws ServicingError
 */
export async function runCollection(
  collection: Collection,
  members: readonly Member[],
  options: CollectionOptions,
): Promise<Report> {
  const start = performance.now();
  const { signal, emit } = options;
  const { plan, known } = prepareCollection(collection, members, options.fresh);
  emit({ type: "planned", line: plan.line, plan });
  const warnings = [...plan.warnings];
  const warn = (text: string): void => void (warnings.includes(text) || warnings.push(text));
  const report = (of: Partial<Report> & Pick<Report, "ok" | "outcome">): Report => ({
    line: plan.line,
    milliseconds: Math.round(performance.now() - start),
    results: [],
    artifacts: [],
    sourceBytes: members.reduce((sum, { plan: { output } }) => sum + bytesOf(output.file), 0),
    routes: {},
    phases: [],
    warnings,
    folder: "",
    ...of,
  });
  if (options.dryRun === true) return kept(report({ ok: true, outcome: "skipped" }), emit);
  if (known.record !== undefined && plan.fates?.every(({ runs }) => !runs) === true) {
    const results = plan.steps.map((step) => reused(step, plan.line, emit));
    for (const text of known.record.warnings) warn(text);
    return kept(report({ ok: true, outcome: "done", results, artifacts: known.record.artifacts }), emit);
  }
  const engine = collectionEngine(members);
  const inputs = inputsOf(members);
  const stamps = new Map(inputs.map((file) => [file, sourceStamp(file)] as const));
  refuseUnready(plan, engine.platforms, collection.runs, inputs, [
    ...(collection.config === undefined ? [] : [collection.config]),
    ...collection.lines.flatMap(ownFiles),
  ]);
  const runner = createRunner();
  return inPlace(plan, { runs: collection.runs, runner, warn }, async ({ folder, journal, keepWork }) => {
    const executed = await execute(plan, {
      runner,
      signal,
      folder,
      journal,
      async passage(step, carryOut) {
        await carryOut(step);
        return "done";
      },
      // A collection has no image that is worked on.
      target: () => undefined,
      emit,
      warn,
      guard() {
        for (const [file, stamp] of stamps)
          if (sourceStamp(file) !== stamp) throw failure("SERVICING_IMAGE_CHANGED", { file });
      },
    });
    const { outcome, results, error } = executed;
    await journal.runEnded(outcome).catch((reason: unknown) => warn(problemOf(reason).message));
    const ok = outcome === "done";
    const artifacts = ok ? [await artifact(plan)] : [];
    if (executed.stack !== undefined)
      await writeFile(join(folder, "stack.txt"), executed.stack).catch(() => undefined);
    if (!ok && options.keepWork === true) {
      keepWork();
      warn(`${plan.work} was kept; \`servicing clean\` removes it`);
    }
    if (ok)
      await writeRecord(collection.records, collection.name, {
        ...(plan.fingerprint === undefined ? {} : { fingerprint: plan.fingerprint }),
        lines: Object.fromEntries(members.map(({ line, sha256 }) => [line.line, sha256 ?? ""])),
        artifacts,
        outputs: outputsOf(plan) ?? {},
        warnings: warnings.filter((text) => !plan.warnings.includes(text)),
        finished: new Date().toISOString(),
      }).catch((reason: unknown) =>
        warn(`the next run will not know of this one: ${problemOf(reason).message}`),
      );
    const failed = error === undefined ? {} : { error };
    const phases = phaseTimes(plan, results);
    return kept(report({ ok, outcome, results, ...failed, artifacts, phases, folder }), emit);
  });
}

/** Results, and the sources of those that are deltas. */
function inputsOf(members: readonly Member[]): readonly string[] {
  return [
    ...new Set(
      members.flatMap(({ plan: { output, source } }) =>
        output.kind === "delta" ? [output.file, source.file] : [output.file],
      ),
    ),
  ];
}

function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
