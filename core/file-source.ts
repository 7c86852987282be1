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
    const read = (offset: number, length: number): Uint8Array =>
      readFully(file, offset, Math.max(0, Math.min(length, size - offset)));
    result = use(pagedSource({ size, read }));
  } catch (error) {
    closeSync(file);
    throw error;
  }
  if (result instanceof Promise) return result.finally(() => closeSync(file)) as T;
  closeSync(file);
  return result;
}

function readFully(file: number, offset: number, length: number): Uint8Array {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const count = readSync(file, bytes, done, length - done, offset + done);
    if (count === 0) break;
    done += count;
  }
  return bytes.subarray(0, done);
}
