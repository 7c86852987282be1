import { stepName } from "./step-script.ts";
import type { AuditJob } from "./job.ts";

/**
 * What became of a step: `present`, since its check held before; `hung`, over its time; `missing`, since its check does not
 * hold afterwards; `tries`, begun or restarted too often; `begun`, and no more is known.
 */
export type Fate = "done" | "present" | "failed" | "hung" | "missing" | "tries" | "begun" | "not begun";

export interface StepOutcome {
  /** From 1. */
  readonly number: number;
  readonly title: string;
  readonly fate: Fate;
  /** Unsigned, 32 bits; where one was written down. */
  readonly exitCode?: number;
  /** Of all its tries, where the job wrote them down. */
  readonly seconds?: number;
  readonly optional: boolean;
}

/** What the state of a job says of it. */
export interface JobOutcome {
  /** Of the job that the device had; undefined where none ever began. */
  readonly id: string | undefined;
  /** How often the job was started, the first time included. */
  readonly starts: number;
  readonly finished: boolean;
  /** The line in which the job says why it gave up. */
  readonly gaveUp: string | undefined;
  readonly steps: readonly StepOutcome[];
  /** Output of what was asked after a command was carried out; both numbers from 1. */
  readonly answers: readonly { readonly step: number; readonly command: number; readonly text: string }[];
  /** App packages of a user that new users would not have. */
  readonly apps: readonly string[];
  /** Why Windows waited for a restart when the steps were done. */
  readonly pending: readonly string[];
  /** The volume of Windows is encrypted, or is to be. */
  readonly encrypted: boolean;
  /** What the device could not look at before it generalized, for people. */
  readonly unchecked: readonly string[];
  /** The job had begun to write a file of its state, and the disk took nothing of it. */
  readonly unwritten: boolean;
}

/** Names that a file of the state may have. */
export const stateName = /^[\w.-]{1,64}$/;

const notChecked = "not checked";
const most = 50;
const longest = 300;

/**
 * Reads the state of a job, which is which files there are.
 * @param files texts of the files of its folder, by their names
 */
export function jobOutcome(job: AuditJob, files: ReadonlyMap<string, string>): JobOutcome {
  const text = (name: string): string | undefined => files.get(name)?.trim();
  const names = [...files.keys()];
  return {
    id: text("id")?.split(/\s/, 1)[0],
    starts: names.filter((name) => /^boot-\d+$/.test(name)).length,
    finished: files.has("finished"),
    gaveUp: files.has("failed") ? (linesOf(text("failed"))[0] ?? "") : undefined,
    steps: job.steps.map(({ title, optional = false }, at) => ({
      number: at + 1,
      title,
      optional,
      ...fateOf(stepName(at + 1), names, text),
      ...secondsOf(stepName(at + 1), names, text),
    })),
    answers: names.flatMap((name) => {
      const [, step, command] = /^(\d{3,})\.(\d{1,4})\.answer$/.exec(name) ?? [];
      return step === undefined
        ? []
        : [{ step: Number(step), command: Number(command), text: files.get(name) ?? "" }];
    }),
    apps: text("apps.txt") === notChecked ? [] : linesOf(text("apps.txt")),
    pending: linesOf(text("pending.txt")),
    encrypted: text("bitlocker.txt") === "on",
    unchecked: [
      ...(text("apps.txt") === notChecked ? ["app packages of one user alone"] : []),
      ...(text("bitlocker.txt") === notChecked ? ["BitLocker"] : []),
    ],
    unwritten: text("new") === "",
  };
}

function fateOf(
  step: string,
  names: readonly string[],
  text: (name: string) => string | undefined,
): Pick<StepOutcome, "fate" | "exitCode"> {
  const failed = text(`${step}.failed`);
  if (failed !== undefined) {
    const word = failed.split(/\s/, 1)[0]?.toLowerCase();
    if (word === "hung" || word === "tries") return { fate: word };
    return word === "check" ? { fate: "missing" } : { fate: "failed", ...exitCodeIn(failed) };
  }
  const done = text(`${step}.done`);
  if (done !== undefined) return { fate: "done", ...exitCodeIn(done) };
  if (names.includes(`${step}.present`)) return { fate: "present" };
  return { fate: names.some((name) => name.startsWith(`${step}.begun-`)) ? "begun" : "not begun" };
}

function secondsOf(
  step: string,
  names: readonly string[],
  text: (name: string) => string | undefined,
): { readonly seconds?: number } {
  const found = names
    .filter((name) => name.startsWith(`${step}.seconds-`))
    .map((name) => Number(/^\d{1,6}$/.exec(text(name) ?? "")?.[0] ?? 0));
  return found.length === 0 ? {} : { seconds: found.reduce((sum, seconds) => sum + seconds, 0) };
}

/** cmd.exe writes exit codes as signed numbers. */
function exitCodeIn(text: string): { readonly exitCode?: number } {
  const found = /^-?\d{1,10}(?!\S)/.exec(text)?.[0];
  return found === undefined ? {} : { exitCode: Number(found) >>> 0 };
}

function linesOf(text: string | undefined): readonly string[] {
  return (text ?? "")
    .split(/\r?\n/, most)
    .map((line) => line.trim().slice(0, longest))
    .filter((line) => line !== "");
}

const fates: Readonly<Record<Fate, string>> = {
  done: "done",
  present: "was there already",
  failed: "failed",
  hung: "hung",
  missing: "ended well, and what it installs is not there",
  tries: "given up after too many tries or restarts",
  begun: "begun, and never ended",
  "not begun": "not begun",
};

export function fateText({ fate }: Pick<StepOutcome, "fate">): string {
  return fates[fate];
}
