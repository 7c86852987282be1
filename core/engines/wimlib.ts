import { devNull } from "node:os";
import { posix } from "node:path";
import type { Act, Change, Command, Engine, Process, Road } from "../engine.ts";
import { applyImage, compressionOptions, splitImage, wimlibProgress } from "./wimlib-command.ts";
import { deployments } from "./wimlib-deployment.ts";
import { disks } from "./wimlib-disk.ts";
import { drivers } from "./wimlib-driver.ts";
import { imageFiles } from "./wimlib-image-file.ts";
import { media } from "./wimlib-media.ts";
import { refusals } from "./wimlib-refusal.ts";
import { hivexLimit, parseRegistryKey } from "../formats/registry.ts";
import { packReferences, references } from "../formats/wim-reference.ts";
import type { Operation, OperationType } from "../operation.ts";

/** Windows compares names without regard to case; wimlib does so only when it is told. */
const ignoreCase = { WIMLIB_IMAGEX_IGNORE_CASE: "1" } as const;

export function wimlibUpdate(branch: string, script: string): Process {
  return {
    run: "wimlib-imagex",
    // Without a list of its own, wimlib leaves out what a capture of Windows would: pagefile.sys, RECYCLER, …
    args: ["update", branch, "1", `--config=${devNull}`],
    stdin: script,
    env: ignoreCase,
    progress: wimlibProgress,
    writes: true,
  };
}

/** @see wimlib-imagex-export(1) */
function exportImage(file: string, index: number, to: string, options: readonly string[]): Process {
  return {
    run: "wimlib-imagex",
    args: ["export", file, String(index), to, ...options],
    progress: wimlibProgress,
    writes: true,
  };
}

function change<K extends OperationType>(
  because: string,
  changes: (operation: Operation<K>) => Change,
): Road<K> {
  return {
    because,
    commands(operation, target) {
      if (target.kind !== "branch") return [];
      return [{ act: "update", branch: target.branch, changes: [changes(operation)] }];
    },
  };
}

/** Makes of a delta a WIM that stands by itself, where the delta's source is as it was. */
export function restoring(delta: string, source: string): Process {
  const [, base = delta, marked, extension = ""] = /^(.*?)(\.delta)?(\.[^.\\/]*)?$/.exec(delta) ?? [];
  const to = `${base}${marked === undefined ? ".full" : ""}${extension}`;
  return { run: "wimlib-imagex", args: ["export", delta, "all", to, ...references(source)], writes: true };
}

/** The roads of wimlib and hivex: the tree and the registry of an image, on any system, without Windows. */
export const wimlib: Engine = {
  name: "wimlib",
  target: (image, work) => ({
    kind: "branch",
    image,
    work,
    branch: posix.join(work, `image-${image.index}`, "branch.wim"),
  }),
  tools: ["wimlib-imagex"],
  copiesSource: false,
  roads: {
    "Mount-Image": {
      offline: {
        because: "a branch of the source, which itself is never written",
        commands: (operation, target) =>
          target.kind === "branch"
            ? [{ act: "branch", file: operation.file, index: operation.index, branch: target.branch }]
            : [],
      },
    },
    "Commit-Image": { offline: { because: "a branch holds every change at once", commands: () => [] } },
    "Unmount-Image": { offline: { because: "a branch needs no unmounting", commands: () => [] } },
    "Export-Image": {
      offline: {
        because: "one raw copy; only new files are compressed",
        commands(operation, target) {
          const options = [
            ...compressionOptions[operation.compress ?? "max"],
            ...(operation.bootable === true ? ["--boot"] : []),
            ...(operation.checkIntegrity === true ? ["--check"] : []),
            // A name may begin as an option does.
            ...(operation.name === undefined ? [] : ["--", operation.name]),
          ];
          const branched =
            target.kind === "branch" &&
            operation.file === target.image.file &&
            operation.index === target.image.index;
          return branched
            ? [
                exportImage(target.branch, 1, operation.to, [
                  ...references(operation.file),
                  ...packReferences(target.branch),
                  ...options,
                ]),
              ]
            : [
                exportImage(operation.file, operation.index, operation.to, [
                  ...references(operation.file).slice(1),
                  ...(operation.source === undefined ? [] : references(operation.source)),
                  ...options,
                ]),
              ];
        },
      },
    },
    "Split-Image": {
      offline: {
        because: "wimlib splits a WIM into parts for FAT32",
        commands: ({ file, to, megabytes }) => [splitImage(file, to, megabytes)],
      },
    },
    "Apply-Image": {
      offline: {
        because: "wimlib applies to an NTFS volume or to a folder",
        commands: ({ file, index, to }) => [applyImage(file, index, to)],
      },
    },
    ...imageFiles,
    ...media,
    ...deployments,
    ...disks,
    ...drivers,
    ...refusals,

    "Copy-File": {
      offline: change("one update batch", (operation) => ({
        change: "add",
        from: operation.from,
        to: operation.to,
      })),
    },
    "Write-File": {
      offline: change("one update batch", ({ to, text, encoding, secrets }) => ({
        change: "write",
        to,
        text,
        ...(encoding === undefined ? {} : { encoding }),
        ...(secrets === undefined ? {} : { secrets }),
      })),
    },
    "Remove-File": {
      offline: change("one update batch", ({ path, optional }) => ({
        change: "delete",
        path,
        ...(optional === undefined ? {} : { optional }),
      })),
    },
    "Set-Registry": {
      offline: {
        ...change<"Set-Registry">(
          "hivex edits a copy of the hive, which is compared before it goes back",
          ({ key, name, value }) => ({
            change: "registry",
            key,
            ...(name === undefined ? {} : { name }),
            ...(value === undefined ? {} : { value }),
          }),
        ),
        refuse: ({ key, name, value }) => hivexLimit(parseRegistryKey(key).key, name, value),
      },
    },
  },

  delta: (targets, delta) => [
    {
      act: "delta",
      branches: targets.flatMap((target) => (target.kind === "branch" ? [target.branch] : [])),
      ...delta,
    },
  ],

  extend: (targets, extend, otherwise) => [
    {
      act: "extend",
      branches: targets.flatMap((target) => (target.kind === "branch" ? [target.branch] : [])),
      ...extend,
      otherwise: otherwise.filter((command): command is Process => !("act" in command)),
    },
  ],

  verify: (file, source) => [
    {
      run: "wimlib-imagex",
      args: ["verify", file, ...(source === undefined ? [] : references(source))],
      progress: wimlibProgress,
      writes: false,
    },
  ],

  /** Neighbouring updates of a branch become one: wimlib writes the metadata once for all of them. */
  fuse(commands) {
    const fused: Command[] = [];
    for (const command of commands) {
      const last = fused.at(-1);
      if (
        isUpdate(command) &&
        last !== undefined &&
        isUpdate(last) &&
        last.branch === command.branch &&
        together(last.changes, command.changes)
      )
        fused[fused.length - 1] = { ...last, changes: [...last.changes, ...command.changes] };
      else fused.push(command);
    }
    return fused;
  },
};

function isUpdate(command: Command): command is Extract<Act, { act: "update" }> {
  return "act" in command && command.act === "update";
}

/**
 * What drivers come to depends on what the image holds by then: those that are taken out are gone before others are
 * published, and a WIM inside the image is as it has become.
 */
function together(first: readonly Change[], second: readonly Change[]): boolean {
  const kinds = new Set([...first, ...second].map(({ change: kind }) => kind));
  return !kinds.has("service") && (!kinds.has("remove driver") || kinds.size === 1);
}
