import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { FileStats } from "./file-stamp.ts";
import { type ByteSource, type PagedSource, pagedSource } from "./formats/bytes.ts";

const pageBytes = 65_536;
const pages = 64;
/** Memory of pages, for the next file: files are opened often, and few at a time. */
const idle: ArrayBuffer[] = [];
const mostIdle = 64;

/**
 * Reads a file as a byte source that holds at most 4 MiB of it in memory, whatever its size; it is closed when `use`
 * has returned or its promise has settled.
 * @throws the system's error (ENOENT, EACCES, …) where the file cannot be opened
 */
export function withFile<T>(path: string, use: (source: ByteSource) => T): T {
  const file = openSync(path, "r");
  let source: PagedSource | undefined;
  const close = (): void => {
    closeSync(file);
    source?.release();
    idle.splice(mostIdle);
  };
  let result: T;
  try {
    const { size } = fstatSync(file);
    source = pagedSource(size, (offset, into) => readFully(file, offset, into), pageBytes, pages, idle);
    result = use(source);
  } catch (error) {
    close();
    throw error;
  }
  if (result instanceof Promise) return result.finally(close) as T;
  close();
  return result;
}

/**
 * A small file at once: of thousands, this takes a fraction of the time that pages do.
 * @param memory for its bytes, where they fit, until something else is read into it; otherwise they have their own
 * @returns undefined in place of its bytes where it has more than `limit`
 * @throws the system's error, as `withFile`
 */
export function readSmallFile(
  path: string,
  limit: number,
  memory?: Uint8Array,
): { readonly bytes: Uint8Array | undefined; readonly stats: FileStats } {
  const file = openSync(path, "r");
  try {
    const stats = fstatSync(file);
    if (stats.size > limit) return { bytes: undefined, stats };
    const into =
      memory !== undefined && stats.size <= memory.length
        ? memory.subarray(0, stats.size)
        : Buffer.allocUnsafeSlow(stats.size);
    return { bytes: into.subarray(0, readFully(file, 0, into)), stats };
  } finally {
    closeSync(file);
  }
}

function readFully(file: number, offset: number, into: Uint8Array): number {
  let done = 0;
  while (done < into.length) {
    const count = readSync(file, into, done, into.length - done, offset + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}
