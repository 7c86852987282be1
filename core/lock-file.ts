import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as v from "valibot";
import { writeDurably } from "./durable-file.ts";
import { failure } from "./error.ts";
import type { Line } from "./line.ts";
import { differencesOf, differenceText, type LineInputs } from "./line-inputs.ts";
import { makeFolder } from "./make-folder.ts";
import { acquireWaiting } from "./process-lock.ts";

export const lockFileName = "servicing.lock.json";

/** Files of its project that a line is read from. */
export function ownFiles({ folder, config }: Pick<Line, "folder" | "config">): readonly string[] {
  return [...(config === undefined ? [] : [config]), join(folder, lockFileName)];
}

const version = 1;

const texts = v.record(v.string(), v.string());
const lockedFile = v.object({
  sha256: v.string(),
  bytes: v.number(),
  identity: v.exactOptional(v.string()),
});
const lockedItem = v.object({
  operation: v.string(),
  image: v.number(),
  road: v.string(),
  digest: v.string(),
});
const lockedLine = v.object({
  servicing: v.string(),
  engine: v.string(),
  tools: texts,
  image: v.object({ file: v.string(), contents: v.string(), guid: v.string(), images: v.array(v.string()) }),
  output: v.string(),
  files: v.record(v.string(), lockedFile),
  items: v.array(lockedItem),
});
/** {@link LineInputs}, with what a lock leaves out. */
export const lineInputs = v.object({
  ...lockedLine.entries,
  files: v.record(v.string(), v.object({ ...lockedFile.entries, inside: v.exactOptional(texts) })),
  items: v.array(v.object({ ...lockedItem.entries, item: v.exactOptional(v.string()) })),
});
const lockFile = v.object({ version: v.literal(version), lines: v.record(v.string(), lockedLine) });

type LockFile = v.InferOutput<typeof lockFile>;

/**
 * What a line was made from when its lock was written; undefined where there is no lock of it.
 * @throws SERVICING_LOCK_INVALID
 */
export function readLock(folder: string, line: string): LineInputs | undefined {
  return read(folder)?.lines[line];
}

function read(folder: string): LockFile | undefined {
  const file = join(folder, lockFileName);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw failure("SERVICING_LOCK_INVALID", { file, reason: (error as Error).message }, { cause: error });
  }
  const parsed = v.safeParse(lockFile, json(text));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue) ?? "it";
  throw failure("SERVICING_LOCK_INVALID", { file, reason: `${where}: ${issue.message}` });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Writes down what a line was made from, beside its config. Other lines of the file stay as they are. */
export async function writeLock(
  folder: string,
  line: string,
  inputs: LineInputs,
  signal: AbortSignal,
): Promise<void> {
  const own = join(folder, ".servicing");
  makeFolder(own);
  const waiting = { signal, onWait: () => undefined };
  const lock = await acquireWaiting(join(own, `${lockFileName}.lock`), "writes the lock file", waiting);
  try {
    const before = read(folder);
    const lines = { ...before?.lines, [line]: lockedOf(inputs) };
    const sorted = Object.fromEntries(Object.entries(lines).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    const text = `${JSON.stringify({ version, lines: sorted }, undefined, 2)}\n`;
    if (before === undefined || text !== `${JSON.stringify(before, undefined, 2)}\n`)
      await writeDurably(join(folder, lockFileName), text);
  } finally {
    lock.release();
  }
}

function lockedOf(inputs: LineInputs): LockFile["lines"][string] {
  const { servicing, engine, tools, image, output, files, items } = inputs;
  return {
    servicing,
    engine,
    tools: { ...tools },
    image: { ...image, images: [...image.images] },
    output,
    files: Object.fromEntries(
      Object.entries(files)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([path, { sha256, bytes, identity }]) => [
          path,
          { sha256, bytes, ...(identity === undefined ? {} : { identity }) },
        ]),
    ),
    items: items.map(({ operation, image: index, road, digest }) => ({
      operation,
      image: index,
      road,
      digest,
    })),
  };
}

/**
 * What of a line is not as its lock says, as sentences; undefined where there is no lock of it.
 * @throws SERVICING_LOCK_INVALID
 */
export function lockDifferences(
  folder: string,
  line: string,
  inputs: LineInputs | undefined,
): readonly string[] | undefined {
  const locked = readLock(folder, line);
  if (locked === undefined) return undefined;
  if (inputs === undefined)
    return ["a plugin's own code makes its inputs when it runs, so that nothing can be said of them"];
  return differencesOf(locked, inputs).map(differenceText);
}

/** @throws SERVICING_LOCK_MISSING, SERVICING_LOCK_DIFFERS, SERVICING_LOCK_INVALID */
export function refuseUnlocked(folder: string, line: string, inputs: LineInputs | undefined): void {
  const file = join(folder, lockFileName);
  const differences = lockDifferences(folder, line, inputs);
  if (differences === undefined) throw failure("SERVICING_LOCK_MISSING", { file, line });
  if (differences.length > 0)
    throw failure("SERVICING_LOCK_DIFFERS", { file: basename(file), line, differences });
}
