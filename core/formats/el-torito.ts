import type { ByteSource } from "./bytes.ts";

/** One way to boot that a disc offers. */
export interface BootEntry {
  readonly platform: "bios" | "uefi" | "other";
  readonly bootable: boolean;
  /** Sectors of 512 bytes that the firmware loads. */
  readonly sectors: number;
  /** Byte offset of what it loads. */
  readonly offset: number;
}

const sectorBytes = 2048;
const entryBytes = 32;
const identity = Buffer.from("\u0000CD001\u0001EL TORITO SPECIFICATION", "latin1");
const platforms: Readonly<Record<number, BootEntry["platform"]>> = { 0: "bios", 0xef: "uefi" };

/**
 * The boot catalogue of an ISO; nothing where it has none. Rules: "El Torito" Bootable CD-ROM Format Specification 1.0, and
 * the UEFI Specification for platform 0xEF.
 * @throws RangeError where it is damaged
 */
export function readBootCatalogue(source: ByteSource): readonly BootEntry[] {
  const record = source.read(17 * sectorBytes, sectorBytes);
  if (!Buffer.from(record.subarray(0, identity.length)).equals(identity)) return [];
  const at = viewOf(record).getUint32(0x47, true) * sectorBytes;
  const catalogue = source.read(at, sectorBytes);
  const view = viewOf(catalogue);
  const sum = Array.from({ length: entryBytes / 2 }, (_, word) => view.getUint16(word * 2, true));
  if (
    view.getUint8(0) !== 1 ||
    view.getUint16(30, true) !== 0xaa55 ||
    sum.reduce((a, b) => a + b, 0) % 0x1_0000 !== 0
  )
    throw new RangeError("its boot catalogue has no valid first entry");
  const entries = [entryAt(view, entryBytes, view.getUint8(1))];
  for (let header = 2 * entryBytes; header + entryBytes <= catalogue.length;) {
    const indicator = view.getUint8(header);
    if (indicator !== 0x90 && indicator !== 0x91) break;
    const count = view.getUint16(header + 2, true);
    for (let nth = 1; nth <= count; nth += 1) {
      if (header + (nth + 1) * entryBytes > catalogue.length)
        throw new RangeError("its boot catalogue goes beyond its sector");
      entries.push(entryAt(view, header + nth * entryBytes, view.getUint8(header + 1)));
    }
    if (indicator === 0x91) break;
    header += (count + 1) * entryBytes;
  }
  return entries;
}

function entryAt(view: DataView, at: number, platform: number): BootEntry {
  return {
    platform: platforms[platform] ?? "other",
    bootable: view.getUint8(at) === 0x88,
    sectors: view.getUint16(at + 6, true),
    offset: view.getUint32(at + 8, true) * sectorBytes,
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
