import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type ByteSource, pagedSource } from "./formats/bytes.ts";

/**
 * Reads a file as a byte source that holds at most 4 MiB of it in memory, whatever its size; it is closed when `use`
 * has returned or its promise has settled.
 * @throws the system's error (ENOENT, EACCES, …) where the file cannot be opened
 */
export function withFile<T>(path: string, use: (source: ByteSource) => T): T {
  const file = openSync(path, "r");
  let result: T;
  try {
    const size = fstatSync(file).size;
    result = use(pagedSource(size, (offset, into) => readFully(file, offset, into)));
  } catch (error) {
    closeSync(file);
    throw error;
  }
  if (result instanceof Promise) return result.finally(() => closeSync(file)) as T;
  closeSync(file);
  return result;
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
