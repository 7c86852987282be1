import { statSync } from "node:fs";

/** What tells whether a file is still the same: bytes, milliseconds, and its place on the disk. */
export interface FileStats {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  readonly dev: number;
}

/** A file or folder is the same while its size (bytes), times (milliseconds), inode and device are. */
export type FileStamp = readonly [
  size: number,
  modified: number,
  changed: number,
  inode: number,
  device: number,
];

export const stampLength = 5;

/** Younger files may change again within the resolution of their times, so nothing is remembered of them. */
export const settledMilliseconds = 2000;

/** Undefined for what may change again before anybody could see it. */
export function stampOf(stats: FileStats): FileStamp | undefined {
  if (!isSettled(stats)) return undefined;
  return [stats.size, stats.mtimeMs, stats.ctimeMs, stats.ino, stats.dev];
}

function isSettled({ mtimeMs, ctimeMs }: FileStats): boolean {
  return Date.now() - Math.max(mtimeMs, ctimeMs) > settledMilliseconds;
}

/** As each file was when it was first read, by path. */
export type FileStamps = Map<string, FileStamp | undefined>;

/** The earliest counts: what changes while files are read is looked at again the next time. */
export function addStamp(stamps: FileStamps | undefined, path: string, stamp: FileStamp | undefined): void {
  if (stamps?.has(path) === false) stamps.set(path, stamp);
}

const orNothing = { throwIfNoEntry: false } as const;

/** Undefined for what is not there, too. */
export function stampAt(path: string): FileStamp | undefined {
  const stats = statSync(path, orNothing);
  return stats === undefined ? undefined : stampOf(stats);
}

/** The same for thousands of files, of which nothing else is kept: where there is none, nothing is written. */
export function writeStamp(path: string, numbers: Float64Array, at: number): void {
  const stats = statSync(path, orNothing);
  if (stats === undefined || !isSettled(stats)) return;
  numbers[at] = stats.size;
  numbers[at + 1] = stats.mtimeMs;
  numbers[at + 2] = stats.ctimeMs;
  numbers[at + 3] = stats.ino;
  numbers[at + 4] = stats.dev;
}
