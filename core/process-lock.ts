import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { failure, type ServicingError } from "./error.ts";
import { ownIdentity, type ProcessIdentity, standing } from "./process-identity.ts";

/** What a lock file says. */
export interface LockOwner extends ProcessIdentity {
  readonly token: string;
  /** What its process does, after "which": "runs kiosk". */
  readonly what: string;
  /** For people alone: nothing is decided by a time of day, which may be set back. */
  readonly since: string;
}

export interface ProcessLock {
  readonly file: string;
  /** Removes the file; a second call does nothing. Where it cannot be removed, it is free once this process has ended. */
  release(): void;
}

export interface LockOptions {
  /** Stands in for a file system that has no hard links, in tests. */
  readonly link?: (from: string, to: string) => void;
}

const keptBytes = 64 * 1024;
/** How long a lock file that says nothing sensible may still be in the writing. */
const writingMilliseconds = 3000;
/** How long others may take to remove a dead lock before it is called busy. */
const breakingMilliseconds = 10_000;
/** Dead locks on the removal of dead locks. */
const deepest = 4;
const pollMilliseconds = 200;
/** It may become something else after it was looked at. Windows has neither flag. */
const readOnly = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** @throws SERVICING_LOCK_BUSY, SERVICING_LOCK_ELSEWHERE, SERVICING_LOCK_NOT_A_FILE */
export async function acquire(file: string, what: string, options: LockOptions = {}): Promise<ProcessLock> {
  const taken = await tryAcquire(file, what, options);
  if ("release" in taken) return taken;
  throw (
    elsewhere(file, taken) ?? failure("SERVICING_LOCK_BUSY", { file, process: taken.pid, what: taken.what })
  );
}

/**
 * Waits until the lock is free. `onWait` is called once for each owner that is waited for, one of another host included.
 * @throws SERVICING_LOCK_NOT_A_FILE, the reason of the signal
 */
export async function acquireWaiting(
  file: string,
  what: string,
  options: LockOptions & { readonly signal: AbortSignal; onWait(owner: LockOwner): void },
): Promise<ProcessLock> {
  let told: string | undefined;
  for (;;) {
    options.signal.throwIfAborted();
    const taken = await tryAcquire(file, what, options);
    if ("release" in taken) return taken;
    if (told !== taken.token) options.onWait(taken);
    told = taken.token;
    await after(pollMilliseconds * (0.5 + Math.random()), undefined, { signal: options.signal });
  }
}

/**
 * The lock, or who has it. That may be this very process: a lock belongs to one piece of work.
 * @throws SERVICING_LOCK_NOT_A_FILE
 */
export function tryAcquire(
  file: string,
  what: string,
  options: LockOptions = {},
): Promise<ProcessLock | LockOwner> {
  return attempt(file, what, options, 0);
}

/** Of a lock that somebody else's host or container holds. */
export function elsewhere(file: string, owner: LockOwner): ServicingError | undefined {
  if (standing(owner) !== "elsewhere") return undefined;
  const { host, pid, what } = owner;
  return failure("SERVICING_LOCK_ELSEWHERE", { file, host, process: pid, what });
}

/** Who has a lock; undefined for one that is free, since its owner is gone or it never was taken. */
export function holder(file: string): LockOwner | undefined {
  if (strange(lstatSync(file, { throwIfNoEntry: false })) !== undefined) return unknownOwner("");
  const found = look(file)?.owner;
  return found === undefined || standing(found) === "dead" ? undefined : found;
}

async function attempt(
  file: string,
  what: string,
  options: LockOptions,
  depth: number,
): Promise<ProcessLock | LockOwner> {
  const owner: LockOwner = {
    ...ownIdentity(),
    token: randomBytes(8).toString("hex"),
    what,
    since: new Date().toISOString(),
  };
  const end = performance.now() + breakingMilliseconds;
  for (;;) {
    if (create(file, owner, options.link ?? linkSync)) {
      if (depth === 0) sweep(file);
      return lockOf(file, owner.token);
    }
    const found = await settled(file);
    if (found === undefined) {
      await after(5 + 20 * Math.random());
      continue;
    }
    const held = found.owner ?? unknownOwner(found.token);
    if (found.owner !== undefined && standing(found.owner) !== "dead") return held;
    if (depth === deepest || performance.now() > end) return held;
    await breakLock(file, found.token, options, depth);
  }
}

function unknownOwner(token: string): LockOwner {
  return { ...ownIdentity(), pid: 0, started: "", token, what: "is unknown", since: "" };
}

/**
 * Two that find the same dead lock must not both remove it, or the second removes the living lock of the first. So the
 * removal has a lock of its own, named by what is removed; under it, the lock of that token can only still be there or be
 * gone for good.
 */
async function breakLock(file: string, token: string, options: LockOptions, depth: number): Promise<void> {
  const breaker = await attempt(`${file}.${token}`, `removes the dead lock ${file}`, options, depth + 1);
  if (!("release" in breaker)) {
    await after(5 + 20 * Math.random());
    return;
  }
  try {
    if (look(file)?.token === token) remove(file);
  } finally {
    breaker.release();
  }
}

function lockOf(file: string, token: string): ProcessLock {
  let held = true;
  return {
    file,
    release() {
      if (!held) return;
      held = false;
      try {
        // Somebody may have removed it by hand, and a third have made one.
        if (look(file)?.token === token) remove(file);
      } catch {
        // The disk became read-only or went away: no reason for a piece of work that is done to fail.
      }
    },
  };
}

/** Makes the file with its whole content, or says that there is one. */
function create(file: string, owner: LockOwner, link: (from: string, to: string) => void): boolean {
  const text = `${JSON.stringify(owner)}\n`;
  const draft = `${file}.${owner.token}.new`;
  try {
    writeFileSync(draft, text, { flag: "wx", mode: 0o600 });
    link(draft, file);
    return true;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return look(file)?.token === owner.token;
    if (syscall !== "link") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  // Without hard links the name comes before the content, and readers have to be patient.
  try {
    writeFileSync(file, text, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  return look(file)?.token === owner.token;
}

interface Found {
  /** Absent for a file that is none of ours, or was never finished. */
  readonly owner?: LockOwner;
  readonly token: string;
}

/** What the file says, once it says something sensible or has had the time to; undefined when it is gone. */
async function settled(file: string): Promise<Found | undefined> {
  const end = performance.now() + writingMilliseconds;
  for (;;) {
    const found = look(file);
    if (found === undefined || found.owner !== undefined || performance.now() > end) return found;
    await after(50);
  }
}

/** A pipe is not opened and no link followed: the folder may be shared with others. @throws SERVICING_LOCK_NOT_A_FILE */
function look(file: string): Found | undefined {
  const kind = strange(lstatSync(file, { throwIfNoEntry: false }));
  if (kind !== undefined) throw failure("SERVICING_LOCK_NOT_A_FILE", { file, kind });
  const buffer = Buffer.alloc(keptBytes);
  let text: string;
  try {
    const handle = openSync(file, readOnly);
    try {
      text = buffer.toString("utf8", 0, readSync(handle, buffer));
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const owner = ownerIn(text);
  return owner === undefined
    ? { token: createHash("sha256").update(text).digest("hex").slice(0, 16) }
    : { owner, token: owner.token };
}

/** What there is in the place of a lock, where that is no file. */
function strange(stats: Stats | undefined): string | undefined {
  if (stats === undefined || stats.isFile()) return undefined;
  if (stats.isSymbolicLink()) return "a symbolic link";
  if (stats.isDirectory()) return "a folder";
  return stats.isFIFO() ? "a pipe" : "a device or a socket";
}

function ownerIn(text: string): LockOwner | undefined {
  let value: Partial<Record<keyof LockOwner, unknown>>;
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { pid, host, started, space = "", token, what, since } = value;
  const number = typeof pid === "number" && Number.isInteger(pid) && pid > 0 && pid < 2 ** 32;
  if (!number || typeof host !== "string" || typeof started !== "string" || typeof space !== "string")
    return undefined;
  // It becomes part of a file name.
  if (typeof token !== "string" || !/^[\da-f]{8,64}$/.test(token)) return undefined;
  return { pid, host: shown(host), started, space, token, what: shown(what), since: shown(since) };
}

/** Of a file that anybody may have written, for a terminal. */
function shown(value: unknown): string {
  return String(value ?? "")
    .replaceAll(/\p{Cc}/gu, "")
    .slice(0, 500);
}

/**
 * Removes what those left who died between two steps of the above. A draft in which there is nothing yet may be somebody's
 * who lives: he then makes the lock as where there are no hard links.
 */
function sweep(file: string): void {
  const prefix = `${basename(file)}.`;
  try {
    for (const name of readdirSync(dirname(file))) {
      if (
        !name.startsWith(prefix) ||
        !/^[\da-f]{8,64}(\.[\da-f]{8,64})*(\.new)?$/.test(name.slice(prefix.length))
      )
        continue;
      const left = join(dirname(file), name);
      const owner = look(left)?.owner;
      const dead = owner === undefined ? name.endsWith(".new") : standing(owner) === "dead";
      if (dead) remove(left);
    }
  } catch {
    // It is tidiness only; the lock is held.
  }
}

/** On Windows a file that somebody is just reading goes a moment later: only a recursive removal tries again. */
function remove(file: string): void {
  rmSync(file, { force: true, recursive: true, maxRetries: 10, retryDelay: 20 });
}
