/** Random access to bytes that need not be in memory. */
export interface ByteSource {
  readonly size: number;
  /** The bytes from `offset`, fewer than `length` only where the source ends. */
  read(offset: number, length: number): Uint8Array;
}

export function bufferSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.byteLength,
    read: (offset, length) => bytes.subarray(offset, Math.min(offset + length, bytes.byteLength)),
  };
}

/** The same memory as a Buffer, not a copy of it. */
export function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
