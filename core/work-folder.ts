import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync, rmdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, sep } from "node:path";
import { writeAtomically } from "./durable-file.ts";
import { posixQuoted } from "./command-line.ts";
import { failure } from "./error.ts";
import { makeFolder } from "./make-folder.ts";
import { elsewhere, holder, type ProcessLock, tryAcquire } from "./process-lock.ts";

const lockName = "lock";
/** The lock, and what there is beside it while it is being taken. */
const lockNames = /^lock(\.[\da-f]{8,64})*(\.new)?$/;
const recordName = "run.json";
/** Either says that a run made the folder. */
const marks = [lockName, recordName];

/** A line's work folder, while this process has it. */
export interface WorkFolder {
  readonly path: string;
  /** Empties it and writes down which run folder tells of what happens in it. @throws SERVICING_WORK_MOUNTED */
  begin(run: string): Promise<void>;
  /** Removes it, and lets go of it in any case. @throws SERVICING_WORK_MOUNTED, what the system says */
  remove(): Promise<void>;
  /** Leaves it as it is, to be taken over. */
  leave(): void;
}

/**
 * Takes a line's work folder for this piece of work. What a dead run left in it stays until `begin`.
 * @throws SERVICING_LINE_BUSY, SERVICING_LOCK_ELSEWHERE, SERVICING_LOCK_NOT_A_FILE, SERVICING_WORK_NOT_OURS
 */
export async function claim(line: string, path: string): Promise<WorkFolder> {
  if (!isOurs(namesIn(path))) throw failure("SERVICING_WORK_NOT_OURS", { work: path });
  const lock = await lockIn(path, line);
  return {
    path,
    async begin(run) {
      await empty(path);
      await writeAtomically(join(path, recordName), `${JSON.stringify({ line, run })}\n`);
    },
    async remove() {
      try {
        await empty(path);
      } finally {
        lock.release();
      }
      discard(path);
    },
    leave() {
      lock.release();
      discard(path);
    },
  };
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

async function lockIn(path: string, line: string): Promise<ProcessLock> {
  const file = join(path, lockName);
  for (let left = 100; ; left -= 1) {
    try {
      makeFolder(path, 0o700);
      const taken = await tryAcquire(file, `runs ${line}`);
      if ("release" in taken) return taken;
      throw (
        elsewhere(file, taken) ?? failure("SERVICING_LINE_BUSY", { line, process: taken.pid, work: path })
      );
    } catch (error) {
      // The run before has just removed it.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || left === 0) throw error;
    }
  }
}

/** Whether a run made the folder; `work` may be shared with others. */
export function isWorkFolder(path: string): boolean {
  return marks.some((name) => lstatSync(join(path, name), { throwIfNoEntry: false })?.isFile() === true);
}

/** Whether a run that is no more left it, be it empty. */
export function isLeft(path: string): boolean {
  return existsSync(path) && isOurs(namesIn(path)) && !isHeld(path);
}

function isOurs(names: readonly string[]): boolean {
  return names.length === 0 || names.some((name) => name === recordName || lockNames.test(name));
}

/** Whether somebody has it, or may have it. */
export function isHeld(path: string): boolean {
  return holder(join(path, lockName)) !== undefined;
}

export function recordOf(path: string): string {
  return join(path, recordName);
}

function discard(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // It is not empty: something was left for people, or another run is in it already.
  }
}

/** The record goes last, since it is what a recovery begins with. */
async function empty(path: string): Promise<void> {
  const mounts = mountsBelow(path);
  if (mounts.length > 0)
    throw failure("SERVICING_WORK_MOUNTED", {
      work: path,
      mounts: mounts.map(({ at }) => at),
      unmount: mounts.map(({ unmount }) => unmount).join(" && "),
    });
  const names = readdirSync(path).filter((name) => name !== recordName && !lockNames.test(name));
  for (const name of [...names, recordName]) await rm(join(path, name), { recursive: true, force: true });
}

interface Mount {
  readonly at: string;
  /** The command that ends it, ready to paste. */
  readonly unmount: string;
}

/**
 * Of Linux, in /proc/self/mountinfo: the fifth field, with blanks as octal numbers, and the type after "-". Whoever mounted
 * with FUSE may unmount it with fusermount. The deepest come first. Source: proc_pid_mountinfo(5), fusermount(1).
 */
function mountsBelow(path: string): readonly Mount[] {
  let table: string;
  let real: string;
  try {
    table = readFileSync("/proc/self/mountinfo", "utf8");
    real = realpathSync(path);
  } catch {
    return [];
  }
  return table
    .split("\n")
    .map((row) => {
      const at = (row.split(" ")[4] ?? "").replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
        String.fromCharCode(Number.parseInt(digits, 8)),
      );
      return { at, unmount: `${/ - fuse[. ]/.test(row) ? "fusermount -u" : "umount"} ${posixQuoted(at)}` };
    })
    .filter(({ at }) => at.startsWith(`${real}${sep}`))
    .toReversed();
}
