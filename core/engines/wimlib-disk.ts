import { join } from "node:path";
import type { Command, Engine } from "../engine.ts";
import { neededFor, partitionsOf, type PlacedPartition, placedOn } from "../formats/disk-layout.ts";
import type { ImageInfo } from "../image.ts";
import type { DiskFormat, Operation } from "../operation.ts";
import { unfinishedName } from "../unfinished-name.ts";
import { qemuProgress, rawDisk } from "./raw-disk.ts";

type NewDisk = Operation<"New-Disk">;

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
  return [
    { act: "delete", path: work, optional: true },
    { act: "delete", path: unfinished, optional: true },
    ...rawDisk({
      disk: raw,
      megabytes: size,
      partitions: partitions(operation),
      file,
      index,
      contents: verify,
      work,
    }),
    ...converted(raw, unfinished, format),
    { act: "place", file: unfinished, to },
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
