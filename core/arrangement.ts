import { commute, type Reach, reachOf } from "./commutation.ts";
import { nextFingerprint } from "./fingerprint.ts";
import type { Unit } from "./unit.ts";

/** A unit with what is known of its inputs. */
export interface Measured extends Unit {
  /** What it does, by content; absent for what cannot be known: nothing after it can be found again. */
  readonly digest?: string;
  /** Stands for the values of its secrets; what holds them is kept out of the store. */
  readonly secrets?: string;
  /** Of its inputs. */
  readonly bytes: number;
}

/** All that is done to one image of a line. */
export interface Sequence {
  readonly line: string;
  readonly image: number;
  /** What the image is at first; lines whose images are the same can share what is done to them. */
  readonly root?: string | undefined;
  /** Whether checkpoints can be made of it. */
  readonly kept?: boolean;
  readonly units: readonly Measured[];
}

/** A unit in its place. */
export interface Placed extends Unit {
  readonly fingerprint?: string;
  readonly kept?: boolean;
  /** The step ends here. */
  readonly cut?: boolean;
}

export interface Arranged {
  readonly root?: string | undefined;
  readonly kept: boolean;
  readonly units: readonly Placed[];
  readonly shared: Shared;
}

/** How much of what is done to an image is done for other lines as well, from the beginning on. */
export interface Shared {
  readonly units: number;
  /** Of inputs. */
  readonly bytes: number;
  readonly lines: readonly string[];
}

/** More inputs, or more bytes of them, than this are not done again where a later one changed. */
const largestStep = { inputs: 64, bytes: 256 * 1024 * 1024 } as const;

/**
 * Puts the units of every image in an order in which lines share the longest beginning, changing only places that may be
 * changed, and cuts them where lines part, where secrets begin, and where a step would become too large to be repeated.
 * A line alone keeps the order in which it was asked, save that what holds secrets goes as far to the end as it may.
 */
export function arrange(sequences: readonly Sequence[]): ReadonlyMap<Sequence, Arranged> {
  const arranged = new Map<Sequence, Arranged>();
  const byRoot = Map.groupBy(sequences, ({ root }) => root);
  for (const [root, group] of byRoot) {
    const single = root === undefined || group.length === 1;
    const tracks = group
      .map((each) => trackOf(each, single && !holdsSecrets(each)))
      .toSorted((a, b) => compareText(a.sequence.line, b.sequence.line));
    if (root === undefined) for (const track of tracks) branch([track]);
    else branch(tracks);
    for (const track of tracks) arranged.set(track.sequence, placed(track));
  }
  return arranged;
}

function holdsSecrets({ units }: Sequence): boolean {
  return units.some(({ secrets }) => secrets !== undefined);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function below(at: number): readonly number[] {
  return Array.from({ length: at }, (_, index) => index);
}

/** One sequence while it is put in order. */
interface Track {
  readonly sequence: Sequence;
  readonly order: Measured[];
  readonly cuts: Set<number>;
  readonly waiting: Set<number>;
  /** For each unit, those before it that it cannot change places with. */
  readonly after: readonly (readonly number[])[];
  shared: Shared;
}

/** @param fixed it stays in its order, so that nothing has to be compared */
function trackOf(sequence: Sequence, fixed: boolean): Track {
  const interchangeable = (a: number, b: number): boolean =>
    units[a]?.phase === units[b]?.phase && commute(reaches[a] as Reach, reaches[b] as Reach);
  const { units } = sequence;
  const reaches = units.map(({ operation }) => reachOf(operation));
  return {
    sequence,
    order: [],
    cuts: new Set(),
    waiting: new Set(units.keys()),
    after: fixed ? [] : units.map((_, at) => below(at).filter((other) => !interchangeable(other, at))),
    shared: { units: 0, bytes: 0, lines: [] },
  };
}

function ready(track: Track): readonly number[] {
  return [...track.waiting].filter((at) => track.after[at]?.every((before) => !track.waiting.has(before)));
}

function place(track: Track, at: number): void {
  track.waiting.delete(at);
  track.order.push(track.sequence.units[at] as Measured);
}

/** Units that can come next, by what they do. */
function candidates(track: Track): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const at of ready(track)) {
    const { digest, secrets } = track.sequence.units[at] as Measured;
    if (digest !== undefined && secrets === undefined && !found.has(digest)) found.set(digest, at);
  }
  return found;
}

/** Places what all tracks have in common, then parts them where the most of them have the next in common. */
function branch(tracks: readonly Track[]): void {
  const [first, ...others] = tracks;
  if (first === undefined) return;
  if (others.length === 0) return alone(first);
  for (;;) {
    const next = tracks.map(candidates);
    const common = [...(next[0] ?? [])].filter(([digest]) => next.every((each) => each.has(digest)));
    if (common.length === 0) return part(tracks, next);
    for (const [digest] of common)
      for (const [at, track] of tracks.entries()) place(track, next[at]?.get(digest) as number);
    for (const track of tracks) track.shared = sharedWith(track, tracks);
  }
}

function sharedWith(track: Track, tracks: readonly Track[]): Shared {
  return {
    units: track.order.length,
    bytes: track.order.reduce((sum, { bytes }) => sum + bytes, 0),
    lines:
      track.shared.lines.length > 0
        ? track.shared.lines
        : tracks.filter((other) => other !== track).map(({ sequence }) => sequence.line),
  };
}

function part(tracks: readonly Track[], next: readonly ReadonlyMap<string, number>[]): void {
  for (const track of tracks) cut(track);
  const counts = new Map<string, number>();
  for (const each of next)
    for (const digest of each.keys()) counts.set(digest, (counts.get(digest) ?? 0) + 1);
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a);
  if (most === undefined || most[1] === 1) return tracks.forEach(alone);
  const [digest] = most;
  branch(tracks.filter((_, at) => next[at]?.has(digest)));
  branch(tracks.filter((_, at) => next[at]?.has(digest) !== true));
}

/** In the order in which it was asked; what holds secrets, and all that depends on it, last. */
function alone(track: Track): void {
  const late = new Set<number>();
  for (const at of track.waiting) {
    const unit = track.sequence.units[at] as Measured;
    if (unit.secrets !== undefined || track.after[at]?.some((before) => late.has(before))) late.add(at);
  }
  const [soon, last] = [[...track.waiting].filter((at) => !late.has(at)), [...late]];
  for (const at of soon) place(track, at);
  if (last.length > 0) cut(track);
  for (const at of last) place(track, at);
}

function cut(track: Track): void {
  if (track.order.length > 0) track.cuts.add(track.order.length - 1);
}

/** Gives each unit its fingerprint, and cuts what became too large. */
function placed({ sequence, order, cuts, shared }: Track): Arranged {
  let before = sequence.root;
  let kept = before !== undefined && sequence.kept === true;
  const first = kept;
  let inputs = 0;
  let bytes = 0;
  const units = order.map(({ digest, secrets, bytes: size, ...unit }, at): Placed => {
    before =
      before === undefined || digest === undefined
        ? undefined
        : nextFingerprint(before, digest, secrets ?? "");
    kept &&= before !== undefined && secrets === undefined;
    inputs += size > 0 ? 1 : 0;
    bytes += size;
    const cutHere = cuts.has(at) || inputs >= largestStep.inputs || bytes >= largestStep.bytes;
    if (cutHere) [inputs, bytes] = [0, 0];
    return {
      ...unit,
      ...(before === undefined ? {} : { fingerprint: before }),
      ...(kept ? { kept } : {}),
      ...(cutHere ? { cut: true } : {}),
    };
  });
  return { root: sequence.root, kept: first, units, shared };
}
