import type { WimArtefact } from "./artefact.ts";
import { arrange, type Arranged, type Sequence } from "./arrangement.ts";
import { type InboxDrivers, noInboxDrivers } from "./driver-package.ts";
import type { Engine } from "./engine.ts";
import { failure } from "./error.ts";
import { readExistingSetup } from "./existing-setup.ts";
import { hashOf } from "./fingerprint.ts";
import type { ImageInfo } from "./image.ts";
import { inboxForm, readInboxDrivers } from "./inbox-drivers.ts";
import type { Digests } from "./input-digest.ts";
import type { EngineChoice, Line } from "./line.ts";
import { draftLine, type LineDraft } from "./line-draft.ts";
import type { LineInputs } from "./line-inputs.ts";
import { buildPlan } from "./plan.ts";
import type { Servicing } from "./plugin.ts";
import { createRunner } from "./runner.ts";
import type { Existing } from "./setup-finish.ts";
import { packageVersion } from "./own-package.ts";
import type { Plan, Sharing } from "./step.ts";
import { openStore, type Store } from "./store.ts";
import { contentsDigest, readSource, sourceStamp } from "./wim-file.ts";

export interface PlanOptions {
  readonly engine?: EngineChoice | undefined;
  /** The line's own first, whatever the config says: for a host that has more, or other, tools than its system usually has. */
  readonly engines?: readonly [Engine, Engine] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The lines are to be run, here and now: inputs for which the disk has no room are refused at once. */
  readonly room?: boolean | undefined;
  /** Reference devices that an earlier run prepared are not prepared again. */
  readonly resume?: boolean | undefined;
}

export interface Prepared {
  readonly plan: Plan;
  readonly servicing: Servicing;
  readonly engine: Engine;
  readonly store: Store;
  /** Tells, until the end, whether the source is still what was planned for. */
  readonly source: string;
  /** Absent where inputs are made only when the line runs. */
  readonly inputs?: LineInputs | undefined;
  readonly digests?: Digests | undefined;
}

/** Plans a line from its image on disk. Reads inputs; opens, mounts and writes nothing. @throws ServicingError */
export async function planLine(line: Line, options: PlanOptions = {}): Promise<Plan> {
  return (await prepare(line, options)).plan;
}

/** A line planned by itself, with what carries it out. */
export async function prepare(line: Line, options: PlanOptions): Promise<Prepared> {
  const prepared = await prepareTogether([line], options).get(line);
  return prepared as Prepared;
}

/**
 * Lines planned with regard to each other, and to `others`, so that what they have in common comes first. Each is there or
 * fails by itself; nothing of the others' failure is to be seen.
 */
export function prepareTogether(
  lines: readonly Line[],
  options: PlanOptions,
  others: readonly Line[] = [],
): ReadonlyMap<Line, Promise<Prepared>> {
  const all = [...new Set([...lines, ...others])];
  const drafts = new Map(all.map((line) => [line, readDraft(line, options)] as const));
  for (const draft of drafts.values()) draft.catch(() => undefined);
  const arranged = Promise.allSettled(drafts.values()).then((settled) =>
    arrange(settled.flatMap((one) => (one.status === "fulfilled" ? one.value.sequences : []))),
  );
  const prepared = new Map(
    lines.map((line) => [line, finished(line, drafts.get(line) as Promise<ReadDraft>, arranged)] as const),
  );
  for (const one of prepared.values()) one.catch(() => undefined);
  return prepared;
}

async function readDraft(
  line: Line,
  { engine, engines, signal, room, resume }: PlanOptions,
): Promise<ReadDraft> {
  const stamp = sourceStamp(line.image.file);
  const wim = readSource(line.image.file, line.image.index);
  const source =
    line.image.architecture === undefined
      ? wim
      : { ...wim, images: wim.images.map((image) => architectureGiven(image, line)) };
  const runner = createRunner();
  const store = openStore(line.store);
  const contents = contentsDigest(line.image.file, wim.parts);
  const draft = await draftLine(line, source, targetsOf(line, wim.images), {
    engine,
    engines,
    signal,
    runner,
    store,
    contents,
    guid: wim.guid,
    room,
    resume,
    async readSetup(image) {
      // That there is nothing is remembered; what there is may hold passwords.
      const key = `setup ${contents} ${image.index}`;
      if (store.facts.read(key) === "nothing") return { shadows: [] };
      const found = await readExistingSetup(image, runner, signal);
      if (isNothing(found)) store.facts.write(key, "nothing");
      return found;
    },
    async readInbox(image, inside, files) {
      const of = image.file === line.image.file ? contents : contentsDigest(image.file, 1);
      const wanted = files.length === 0 ? "" : hashOf(...files);
      const named = `${image.index} ${inside ?? ""} ${wanted}`.trimEnd();
      const key = `drivers there ${inboxForm} ${packageVersion()} ${of} ${named}`;
      const known = store.facts.read(key) as InboxDrivers | undefined;
      if (known !== undefined) return known;
      const found = await readInboxDrivers(image, { inside, files }, runner, signal);
      store.facts.write(key, found);
      return found;
    },
  });
  return { ...draft, source: stamp };
}

interface ReadDraft extends LineDraft {
  readonly source: string;
}

function isNothing(setup: Existing): boolean {
  const { answerFile, setupComplete, shadows, unread } = setup;
  return [answerFile, setupComplete, unread].every((each) => each === undefined) && shadows?.length === 0;
}

async function finished(
  line: Line,
  drafted: Promise<ReadDraft>,
  arranged: Promise<ReadonlyMap<Sequence, Arranged>>,
): Promise<Prepared> {
  const draft = await drafted;
  const store = openStore(line.store);
  return { ...(await finishPlan(draft, await arranged)), store, source: draft.source };
}

/** The steps of a line whose changes are in their places. */
async function finishPlan(
  { draft, servicing, sequences, warnings, inputs, digests, devices, online, afterwards }: LineDraft,
  all: ReadonlyMap<Sequence, Arranged>,
): Promise<Omit<Prepared, "store" | "source">> {
  const arranged = new Map(sequences.map((each) => [each.image, all.get(each) as Arranged] as const));
  const ends = [...arranged.values()].map(
    ({ root, units }) => (units.at(-1) ?? { fingerprint: root }).fingerprint,
  );
  const known = afterwards !== undefined && ends.every((end) => end !== undefined);
  const fingerprint = known ? hashOf("result", ends, afterwards) : undefined;
  const ids = new Map(
    [...(online ?? [])].flatMap(([image, digest]) => {
      const { root, units = [] } = arranged.get(image) ?? {};
      const end = (units.at(-1) ?? { fingerprint: root }).fingerprint;
      return end === undefined ? [] : [[image, hashOf("job", end, digest)] as const];
    }),
  );
  const plan = buildPlan({ ...draft, arranged, fingerprint, devices: devices(ids) }, warnings);
  const sharing = sharingOf([...arranged.values()]);
  const final = await servicing.hooks.plan.promise({
    ...plan,
    ...(sharing === undefined ? {} : { sharing }),
  });
  return { plan: final, servicing, engine: draft.engine, inputs, digests };
}

function sharingOf(arranged: readonly Arranged[]): Sharing | undefined {
  const lines = [...new Set(arranged.flatMap(({ shared }) => shared.lines))].sort();
  if (lines.length === 0) return undefined;
  const sum = (of: (one: Arranged) => number): number => arranged.reduce((all, one) => all + of(one), 0);
  return {
    changes: sum(({ shared }) => shared.units),
    of: sum(({ units }) => units.length),
    bytes: sum(({ shared }) => shared.bytes),
    lines,
  };
}

function architectureGiven(image: ImageInfo, line: Line): ImageInfo {
  return image.architecture === "unknown"
    ? { ...image, architecture: line.image.architecture ?? "unknown" }
    : image;
}

/** Plans a line for images that are described rather than read, and inputs that need not be there: for tests of plugins. */
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
  const draft = await draftLine(line, source, targetsOf(line, images), {
    ...options,
    runner: createRunner(),
    readSetup: () => Promise.resolve({}),
    readInbox: () => Promise.resolve(noInboxDrivers),
  });
  return (await finishPlan(draft, arrange(draft.sequences))).plan;
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
