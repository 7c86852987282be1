import { exactOptional, literal, picklist, pipe, rawCheck, strictObject } from "valibot";
import { type DiskSizes, leastForWindows, partitionCommands, partitionsOf } from "../../core/index.ts";
import { whole } from "./entry.ts";
import { below, set, type Settings, setup } from "./setting.ts";

const size = exactOptional(whole(0, 0x7f_ff_ff_ff));

export const diskEntries = {
  disk: exactOptional(
    pipe(
      strictObject({
        layout: picklist(["uefi", "bios"], 'a layout is "uefi" or "bios"'),
        wipe: literal(true, "everything on the disk is lost: wipe: true says so"),
        id: exactOptional(whole(0, 127)),
        sizes: exactOptional(strictObject({ system: size, msr: size, windows: size, recovery: size })),
      }),
      rawCheck(({ dataset, addIssue }) => {
        try {
          if (dataset.typed) commands(dataset.value);
        } catch (error) {
          addIssue({ message: (error as Error).message });
        }
      }),
    ),
  ),
};

export interface DiskOptions {
  /**
   * Wipes a disk and installs Windows on it, with the recovery partition behind it. Media only. Sizes are in MiB: `system`
   * 260, `msr` 16, `recovery` 990, 0 for none; `windows` is what is left unless given.
   */
  disk?: {
    layout: "uefi" | "bios";
    /** Everything on the disk is lost. */
    wipe: true;
    /** 0 unless given, as Windows Setup counts disks. */
    id?: number;
    sizes?: { system?: number; msr?: number; windows?: number; recovery?: number };
  };
}

type Disk = Omit<NonNullable<DiskOptions["disk"]>, "wipe">;
type Partition = ReturnType<typeof partitionsOf>[number];

function commands({ layout, id = 0, sizes = {} }: Disk): readonly string[] {
  return partitionCommands(layout, { id, sizes, windows: sizes.windows ?? leastForWindows });
}

/**
 * DiskConfiguration can let only the last partition take what is left. A recovery partition behind a Windows partition of
 * unknown size is therefore made by diskpart, which can shrink that one.
 */
export function diskSettings({ disk }: DiskOptions): Settings {
  if (disk === undefined) return [];
  const { layout, id = 0, sizes = {} } = disk;
  const all = partitionsOf(layout, sizes satisfies DiskSizes);
  const shrinks = all.at(-1)?.role !== "windows" && sizes.windows === undefined;
  return [
    ...(shrinks ? diskpart(commands(disk)) : configuration(all, layout, id)),
    ...set("windowsPE", setup, {
      "ImageInstall/OSImage/InstallTo/DiskID": id,
      "ImageInstall/OSImage/InstallTo/PartitionID": all.findIndex(({ role }) => role === "windows") + 1,
    }),
  ];
}

/** Source: microsoft-windows-setup-diskconfiguration. */
function configuration(all: readonly Partition[], layout: Disk["layout"], id: number): Settings {
  const at = ["DiskConfiguration", `Disk[${id}]`];
  return [
    ...set("windowsPE", setup, { "DiskConfiguration/WillShowUI": "OnError" }),
    ...below("windowsPE", setup, at)("WillWipeDisk", true),
    ...all.flatMap(({ role, size: mebibytes }) => {
      const create = below("windowsPE", setup, [...at, "CreatePartitions", `CreatePartition[${role}]`]);
      return [
        ...create("Type", layout === "uefi" ? (types[role] ?? "Primary") : "Primary"),
        ...(mebibytes === undefined ? create("Extend", true) : create("Size", mebibytes)),
      ];
    }),
    ...all.flatMap(({ role, fileSystem, label, type }, index) => {
      const modify = below("windowsPE", setup, [...at, "ModifyPartitions", `ModifyPartition[${role}]`]);
      const own = layout === "uefi" ? type.toUpperCase() : `0x${type}`;
      return [
        ...modify("PartitionID", index + 1),
        ...modify("Format", fileSystem),
        ...modify("Label", label),
        ...modify("Active", layout === "bios" && role === "system" ? true : undefined),
        ...modify("TypeID", role === "recovery" ? own : undefined),
      ];
    }),
  ];
}

const types: Readonly<Partial<Record<Partition["role"], string>>> = { system: "EFI", msr: "MSR" };

const script = "X:\\servicing-disk.txt";

/** Commands of the windowsPE pass that write a script, a line each since a command has at most 259 characters, and run it. */
function diskpart(lines: readonly string[]): Settings {
  // A digit before > would be a handle: what is written stands behind where it goes.
  const started = [
    ...lines.map((line, at) => `cmd.exe /d /c "${at === 0 ? ">" : ">>"}${script} echo ${line}"`),
    `cmd.exe /d /c ">X:\\servicing-disk.log diskpart.exe /s ${script}"`,
  ];
  return started.flatMap((command, index) =>
    below("windowsPE", setup, ["RunSynchronous", `RunSynchronousCommand[servicing disk ${index + 1}]`])(
      "Path",
      command,
    ),
  );
}
