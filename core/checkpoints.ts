import { statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { packsOf } from "./acts/pack.ts";
import type { Command, Target } from "./engine.ts";
import { failure } from "./error.ts";
import { imageSteps } from "./fate.ts";
import type { Digests } from "./input-digest.ts";
import { type Input, inputsOf } from "./operation-input.ts";
import { arrangedPhases } from "./phase-steps.ts";
import { madeBefore } from "./plan-places.ts";
import type { Item, Plan, Step } from "./step.ts";
import type { Store } from "./store.ts";

/** Carries out the commands of a step, and nothing else. */
export type CarryOut = (step: Step) => Promise<void>;

/** Brings the images of a run from checkpoint to checkpoint. */
export interface Passage {
  /** Says of a step whether it had to be carried out. */
  pass(step: Step, carryOut: CarryOut): Promise<"done" | "reused">;
  /** Called before a step puts something in its place. @throws SERVICING_INPUT_CHANGED */
  placing(step: Step): Promise<void>;
  /** @throws SERVICING_IMAGE_CHANGED where somebody else wrote to what is to become the result */
  guard(): void;
}

export interface PassageOptions {
  readonly store: Store;
  readonly digests?: Digests | undefined;
  readonly signal: AbortSignal;
  /** Where everything is wanted afresh: fingerprints that were made since, which alone are used. */
  readonly fresh?: Set<string> | undefined;
  target(image: number): Target;
  /** @throws SERVICING_IMAGE_CHANGED */
  guard(): void;
  /** What the acts of this run warned of so far: it holds as long as what they made. */
  readonly lasting: readonly string[];
  /** What making a checkpoint had warned of. */
  recall(text: string): void;
  warn(text: string): void;
  /** Another process makes the same checkpoint. */
  onWait(step: Step, process: number): void;
}

/**
 * A step whose fingerprint is in the store is not carried out; the image itself is fetched only when a later step needs it.
 * Should it turn out damaged then, what led there is carried out again.
 */
export function passage(plan: Plan, options: PassageOptions): Passage {
  const { store, fresh, warn } = options;
  /** The step after which the image in the work folder is; absent: there is none yet. */
  const reached = new Map<number, Step | undefined>();
  /** Packs are shared with the store by links, so that who writes to those writes to these. */
  const packs = new Map<number, ReadonlyMap<string, string>>();
  const isThere = (step: Step): step is Step & { readonly fingerprint: string } =>
    step.kept === true &&
    step.fingerprint !== undefined &&
    (fresh === undefined || fresh.has(step.fingerprint)) &&
    store.has(step.fingerprint);

  async function reach(step: Step | undefined, steps: readonly Step[], carryOut: CarryOut): Promise<void> {
    if (step?.image === undefined) return;
    if (reached.get(step.image) === step) {
      if (changedPack(step.image) === undefined) return;
      reached.set(step.image, undefined);
      packs.delete(step.image);
      await rm(folderOf(step.image), { recursive: true });
    }
    if (isThere(step)) {
      reached.set(step.image, undefined);
      packs.delete(step.image);
      const warnings = await store.take(step.fingerprint, folderOf(step.image), warn);
      if (warnings !== undefined) {
        for (const text of warnings) options.recall(text);
        arrived(step.image, step);
        return;
      }
    }
    await reach(steps[steps.indexOf(step) - 1], steps, carryOut);
    await carryOutHere(step, carryOut);
  }

  async function carryOutHere(step: Step, carryOut: CarryOut): Promise<void> {
    const image = step.image as number;
    const before = options.lasting.length;
    reached.set(image, undefined);
    await carryOut(step);
    const warnings = options.lasting.slice(before);
    refuseChangedPack(image);
    arrived(image, step);
    options.guard();
    await refuseChangedInput(step);
    if (step.kept !== true || step.fingerprint === undefined) return;
    fresh?.add(step.fingerprint);
    const facts = { line: plan.line, step: step.title, source: plan.source.file, warnings };
    await store.put(step.fingerprint, folderOf(image), facts).catch((error: unknown) => {
      warn(`no checkpoint could be kept in ${store.folder}: ${(error as Error).message}`);
    });
    // Its hashes may be those of what somebody had just written.
    if (changedPack(image) !== undefined) await store.remove(step.fingerprint);
  }

  function arrived(image: number, step: Step): void {
    reached.set(image, step);
    const target = options.target(image);
    if (target.kind === "branch")
      packs.set(image, new Map(packsOf(target.branch).map((pack) => [pack, stampOf(pack)])));
  }

  /** @throws SERVICING_IMAGE_CHANGED */
  function refuseChangedPack(image: number): void {
    const file = changedPack(image);
    if (file !== undefined) throw failure("SERVICING_IMAGE_CHANGED", { file });
  }

  function changedPack(image: number): string | undefined {
    return [...(packs.get(image) ?? [])].find(([pack, stamp]) => stampOf(pack) !== stamp)?.[0];
  }

  /** What was copied may not be what was hashed. */
  async function refuseChangedInput(step: Step): Promise<void> {
    // A plugin's own code may have made what is read after it, and of what follows it nothing is remembered.
    const opaque = plan.steps.slice(0, plan.steps.indexOf(step)).some((earlier) => earlier.opaque === true);
    if (opaque && !arrangedPhases.has(step.phase)) return;
    for (const input of stepInputs(step, plan)) {
      const path = await options.digests?.changed(input);
      if (path !== undefined) throw failure("SERVICING_INPUT_CHANGED", { path });
    }
  }

  function folderOf(image: number): string {
    const target = options.target(image);
    if (target.kind !== "branch") throw new TypeError(`no checkpoint is kept of a ${target.kind} image`);
    return dirname(target.branch);
  }

  async function pass(step: Step, carryOut: CarryOut): Promise<"done" | "reused"> {
    if (step.phase === "prepare") {
      await carryOut(step);
      return "done";
    }
    if (step.image === undefined) {
      for (const image of plan.targets) {
        const steps = imageSteps(plan, image);
        await reach(steps.at(-1), steps, carryOut);
      }
      await carryOut(step);
      return "done";
    }
    const steps = imageSteps(plan, step.image);
    const at = steps.indexOf(step);
    if (at === -1) {
      // What a reference device gets is the image as it is by then.
      if (step.phase === "apply") await reach(steps.at(-1), steps, carryOut);
      await carryOut(step);
      // What it has put in its place was made of what was there just before.
      if (!step.commands.some(places)) await refuseChangedInput(step);
      return "done";
    }
    if (steps.slice(at).some(isThere)) return "reused";
    const work = async (): Promise<"done" | "reused"> => {
      if (isThere(step)) return "reused";
      await reach(steps[at - 1], steps, carryOut);
      await carryOutHere(step, carryOut);
      return "done";
    };
    if (step.kept !== true || step.fingerprint === undefined) return work();
    return store.alone(step.fingerprint, `makes a checkpoint of ${plan.line}`, work, {
      signal: options.signal,
      onWait: (process) => options.onWait(step, process),
    });
  }

  return {
    pass,
    placing: refuseChangedInput,
    guard: () => plan.targets.forEach(refuseChangedPack),
  };
}

/** Without the time of change, which a further link to the file sets. */
function stampOf(file: string): string {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? "" : [stats.size, stats.mtimeNs, stats.ino].join(" ");
}

/** What the commands of a step read of the host. */
function stepInputs(step: Step, plan: Plan): readonly Input[] {
  const added = step.commands.flatMap((command) =>
    "act" in command && command.act === "update"
      ? command.changes.flatMap((change) =>
          change.change === "add" ? [{ path: change.from, whole: false }] : [],
        )
      : [],
  );
  const made = madeBefore(plan);
  const own = plan.items
    .filter((item) => isReadIn(step, item))
    .flatMap((item) => inputsOf(item.operation).filter(({ path }) => !made(item, path)));
  return [...new Map([...added, ...own].map((input) => [`${input.path} ${input.whole}`, input])).values()];
}

/** What goes online is copied to the device before that is started, and Windows Setup's payload is added as any files are. */
function isReadIn(step: Step, { id, image, verdict }: Item): boolean {
  if (verdict === undefined || verdict.strategy === "setup") return false;
  if (verdict.strategy === "online") return step.phase === "apply" && step.image === image;
  return step.items.includes(id);
}

/** Whether a command puts a file or folder in its place that was made under another name. */
export function places(command: Command): boolean {
  return "act" in command && (command.act === "place" || command.act === "place folder");
}
