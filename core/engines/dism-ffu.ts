import type { Engine } from "../engine.ts";
import { extension, given, imaging } from "./dism-command.ts";
import { parts, unsplittable } from "./dism-image-file.ts";
import { unnamed, unnumbered } from "./image-file.ts";
import { asUnfinished, onCopy, withoutUnfinished } from "./unfinished-file.ts";

const wholeDisk = "a whole disk is captured and applied from outside of the Windows that is on it";
const fileOnly = "the running Windows keeps no full flash update files: they are changed from outside of it";

/** Whole disks ("dism-image-management-command-line-options-s14", "deploy-windows-using-full-flash-update--ffu"). */
export const ffu = {
  "Capture-FFU": {
    offline: {
      because: "DISM captures the whole disk, all of its partitions, into a full flash update file",
      refuse: ({ drive, to, name }) => notDrive(drive) ?? notFfu(to) ?? unnamed(name),
      commands: ({ drive, to, name, description, compress }, target) =>
        asUnfinished(to, (file) => [
          imaging(
            target,
            "/Capture-FFU",
            `/ImageFile:${file}`,
            `/CaptureDrive:${drive}`,
            `/Name:${name}`,
            ...given("Description", description),
            ...given("Compress", compress),
          ),
        ]),
      undo: ({ to }) => withoutUnfinished(to),
    },
    online: { refused: wholeDisk },
  },
  "Apply-FFU": {
    offline: {
      because: "DISM erases the whole disk, whatever is on it, and puts the partitions of the file there",
      refuse: ({ file, drive }) => notDrive(drive) ?? (extension(file) === ".sfu" ? undefined : notFfu(file)),
      commands: ({ file, drive }, target) => [
        imaging(
          target,
          "/Apply-FFU",
          `/ImageFile:${file}`,
          `/ApplyDrive:${drive}`,
          ...parts("SFUFile", file, ".sfu"),
        ),
      ],
    },
    online: { refused: wholeDisk },
  },
  "Split-FFU": {
    offline: {
      because: "DISM splits a full flash update file that was captured without compression",
      refuse: ({ file, to, megabytes }) => notFfu(file) ?? unsplittable(to, ".sfu", megabytes),
      commands: ({ file, to, megabytes }, target) => [
        imaging(target, "/Split-FFU", `/ImageFile:${file}`, `/SFUFile:${to}`, `/FileSize:${megabytes}`),
      ],
    },
    online: { refused: fileOnly },
  },
  "Optimize-FFU": {
    offline: {
      because:
        "DISM lets the partition grow or shrink with the disk, in a copy that then takes the file's place",
      refuse: ({ file, partition }) =>
        notFfu(file) ?? (partition === undefined ? undefined : unnumbered(partition, "a partition")),
      commands: ({ file, partition }, target) =>
        onCopy(file, (copy) => [
          imaging(target, "/Optimize-FFU", `/ImageFile:${copy}`, ...given("PartitionNumber", partition)),
        ]),
      undo: ({ file }) => withoutUnfinished(file),
    },
    online: { refused: fileOnly },
  },
} satisfies Partial<Engine["roads"]>;

/** A number is what names a whole disk; a drive letter or a volume would be a part of one. */
function notDrive(drive: string): string | undefined {
  return /^\\\\\.\\PhysicalDrive\d{1,3}$/i.test(drive)
    ? undefined
    : "a disk is named \\\\.\\PhysicalDrive with its number";
}

function notFfu(file: string): string | undefined {
  return extension(file) === ".ffu"
    ? undefined
    : "DISM knows a full flash update file by its extension, .ffu";
}
