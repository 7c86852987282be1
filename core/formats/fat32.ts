import { fat32FileBytes, type MediaEntry } from "./media.ts";

/** Of a disk with one partition: bytes from its beginning to the partition, and sectors and clusters of that. */
export interface DiskLayout {
  readonly offset: number;
  readonly sectors: number;
  readonly clusterSectors: number;
}

const sector = 512;
const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;
/** A FAT volume with fewer clusters is no FAT32 to Windows ("Microsoft Extensible Firmware Initiative FAT32 File System Specification"). */
const fewestClusters = 65_525;
/** Left free, for what Windows Setup and people write. */
const spare = 64 * mebibyte;

/** Why FAT32 cannot hold these; nothing where it can. */
export function fat32Fault(entries: readonly MediaEntry[]): string | undefined {
  const large = entries.find(({ bytes }) => bytes > fat32FileBytes);
  if (large !== undefined)
    return `${large.path} has ${large.bytes} bytes, and FAT32 holds files of at most ${fat32FileBytes}`;
  const layout = layoutFor(entries);
  return layout.sectors > 0xffff_ffff - layout.offset / sector
    ? "a disk with an MBR has at most 2 TiB"
    : undefined;
}

/** A disk that the files fill. Cluster sizes are those that Windows formats with ("Default cluster size for NTFS, FAT, and exFAT"). */
export function layoutFor(entries: readonly MediaEntry[]): DiskLayout {
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  const cluster =
    bytes < 7 * gibibyte ? 4096 : bytes < 15 * gibibyte ? 8192 : bytes < 30 * gibibyte ? 16_384 : 32_768;
  const clusters = entries.reduce((sum, entry) => sum + Math.ceil(entry.bytes / cluster), 0);
  // A name takes 32 bytes for each 13 characters, and for itself; a folder begins with two entries of its own.
  const names = entries.reduce((sum, { path }) => sum + 2 + Math.ceil(path.length / 13), 0) * 32;
  const folders = entries.filter(({ folder }) => folder).length + 1;
  const data = (clusters + 2 * folders + Math.ceil(names / cluster)) * cluster + spare;
  const counted = Math.max(Math.ceil(data / cluster), fewestClusters + 16);
  const tables = 2 * Math.ceil(((counted + 2) * 4) / sector) * sector;
  const whole = Math.ceil((counted * cluster + tables + 32 * sector) / mebibyte) * mebibyte;
  return { offset: mebibyte, sectors: whole / sector, clusterSectors: cluster / sector };
}

/** For sfdisk: an MBR, since firmware of both kinds looks for a FAT partition there; 0x0C is FAT32 with LBA. */
export function partitionTable({ offset, sectors }: DiskLayout, serial: string): string {
  return [
    "label: dos",
    `label-id: 0x${serial}`,
    "unit: sectors",
    `start=${offset / sector}, size=${sectors}, type=c, bootable`,
    "",
  ].join("\n");
}
