import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import type { Artefact, WimArtefact } from "./artefact.ts";
import { dism } from "./engines/dism.ts";
import { setupRoads } from "./engines/setup.ts";
import { wimlib } from "./engines/wimlib.ts";
import type { Engine } from "./engine.ts";
import { failure } from "./error.ts";
import type { Artifact, Event, Report } from "./event.ts";
import { execute, problemOf } from "./execute.ts";
import type { ImageInfo } from "./image.ts";
import { planValue } from "./json.ts";
import { inputFiles } from "./input-files.ts";
import { inspect } from "./inspect.ts";
import { collect, createServicing, type Inputs } from "./lifecycle.ts";
import type { Line } from "./line.ts";
import { type Phase, phases } from "./operation.ts";
import { buildPlan, routeItems } from "./plan.ts";
import type { Delivery } from "./steps.ts";
import type { Servicing } from "./plugin.ts";
import { claim, preflight } from "./preflight.ts";
import type { Terrain } from "./route.ts";
import { createRunner, type Runner } from "./runner.ts";
import type { Existing } from "./setup-finish.ts";
import { inServicingOrder } from "./servicing-order.ts";
import { finishImages } from "./setup-images.ts";
import type { Plan } from "./step.ts";
import { readExistingSetup } from "./existing-setup.ts";
import { readSource } from "./wim-file.ts";

export interface PlanOptions {
  readonly engine?: "auto" | "dism" | "wimlib" | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Plans a line from its image on disk. Reads inputs; opens, mounts and writes nothing. @throws ServingError */
export async function planLine(line: Line, options: PlanOptions = {}): Promise<Plan> {
  return (await prepared(line, options)).plan;
}

async function prepared(
  line: Line,
  options: PlanOptions,
): Promise<{ plan: Plan; servicing: Servicing; engine: Engine }> {
  const wim = readSource(line.image.file, line.image.index);
  const runner = createRunner();
  const source =
    line.image.architecture === undefined
      ? wim
      : { ...wim, images: wim.images.map((image) => architectureGiven(image, line)) };
  return planned(line, source, targetsOf(line, wim.images), options, runner, (image) =>
    readExistingSetup(image, runner, options.signal),
  );
}

function architectureGiven(image: ImageInfo, line: Line): ImageInfo {
  return image.architecture === "unknown"
    ? { ...image, architecture: line.image.architecture ?? "unknown" }
    : image;
}

/** Plans a line for images that are described rather than read: for tests of plugins. */
export async function planImages(
  line: Line,
  images: readonly ImageInfo[],
  options: PlanOptions = {},
): Promise<Plan> {
  const source = {
    file: line.image.file,
    images,
    compression: "LZX",
    bootIndex: 0,
    integrity: false,
  } as const;
  return (await planned(line, source, targetsOf(line, images), options, createRunner(), async () => ({})))
    .plan;
}

async function planned(
  line: Line,
  source: Delivery["source"],
  targets: readonly number[],
  options: PlanOptions,
  runner: Runner,
  readSetup: (image: ImageInfo) => Promise<Existing>,
): Promise<{ plan: Plan; servicing: Servicing; engine: Engine }> {
  const servicing = createServicing(line.line, line.plugins);
  const engines = enginesFor(options.engine ?? "auto", line.engine);
  const terrain: Terrain = {
    engines,
    setup: setupRoads,
    prefer: line.prefer,
    deployment: line.deployment,
    device: false,
  };
  const images = source.images.filter(({ index }) => targets.includes(index));
  const asked = await collect(servicing, images, inputsOf(line, runner, options.signal));
  const declared = inServicingOrder(asked.declared);
  const items = routeItems(line.line, declared, images, terrain, (operation, verdicts) =>
    servicing.hooks.route.call(operation, verdicts),
  );
  const finished = await finishImages(items, images, terrain, readSetup);
  const delivery: Delivery = {
    line: line.line,
    source,
    targets,
    output: line.output,
    work: join(line.work, line.line),
  };
  const plan = buildPlan(delivery, declared, items, finished, terrain, asked.warnings);
  return { plan: await servicing.hooks.plan.promise(plan), servicing, engine: engines[0] };
}

/** The line's own engine first. */
function enginesFor(
  asked: "auto" | "dism" | "wimlib",
  configured: "auto" | "dism" | "wimlib",
): readonly [Engine, Engine] {
  const name = asked === "auto" ? configured : asked;
  const dismFirst = name === "auto" ? process.platform === "win32" : name === "dism";
  return dismFirst ? [dism, wimlib] : [wimlib, dism];
}

function inputsOf(line: Line, runner: Runner, signal: AbortSignal | undefined): Inputs {
  const absolute = (path: string): string => (isAbsolute(path) ? path : resolve(line.folder, path));
  const seen = new Map<string, Promise<Artefact>>();
  return {
    resolve: absolute,
    find: (patterns, wanted, extensions) => inputFiles(line.folder, patterns, wanted, extensions),
    inspect(path) {
      const file = absolute(path);
      const known =
        seen.get(file) ??
        inspect(file, {
          runner,
          ...(signal === undefined ? {} : { signal }),
        });
      seen.set(file, known);
      return known;
    },
  };
}

/** @throws ServingError SERVICING_IMAGE_INDEX, SERVICING_IMAGE_INDEX_NEEDED */
function targetsOf(line: Line, images: WimArtefact["images"]): readonly number[] {
  const { file, index } = line.image;
  const choices = images.map((image) =>
    [image.index, `"${image.name}"`, image.editionId]
      .filter((part) => part !== "" && part !== '""')
      .join(" / "),
  );
  if (index === "all") return images.map((image) => image.index);
  if (index === undefined) {
    if (images.length === 1) return [1];
    throw failure("SERVICING_IMAGE_INDEX_NEEDED", { file, choices });
  }
  const found =
    images.find((image) => image.index === Number(index)) ??
    images.find((image) => image.name === index) ??
    only(images.filter((image) => image.editionId.toLowerCase() === String(index).toLowerCase()));
  if (found === undefined)
    throw failure("SERVICING_IMAGE_INDEX", { file, wanted: JSON.stringify(index), choices });
  return [found.index];
}

/** An edition id that two images share names neither. */
function only<T>(list: readonly T[]): T | undefined {
  return list.length === 1 ? list[0] : undefined;
}

export interface RunLineOptions extends PlanOptions {
  readonly signal: AbortSignal;
  readonly dryRun?: boolean;
  emit(event: Event): void;
}

/**
 * Plans and runs a line. What goes wrong before the first step is thrown; what goes wrong after it is in the report.
 * @throws ServingError
 */
export async function runLine(line: Line, options: RunLineOptions): Promise<Report> {
  const start = performance.now();
  const { plan, servicing, engine } = await prepared(line, options);
  const emit = (event: Event): void => {
    servicing.hooks.event.call(event);
    options.emit(event);
  };
  emit({ type: "planned", line: line.line, plan });
  const warnings = [...plan.warnings];
  const before = statSync(plan.source.file);
  const common = {
    line: line.line,
    sourceBytes: before.size,
    routes: routesOf(plan),
    warnings,
  };
  if (options.dryRun === true)
    return {
      ...common,
      ok: true,
      outcome: "skipped",
      milliseconds: elapsed(start),
      results: [],
      artifacts: [],
      phases: [],
      folder: "",
    };

  await preflight(plan, engine.platforms, line.runs);
  claim(line.line, plan.work);
  const folder = join(line.runs, `${new Date().toISOString().replaceAll(/[:.]/g, "-")}-${line.line}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "plan.json"), `${JSON.stringify(planValue(plan), undefined, 2)}\n`);
  try {
    const executed = await execute(plan, {
      runner: createRunner(),
      signal: options.signal,
      folder,
      target: (index) =>
        engine.target(plan.source.images.find((image) => image.index === index) as ImageInfo, plan.work),
      emit,
      warn: (text) => void warnings.push(text),
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
      artifacts: ok ? [await artifact(plan.output.file)] : [],
      phases: phaseTimes(plan, executed.results),
      folder,
    };
    if (executed.stack !== undefined)
      await writeFile(join(folder, "stack.txt"), executed.stack).catch(() => undefined);
    return await reported(report, servicing, emit);
  } finally {
    await rm(plan.work, { recursive: true, force: true });
  }
}

async function artifact(file: string): Promise<Artifact> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return { file, bytes: (await stat(file)).size, sha256: hash.digest("hex") };
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
