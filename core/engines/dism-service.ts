import type { Command, Engine, Target } from "../engine.ts";
import { pathsOf } from "../host-path.ts";
import { winre } from "../image.ts";
import type { Operation } from "../operation.ts";
import { unfinishedName } from "../unfinished-name.ts";
import { discarding, flag, imaging, service, within } from "./dism-command.ts";
import { addPackage, cleanup, sameNames, takenBack } from "./dism-package.ts";

type Serviced = Operation<"Service-Image" | "Service-WinRE">;

/**
 * Another WIM than the line's: a copy of boot.wim, and the Winre.wim inside the mounted image, which is mounted where it lies
 * ("add-and-remove-drivers-to-an-offline-windows-image", "customize-windows-re", "media-dynamic-update").
 */
export const services = {
  "Service-Image": {
    offline: {
      refuse: (operation) =>
        operation.file === operation.to ? "it would be written over its own source" : confused(operation),
      because: "DISM mounts the images of a copy, as it mounts the line's own",
      commands(operation, target) {
        const { to, export: exported } = operation;
        const unfinished = unfinishedName(to);
        const copy = exported === undefined ? unfinished : workingCopy(target);
        return [
          { act: "copy", from: operation.file, to: copy },
          ...indexesOf(operation).flatMap((index) =>
            serviced(only(operation, index), inner(target, copy, index)),
          ),
          ...(exported === undefined
            ? []
            : [
                ...exports(copy, unfinished, exported, target),
                { act: "delete", path: copy, optional: true } as const,
              ]),
          { act: "place", file: unfinished, to },
        ];
      },
      undo: (operation, target) => [
        ...indexesOf(operation).flatMap((index) => released(operation, inner(target, "", index))),
        { act: "delete", path: workingCopy(target), optional: true },
        { act: "delete", path: unfinishedName(operation.to), optional: true },
      ],
    },
  },
  "Service-WinRE": {
    offline: {
      because: "DISM mounts the image's own Winre.wim where it lies, and saves it there",
      refuse: confused,
      commands(operation, target) {
        const recovery = inner(target, within(target, winre), 1);
        const { sameAs, partition } = operation;
        const own = recoveryCommands(operation, recovery);
        const kept = { file: recovery.file, digest: digestOf(recovery) };
        return [
          ...(sameAs === undefined
            ? [{ act: "keep digest", file: kept.file, to: kept.digest } as const, ...own]
            : [{ act: "take over", from: keptOf(sameAs, target), to: kept, otherwise: own } as const]),
          ...(partition === undefined
            ? []
            : [{ act: "check recovery", file: recovery.file, partition } as const]),
        ];
      },
      undo(operation, target) {
        const recovery = inner(target, within(target, winre), 1);
        return [
          ...released(operation, recovery),
          { act: "delete", path: exportOf(recovery), optional: true },
          { act: "delete", path: digestOf(recovery), optional: true },
        ];
      },
    },
  },
} satisfies Partial<Engine["roads"]>;

/** Joins what is done to one image of one file: to be saved and mounted again right away is left out. */
export function fuseMounts(commands: readonly Command[]): readonly Command[] {
  const fused: Command[] = [];
  for (const command of commands) {
    const last = fused.at(-1);
    if (isKept(command) && fused.some((each) => isKept(each) && each.to === command.to)) continue;
    if (isTakenOver(last) && isTakenOver(command) && last.to.digest === command.to.digest) {
      fused[fused.length - 1] = { ...last, otherwise: fuseMounts([...last.otherwise, ...command.otherwise]) };
      continue;
    }
    const folder = option("/Unmount-Image", "MountDir", last);
    const mounted = fused.findLast((each) => option("/Mount-Image", "MountDir", each) === folder);
    if (folder !== undefined && mounted !== undefined && isMountOf(mounted, command) && saves(last))
      fused.pop();
    else fused.push(command);
  }
  return fused;
}

function isKept(command: Command | undefined): command is Extract<Command, { act: "keep digest" }> {
  return command !== undefined && "act" in command && command.act === "keep digest";
}

function isTakenOver(command: Command | undefined): command is Extract<Command, { act: "take over" }> {
  return command !== undefined && "act" in command && command.act === "take over";
}

/** Whether both mount the same image of the same file in the same folder. */
function isMountOf(mounted: Command, again: Command): boolean {
  return ["ImageFile", "Index", "MountDir"].every((name) => {
    const value = option("/Mount-Image", name, again);
    return value !== undefined && value === option("/Mount-Image", name, mounted);
  });
}

function saves(command: Command | undefined): boolean {
  return command !== undefined && "args" in command && command.args.includes("/Commit");
}

/** The value of an option of a DISM command of this verb. */
function option(verb: string, name: string, command: Command | undefined): string | undefined {
  if (command === undefined || !("args" in command) || !command.args.includes(verb)) return undefined;
  return command.args.find((text) => text.startsWith(`/${name}:`))?.slice(name.length + 2);
}

/** Two packages that could not lie in one folder. */
function confused({ packages = [] }: Serviced): string | undefined {
  return packages.map(sameNames).find((reason) => reason !== undefined);
}

function indexesOf({
  index,
  indexes,
  packages = [],
  drivers,
}: Operation<"Service-Image">): readonly number[] {
  const updated = packages.length === 0 ? [] : (indexes ?? [index]);
  return [...new Set([...updated, ...(drivers.length > 0 || updated.length === 0 ? [index] : [])])].toSorted(
    (a, b) => a - b,
  );
}

/** What one of its images gets. */
function only(operation: Operation<"Service-Image">, index: number): Operation<"Service-Image"> {
  const { drivers, packages, cleanup: cleaned, indexes, ...rest } = operation;
  const updated = (indexes ?? [operation.index]).includes(index);
  return {
    ...rest,
    drivers: index === operation.index ? drivers : [],
    ...(updated && packages !== undefined ? { packages } : {}),
    ...(updated && cleaned !== undefined ? { cleanup: cleaned } : {}),
  };
}

function serviced(operation: Serviced, target: Mounted): readonly Command[] {
  const { drivers, forceUnsigned, packages = [], cleanup: cleaned } = operation;
  return whileMounted(target, [
    ...packages.flatMap((one) => addPackage(one, target)),
    ...drivers.flatMap((inf) =>
      service(target, "/Add-Driver", `/Driver:${inf}`, ...flag("ForceUnsigned", forceUnsigned)),
    ),
    // Nobody takes a package back out of a recovery environment, which has to stay small.
    ...(cleaned === true ? cleanup({ resetBase: true, defer: true }, target) : []),
  ]);
}

/** Lets go of an image that is mounted still, and of what was made for it. */
function released({ packages = [] }: Serviced, target: Mounted): readonly Command[] {
  return [discard(target), ...packages.flatMap((one) => takenBack(one, target))];
}

function recoveryCommands(operation: Operation<"Service-WinRE">, recovery: Mounted): readonly Command[] {
  const to = exportOf(recovery);
  return [
    ...serviced(operation, recovery),
    ...(operation.export !== true
      ? []
      : [
          { act: "delete", path: to, optional: true } as const,
          exporting(recovery, recovery.file, 1, to, true),
          { act: "overwrite", from: to, to: recovery.file } as const,
          { act: "delete", path: to, optional: true } as const,
        ]),
  ];
}

/** Where the Winre.wim of another image of the line is mounted, and what is known of it. */
function keptOf(index: number, target: Target): { readonly file: string; readonly digest: string } {
  const { join } = pathsOf(target.work);
  const other: Target = {
    kind: "mounted",
    image: { ...target.image, index },
    file: join(target.work, "working.wim"),
    index,
    mountDir: join(target.work, `mount-${index}`),
    work: target.work,
  };
  const recovery = inner(other, within(other, winre), 1);
  return { file: recovery.file, digest: digestOf(recovery) };
}

function digestOf({ work }: Mounted): string {
  return pathsOf(work).join(work, "before.sha256");
}

function exportOf({ work }: Mounted): string {
  return pathsOf(work).join(work, "winre.wim");
}

function workingCopy({ work }: Target): string {
  return pathsOf(work).join(work, "serviced.wim");
}

function exports(
  file: string,
  to: string,
  { images, boot }: NonNullable<Operation<"Service-Image">["export"]>,
  target: Target,
): readonly Command[] {
  const all = Array.from({ length: images }, (_, at) => at + 1);
  return [
    { act: "delete", path: to, optional: true },
    ...all.map((index) => exporting(target, file, index, to, index === boot)),
  ];
}

function exporting(target: Target, file: string, index: number, to: string, bootable: boolean): Command {
  return imaging(
    target,
    "/Export-Image",
    `/SourceImageFile:${file}`,
    `/SourceIndex:${index}`,
    `/DestinationImageFile:${to}`,
    ...flag("Bootable", bootable),
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
  const work = join(outer, `inner-${image.index}${index === 1 ? "" : `-${index}`}`);
  return { kind: "mounted", image, file, index, mountDir: join(work, "mount"), work };
}

export function discard(target: Mounted): Command {
  return discarding(target, target.mountDir);
}
