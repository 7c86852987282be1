import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { ByteSource } from "./formats/bytes.ts";

const pageBytes = 64 * 1024;
const pagesKept = 128;

/** A file as a byte source that holds at most 8 MiB of it in memory, whatever its size. */
export interface FileSource extends ByteSource, Disposable {}

/** @throws the system's error (ENOENT, EACCES, …) where the file cannot be opened */
export function openFile(path: string): FileSource {
  const file = openSync(path, "r");
  const size = fstatSync(file).size;
  const pages = new Map<number, Buffer>();

  function page(index: number): Buffer {
    const kept = pages.get(index);
    if (kept !== undefined) {
      pages.delete(index);
      pages.set(index, kept);
      return kept;
    }
    const bytes = Buffer.alloc(Math.max(0, Math.min(pageBytes, size - index * pageBytes)));
    readFully(file, bytes, index * pageBytes);
    pages.set(index, bytes);
    if (pages.size > pagesKept) pages.delete(pages.keys().next().value as number);
    return bytes;
  }

  return {
    size,
    read(offset, length) {
      if (offset >= size || length <= 0) return new Uint8Array(0);
      const end = Math.min(offset + length, size);
      const first = Math.floor(offset / pageBytes);
      const last = Math.floor((end - 1) / pageBytes);
      if (first === last) return page(first).subarray(offset - first * pageBytes, end - first * pageBytes);
      const bytes = Buffer.alloc(end - offset);
      if (last - first > 4) return bytes.subarray(0, readFully(file, bytes, offset));
      for (let index = first; index <= last; index += 1) {
        const from = Math.max(offset, index * pageBytes);
        const to = Math.min(end, (index + 1) * pageBytes);
        page(index).copy(bytes, from - offset, from - index * pageBytes, to - index * pageBytes);
      }
      return bytes;
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}

function readFully(file: number, bytes: Buffer, position: number): number {
  let done = 0;
  while (done < bytes.length) {
    const count = readSync(file, bytes, done, bytes.length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}
