import type { Heartbeat } from "../audit/job.ts";
import type { Deadlines } from "../virtual-machine.ts";

/** What a machine that is waited for is at, and until when. Times are milliseconds of a clock that never goes back. */
export interface Watch {
  /** Ends the sentence "it hung while it was to …". */
  readonly stage: string;
  /** How many minutes that may take. */
  readonly minutes: number;
  readonly due: number;
  /** The step that it carries out, which as a whole has a time limit too. */
  readonly step?: { readonly stage: string; readonly minutes: number; readonly due: number };
  readonly steps: number;
  /** When all of it has to be over. */
  readonly end: number;
  readonly whole: number;
  readonly ended?: "ok" | "failed";
}

const millisecondsOfMinute = 60_000;

/** A machine that was switched on just now. */
export function watchFrom(now: number, deadlines: Deadlines): Watch {
  const { start, whole } = deadlines;
  return {
    ...waiting("come to its first word", start, now),
    steps: 0,
    whole,
    end: now + whole * millisecondsOfMinute,
  };
}

/** The same after a word of the job. */
export function heard(watch: Watch, heartbeat: Heartbeat, now: number, deadlines: Deadlines): Watch {
  const { step, ...rest } = watch;
  const silence = waiting("say that it is still at work", deadlines.silence, now);
  switch (heartbeat.says) {
    case "begin":
      return { ...rest, ...silence, steps: heartbeat.steps };
    case "step": {
      const limit = heartbeat.minutes + deadlines.silence;
      const stage = `carry out step ${heartbeat.step} (${heartbeat.title})`;
      return { ...rest, ...silence, step: waiting(stage, limit, now) };
    }
    case "beat":
      return { ...rest, ...silence, ...(step === undefined ? {} : { step }) };
    case "restart":
      return { ...rest, ...waiting("restart and go on with the job", deadlines.start, now) };
    case "end":
      return heartbeat.ok
        ? {
            ...rest,
            ...waiting("generalize and switch itself off", deadlines.generalize, now),
            ended: "ok",
          }
        : { ...rest, ...waiting("switch itself off", deadlines.start, now), ended: "failed" };
  }
}

function waiting(stage: string, minutes: number, now: number): Pick<Watch, "stage" | "minutes" | "due"> {
  return { stage, minutes, due: now + minutes * millisecondsOfMinute };
}

/** What has not come in time; undefined while there is time. */
export function overdue(watch: Watch, now: number): Pick<Watch, "stage" | "minutes"> | undefined {
  const { step, end, whole } = watch;
  const all = [
    ...(step === undefined ? [] : [step]),
    watch,
    { stage: "come to its end", minutes: whole, due: end },
  ];
  return all.find(({ due }) => now >= due);
}

/** Milliseconds until something may be overdue. */
export function patience(watch: Watch, now: number): number {
  return Math.max(0, Math.min(watch.due, watch.step?.due ?? Infinity, watch.end) - now);
}
