import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { commandLine } from "./command-line.ts";
import { restoring } from "./engines/wimlib.ts";
import { failure } from "./error.ts";
import type { Artifact, Event, Report } from "./event.ts";
import { execute, problemOf } from "./execute.ts";
import type { ImageInfo } from "./image.ts";
import { planValue } from "./json.ts";
import type { Line } from "./line.ts";
import { type Phase, phases } from "./operation.ts";
import type { Servicing } from "./plugin.ts";
import { preflight } from "./preflight.ts";
import { createRunner } from "./runner.ts";
import { type PlanOptions, prepare } from "./line-plan.ts";
import type { Plan } from "./step.ts";
import { claim } from "./work-folder.ts";

export interface RunLineOptions extends PlanOptions {
  readonly signal: AbortSignal;
  readonly dryRun?: boolean;
  /** Leaves the work folder of a line that failed, so that its commands can be run again by hand. */
  readonly keepWork?: boolean;
  emit(event: Event): void;
}

/**
 * Plans and runs a line. What goes wrong before the first step is thrown; what goes wrong after it is in the report.
 * @throws ServicingError
 */
export async function runLine(line: Line, options: RunLineOptions): Promise<Report> {
  const start = performance.now();
  const { plan, servicing, engine } = await prepare(line, options);
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
  const before = statSync(plan.source.file);
  const common = {
    line: line.line,
    sourceBytes: before.size,
    routes: routesOf(plan),
    warnings,
  };
  if (options.dryRun === true) {
    const nothing = { results: [], artifacts: [], phases: [], folder: "" };
    const report: Report = {
      ...common,
      ok: true,
      outcome: "skipped",
      milliseconds: elapsed(start),
      ...nothing,
    };
    emit({ type: "reported", line: line.line, report });
    return report;
  }

  await preflight(plan, engine.platforms, line.runs);
  claim(line.line, plan.work);
  const folder = join(line.runs, `${new Date().toISOString().replaceAll(/[:.]/g, "-")}-${line.line}`);
  let keep = false;
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "plan.json"), `${JSON.stringify(planValue(plan), undefined, 2)}\n`);
    const executed = await execute(plan, {
      runner: createRunner(),
      signal: options.signal,
      folder,
      target: (index) =>
        engine.target(plan.source.images.find((image) => image.index === index) as ImageInfo, plan.work),
      emit,
      warn,
      guard() {
        const after = statSync(plan.source.file);
        if (after.size !== before.size || after.mtimeMs !== before.mtimeMs || after.ino !== before.ino)
          throw failure("SERVICING_IMAGE_CHANGED", { file: plan.source.file });
      },
    });
    const ok = executed.outcome === "done";
    const report: Report = {
      ...common,
      ok,
      outcome: executed.outcome,
      milliseconds: elapsed(start),
      results: executed.results,
      ...(executed.error === undefined ? {} : { error: executed.error }),
      artifacts: ok ? [await artifact(plan)] : [],
      phases: phaseTimes(plan, executed.results),
      folder,
    };
    if (executed.stack !== undefined)
      await writeFile(join(folder, "stack.txt"), executed.stack).catch(() => undefined);
    if (!ok && options.keepWork === true) {
      keep = true;
      warn(`${plan.work} was kept; \`servicing clean\` removes it`);
    }
    return await reported(report, servicing, emit);
  } finally {
    if (!keep) await rm(plan.work, { recursive: true, force: true });
  }
}

async function artifact({ output, source }: Plan): Promise<Artifact> {
  const { file, kind } = output;
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  const restore = kind === "delta" ? { restore: commandLine(restoring(file, source.file)) } : {};
  return { file, bytes: (await stat(file)).size, sha256: hash.digest("hex"), ...restore };
}

/** A report hook that fails makes the line fail: it may be what proves or delivers the result. */
async function reported(report: Report, servicing: Servicing, emit: (event: Event) => void): Promise<Report> {
  let final = report;
  try {
    await servicing.hooks.report.promise(report);
  } catch (error) {
    final = { ...report, ok: false, outcome: "failed", error: report.error ?? problemOf(error) };
  }
  try {
    await writeFile(join(final.folder, "report.json"), `${JSON.stringify(final, undefined, 2)}\n`);
  } catch (error) {
    // On a full disk it can still be said, if not kept.
    const warning = `report.json could not be written: ${problemOf(error).message}`;
    final = { ...final, warnings: [...final.warnings, warning] };
  }
  emit({ type: "reported", line: final.line, report: final });
  return final;
}

function elapsed(start: number): number {
  return Math.round(performance.now() - start);
}

function routesOf(plan: Plan): Readonly<Record<string, number>> {
  const routes: Record<string, number> = {};
  for (const { verdict } of plan.items) {
    const route = verdict?.strategy ?? "left out";
    routes[route] = (routes[route] ?? 0) + 1;
  }
  return routes;
}

function phaseTimes(plan: Plan, results: Report["results"]): Report["phases"] {
  const times = new Map<Phase, number>();
  for (const result of results) {
    const step = plan.steps.find(({ id }) => id === result.step);
    if (step !== undefined && result.outcome !== "skipped")
      times.set(step.phase, (times.get(step.phase) ?? 0) + result.milliseconds);
  }
  return phases.flatMap((phase) =>
    times.has(phase) ? [{ phase, milliseconds: times.get(phase) as number }] : [],
  );
}
