import type { ByteSource } from "./bytes.ts";

/** A portable executable, as far as signatures and images ask. */
export interface PortableExecutable {
  /** IMAGE_FILE_MACHINE_*: a number in hexadecimal where it is another. */
  readonly machine: "x86" | "amd64" | "arm" | "arm64" | `0x${string}`;
  /** By subsystem and characteristics: what the kernel loads is native. */
  readonly kind: "native" | "dll" | "exe";
  readonly bytes: number;
  /** What the Authenticode digest is made of, in order. */
  readonly hashed: readonly PeRange[];
  /** Zeros that follow them, for a file whose length is no multiple of eight, as signing pads it. */
  readonly padding: number;
  /** Where the certificate table lies, which a signed file has inside itself. */
  readonly certificates?: PeRange;
}

/** Bytes of a file, from `start` up to and without `end`. */
export interface PeRange {
  readonly start: number;
  readonly end: number;
}

const machines: Readonly<Record<number, PortableExecutable["machine"]>> = {
  0x14c: "x86",
  0x1c0: "arm",
  0x1c4: "arm",
  0x8664: "amd64",
  0xaa64: "arm64",
};
const dosHeader = 0x40;
const coffHeader = 24;
/** Up to the data directory of certificates, the fifth. */
const smallest = { 0x10b: 96 + 5 * 8, 0x20b: 112 + 5 * 8 } as const;

/**
 * Reads the headers of a portable executable; undefined for what is none, or names places outside of itself.
 *
 * The Authenticode digest is that of the whole file without the checksum, the directory entry of the certificate table and
 * that table ("Windows Authenticode Portable Executable Signature Format", "pe-format"). What lies behind the table counts
 * as well, as it does for Windows.
 */
export function readPe(source: ByteSource): PortableExecutable | undefined {
  const bytes = source.size;
  const dos = view(source.read(0, dosHeader));
  if (dos.byteLength < dosHeader || dos.getUint16(0) !== 0x4d5a) return undefined;
  const at = dos.getUint32(0x3c, true);
  const head = view(source.read(at, coffHeader));
  if (head.byteLength < coffHeader || head.getUint32(0) !== 0x50450000) return undefined;
  const optionalBytes = head.getUint16(20, true);
  const characteristics = head.getUint16(22, true);
  const optionalAt = at + coffHeader;
  const optional = view(source.read(optionalAt, optionalBytes));
  if (optional.byteLength < optionalBytes || optionalBytes < 2) return undefined;
  const magic = optional.getUint16(0, true);
  if ((magic !== 0x10b && magic !== 0x20b) || optionalBytes < smallest[magic] - 8 * 5) return undefined;
  const number = head.getUint16(4, true);
  const facts = {
    machine: machines[number] ?? (`0x${number.toString(16)}` as const),
    kind: kindOf(optional.getUint16(68, true), characteristics),
    bytes,
  };
  const checksum = { start: optionalAt + 64, end: optionalAt + 68 };
  const directories = optional.getUint32(smallest[magic] - 44, true);
  if (directories < 5 || optionalBytes < smallest[magic])
    return { ...facts, hashed: without(bytes, [checksum]), padding: padding(bytes) };

  const entry = smallest[magic] - 8;
  const start = optional.getUint32(entry, true);
  const size = optional.getUint32(entry + 4, true);
  const skipped = [checksum, { start: optionalAt + entry, end: optionalAt + entry + 8 }];
  if (size === 0) return { ...facts, hashed: without(bytes, skipped), padding: padding(bytes) };
  if (start < optionalAt + optionalBytes || start + size > bytes) return undefined;
  const certificates = { start, end: start + size };
  return { ...facts, hashed: without(bytes, [...skipped, certificates]), padding: 0, certificates };
}

function kindOf(subsystem: number, characteristics: number): PortableExecutable["kind"] {
  if (subsystem === 1) return "native";
  return (characteristics & 0x2000) === 0 ? "exe" : "dll";
}

function without(bytes: number, skipped: readonly PeRange[]): readonly PeRange[] {
  const starts = [0, ...skipped.map(({ end }) => end)];
  const ends = [...skipped.map(({ start }) => start), bytes];
  return starts
    .map((start, at) => ({ start, end: ends[at] ?? bytes }))
    .filter(({ start, end }) => end > start);
}

function padding(bytes: number): number {
  return (8 - (bytes % 8)) % 8;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
