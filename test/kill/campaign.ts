import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chanceOf } from "./chance.ts";
import { type KindName, makeMaterial } from "./kinds.ts";
import { type Trial, trial, type Undisturbed, undisturbed } from "./trial.ts";

export interface Campaign {
  /** For images, projects, and whatever fails. */
  readonly folder: string;
  /** The sample, where there is one already. */
  readonly sample?: string;
  readonly seed: string;
  readonly kinds: readonly KindName[];
  /** How many trials; the kinds take turns. */
  readonly runs: number;
  /** How many trials at once. */
  readonly parallel: number;
  /** The one trial of this number alone. */
  readonly only?: number | undefined;
  /** Kills each kind once before each of its calls, instead of by chance. */
  readonly sweep?: boolean;
  ended?(trial: Numbered): void;
}

export interface Numbered extends Trial {
  readonly number: number;
  readonly folder: string;
}

/** @throws Error where a run that nobody disturbs fails */
export async function campaign(options: Campaign): Promise<readonly Numbered[]> {
  const { folder, seed } = options;
  const material = join(folder, "material");
  await mkdir(material, { recursive: true });
  await makeMaterial(material, options.sample);
  const references = new Map<KindName, Undisturbed>();
  await inParallel(options.kinds, options.parallel, async (kind) => {
    references.set(kind, await undisturbed(kind, material, join(folder, `undisturbed-${kind}`)));
  });
  const plans = plansOf(options, references);
  const trials: Numbered[] = [];
  await inParallel(plans, options.parallel, async ({ kind, number, call }) => {
    const base = join(folder, `trial-${number}`);
    const reference = references.get(kind) as Undisturbed;
    const places = { material, base, ...(call === undefined ? {} : { call }) };
    const done = {
      ...(await trial(kind, reference, chanceOf(`${seed}/${number}`), places)),
      number,
      folder: base,
    };
    trials.push(done);
    options.ended?.(done);
  });
  return trials;
}

interface Planned {
  readonly number: number;
  readonly kind: KindName;
  readonly call?: number;
}

function plansOf(options: Campaign, references: ReadonlyMap<KindName, Undisturbed>): readonly Planned[] {
  const planned: Omit<Planned, "number">[] =
    options.sweep === true
      ? options.kinds.flatMap((kind) =>
          (references.get(kind)?.calls ?? []).map((_, at) => ({ kind, call: at + 1 })),
        )
      : Array.from({ length: options.runs }, (_, at) => ({
          kind: options.kinds[at % options.kinds.length] as KindName,
        }));
  const numbered = planned.map((each, at) => ({ ...each, number: at + 1 }));
  return options.only === undefined ? numbered : numbered.filter(({ number }) => number === options.only);
}

async function inParallel<T>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: most }, worker));
}
