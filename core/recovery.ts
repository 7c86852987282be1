import { basename, dirname, join } from "node:path";
import { existsSync } from "node:fs";
import { continueJournal, type JournalRead, ownText, readJournal } from "./journal.ts";
import { claimOutputs, outputLockOf, samePlace } from "./output-file.ts";
import type { ProcessLock } from "./process-lock.ts";
import { journalName } from "./run-folder.ts";
import type { Runner } from "./runner.ts";
import { releaseMounts } from "./stale-mounts.ts";
import { undoSteps } from "./undo.ts";
import { recordOf } from "./work-folder.ts";

export interface Recovering {
  readonly runner: Runner;
  /** Of what this process has locked already. */
  readonly locks?: readonly ProcessLock[];
}

/**
 * Undoes what a run was cut off in, by its journal; to be called by who has its work folder, before that is emptied.
 * Gives what is to be said of it: nothing where there was nothing to undo.
 * @throws SERVICING_OUTPUT_BUSY where somebody else is writing what that run made, SERVICING_WORK_MOUNTED
 */
export async function recover(work: string, io: Recovering): Promise<readonly string[]> {
  return [...(await undoJournal(work, io)), ...(await releaseMounts(work, io.runner))];
}

async function undoJournal(work: string, io: Recovering): Promise<readonly string[]> {
  const run = await runOf(work);
  if (run === undefined) return [];
  const file = join(run, journalName);
  const journal = await readJournal(file);
  if (journal === undefined) return [];
  if (journal === "not ours")
    return [`${file} is another user's or another host's, so nothing of what it tells was undone`];
  const left = journal.begun.filter(({ id }) => !journal.undone.has(id));
  const { outcome } = journal;
  // Of a run that failed, whatever it could not undo itself is tried once more.
  if (outcome === "done" || outcome === "recovered" || (outcome !== undefined && left.length === 0))
    return [];
  const warnings: string[] = [];
  const locks = await lockClaimed(journal, io);
  try {
    const writing = await continueJournal(file).catch(() => undefined);
    await undoSteps(left, {
      runner: io.runner,
      folder: run,
      journal: writing ?? { undone: () => Promise.resolve() },
      warn: (text) => void warnings.push(text),
    });
    await writing?.runEnded("recovered").catch(() => undefined);
    await writing?.close();
  } finally {
    for (const lock of locks) lock.release();
  }
  const undone =
    warnings.length === 0 ? "what it had begun was undone" : "not all that it had begun could be undone";
  return [
    `${basename(run)} ${outcome === undefined ? "was cut off" : outcome} ${when(journal)}; ${undone}`,
    ...warnings,
  ];
}

async function runOf(work: string): Promise<string | undefined> {
  try {
    const { run } = JSON.parse((await ownText(recordOf(work))) ?? "") as { readonly run?: unknown };
    return typeof run === "string" ? run : undefined;
  } catch {
    return undefined;
  }
}

/** Else its undo could delete what another run is just writing there. */
function lockClaimed({ run }: JournalRead, { locks = [] }: Recovering): Promise<readonly ProcessLock[]> {
  const free = [run.output, ...(run.claimed ?? [])].filter(
    (file) => existsSync(dirname(file)) && !locks.some((held) => samePlace(outputLockOf(file), held.file)),
  );
  return claimOutputs(free, run.line);
}

function when({ begun, ended }: JournalRead): string {
  const last = begun.at(-1);
  if (last === undefined) return "before its first step";
  return ended.has(last.id) ? `after ${last.title}` : `during ${last.title}`;
}
