import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "./make-folder.ts";

export const journalName = "journal.jsonl";

/** Makes the folder of one run: named by time for people, and by a number where the time alone would name another's. */
export async function makeRunFolder(runs: string, line: string, now = new Date()): Promise<string> {
  makeFolder(runs);
  const name = `${now.toISOString().replaceAll(/[:.]/g, "-")}-${line}`;
  for (let count = 1; ; count += 1) {
    const folder = join(runs, count === 1 ? name : `${name}-${count}`);
    try {
      await mkdir(folder);
      return folder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}
