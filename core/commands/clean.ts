import { readdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import prettyBytes from "pretty-bytes";
import type { Invocation } from "../cli-commands.ts";
import { isServicingError, servicingError } from "../error.ts";
import { readJournal } from "../journal.ts";
import { nearPaths } from "../near-path.ts";
import { loadProject } from "../project.ts";
import { standing } from "../process-identity.ts";
import { journalName } from "../run-folder.ts";
import { disksFolder, storeFolder } from "../store-folder.ts";
import { claim, isHeld, isWorkFolder } from "../work-folder.ts";

/** Run folders younger than this stay: the last runs are what people look at. */
const keptMilliseconds = 7 * 24 * 60 * 60 * 1000;

export async function run({ flags, stdout, stderr }: Invocation): Promise<number> {
  const found = await places(flags);
  const removed: string[] = [];
  const warnings: string[] = [];
  for (const folder of await deadWorkFolders(found)) {
    if (flags.dryRun) removed.push(folder);
    else warnings.push(...(await cleared(folder, removed)));
  }
  for (const folder of await oldRunFolders(found)) {
    if (!flags.dryRun) await rm(folder, { recursive: true, force: true });
    removed.push(folder);
  }
  const store = flags.store ? await cleanStores(found.stores, flags) : undefined;
  if (flags.json) {
    const value = {
      removed: !flags.dryRun,
      folders: removed,
      warnings,
      ...(store === undefined ? {} : { store }),
    };
    stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
    return 0;
  }
  const verb = flags.dryRun ? "would remove" : "removed";
  for (const folder of removed) stdout.write(`${verb} ${nearPaths(folder, process.cwd())}\n`);
  for (const warning of warnings) stderr.write(`warning: ${nearPaths(warning, process.cwd())}\n`);
  if (store !== undefined) stdout.write(storeText(store, verb));
  else if (removed.length === 0) stdout.write("Nothing to remove.\n");
  return 0;
}

interface StoreCleaning extends Counted {
  /** What stays. */
  readonly left: Counted;
}

interface Counted {
  readonly checkpoints: number;
  /** With an image on them, of the reference devices. */
  readonly disks: number;
  readonly bytes: number;
}

const dayMilliseconds = 24 * 60 * 60 * 1000;
const defaultDays = 30;

/** A run that has taken something has files or links of its own by then; one that finds it gone makes it anew. */
async function cleanStores(folders: readonly string[], flags: Invocation["flags"]): Promise<StoreCleaning> {
  const { openStore } = await import("../store.ts");
  const { baseDisks } = await import("../base-disks.ts");
  const { bytesOf, expendable } = await import("../store-space.ts");
  const before = Date.now() - (flags.age ?? defaultDays) * dayMilliseconds;
  const sum = { checkpoints: 0, disks: 0, bytes: 0 };
  const left = { checkpoints: 0, disks: 0, bytes: 0 };
  for (const folder of folders) {
    const kinds = { checkpoints: openStore(folder), disks: baseDisks(disksFolder(folder)) };
    const checkpoints = (await kinds.checkpoints.list()).map((kept) => ({
      ...kept,
      kind: "checkpoints" as const,
    }));
    const disks = (await kinds.disks.list()).map((kept) => ({ ...kept, kind: "disks" as const }));
    const all = [...checkpoints, ...disks];
    const gone = expendable(all, { before, bytes: flags.size });
    if (!flags.dryRun) {
      for (const { kind, id } of gone) await kinds[kind].remove(id);
      await kinds.checkpoints.sweep();
      await kinds.disks.sweep();
    }
    const rest = all.filter((one) => !gone.includes(one));
    for (const { kind } of gone) sum[kind] += 1;
    for (const { kind } of rest) left[kind] += 1;
    sum.bytes += bytesOf(all) - bytesOf(rest);
    left.bytes += bytesOf(rest);
  }
  return { ...sum, left };
}

function storeText({ left, ...gone }: StoreCleaning, verb: string): string {
  return `${verb} ${counted(gone)}; ${counted(left)} left\n`;
}

function counted({ checkpoints, disks, bytes }: Counted): string {
  const of = [count(checkpoints, "checkpoint"), ...(disks === 0 ? [] : [count(disks, "disk")])];
  return `${of.join(" and ")} (${prettyBytes(bytes)})`;
}

/** Undoes what the run of a work folder was cut off in, then removes it; a folder that cannot be removed stays. */
async function cleared(folder: string, removed: string[]): Promise<readonly string[]> {
  const { createRunner } = await import("../runner.ts");
  const { recover } = await import("../recovery.ts");
  const warnings: string[] = [];
  try {
    const work = await claim(basename(folder), folder);
    try {
      warnings.push(...(await recover(folder, { runner: createRunner() })));
    } catch (error) {
      work.leave();
      throw error;
    }
    await work.remove();
    removed.push(folder);
  } catch (error) {
    const { message, remedy } = servicingError(error);
    warnings.push(`${message} → ${remedy}`);
  }
  return warnings;
}

function count(many: number, what: string): string {
  return many === 1 ? `1 ${what}` : `${many} ${what}s`;
}

interface Places {
  readonly work: readonly string[];
  readonly runs: readonly string[];
  readonly stores: readonly string[];
}

/** Of the config where there is one, else of the folder itself. */
async function places(flags: Invocation["flags"]): Promise<Places> {
  try {
    const { lines, runs, collection } = await loadProject(flags);
    const owners = [...lines, ...(collection === undefined ? [] : [collection])];
    return {
      work: [...new Set(owners.map(({ work }) => work))],
      runs: [...new Set([...lines.map((line) => line.runs), runs])],
      stores: [...new Set(lines.map((line) => line.store))],
    };
  } catch (error) {
    if (!isServicingError(error) || error.code !== "SERVICING_CONFIG_NOT_FOUND") throw error;
    return {
      work: [join(flags.cwd, ".servicing", "work")],
      runs: [join(flags.cwd, ".servicing", "runs")],
      stores: [storeFolder(undefined)],
    };
  }
}

/** Those whose process is gone. */
async function deadWorkFolders({ work }: Places): Promise<readonly string[]> {
  return (await inside(work)).filter((folder) => isWorkFolder(folder) && !isHeld(folder));
}

/** Those that are old and belong to no run that goes on. */
async function oldRunFolders({ runs }: Places): Promise<readonly string[]> {
  const old: string[] = [];
  for (const folder of await inside(runs)) {
    const { mtimeMs } = await stat(folder);
    if (Date.now() - mtimeMs < keptMilliseconds) continue;
    const journal = await readJournal(join(folder, journalName));
    const goesOn =
      journal === "not ours" ||
      (journal !== undefined && journal.outcome === undefined && standing(journal.run.owner) !== "dead");
    if (!goesOn) old.push(folder);
  }
  return old;
}

async function inside(folders: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
    }),
  );
  return found.flat().sort();
}
