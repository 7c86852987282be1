/** Bytes that can be read in any order: a buffer here, a file where there is I/O. */
export interface ByteSource {
  readonly size: number;
  /** The bytes of `[offset, offset + length)`, which may be a view and may be fewer where the source ends. */
  read(offset: number, length: number): Uint8Array;
}

export function bufferSource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/** Keeps the pages that were read last, so that many small reads of a file become few large ones. */
export function pagedSource(source: ByteSource, pageSize = 65_536, pages = 64): ByteSource {
  const kept = new Map<number, Uint8Array>();
  let latest = { index: -1, bytes: new Uint8Array(0) as Uint8Array };

  function page(index: number): Uint8Array {
    if (index !== latest.index) latest = { index, bytes: load(index) };
    return latest.bytes;
  }

  function load(index: number): Uint8Array {
    let bytes = kept.get(index);
    if (bytes === undefined) {
      bytes = source.read(index * pageSize, Math.min(pageSize, source.size - index * pageSize));
      const oldest = kept.keys().next();
      if (kept.size >= pages && !oldest.done) kept.delete(oldest.value);
    } else {
      kept.delete(index);
    }
    kept.set(index, bytes);
    return bytes;
  }

  function read(offset: number, length: number): Uint8Array {
    const end = Math.min(offset + length, source.size);
    if (offset >= end) return new Uint8Array(0);
    const first = Math.floor(offset / pageSize);
    const start = offset - first * pageSize;
    if (end <= (first + 1) * pageSize) return page(first).subarray(start, start + end - offset);
    return source.read(offset, end - offset);
  }

  return { size: source.size, read };
}

/** The same memory as a Buffer, not a copy of it. */
export function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
