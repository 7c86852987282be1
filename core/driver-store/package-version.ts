import { type Driver, driverDay } from "../formats/inf/driver.ts";
import type { InfArchitecture } from "../formats/inf/target.ts";

/** PROCESSOR_ARCHITECTURE_* */
const processor: Readonly<Record<InfArchitecture, number>> = { x86: 0, arm: 5, ia64: 6, amd64: 9, arm64: 12 };

/**
 * The `Version` of a package, which Windows cannot do without: 48 bytes, all numbers little-endian. 00 for packages of
 * others (ff for those of Windows), ff, the processor, four bytes of zero; the class GUID; the date of DriverVer as
 * FILETIME, at midnight UTC; its version, last part first; eight bytes of zero.
 */
export function packageVersion(driver: Driver, architecture: InfArchitecture): Buffer {
  const bytes = Buffer.alloc(48);
  bytes.writeUInt16LE(0xff00, 0);
  bytes.writeUInt16LE(processor[architecture], 2);
  guidBytes(driver.classGuid).copy(bytes, 8);
  bytes.writeBigUInt64LE(driverDate(driver) ?? 0n, 24);
  for (const [index, part] of versionParts(driver).entries()) bytes.writeUInt16LE(part, 38 - index * 2);
  return bytes;
}

/** Milliseconds from 1601, when FILETIME begins, to 1970. */
const beginning = 11_644_473_600_000;

/** The date of DriverVer at midnight UTC, in 100 nanoseconds since 1601; undefined where it is no date. */
export function driverDate(driver: Driver): bigint | undefined {
  const time = driverDay(driver.date);
  if (time === undefined || time < -beginning) return undefined;
  return (BigInt(time) + BigInt(beginning)) * 10_000n;
}

/** Eight bytes, as registry values of times have them. */
export function filetimeBytes(time: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(time);
  return bytes;
}

/** Four parts; those that are not given are zero ("inf-driverver-directive"). */
function versionParts(driver: Driver): readonly number[] {
  const parts = driver.version.split(".").map((part) => Number(part) & 0xffff);
  return [0, 1, 2, 3].map((index) => parts[index] ?? 0);
}

/** The first three parts of a GUID are numbers, the rest are bytes. */
function guidBytes(guid: string): Buffer {
  const hex = Buffer.from(guid.replaceAll(/[{}-]/g, ""), "hex");
  return Buffer.concat([
    hex.subarray(0, 4).toReversed(),
    hex.subarray(4, 6).toReversed(),
    hex.subarray(6, 8).toReversed(),
    hex.subarray(8),
  ]);
}
