import { join } from "node:path";
import type { Act, Command, Process } from "../engine.ts";
import type { PlacedPartition } from "../formats/disk-layout.ts";
import { applyImage } from "./wimlib-command.ts";

export const bytesOfMebibyte = 1024 * 1024;
const sectorsOfMebibyte = 2048;

/** What a BIOS believes of a disk's geometry, and Windows' boot sectors hold (mkntfs(8), mformat(1)). */
const heads = 255;
const sectorsOfTrack = 63;

/** `    (12.34/100%)` */
export const qemuProgress = /\((\d{1,3})\.\d+\/100%\)/;

export interface RawDisk {
  /** The disk that is made. */
  readonly disk: string;
  readonly megabytes: number;
  readonly partitions: readonly PlacedPartition[];
  /** What is applied to it. */
  readonly file: string;
  readonly index: number;
  /** Whether every content is read back. */
  readonly contents: boolean;
  readonly work: string;
}

/**
 * Makes a raw disk with an image on it, without mounts, loop devices or root: volumes are made as files of their own and
 * then copied to their places, sparse.
 */
export function rawDisk(made: RawDisk): readonly Command[] {
  const { disk, megabytes, partitions, file, index, contents, work } = made;
  const check = join(work, "check");
  return [
    { act: "allocate", file: disk, bytes: megabytes * bytesOfMebibyte },
    { act: "partition", disk, partitions, file, index },
    ...partitions.flatMap((partition) => {
      const volume = join(work, `${partition.role}.ntfs`);
      switch (partition.role) {
        case "system":
          return formatFat32(disk, partition);
        case "msr":
          return [];
        case "windows":
          return onVolume(disk, volume, partition, [
            applyImage(file, index, volume),
            { act: "compare volume", volume, file, index, contents, work: check },
          ]);
        case "recovery":
          return onVolume(disk, volume, partition, [
            { act: "apply recovery", file, index, volume, work: check },
          ]);
      }
    }),
  ];
}

/** FAT32 wants 65525 clusters at least ("description-of-the-fat32-file-system"); the tables and reserved sectors need room too. */
function formatFat32(disk: string, { start, size, label = "" }: PlacedPartition): readonly Process[] {
  const volume = `${disk}@@${start * bytesOfMebibyte}`;
  const sectors = size * sectorsOfMebibyte;
  const cluster = [8, 4, 2].find((each) => sectors / each > 66_200) ?? 1;
  const options = ["-F", "-v", label.toUpperCase(), "-T", String(sectors), "-c", String(cluster)];
  const geometry = [
    "-h",
    String(heads),
    "-s",
    String(sectorsOfTrack),
    "-H",
    String(start * sectorsOfMebibyte),
  ];
  return [
    { run: "mformat", args: ["-i", volume, ...options, ...geometry, "::"], writes: true },
    { run: "mdir", args: ["-i", volume, "::"], writes: false },
  ];
}

/** A volume that is made, filled and checked as a file of its own, and copied to its place. */
function onVolume(
  disk: string,
  volume: string,
  { start, size, label = "" }: PlacedPartition,
  filled: readonly (Process | Act)[],
): readonly Command[] {
  const place = partitionOf(disk, { start, size });
  return [
    { act: "allocate", file: volume, bytes: size * bytesOfMebibyte },
    {
      run: "mkntfs",
      args: [
        "--force",
        "--fast",
        "--quiet",
        `--label=${label}`,
        "--sector-size=512",
        "--cluster-size=4096",
        `--partition-start=${start * sectorsOfMebibyte}`,
        `--heads=${heads}`,
        `--sectors-per-track=${sectorsOfTrack}`,
        volume,
      ],
      writes: true,
    },
    ...filled,
    checkVolume(volume),
    {
      run: "qemu-img",
      args: ["convert", "-p", "-n", "-f", "raw", "--target-image-opts", volume, place],
      progress: qemuProgress,
      writes: true,
    },
    {
      run: "qemu-img",
      args: ["compare", "--image-opts", partitionOf(volume, { start: 0, size }), place],
      writes: false,
    },
    { act: "delete", path: volume },
  ];
}

export function checkVolume(volume: string): Process {
  return { run: "ntfsfix", args: ["--no-action", volume], writes: false };
}

/** A partition of a raw disk, as qemu-img names it ("qemu-block-drivers"): a comma in a value is written twice. */
export function partitionOf(disk: string, { start, size }: Pick<PlacedPartition, "start" | "size">): string {
  const name = disk.replaceAll(",", ",,");
  const [offset, bytes] = [start * bytesOfMebibyte, size * bytesOfMebibyte];
  return `driver=raw,offset=${offset},size=${bytes},file.driver=file,file.filename=${name}`;
}
