import type { Engine } from "../engine.ts";
import { pathsOf } from "../host-path.ts";
import { discarding, extension, flag, given, imaging, mountDirOf } from "./dism-command.ts";

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
  "Apply-Image": {
    offline: {
      because: "DISM lays the image's files out in a folder or on a volume and verifies them",
      // No /CheckIntegrity: it asks for an integrity table, which a WIM need not have; /Verify works on any.
      commands: ({ file, index, to }, target) => [
        imaging(
          target,
          "/Apply-Image",
          `/ImageFile:${file}`,
          ...parts(file),
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
      refuse: ({ compress }) =>
        compress === "recovery"
          ? "DISM captures with none, fast or max compression; recovery is made by Export-Image"
          : undefined,
      commands: ({ from, to, name, compress }, target) => [
        imaging(
          target,
          "/Capture-Image",
          `/ImageFile:${to}`,
          `/CaptureDir:${from}`,
          `/Name:${name}`,
          ...given("Compress", compress),
          "/CheckIntegrity",
          "/Verify",
        ),
      ],
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
          ...parts(file),
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
      refuse: ({ file, to, megabytes }) =>
        solid(file) ??
        (extension(to) === ".swm" ? undefined : "DISM splits into .swm files only") ??
        (Number.isSafeInteger(megabytes) && megabytes > 0
          ? undefined
          : "the size of a part is a whole number of megabytes, at least 1"),
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

function split(file: string): string | undefined {
  return extension(file) === ".swm"
    ? "a split image (.swm) cannot be mounted: export it to a .wim first"
    : undefined;
}

/** All parts of a split image, by the pattern that DISM asks for beside the first: `install*.swm`. */
function parts(file: string): readonly string[] {
  if (extension(file) !== ".swm") return [];
  const { dir, name } = pathsOf(file).parse(file);
  const separator = dir === "" || /[\\/]$/.test(dir) ? "" : (/[\\/]/.exec(file)?.[0] ?? "");
  return [`/SWMFile:${dir}${separator}${name}*.swm`];
}
