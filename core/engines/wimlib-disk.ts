import { join } from "node:path";
import type { Act, Command, Engine, Process } from "../engine.ts";
import { neededFor, partitionsOf, type PlacedPartition, placedOn } from "../formats/disk-layout.ts";
import type { ImageInfo } from "../image.ts";
import type { DiskFormat, Operation } from "../operation.ts";
import { unfinishedName } from "../unfinished-name.ts";
import { applyImage } from "./wimlib-command.ts";

type NewDisk = Operation<"New-Disk">;

const bytesOfMebibyte = 1024 * 1024;
const sectorsOfMebibyte = 2048;

/** What a BIOS believes of a disk's geometry, and Windows' boot sectors hold (mkntfs(8), mformat(1)). */
const heads = 255;
const sectorsOfTrack = 63;

/** `    (12.34/100%)` */
const qemuProgress = /\((\d{1,3})\.\d+\/100%\)/;

/**
 * A disk image, made without mounts, loop devices or root: volumes are made as files of their own and then copied to
 * their places, sparse.
 */
export const disks = {
  "New-Disk": {
    offline: {
      because: "wimlib applies to an NTFS volume that is a plain file, which then gets its place on the disk",
      refuse: refuseDisk,
      commands: diskCommands,
      undo: ({ to }, target) => [
        { act: "delete", path: join(target.work, "disk"), optional: true },
        { act: "delete", path: unfinishedName(to), optional: true },
      ],
    },
  },
} satisfies Partial<Engine["roads"]>;

/** @throws SERVICING_DISK_LAYOUT */
function refuseDisk(operation: NewDisk, image: ImageInfo): string | undefined {
  const { size = 0 } = partitions(operation).find(({ role }) => role === "windows") ?? {};
  const needed = neededFor(image.totalBytes);
  return size >= needed
    ? undefined
    : `the Windows partition would have ${size} MiB, and the files of the image need ${needed}`;
}

function partitions({ size, sizes }: NewDisk): readonly PlacedPartition[] {
  return placedOn(size, partitionsOf("uefi", sizes));
}

function diskCommands(operation: NewDisk, target: { readonly work: string }): readonly Command[] {
  const { image: file, index, to, format, size, verify = false } = operation;
  const work = join(target.work, "disk");
  const unfinished = unfinishedName(to);
  const raw = format === "raw" ? unfinished : join(work, "disk.raw");
  const check = join(work, "check");
  return [
    { act: "delete", path: work, optional: true },
    { act: "delete", path: unfinished, optional: true },
    { act: "allocate", file: raw, bytes: size * bytesOfMebibyte },
    { act: "partition", disk: raw, partitions: partitions(operation), file, index },
    ...partitions(operation).flatMap((partition) => {
      const volume = join(work, `${partition.role}.ntfs`);
      switch (partition.role) {
        case "system":
          return formatFat32(raw, partition);
        case "msr":
          return [];
        case "windows":
          return onVolume(raw, volume, partition, [
            applyImage(file, index, volume),
            { act: "compare volume", volume, file, index, contents: verify, work: check },
          ]);
        case "recovery":
          return onVolume(raw, volume, partition, [
            { act: "apply recovery", file, index, volume, work: check },
          ]);
      }
    }),
    ...converted(raw, unfinished, format),
    { act: "place", file: unfinished, to },
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
  const place = region(disk, start * bytesOfMebibyte, size * bytesOfMebibyte);
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
    { run: "ntfsfix", args: ["--no-action", volume], writes: false },
    {
      run: "qemu-img",
      args: ["convert", "-p", "-n", "-f", "raw", "--target-image-opts", volume, place],
      progress: qemuProgress,
      writes: true,
    },
    {
      run: "qemu-img",
      args: ["compare", "--image-opts", region(volume, 0, size * bytesOfMebibyte), place],
      writes: false,
    },
    { act: "delete", path: volume },
  ];
}

function converted(raw: string, to: string, format: DiskFormat): readonly Command[] {
  if (format === "raw") return [];
  // ntfs-3g begins anew every 16 MiB as it writes, so that blocks of that size, which are usual, would all be there.
  const options = format === "vhdx" ? ["-o", "subformat=dynamic,block_size=1048576"] : [];
  return [
    {
      run: "qemu-img",
      args: ["convert", "-p", "-f", "raw", "-O", format, ...options, raw, to],
      progress: qemuProgress,
      writes: true,
    },
    { run: "qemu-img", args: ["check", "-f", format, to], writes: false },
    {
      run: "qemu-img",
      args: ["compare", "-p", "-f", "raw", "-F", format, raw, to],
      progress: qemuProgress,
      writes: false,
    },
    { act: "delete", path: raw },
  ];
}

/** Bytes of a raw image, as qemu-img names them ("qemu-block-drivers"): a comma in a value is written twice. */
function region(file: string, offset: number, bytes: number): string {
  const name = file.replaceAll(",", ",,");
  return `driver=raw,offset=${offset},size=${bytes},file.driver=file,file.filename=${name}`;
}
