import { failure } from "../error.ts";

/** How the firmware of a device starts: it decides between GPT and MBR. */
export type Firmware = "uefi" | "bios";

/** Sizes of partitions, in MiB. */
export interface DiskSizes {
  /** EFI system partition, or the active partition of a BIOS. */
  readonly system?: number;
  /** Microsoft reserved partition, which only GPT has. */
  readonly msr?: number;
  /** Absent: what the others leave of the disk. */
  readonly windows?: number;
  /** 0: none. */
  readonly recovery?: number;
}

export interface Partition {
  readonly role: "system" | "msr" | "windows" | "recovery";
  /** MiB; absent: what the others leave. */
  readonly size?: number;
  readonly fileSystem?: "FAT32" | "NTFS";
  readonly label?: string;
  /** In WinPE, which itself is X:. */
  readonly letter?: "S" | "W" | "R";
  /** A GPT type, or an MBR type as two hexadecimal digits. */
  readonly type: string;
}

/** A partition with its place, in MiB from the beginning of the disk. */
export type PlacedPartition = Partition & { readonly start: number; readonly size: number };

/** GPT types ("create-partition-efi", "set-id", PARTITION_INFORMATION_GPT). */
export const gptTypes = {
  system: "c12a7328-f81f-11d2-ba4b-00a0c93ec93b",
  msr: "e3c9e316-0b5c-4db8-817d-f92df00215ae",
  windows: "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7",
  recovery: "de94bba4-06d1-4d40-a16a-bfd50179d6ac",
} as const;

const mbrTypes = { system: "07", msr: "", windows: "07", recovery: "27" } as const;

/** The platform needs the partition, and it gets no drive letter ("configure-uefigpt-based-hard-drive-partitions"). */
export const recoveryAttributes = "0x8000000000000001";

/** Partitions begin and end at whole MiB; the first one holds the table, GPT's copy lies in the last one. */
const reserved = 1;

/** In MiB. */
const limits = {
  /** 100 is enough save for disks of 4 KiB sectors, where FAT32 needs 260. */
  system: { least: 100, most: 4096, usual: 260 },
  msr: { least: 16, most: 128, usual: 16 },
  windows: { least: 64, most: 64 * 1024 * 1024 },
  /** From a GiB on Windows wants a whole one free in it for updates, below that 320 MiB. */
  recovery: { least: 300, most: 64 * 1024, usual: 990 },
} as const;

/** MBR counts 512-byte sectors with 32 bits. */
const mostOfMbr = 2 * 1024 * 1024;

/** MiB that Windows wants at least for its partition, as 64-bit Windows does. */
export const leastForWindows = 20 * 1024;

/**
 * The partitions of a disk in their order: recovery directly after Windows, so that it can grow
 * ("configure-uefigpt-based-hard-drive-partitions", "configure-biosmbr-based-hard-drive-partitions").
 * @throws SERVICING_DISK_LAYOUT
 */
export function partitionsOf(firmware: Firmware, sizes: DiskSizes = {}): readonly Partition[] {
  for (const name of ["system", "msr", "windows", "recovery"] as const) checkSize(name, sizes[name]);
  if (firmware === "bios" && sizes.msr !== undefined) throw refused("a disk for BIOS has no MSR partition");
  const types = firmware === "uefi" ? gptTypes : mbrTypes;
  const { system = limits.system.usual, msr = limits.msr.usual, windows, recovery } = sizes;
  const size = recovery ?? limits.recovery.usual;
  const fileSystem = firmware === "uefi" ? "FAT32" : "NTFS";
  return [
    { role: "system", size: system, fileSystem, label: "System", letter: "S", type: types.system },
    ...(firmware === "uefi" ? [{ role: "msr", size: msr, type: types.msr } as const] : []),
    {
      role: "windows",
      ...(windows === undefined ? {} : { size: windows }),
      fileSystem: "NTFS",
      label: "Windows",
      letter: "W",
      type: types.windows,
    },
    ...(size === 0
      ? []
      : [
          {
            role: "recovery",
            size,
            fileSystem: "NTFS",
            label: "Recovery",
            letter: "R",
            type: types.recovery,
          } as const,
        ]),
  ];
}

function checkSize(name: keyof typeof limits, size: number | undefined): void {
  if (size === undefined || (name === "recovery" && size === 0)) return;
  const { least, most } = limits[name];
  if (!Number.isSafeInteger(size)) throw refused(`the size of ${name} is no whole number of MiB`);
  if (size < least || size > most)
    throw refused(`${name} has ${size} MiB, which is not between ${least} and ${most}`);
}

/**
 * MiB of the smallest disk that the partitions fit on.
 * @param windows MiB of the Windows partition where the layout gives it the rest
 */
export function leastDisk(partitions: readonly Partition[], windows: number): number {
  return partitions.reduce((sum, { size }) => sum + (size ?? windows), 2 * reserved);
}

/**
 * Where the partitions lie on a disk of `size` MiB: one after the other, and to its end.
 * @throws SERVICING_DISK_LAYOUT where they do not fit, or leave something over
 */
export function placedOn(size: number, partitions: readonly Partition[]): readonly PlacedPartition[] {
  if (!Number.isSafeInteger(size)) throw refused("the size of the disk is no whole number of MiB");
  const others = leastDisk(partitions, 0);
  const flexible = partitions.some((each) => each.size === undefined);
  const rest = size - others;
  if (flexible && rest < limits.windows.least)
    throw refused(
      `a disk of ${size} MiB has no room for Windows beside the ${others} MiB that the others take`,
    );
  if (!flexible && rest !== 0) throw refused(`the partitions take ${others} MiB of a disk of ${size} MiB`);
  let start = reserved;
  return partitions.map((partition) => {
    const placed = { ...partition, start, size: partition.size ?? rest };
    start += placed.size;
    return placed;
  });
}

/** @throws SERVICING_DISK_LAYOUT for a disk that an MBR cannot describe */
export function checkMbr(size: number): void {
  if (size > mostOfMbr)
    throw refused(`the partitions need ${size} MiB, and a disk for BIOS is used up to 2 TiB only`);
}

/**
 * MiB that a Windows partition needs at least for files of so many bytes: a tenth more, for clusters that are not full,
 * NTFS's own and the files that Windows makes when it first starts.
 */
export function neededFor(bytes: number): number {
  return Math.ceil((bytes * 1.1) / (1024 * 1024));
}

function refused(reason: string): Error {
  return failure("SERVICING_DISK_LAYOUT", { reason });
}
