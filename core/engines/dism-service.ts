import { win32 } from "node:path";
import type { Command, Engine, Target } from "../engine.ts";
import { winre } from "../image.ts";
import type { Operation } from "../operation.ts";
import { unfinishedName } from "../unfinished-name.ts";
import { flag, imaging, service, within } from "./dism-command.ts";

/**
 * Drivers in another WIM than the line's: in a copy of boot.wim, and in the Winre.wim inside the mounted image, which is
 * mounted where it lies ("add-and-remove-drivers-to-an-offline-windows-image", "customize-windows-re").
 */
export const services = {
  "Service-Image": {
    offline: {
      refuse: ({ file, to }) => (file === to ? "it would be written over its own source" : undefined),
      because: "DISM mounts one image of a copy, as it mounts the line's own",
      commands(operation, target) {
        const file = unfinishedName(operation.to);
        return [
          { act: "copy", from: operation.file, to: file },
          ...serviced(operation, file, operation.index, inner(target)),
          { act: "place", file, to: operation.to },
        ];
      },
      undo: ({ to }, target) => [
        discard(inner(target)),
        { act: "delete", path: unfinishedName(to), optional: true },
      ],
    },
  },
  "Service-WinRE": {
    offline: {
      because: "DISM mounts the image's own Winre.wim where it lies, and saves it there",
      commands: (operation, target) => serviced(operation, within(target, winre), 1, inner(target)),
      undo: (_, target) => [discard(inner(target))],
    },
  },
} satisfies Partial<Engine["roads"]>;

function serviced(
  { drivers, forceUnsigned }: Operation<"Service-Image" | "Service-WinRE">,
  file: string,
  index: number,
  target: Mounted,
): readonly Command[] {
  return whileMounted(
    file,
    index,
    target,
    drivers.flatMap((inf) =>
      service(target, "/Add-Driver", `/Driver:${inf}`, ...flag("ForceUnsigned", forceUnsigned)),
    ),
  );
}

/** Saves what the commands did to an image of another WIM than the line's. */
export function whileMounted(
  file: string,
  index: number,
  target: Mounted,
  commands: readonly Command[],
): readonly Command[] {
  const mount = imaging(
    target,
    "/Mount-Image",
    `/ImageFile:${file}`,
    `/Index:${index}`,
    `/MountDir:${target.mountDir}`,
  );
  return [
    { ...mount, folders: [target.mountDir, ...(mount.folders ?? [])] },
    ...commands,
    imaging(target, "/Unmount-Image", `/MountDir:${target.mountDir}`, "/Commit"),
  ];
}

type Mounted = Extract<Target, { kind: "mounted" }>;

/** Where the other WIM is mounted. The same driver goes into both, so logs and scratch folders are apart as well. */
export function inner({ image, work: outer }: Target): Mounted {
  const work = win32.join(outer, `inner-${image.index}`);
  return { kind: "mounted", image, mountDir: win32.join(work, "mount"), work };
}

export function discard(target: Mounted): Command {
  return imaging(target, "/Unmount-Image", `/MountDir:${target.mountDir}`, "/Discard");
}
