import { number, optional, pipe, strictObject, minValue, finite } from "valibot";
import type { Deadlines } from "../virtual-machine.ts";

const minutes = pipe(number(), finite(), minValue(0.01, "must be 0.01 minutes or more"));

export const deadlinesSchema = strictObject({
  start: optional(minutes),
  silence: optional(minutes),
  generalize: optional(minutes),
});

/** Without KVM the first start of a Windows takes most of an hour. */
const usual = { start: 90, silence: 15, generalize: 60 };

interface Given {
  readonly start?: number | undefined;
  readonly silence?: number | undefined;
  readonly generalize?: number | undefined;
}

/**
 * The deadlines of a device, in minutes. All of it may take what three tries of every step and ten restarts do, which only
 * ends what no other deadline does.
 * @param steps what the steps of the job may take together
 */
export function deadlinesOf(given: Given | undefined, steps: number): Deadlines {
  const start = given?.start ?? usual.start;
  const silence = given?.silence ?? usual.silence;
  const generalize = given?.generalize ?? usual.generalize;
  return { start, silence, generalize, whole: 3 * steps + 10 * (start + silence) + generalize };
}
