import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type ByteSource, pagedSource } from "./formats/bytes.ts";

/** A file as a byte source that holds at most 4 MiB of it in memory, whatever its size. */
export interface FileSource extends ByteSource, Disposable {}

/** @throws the system's error (ENOENT, EACCES, …) where the file cannot be opened */
export function openFile(path: string): FileSource {
  const file = openSync(path, "r");
  const size = fstatSync(file).size;
  const paged = pagedSource({
    size,
    read: (offset, length) => readFully(file, offset, Math.max(0, Math.min(length, size - offset))),
  });
  return { ...paged, [Symbol.dispose]: () => closeSync(file) };
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
