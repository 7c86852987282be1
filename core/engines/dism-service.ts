import type { Command, Engine, Target } from "../engine.ts";
import { pathsOf } from "../host-path.ts";
import { winre } from "../image.ts";
import type { Operation } from "../operation.ts";
import { unfinishedName } from "../unfinished-name.ts";
import { discarding, flag, imaging, service, within } from "./dism-command.ts";

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
          ...serviced(operation, inner(target, file, operation.index)),
          { act: "place", file, to: operation.to },
        ];
      },
      undo: ({ to, index }, target) => [
        discard(inner(target, unfinishedName(to), index)),
        { act: "delete", path: unfinishedName(to), optional: true },
      ],
    },
  },
  "Service-WinRE": {
    offline: {
      because: "DISM mounts the image's own Winre.wim where it lies, and saves it there",
      commands: (operation, target) => serviced(operation, inner(target, within(target, winre), 1)),
      undo: (_, target) => [discard(inner(target, within(target, winre), 1))],
    },
  },
} satisfies Partial<Engine["roads"]>;

function serviced(
  { drivers, forceUnsigned }: Operation<"Service-Image" | "Service-WinRE">,
  target: Mounted,
): readonly Command[] {
  return whileMounted(
    target,
    drivers.flatMap((inf) =>
      service(target, "/Add-Driver", `/Driver:${inf}`, ...flag("ForceUnsigned", forceUnsigned)),
    ),
  );
}

/** Saves what the commands did to an image of another WIM than the line's. */
export function whileMounted(target: Mounted, commands: readonly Command[]): readonly Command[] {
  const mount = imaging(
    target,
    "/Mount-Image",
    `/ImageFile:${target.file}`,
    `/Index:${target.index}`,
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
export function inner({ image, work: outer }: Target, file: string, index: number): Mounted {
  const { join } = pathsOf(outer);
  const work = join(outer, `inner-${image.index}`);
  return { kind: "mounted", image, file, index, mountDir: join(work, "mount"), work };
}

export function discard(target: Mounted): Command {
  return discarding(target, target.mountDir);
}
