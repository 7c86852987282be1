import { isAbsolute, join, resolve } from "node:path";
import type { Artefact, WimArtefact } from "./artefact.ts";
import { dism } from "./engines/dism.ts";
import { setupRoads } from "./engines/setup.ts";
import { wimlib } from "./engines/wimlib.ts";
import type { Engine } from "./engine.ts";
import { failure } from "./error.ts";
import type { ImageInfo } from "./image.ts";
import { inputFiles } from "./input-files.ts";
import { inspect } from "./inspect.ts";
import { collect, createServicing, type Inputs } from "./lifecycle.ts";
import type { EngineChoice, Line } from "./line.ts";
import { buildPlan, routeItems } from "./plan.ts";
import type { Delivery } from "./phase-steps.ts";
import type { Servicing } from "./plugin.ts";
import type { Terrain } from "./route.ts";
import { createRunner, type Runner } from "./runner.ts";
import type { Existing } from "./setup-finish.ts";
import { inServicingOrder } from "./servicing-order.ts";
import { finishImages } from "./setup-images.ts";
import type { Plan } from "./step.ts";
import { readExistingSetup } from "./existing-setup.ts";
import { readSource } from "./wim-file.ts";

export interface PlanOptions {
  readonly engine?: EngineChoice | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Prepared {
  readonly plan: Plan;
  readonly servicing: Servicing;
  readonly engine: Engine;
}

/** Plans a line from its image on disk. Reads inputs; opens, mounts and writes nothing. @throws ServicingError */
export async function planLine(line: Line, options: PlanOptions = {}): Promise<Plan> {
  return (await prepare(line, options)).plan;
}

/** A line planned, with what carries it out. */
export async function prepare(line: Line, options: PlanOptions): Promise<Prepared> {
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
): Promise<Prepared> {
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
function enginesFor(asked: EngineChoice, configured: EngineChoice): readonly [Engine, Engine] {
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

/** @throws SERVICING_IMAGE_INDEX, SERVICING_IMAGE_INDEX_NEEDED */
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
