import { isDeviceName } from "./image-path.ts";

/** A file in a cabinet, as its directory declares it. */
export interface CabinetEntry {
  /** As stored; folders are parted by backslashes. */
  readonly name: string;
  /** Unpacked. */
  readonly bytes: number;
}

export interface CabinetHeader {
  /** Where the directory of files begins. */
  readonly filesOffset: number;
  readonly files: number;
  /** It goes on in another cabinet, or began in one. */
  readonly spanned: boolean;
}

/** Bytes of the header that `readCabinetHeader` wants. */
export const cabinetHeaderBytes = 36;
/** Bytes that the directory of so many files takes at most: a fixed part and a name of at most 256 bytes. */
export const cabinetEntryBytes = 16 + 257;

/** Reads the fixed header; undefined where the bytes are no cabinet ("microsoft-cabinet-format"). */
export function readCabinetHeader(bytes: Uint8Array): CabinetHeader | undefined {
  if (bytes.length < cabinetHeaderBytes || latin1(bytes.subarray(0, 4)) !== "MSCF") return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    filesOffset: view.getUint32(16, true),
    files: view.getUint16(28, true),
    spanned: (view.getUint16(30, true) & 0x3) !== 0,
  };
}

/** Reads the directory from the bytes at `filesOffset`; undefined where it is cut off or damaged. */
export function readCabinetEntries(bytes: Uint8Array, files: number): readonly CabinetEntry[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: CabinetEntry[] = [];
  for (let at = 0; entries.length < files;) {
    if (at + 16 >= bytes.length) return undefined;
    const end = bytes.subarray(0, at + cabinetEntryBytes).indexOf(0, at + 16);
    if (end === -1) return undefined;
    const name = bytes.subarray(at + 16, end);
    const utf8 = (view.getUint16(at + 14, true) & 0x80) !== 0;
    entries.push({
      name: utf8 ? new TextDecoder().decode(name) : latin1(name),
      bytes: view.getUint32(at, true),
    });
    at = end + 1;
  }
  return entries;
}

/**
 * Why a cabinet may not hold a file of this name: unpacked, it would lie outside of the folder that it is unpacked to, or
 * be something else than a file ("naming-a-file"). Undefined for a name that is one.
 */
export function cabinetNameFault(name: string): string | undefined {
  if (name === "") return "a file without a name";
  if (/^[\\/]/.test(name)) return "it begins at the root of a drive";
  if (/^[a-z]:/i.test(name)) return "it names a drive";
  if (name.includes(":")) return "it names a stream of a file";
  const parts = name.split(/[\\/]/);
  if (parts.includes("..")) return "it would leave its folder";
  const device = parts.find((part) => isDeviceName(part));
  return device === undefined ? undefined : `"${device}" is the name of a device`;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
