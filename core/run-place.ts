import { join } from "node:path";
import { writeAtomically } from "./durable-file.ts";
import { servicingError } from "./error.ts";
import { isBelow } from "./host-path.ts";
import { beginJournal, type Journal } from "./journal.ts";
import { planValue } from "./json.ts";
import { claimOutputs, isLockLeft } from "./output-file.ts";
import { refuseTaken } from "./output-check.ts";
import { placesOf } from "./plan-places.ts";
import { recover } from "./recovery.ts";
import { journalName, makeRunFolder } from "./run-folder.ts";
import type { Runner } from "./runner.ts";
import type { Plan } from "./step.ts";
import { claim, isLeft } from "./work-folder.ts";

/** What a run has to itself while it lasts. */
export interface RunPlace {
  /** Of its logs, plan, journal and report. */
  readonly folder: string;
  readonly journal: Journal;
  /** Lets the work folder stay when the run is over. */
  keepWork(): void;
  /** Nothing more is done in the work folder; what becomes of it can still be said in the report. */
  endWork(): Promise<void>;
}

/**
 * Runs with the work folder and all that is made locked, what a dead run left there undone, and a journal begun; gives all of
 * it back at the end.
 * @throws SERVICING_LINE_BUSY, SERVICING_OUTPUT_BUSY, SERVICING_LOCK_ELSEWHERE, SERVICING_LOCK_NOT_A_FILE, SERVICING_WORK_NOT_OURS,
 *   SERVICING_WORK_MOUNTED, SERVICING_OUTPUT_NAME_TAKEN, SERVICING_JOURNAL_UNWRITABLE
 */
export async function inPlace<T>(
  plan: Plan,
  io: { readonly runs: string; readonly runner: Runner; warn(text: string): void },
  run: (place: RunPlace) => Promise<T>,
): Promise<T> {
  const work = await claim(plan.line, plan.work);
  /** Before that, the folder is as a dead run left it, and no recovery may have been done. */
  let keep = true;
  let ended = false;
  const endWork = async (): Promise<void> => {
    if (ended) return;
    ended = true;
    if (keep) return work.leave();
    // What the run came to counts, not what it could not tidy up.
    await work.remove().catch((error: unknown) => io.warn(`${plan.work} stays: ${reasonOf(error)}`));
  };
  try {
    const claimed = claimedBy(plan);
    // The lock of a dead run says whose it is that lies beside it, in whichever project its journal is.
    const left = new Set(claimed.filter(isLockLeft));
    const locks = await claimOutputs(claimed, plan.line);
    try {
      for (const text of await recover(plan.work, { runner: io.runner, locks })) io.warn(text);
      refuseTaken(plan, left);
      const folder = await makeRunFolder(io.runs, plan.line);
      await writeAtomically(join(folder, "plan.json"), `${JSON.stringify(planValue(plan), undefined, 2)}\n`);
      await work.begin(folder);
      keep = false;
      const journal = await beginJournal(join(folder, journalName), {
        line: plan.line,
        work: plan.work,
        output: plan.output.file,
        claimed,
      });
      try {
        return await run({ folder, journal, keepWork: () => void (keep = true), endWork });
      } finally {
        await journal.close().catch((error: unknown) => io.warn(reasonOf(error)));
      }
    } finally {
      for (const lock of locks) lock.release();
    }
  } finally {
    await endWork();
  }
}

/** What is made outside of the work folder: other lines, of other projects too, may make the same. */
function claimedBy(plan: Plan): readonly string[] {
  const all = [plan.output.file, ...placesOf(plan).map(({ to }) => to), ...mountedFiles(plan)];
  // A folder is replaced with all that is in it, a lock as well.
  return all.filter((file) => !all.some((folder) => folder !== file && isBelow(file, folder)));
}

/** Files outside of the work folder that are mounted for writing: of one file, DISM mounts an image once. */
function mountedFiles({ steps, work }: Plan): ReadonlySet<string> {
  const mounts = steps
    .flatMap((step) => step.commands)
    .flatMap((command) => ("act" in command ? [] : [command.mounted ?? []].flat()));
  return new Set(mounts.map(({ file }) => file).filter((file) => !isBelow(file, work)));
}

/** Removes what a run left that was cut off when its result was in place already, so that no later one will. */
export async function tidyPlace(
  plan: Plan,
  io: { readonly runner: Runner; warn(text: string): void },
): Promise<void> {
  const claimed = claimedBy(plan);
  if (!claimed.some(isLockLeft) && !isLeft(plan.work)) return;
  try {
    const work = await claim(plan.line, plan.work);
    try {
      const locks = await claimOutputs(claimed, plan.line);
      try {
        for (const text of await recover(plan.work, { runner: io.runner, locks })) io.warn(text);
      } finally {
        for (const lock of locks) lock.release();
      }
    } catch (error) {
      work.leave();
      throw error;
    }
    await work.remove();
  } catch (error) {
    io.warn(reasonOf(error));
  }
}

function reasonOf(error: unknown): string {
  const { code, message, remedy } = servicingError(error);
  return code === "SERVICING_UNEXPECTED" ? message : `${message} → ${remedy}`;
}
