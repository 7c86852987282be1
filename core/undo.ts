import { join } from "node:path";
import { perform } from "./acts/perform.ts";
import { commandLine } from "./command-line.ts";
import { runProcess } from "./dism-process.ts";
import type { Command } from "./engine.ts";
import { faultTable } from "./fault-table.ts";
import type { BegunStep, StepJournal } from "./journal.ts";
import { makeFolder } from "./make-folder.ts";
import type { Runner } from "./runner.ts";

export interface Undoing {
  readonly runner: Runner;
  /** Folder of the logs. */
  readonly folder: string;
  readonly journal: Pick<StepJournal, "undone">;
  warn(text: string): void;
}

/**
 * Undoes the steps that were begun, latest first. It goes on after an interruption and after a failure of its own: it
 * leaves as little behind as it can.
 */
export async function undoSteps(begun: readonly BegunStep[], io: Undoing): Promise<void> {
  for (const step of begun.toReversed()) {
    let whole = true;
    for (const command of step.undo) {
      const reason = await undoOne(command, step, io);
      if (reason === undefined) continue;
      whole = false;
      io.warn(`could not undo ${step.title} (${commandLine(command)}): ${reason}`);
    }
    // Where this is lost, a step may be undone twice; undo commands bear that.
    if (whole) await io.journal.undone(step).catch(() => undefined);
  }
}

async function undoOne(command: Command, step: BegunStep, io: Undoing): Promise<string | undefined> {
  const { signal } = new AbortController();
  const log = join(io.folder, `${step.id.padStart(2, "0")}-undo.log`);
  try {
    if (!("act" in command)) {
      for (const folder of command.folders ?? []) makeFolder(folder);
      const { runner } = io;
      const warn = (text: string): void => io.warn(text);
      await runProcess(command, { runner, signal, log, faults: faultTable(), warn });
    }
    // The code of a plugin is not in a journal.
    else if (command.act === "call" && typeof command.run !== "function")
      return "the code for it is gone with its process";
    else await perform(command, { runner: io.runner, signal, log, target: undefined, warn: io.warn });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
