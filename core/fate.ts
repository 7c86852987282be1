import { type Difference, differencesOf, differenceText, type LineInputs } from "./line-inputs.ts";
import { inputsOf } from "./operation-input.ts";
import { onDevice } from "./route.ts";
import type { Fate, Plan, Step } from "./step.ts";

/** What is known before a line runs. */
export interface Known {
  /** Absent: no run of this line has succeeded here, or it is to be done afresh. */
  readonly record?:
    | { readonly fingerprint?: string; readonly inputs?: LineInputs; readonly finished: string }
    | undefined;
  readonly inputs?: LineInputs | undefined;
  /** An output of the last run that is no longer as it was. */
  readonly missed?: string | undefined;
  stored(fingerprint: string): boolean;
  /** How the config's folder sees a path, as in {@link LineInputs}. */
  near(path: string): string;
}

/** Tells for each step of a plan whether it has to run, and the reason: what changed, old and new. */
export function fatesOf(plan: Plan, known: Known): readonly Fate[] {
  const { record } = known;
  if (isDone(plan, known)) {
    const because = [`nothing changed since ${record?.finished ?? ""}`];
    return plan.steps.map(({ id }) => ({ step: id, runs: false, because }));
  }
  const differences =
    record?.inputs === undefined || known.inputs === undefined
      ? undefined
      : differencesOf(record.inputs, known.inputs);
  const reads = readersOf(plan, known.near);
  const from = new Map(plan.targets.map((image) => [image, firstToRun(plan, image, known)] as const));
  const fates: Fate[] = [];
  const blamed = new Set<Difference>();
  for (const step of plan.steps) {
    if (!runs(step, plan, from)) {
      fates.push({ step: step.id, runs: false, because: ["unchanged: its checkpoint is in the store"] });
      continue;
    }
    const causes = (differences ?? []).filter(
      (difference) => !blamed.has(difference) && concerns(difference, step, reads),
    );
    for (const cause of causes) blamed.add(cause);
    const reasons = causes.map(differenceText);
    const because = reasons.length > 0 ? reasons : [otherReason(step, plan, known, fates)];
    fates.push({ step: step.id, runs: true, because });
  }
  return fates;
}

/** The result is what the last run made of the same. */
export function isDone(plan: Plan, { record, missed }: Known): boolean {
  const same = record?.fingerprint !== undefined && record.fingerprint === plan.fingerprint;
  return same && missed === undefined;
}

/** The steps that bring an image to what is exported of it. */
export function imageSteps(plan: Plan, image: number): readonly Step[] {
  return plan.steps.filter(
    (step) =>
      step.image === image && (step.phase === "mount" || step.phase === "modify" || step.phase === "commit"),
  );
}

/** After the last of them whose checkpoint is there. */
function firstToRun(plan: Plan, image: number, { stored }: Known): number {
  return (
    imageSteps(plan, image).findLastIndex(
      ({ kept, fingerprint }) => kept === true && fingerprint !== undefined && stored(fingerprint),
    ) + 1
  );
}

function runs(step: Step, plan: Plan, from: ReadonlyMap<number, number>): boolean {
  if (step.image === undefined) return true;
  const at = imageSteps(plan, step.image).indexOf(step);
  return at === -1 || at >= (from.get(step.image) ?? 0);
}

/** The items that read an input. */
function readersOf(plan: Plan, near: Known["near"]): ReadonlyMap<string, ReadonlySet<string>> {
  const readers = new Map<string, Set<string>>();
  for (const { id, operation } of plan.items)
    for (const input of inputsOf(operation)) {
      const file = near(placeText(input));
      readers.set(file, (readers.get(file) ?? new Set()).add(id));
    }
  return readers;
}

function concerns(
  { file, item, kind, what }: Difference,
  step: Step,
  readers: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  if (item !== undefined) return step.items.includes(item);
  if (file !== undefined && kind !== "removed")
    return step.items.some((id) => readers.get(file)?.has(id) === true);
  if (what === "output") return step.image === undefined;
  // What is gone is seen in the first step that runs without it; a tool, the engine or the image, in the first of all.
  return file !== undefined || kind === "removed" ? step.phase !== "mount" : step.phase === "mount";
}

function placeText({ path, whole }: { readonly path: string; readonly whole: boolean }): string {
  return whole ? path.replace(/[\\/][^\\/]*$/, "") : path;
}

function otherReason(step: Step, plan: Plan, known: Known, fates: readonly Fate[]): string {
  if (step.opaque === true) return "a plugin's own code always runs";
  if (onDevice.has(step.phase) && step.image !== undefined)
    return "what a reference device comes to is not kept, only the result";
  const earlier = plan.steps.find(
    (other) =>
      other !== step &&
      (step.image === undefined || other.image === undefined || other.image === step.image) &&
      fates.some((fate) => fate.step === other.id && fate.runs),
  );
  const last = plan.steps.findLast(
    (other) => fates.some((fate) => fate.step === other.id && fate.runs) && other.image === step.image,
  );
  if (step.image !== undefined && last !== undefined) return `follows “${last.title}”, which runs`;
  if (step.image === undefined) {
    const { record, missed } = known;
    if (earlier !== undefined) return `follows “${earlier.title}”, which runs`;
    if (record === undefined) return "this line has no result here yet";
    if (missed !== undefined) return `${known.near(missed)} is not what the last run made`;
    return "what the result is made of changed";
  }
  if (step.fingerprint === undefined)
    return "what it comes to cannot be known: a plugin's own code runs before it";
  if (step.kept !== true)
    return "it holds secrets, which the store does not keep, or its engine keeps no checkpoints";
  return "neither this line nor another has done it on this machine, or the store no longer has it";
}
