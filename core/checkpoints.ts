import { dirname } from "node:path";
import type { Target } from "./engine.ts";
import { failure } from "./error.ts";
import { imageSteps } from "./fate.ts";
import type { Digests } from "./input-digest.ts";
import { type Input, inputsOf } from "./operation-input.ts";
import type { Plan, Step } from "./step.ts";
import type { Store } from "./store.ts";

/** Carries out the commands of a step, and nothing else. */
export type CarryOut = (step: Step) => Promise<void>;

/** Brings the images of a run from checkpoint to checkpoint, and says of each step whether it had to be carried out. */
export type Passage = (step: Step, carryOut: CarryOut) => Promise<"done" | "reused">;

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
  const isThere = (step: Step): step is Step & { readonly fingerprint: string } =>
    step.kept === true &&
    step.fingerprint !== undefined &&
    (fresh === undefined || fresh.has(step.fingerprint)) &&
    store.has(step.fingerprint);

  async function reach(step: Step | undefined, steps: readonly Step[], carryOut: CarryOut): Promise<void> {
    if (step?.image === undefined || reached.get(step.image) === step) return;
    if (isThere(step)) {
      reached.set(step.image, undefined);
      const warnings = await store.take(step.fingerprint, folderOf(step.image), warn);
      if (warnings !== undefined) {
        for (const text of warnings) options.recall(text);
        reached.set(step.image, step);
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
    reached.set(image, step);
    options.guard();
    await refuseChanged(step);
    if (step.kept !== true || step.fingerprint === undefined) return;
    fresh?.add(step.fingerprint);
    const facts = { line: plan.line, step: step.title, source: plan.source.file, warnings };
    await store.put(step.fingerprint, folderOf(image), facts).catch((error: unknown) => {
      warn(`no checkpoint could be kept in ${store.folder}: ${(error as Error).message}`);
    });
  }

  /** What was copied may not be what was hashed. */
  async function refuseChanged(step: Step): Promise<void> {
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

  return async (step, carryOut) => {
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
      await carryOut(step);
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
  };
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
  const own = plan.items
    .filter(({ id, verdict }) => step.items.includes(id) && verdict?.strategy !== "setup")
    .flatMap(({ operation }) => inputsOf(operation));
  return [...new Map([...added, ...own].map((input) => [`${input.path} ${input.whole}`, input])).values()];
}
