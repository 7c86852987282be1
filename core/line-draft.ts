import { isAbsolute, resolve } from "node:path";
import { deviceWorks, onlineItems, shadowWarnings } from "./device-work.ts";
import { inspectedBy, type Inspected } from "./known-artefact.ts";
import type { Measured, Sequence } from "./arrangement.ts";
import { identityOf } from "./artefact-text.ts";
import { dism } from "./engines/dism.ts";
import { setupRoads } from "./engines/setup.ts";
import { wimlib } from "./engines/wimlib.ts";
import { componentServicing } from "./component-servicing.ts";
import { misfits } from "./deployment-fit.ts";
import type { Engine } from "./engine.ts";
import { isServicingError } from "./error.ts";
import { hashOf, operationDigest, rootFingerprint, secretsDigest } from "./fingerprint.ts";
import type { ImageInfo } from "./image.ts";
import { createDigests, type Digests, placeOf } from "./input-digest.ts";
import type { InboxDrivers } from "./driver-package.ts";
import { inputFiles } from "./input-files.ts";
import { collect, createServicing, type Inputs } from "./lifecycle.ts";
import type { EngineChoice, Line } from "./line.ts";
import { readMedia } from "./media-source.ts";
import { bootWimOf } from "./media-wim.ts";
import { type InputFile, type LineInputs, near } from "./line-inputs.ts";
import { effectOf, type Input, inputsOf, isMeasured } from "./operation-input.ts";
import { type Operation, phases } from "./operation.ts";
import { operationTitle } from "./operation-title.ts";
import { packageVersion } from "./own-package.ts";
import { arrangedPhases, type Delivery, type Draft, imageOf, resultOf } from "./phase-steps.ts";
import { routeItems } from "./plan.ts";
import type { Servicing } from "./plugin.ts";
import { planRecovery } from "./recovery-plan.ts";
import { refuseWithoutRoom } from "./preflight.ts";
import type { Terrain } from "./route.ts";
import type { Runner } from "./runner.ts";
import { inServicingOrder } from "./servicing-order.ts";
import type { Existing } from "./setup-finish.ts";
import { finishImages } from "./setup-images.ts";
import { completeMedia, settleMedia, setupLanguages } from "./setup-media.ts";
import type { Item } from "./step.ts";
import type { Store } from "./store.ts";
import { disksFolder } from "./store-folder.ts";
import { toolVersions } from "./tool-version.ts";
import { type Unit, unitsOf } from "./unit.ts";

/** A line as it is before its steps are made: what is asked, where it goes, and what all of it is by content. */
export interface LineDraft {
  readonly line: Line;
  readonly servicing: Servicing;
  readonly draft: Draft;
  readonly warnings: readonly string[];
  /** For each image that is serviced. */
  readonly sequences: readonly Sequence[];
  /** Absent where inputs are described rather than read, or are made by a plugin's own code when the line runs. */
  readonly inputs?: LineInputs;
  readonly digests?: Digests;
  /** What a reference device does, by the index of the image, where it is told what each job is by content. */
  devices(ids?: ReadonlyMap<number, string>): Draft["devices"];
  /** By the index of the image, what goes online of it by content. */
  readonly online?: ReadonlyMap<number, string>;
  /** What is done with the result: absent where that cannot be known. */
  readonly afterwards?: string | undefined;
}

export interface DraftOptions {
  readonly engine?: EngineChoice | undefined;
  readonly engines?: readonly [Engine, Engine] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly runner: Runner;
  /** Absent: inputs are not read. */
  readonly store?: Store | undefined;
  /** Of the source. */
  readonly contents?: string;
  readonly guid?: string;
  /** Refuses inputs for which the disk has no room before they are hashed, which may take long. */
  readonly room?: boolean | undefined;
  readonly resume?: boolean | undefined;
  readSetup(image: ImageInfo): Promise<Existing>;
  readInbox(image: ImageInfo, inside: string | undefined, files: readonly string[]): Promise<InboxDrivers>;
}

/** Collects, routes and measures what the plugins of a line ask for. */
export async function draftLine(
  line: Line,
  source: Delivery["source"],
  targets: readonly number[],
  options: DraftOptions,
): Promise<LineDraft> {
  const plugins = createServicing(line.line, line.plugins);
  const engines = options.engines ?? enginesFor(options.engine ?? "auto", line.engine);
  const terrain: Terrain = {
    engines,
    setup: setupRoads,
    prefer: line.prefer,
    deployment: line.deployment,
    device: line.device,
  };
  const images = source.images.filter(({ index }) => targets.includes(index));
  const digests =
    options.store === undefined ? undefined : createDigests(options.store.facts, options.signal);
  const inspected = inspectedBy(options.runner, options.store?.facts, digests, options.signal);
  const inputs = inputsFor(line, engines[0], inspected, options);
  const asked = await collect(plugins, images, {
    ...inputs,
    result: (image) => resultOf(image, source.images, { output: line.output, targets }),
  });
  const servicing = componentServicing(asked.declared, images);
  const declared = inServicingOrder(servicing.declared);
  const routed = routeItems(line.line, declared, images, terrain, (operation, verdicts) =>
    plugins.hooks.route.call(operation, verdicts),
  );
  const finished = await finishImages(routed, images, terrain, options.readSetup);
  const items = planRecovery(completeMedia(settleMedia(routed, line.output), finished));
  const delivery: Delivery = {
    line: line.line,
    source,
    targets,
    output: line.output,
    work: resolve(line.work, line.line),
  };
  const setups = await existingSetups(items, images, options);
  const devices: LineDraft["devices"] = (ids) => deviceWorks(items, images, finished, setups, ids);
  const draft: Draft = {
    delivery,
    declared,
    items,
    finished,
    engine: engines[0],
    devices: devices(),
    ...(line.device === undefined
      ? {}
      : {
          device: {
            line: line.line,
            device: line.device,
            work: delivery.work,
            disks: disksFolder(line.store),
            ...(options.resume === true ? { resume: true } : {}),
          },
        }),
  };
  return {
    line,
    servicing: plugins,
    draft,
    devices,
    warnings: [
      ...asked.warnings,
      ...servicing.warnings,
      ...setupLanguages(items),
      ...misfits(items, finished, line.deployment),
      ...shadowWarnings(setups),
    ],
    ...(digests === undefined || options.store === undefined
      ? { sequences: images.map((image) => unmeasured(line.line, image, draft)) }
      : await measured(line, draft, inspected, digests, { ...options, store: options.store })),
  };
}

/** Of the images that a reference device is to have. */
async function existingSetups(
  items: readonly Item[],
  images: readonly ImageInfo[],
  { readSetup }: Pick<DraftOptions, "readSetup">,
): Promise<ReadonlyMap<number, Existing>> {
  const found = new Map<number, Existing>();
  for (const image of images)
    if (onlineItems(items, image).length > 0) found.set(image.index, await readSetup(image));
  return found;
}

/** The line's own engine first. */
function enginesFor(asked: EngineChoice, configured: EngineChoice): readonly [Engine, Engine] {
  const name = asked === "auto" ? configured : asked;
  const dismFirst = name === "auto" ? process.platform === "win32" : name === "dism";
  return dismFirst ? [dism, wimlib] : [wimlib, dism];
}

function inputsFor(
  line: Line,
  engine: Engine,
  inspected: Inspected,
  options: Pick<DraftOptions, "readInbox" | "runner" | "signal" | "store">,
): Omit<Inputs, "result"> {
  const absolute = (path: string): string => (isAbsolute(path) ? path : resolve(line.folder, path));
  return {
    engine: engine.name,
    deployment: line.deployment,
    resolve: absolute,
    find: (patterns, wanted, extensions) => inputFiles(line.folder, patterns, wanted, extensions),
    inspect: (path) => inspected.artefact(absolute(path)),
    media: (path) => readMedia(absolute(path), options.runner, { signal: options.signal }),
    bootWim: (media, warn) =>
      bootWimOf(media, options.runner, options.store, { signal: options.signal, warn }),
    driver: (inf, image, wanted) => inspected.driver(absolute(inf), image, wanted),
    inbox: (image, inside, files) => options.readInbox(image, inside, files),
  };
}

function imageUnits(image: ImageInfo, draft: Draft): readonly Unit[] {
  const target = draft.engine.target(image, draft.delivery.work);
  return phases
    .filter((phase) => arrangedPhases.has(phase))
    .flatMap((phase) => unitsOf(phase, image, target, draft));
}

function unmeasured(line: string, image: ImageInfo, draft: Draft): Sequence {
  const units = imageUnits(image, draft).map((unit) => ({ ...unit, bytes: 0 }));
  return { line, image: image.index, units };
}

/** Every input is hashed, or remembered, here. */
async function measured(
  line: Line,
  draft: Draft,
  inspected: Inspected,
  digests: Digests,
  options: DraftOptions & { readonly store: Store },
): Promise<Pick<LineDraft, "sequences" | "inputs" | "digests" | "online" | "afterwards">> {
  const { delivery, engine, items } = draft;
  const images = delivery.targets.map((index) => imageOf(delivery.source.images, index));
  const target = (image: ImageInfo) => engine.target(image, delivery.work);
  const elsewhere = images.flatMap((image) =>
    phases
      .filter((phase) => !arrangedPhases.has(phase))
      .flatMap((phase) => unitsOf(phase, image, target(image), draft)),
  );
  // What a plugin does before anything else may make the very inputs that would be hashed here.
  if (elsewhere.some(({ phase }) => phase === "prepare"))
    return { sequences: images.map((image) => unmeasured(line.line, image, draft)) };
  if (options.room === true) {
    const inputs = images.flatMap((image) =>
      imageUnits(image, draft).flatMap(({ operation }) => inputsOfUnit(operation)),
    );
    await refuseWithoutRoom(line.work, inputs.map(placeOf));
  }
  const contents = options.contents ?? "";
  const version = packageVersion();
  const tools = await toolVersions(engine.tools, options.store.facts, options.runner, options.signal);
  const root = { version, engine: engine.name, tools, contents };
  const sequences: Sequence[] = [];
  for (const image of images) {
    const units: Measured[] = [];
    for (const unit of imageUnits(image, draft)) units.push(await measure(unit, digests, options.store));
    const kept = target(image).kind === "branch";
    const sequence = { line: line.line, image: image.index, kept, units };
    sequences.push({ ...sequence, root: rootFingerprint({ ...root, index: image.index }) });
  }
  const after: string[] = [];
  const online = new Map<number, string>();
  for (const unit of elsewhere) {
    const digest = withSecrets(await measure(unit, digests, options.store));
    after.push(digest);
    if (unit.strategy === "online") online.set(unit.image, hashOf(online.get(unit.image) ?? "", digest));
  }
  const { kind = "wim", compress, images: held, verify = false } = delivery.output;
  const output = [
    kind,
    compress,
    held,
    ...(verify ? ["verified"] : []),
    ...(draft.devices.size > 0 ? [line.device?.kind] : []),
  ].join(" ");
  const inputs: LineInputs = {
    servicing: version,
    engine: engine.name,
    tools,
    image: {
      file: near(line.folder, delivery.source.file),
      contents,
      guid: options.guid ?? "",
      images: images.map((image) =>
        [image.index, image.name, image.version, image.architecture].filter((part) => part !== "").join(" "),
      ),
    },
    output,
    files: await filesOf(line, items, inspected, digests),
    items: items.flatMap(itemInput),
  };
  const afterwards = after.includes("") ? undefined : hashOf(output, ...after);
  return { sequences, inputs, digests, online, afterwards };
}

function inputsOfUnit(operation: Operation | undefined): readonly Input[] {
  return operation === undefined ? [] : inputsOf(operation);
}

async function measure(unit: Unit, digests: Digests, store: Store): Promise<Measured> {
  const { operation } = unit;
  if (operation === undefined || !isMeasured(operation)) return { ...unit, bytes: 0 };
  const found = new Map<string, { readonly sha256: string; readonly bytes: number }>();
  for (const input of inputsOfUnit(operation)) found.set(input.path, await digests.of(input));
  // An INF and the DPInst beside it are one folder.
  const bytes = [...new Set(found.values())].reduce((sum, each) => sum + each.bytes, 0);
  const digest = operationDigest(operation, unit.strategy, ({ path }) => found.get(path)?.sha256 ?? "");
  const names = secretsOf(operation);
  if (names.length === 0) return { ...unit, digest, bytes };
  const values = names.map((name) => ({ name, value: process.env[name] ?? "" }));
  return { ...unit, digest, bytes, secrets: secretsDigest(await store.key(), values) };
}

/** What a unit does, other values of its secrets being something else; nothing where it cannot be known. */
function withSecrets({ digest = "", secrets }: Measured): string {
  return digest === "" || secrets === undefined ? digest : hashOf(digest, secrets);
}

function secretsOf(operation: Operation): readonly string[] {
  if (operation.type === "Write-File") return (operation.secrets ?? []).map(({ secret }) => secret);
  if (operation.type === "New-Media")
    return (operation.answerFile?.secrets ?? []).map(({ secret }) => secret);
  if (operation.type === "Set-ProductKey" && typeof operation.productKey !== "string")
    return [operation.productKey.secret];
  return [];
}

async function filesOf(
  line: Line,
  items: readonly Item[],
  inspected: Inspected,
  digests: Digests,
): Promise<LineInputs["files"]> {
  const files: Record<string, InputFile> = {};
  for (const { operation } of items)
    for (const input of inputsOf(operation)) {
      const name = near(line.folder, placeOf(input));
      const found = name in files ? undefined : await existing(digests.of(input));
      if (found === undefined) continue;
      const { sha256, bytes, files: inside, path } = found;
      const identities = inspected
        .below(path)
        .map(identityOf)
        .filter((text) => text !== "");
      files[name] = {
        sha256,
        bytes,
        ...(identities.length === 0 ? {} : { identity: [...new Set(identities)].join("; ") }),
        ...(inside.has("") ? {} : { inside: Object.fromEntries(inside) }),
      };
    }
  return files;
}

/** An optional item that nothing can do may lack its input. */
async function existing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (isServicingError(error) && error.code === "SERVICING_INPUT_NOT_FOUND") return undefined;
    throw error;
  }
}

function itemInput({ id, image, operation, verdict }: Item): LineInputs["items"] {
  if (verdict === undefined) return [];
  const digest = hashOf(effectOf(operation, ({ path }) => path.split(/[\\/]/).at(-1)));
  const road = verdict.strategy;
  return [{ item: id, operation: operationTitle(operation), image, road, digest }];
}
