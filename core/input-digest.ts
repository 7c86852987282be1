import { createHash } from "node:crypto";
import {
  type BigIntStats,
  readdirSync,
  openSync,
  readSync,
  closeSync,
  realpathSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { failure } from "./error.ts";
import { sha256Of } from "./file-bytes.ts";
import { settledMilliseconds } from "./file-stamp.ts";
import type { Facts } from "./facts.ts";
import { hashOf } from "./fingerprint.ts";
import type { Input } from "./operation-input.ts";

/** A file or folder of the host by its content. */
export interface InputDigest {
  /** What was read: the folder of an INF, where that was asked for. */
  readonly path: string;
  /** SHA-256 of the file; of a folder, of the names and digests of everything in it, in the order of the names. */
  readonly sha256: string;
  readonly bytes: number;
  /** SHA-256 of each file, by its path from the folder, with slashes; a file alone is named "". */
  readonly files: ReadonlyMap<string, string>;
}

export interface Digests {
  /** @throws SERVICING_INPUT_NOT_FOUND, SERVICING_INPUT_UNREADABLE */
  of(input: Input): Promise<InputDigest>;
  /** The first file of an input whose content is no longer what it was; undefined where all is. */
  changed(input: Input): Promise<string | undefined>;
}

/** Larger files are hashed part by part, and others may do something in between. */
const wholeBytes = 4 * 1024 * 1024;

/** Digests of what lines read, remembered by path, size, times and inode. */
export function createDigests(facts: Facts, signal?: AbortSignal): Digests {
  const known = new Map<string, Promise<Snapshot>>();
  // Many drivers may lie in one folder, which is the input of each of them.
  const digests = new Map<string, Promise<InputDigest>>();
  const snapshot = (path: string): Promise<Snapshot> => {
    const found = known.get(path) ?? take(path, facts, signal);
    known.set(path, found);
    return found;
  };
  return {
    of(input) {
      const path = placeOf(input);
      const found = digests.get(path) ?? snapshot(path).then((files) => digestOf(path, files));
      digests.set(path, found);
      return found;
    },
    async changed(input) {
      const path = placeOf(input);
      const before = await snapshot(path);
      const now = walk(path);
      for (const [name, entry] of before) {
        const file = now.get(name);
        if (file === undefined) return join(path, name);
        if (
          stampOf(file.stats) !== entry.stamp &&
          (await hashed(file.path, file.stats, signal)) !== entry.sha256
        )
          return join(path, name);
      }
      const added = [...now.keys()].find((name) => !before.has(name));
      return added === undefined ? undefined : join(path, added);
    },
  };
}

export function placeOf({ path, whole }: Input): string {
  return whole ? dirname(path) : path;
}

type Snapshot = ReadonlyMap<
  string,
  { readonly stamp: string; readonly sha256: string; readonly bytes: number }
>;

function digestOf(path: string, files: Snapshot): InputDigest {
  const single = files.get("");
  const entries = [...files].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    path,
    sha256: single?.sha256 ?? hashOf(entries.map(([name, { sha256 }]) => [name, sha256])),
    bytes: entries.reduce((sum, [, { bytes }]) => sum + bytes, 0),
    files: new Map(entries.map(([name, { sha256 }]) => [name, sha256])),
  };
}

async function take(path: string, facts: Facts, signal: AbortSignal | undefined): Promise<Snapshot> {
  const key = `digests ${path}`;
  const remembered = rememberedFrom(facts.read(key));
  const taken = new Map<string, { stamp: string; sha256: string; bytes: number }>();
  const files = walk(path);
  const unknown: string[] = [];
  for (const [name, { stats }] of files) {
    const [stamp, old] = [stampOf(stats), remembered.get(name)];
    if (old?.stamp !== stamp) unknown.push(name);
    taken.set(name, { stamp, sha256: old?.sha256 ?? "", bytes: Number(stats.size) });
  }
  const news = unknown.length > 0;
  for (const name of unknown) {
    const { path: file, stats } = files.get(name) as Found;
    const sha256 = await hashed(file, stats, signal);
    taken.set(name, { ...(taken.get(name) as { stamp: string; bytes: number }), sha256 });
  }
  if (news || remembered.size !== taken.size)
    facts.write(
      key,
      [...taken]
        .filter(([name]) => isSettled(files.get(name)?.stats))
        .map(([name, { stamp, sha256 }]) => [name, stamp, sha256]),
    );
  return taken;
}

function rememberedFrom(fact: unknown): ReadonlyMap<string, { stamp: string; sha256: string }> {
  const rows = Array.isArray(fact) ? (fact as readonly (readonly [string, string, string])[]) : [];
  return new Map(rows.map(([name, stamp, sha256]) => [name, { stamp, sha256 }]));
}

function stampOf(stats: BigIntStats): string {
  return [stats.size, stats.mtimeNs, stats.ctimeNs, stats.ino, stats.dev].join(" ");
}

/** A time in the future tells nothing: the clock was set back, or is another machine's. */
function isSettled(stats: BigIntStats | undefined): boolean {
  if (stats === undefined) return false;
  const latest = stats.mtimeMs > stats.ctimeMs ? stats.mtimeMs : stats.ctimeMs;
  return Date.now() - Number(latest) > settledMilliseconds;
}

interface Found {
  readonly path: string;
  readonly stats: BigIntStats;
}

/** Every file below a folder, links followed as they are when it is copied; a file alone under the name "". */
function walk(path: string): ReadonlyMap<string, Found> {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined)
    throw failure("SERVICING_INPUT_NOT_FOUND", { path, wanted: "an input of the line" });
  if (!stats.isDirectory()) return new Map([["", { path, stats: readable(path, stats) }]]);
  const found = new Map<string, Found>();
  below(path, "", found, [realpathSync(path)]);
  return found;
}

function below(folder: string, prefix: string, found: Map<string, Found>, open: readonly string[]): void {
  const entries = readdirSync(folder, { withFileTypes: true });
  // An empty folder is copied as well.
  if (entries.length === 0) found.set(prefix, { path: folder, stats: statSync(folder, { bigint: true }) });
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined)
      throw failure("SERVICING_INPUT_UNREADABLE", { path, reason: "it is a link that leads nowhere" });
    if (!stats.isDirectory()) {
      found.set(`${prefix}${entry.name}`, { path, stats: readable(path, stats) });
      continue;
    }
    const real = entry.isSymbolicLink() ? realpathSync(path) : path;
    if (open.includes(real))
      throw failure("SERVICING_INPUT_UNREADABLE", { path, reason: "it is a link to a folder that holds it" });
    below(path, `${prefix}${entry.name}/`, found, [...open, real]);
  }
}

/** A pipe or a device would never end. */
function readable(path: string, stats: BigIntStats): BigIntStats {
  if (stats.isFile()) return stats;
  throw failure("SERVICING_INPUT_UNREADABLE", { path, reason: "it is neither a file nor a folder" });
}

async function hashed(file: string, stats: BigIntStats, signal: AbortSignal | undefined): Promise<string> {
  signal?.throwIfAborted();
  if (stats.isDirectory()) return "folder";
  try {
    if (stats.size > wholeBytes) return (await sha256Of(file, signal)).sha256;
    return hashedWhole(file);
  } catch (error) {
    if (signal?.aborted === true) throw error;
    const reason = (error as Error).message;
    throw failure("SERVICING_INPUT_UNREADABLE", { path: file, reason }, { cause: error });
  }
}

const memoryBytes = 512 * 1024;
let memory: Buffer | undefined;

/** Of thousands of small files each, into the same memory, which is quicker than on other threads. */
function hashedWhole(file: string): string {
  memory ??= Buffer.allocUnsafeSlow(memoryBytes);
  const hash = createHash("sha256");
  const descriptor = openSync(file, "r");
  try {
    for (;;) {
      const count = readSync(descriptor, memory);
      if (count === 0) return hash.digest("hex");
      hash.update(memory.subarray(0, count));
    }
  } finally {
    closeSync(descriptor);
  }
}
