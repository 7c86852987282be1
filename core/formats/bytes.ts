/** Bytes that can be read in any order: a buffer here, a file where there is I/O. */
export interface ByteSource {
  readonly size: number;
  /** The bytes of `[offset, offset + length)`, which may be a view and may be fewer where the source ends. */
  read(offset: number, length: number): Uint8Array;
  /** The same into memory of the caller's, for who reads all of it; gives the number of bytes. */
  readInto?(offset: number, into: Uint8Array): number;
}

/** Bytes into memory of the caller's, whatever the source is. */
export function readInto(source: ByteSource, offset: number, into: Uint8Array): number {
  if (source.readInto !== undefined) return source.readInto(offset, into);
  const bytes = source.read(offset, into.length);
  into.set(bytes);
  return bytes.length;
}

export function bufferSource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/** Fills `into` with the bytes at `offset`, and gives their number, which is smaller where the source ends. */
export type Fill = (offset: number, into: Uint8Array) => number;

type Page = Uint8Array<ArrayBuffer>;

/**
 * Keeps the pages that were read last, so that many small reads of a file become few large ones.
 * `idle` is memory of pages that is free.
 * What is read is a copy: the memory of a page is used again for the next, and whoever keeps a few bytes keeps no page.
 */
export function pagedSource(
  size: number,
  fill: Fill,
  pageSize = 65_536,
  pages = 64,
  idle: ArrayBuffer[] = [],
): PagedSource {
  const kept = new Map<number, Page>();
  let latest = { index: -1, bytes: new Uint8Array(0) };

  function page(index: number): Page {
    if (index !== latest.index) latest = { index, bytes: load(index) };
    return latest.bytes;
  }

  function load(index: number): Page {
    const known = kept.get(index);
    kept.delete(index);
    const bytes = known ?? filled(index * pageSize, recycled());
    kept.set(index, bytes);
    return bytes;
  }

  /** The memory of the page that was not read for longest, or new memory. */
  function recycled(): Page {
    const [oldest] = kept.size < pages ? [] : kept;
    if (oldest === undefined) return new Uint8Array(idle.pop() ?? new ArrayBuffer(pageSize));
    kept.delete(oldest[0]);
    return new Uint8Array(oldest[1].buffer);
  }

  function filled(offset: number, memory: Page): Page {
    const into = memory.subarray(0, Math.min(memory.length, size - offset));
    return into.subarray(0, fill(offset, into));
  }

  function read(offset: number, length: number): Uint8Array {
    const end = Math.min(offset + length, size);
    if (offset >= end) return new Uint8Array(0);
    const first = Math.floor(offset / pageSize);
    const start = offset - first * pageSize;
    if (end <= (first + 1) * pageSize) return Buffer.from(page(first).subarray(start, start + end - offset));
    return filled(offset, new Uint8Array(end - offset));
  }

  return {
    size,
    read,
    readInto: (offset, into) =>
      fill(offset, into.subarray(0, Math.max(0, Math.min(into.length, size - offset)))),
    release() {
      for (const { buffer } of kept.values()) idle.push(buffer);
      kept.clear();
      latest = { index: -1, bytes: new Uint8Array(0) };
    },
  };
}

/** What is read of it is a copy, so that its memory can serve another when it is no longer read. */
export interface PagedSource extends ByteSource {
  /** Gives the memory of its pages to `idle`. */
  release(): void;
}

/** The same memory as a Buffer, not a copy of it. */
export function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
