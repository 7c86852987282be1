import { join } from "node:path";
import { writeAtomically } from "./durable-file.ts";
import { beginJournal, type Journal } from "./journal.ts";
import { planValue } from "./json.ts";
import { claimOutput } from "./output-file.ts";
import { recover } from "./recovery.ts";
import { journalName, makeRunFolder } from "./run-folder.ts";
import type { Runner } from "./runner.ts";
import type { Plan } from "./step.ts";
import { claim } from "./work-folder.ts";

/** What a run has to itself while it lasts. */
export interface RunPlace {
  /** Of its logs, plan, journal and report. */
  readonly folder: string;
  readonly journal: Journal;
  /** Lets the work folder stay when the run is over. */
  keepWork(): void;
}

/**
 * Runs with the work folder and the output locked, what a dead run left there undone, and a journal begun; gives all of
 * it back at the end.
 * @throws SERVICING_LINE_BUSY, SERVICING_OUTPUT_BUSY, SERVICING_LOCK_ELSEWHERE, SERVICING_WORK_NOT_OURS,
 *   SERVICING_WORK_MOUNTED, SERVICING_JOURNAL_UNWRITABLE
 */
export async function inPlace<T>(
  plan: Plan,
  io: { readonly runs: string; readonly runner: Runner; warn(text: string): void },
  run: (place: RunPlace) => Promise<T>,
): Promise<T> {
  const work = await claim(plan.line, plan.work);
  /** Before that, the folder is as a dead run left it, and no recovery may have been done. */
  let keep = true;
  try {
    const output = await claimOutput(plan.output.file, plan.line);
    try {
      for (const text of await recover(plan.work, { runner: io.runner, output })) io.warn(text);
      const folder = await makeRunFolder(io.runs, plan.line);
      await writeAtomically(join(folder, "plan.json"), `${JSON.stringify(planValue(plan), undefined, 2)}\n`);
      await work.begin(folder);
      keep = false;
      const journal = await beginJournal(join(folder, journalName), {
        line: plan.line,
        work: plan.work,
        output: plan.output.file,
      });
      try {
        return await run({ folder, journal, keepWork: () => (keep = true) });
      } finally {
        await journal.close();
      }
    } finally {
      output.release();
    }
  } finally {
    await (keep ? work.leave() : work.remove());
  }
}
