import type { Engine } from "../engine.ts";
import { discarding, extension, flag, given, imaging, mountDirOf } from "./dism-command.ts";
import { parts, unsplittable } from "./dism-image-file.ts";
import { split, unnamed } from "./image-file.ts";
import { isApart } from "./media.ts";
import { asUnfinished, withoutUnfinished } from "./unfinished-file.ts";

const outside = "an image file is opened, applied and captured from outside of the Windows that it holds";
const mounted = "the running Windows is not mounted: what is done to it is done at once";

/** The image verbs ("dism-image-management-command-line-options-s14"). */
export const images = {
  "Mount-Image": {
    offline: {
      because: "DISM mounts the image for writing into a folder of the run",
      refuse: ({ file }) => solid(file) ?? split(file),
      commands: ({ file, index }, target) => {
        const mount = imaging(
          target,
          "/Mount-Image",
          `/ImageFile:${file}`,
          `/Index:${index}`,
          `/MountDir:${mountDirOf(target)}`,
        );
        return [{ ...mount, folders: [mountDirOf(target), ...(mount.folders ?? [])] }];
      },
      undo: (_, target) => [discarding(target, mountDirOf(target))],
    },
    online: { refused: mounted },
  },
  "Commit-Image": {
    offline: {
      because: "DISM saves the mounted image and keeps it mounted",
      commands: ({ append }, target) => [
        imaging(target, "/Commit-Image", `/MountDir:${mountDirOf(target)}`, ...flag("Append", append)),
      ],
    },
    online: { refused: mounted },
  },
  "Unmount-Image": {
    offline: {
      because: "DISM saves and unmounts in one command, or discards what was done",
      commands: ({ discard }, target) => [
        imaging(
          target,
          "/Unmount-Image",
          `/MountDir:${mountDirOf(target)}`,
          discard === true ? "/Discard" : "/Commit",
        ),
      ],
    },
    online: { refused: mounted },
  },
  "Remount-Image": {
    offline: {
      because: "DISM makes the mount folder accessible again, which a restart of the host has cut off",
      commands: (_, target) => [imaging(target, "/Remount-Image", `/MountDir:${mountDirOf(target)}`)],
    },
    online: { refused: mounted },
  },
  "Cleanup-Mountpoints": {
    offline: {
      because: "DISM lets go of damaged mounts; those that are sound, or can be mounted again, it leaves",
      commands: (_, target) => [imaging(target, "/Cleanup-Mountpoints")],
    },
    online: { refused: mounted },
  },
  "Apply-Image": {
    offline: {
      because: "DISM lays the image's files out in a folder or on a volume and verifies them",
      // No /CheckIntegrity: it asks for an integrity table, which a WIM need not have; /Verify works on any.
      commands: ({ file, index, to }, target) => [
        imaging(
          target,
          "/Apply-Image",
          `/ImageFile:${file}`,
          ...parts("SWMFile", file, ".swm"),
          `/Index:${index}`,
          `/ApplyDir:${to}`,
          "/Verify",
        ),
      ],
    },
    online: { refused: outside },
  },
  "Capture-Image": {
    offline: {
      because: "DISM captures the folder or volume into a new WIM, with an integrity table, and verifies it",
      refuse: ({ from, to, name, compress, bootable }, image) => {
        if (compress === "recovery")
          return "DISM captures with none, fast or max compression; recovery is made by Export-Image";
        return bootable === true && image.installationType !== "WindowsPE"
          ? "an image of Windows PE alone can be the one that a WIM boots"
          : (unnamed(name) ?? isApart({ from, to }));
      },
      commands: (operation, target) =>
        asUnfinished(operation.to, (file) => [
          imaging(
            target,
            "/Capture-Image",
            `/ImageFile:${file}`,
            `/CaptureDir:${operation.from}`,
            `/Name:${operation.name}`,
            ...given("Description", operation.description),
            ...given("ConfigFile", operation.configFile),
            ...given("Compress", operation.compress),
            ...flag("Bootable", operation.bootable),
            ...flag("CheckIntegrity", operation.checkIntegrity ?? true),
            ...flag("Verify", operation.verify ?? true),
            ...flag("EA", operation.extendedAttributes),
          ),
        ]),
      undo: ({ to }) => withoutUnfinished(to),
    },
    online: { refused: outside },
  },
  "Export-Image": {
    offline: {
      because: "DISM exports the image without the data that servicing has left behind",
      refuse: ({ to, compress, source }) => {
        if (source !== undefined) return "DISM reads no deltas";
        if (compress === "lzms") return "DISM writes LZMS only as recovery compression, into an .esd";
        return compress === "recovery" && extension(to) !== ".esd"
          ? "DISM exports with recovery compression into an .esd only"
          : undefined;
      },
      commands: ({ file, index, to, name, compress, bootable, checkIntegrity }, target) => [
        imaging(
          target,
          "/Export-Image",
          `/SourceImageFile:${file}`,
          ...parts("SWMFile", file, ".swm"),
          `/SourceIndex:${index}`,
          `/DestinationImageFile:${to}`,
          ...given("DestinationName", name),
          ...given("Compress", compress),
          ...flag("Bootable", bootable),
          ...flag("CheckIntegrity", checkIntegrity),
        ),
      ],
    },
    online: { refused: outside },
  },
  "Split-Image": {
    offline: {
      because: "DISM splits the WIM into parts that fit a FAT32 volume",
      refuse: ({ file, to, megabytes }) => solid(file) ?? unsplittable(to, ".swm", megabytes),
      commands: ({ file, to, megabytes }, target) => [
        imaging(target, "/Split-Image", `/ImageFile:${file}`, `/SWMFile:${to}`, `/FileSize:${megabytes}`),
      ],
    },
    online: { refused: outside },
  },
} satisfies Partial<Engine["roads"]>;

function solid(file: string): string | undefined {
  return extension(file) === ".esd"
    ? "a solid image (.esd) can be neither mounted nor split: export it to a .wim first"
    : undefined;
}
