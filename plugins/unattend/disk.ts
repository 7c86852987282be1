import { exactOptional, literal, picklist, pipe, check, strictObject, union } from "valibot";
import { whole } from "./entry.ts";
import { below, set, type Settings, setup } from "./setting.ts";

const megabytes = (least: number) => whole(least, 0x7f_ff_ff_ff);

export const diskEntries = {
  disk: exactOptional(
    pipe(
      strictObject({
        layout: picklist(["uefi", "bios"], 'a layout is "uefi" or "bios"'),
        wipe: literal(true, "everything on the disk is lost: wipe: true says so"),
        diskId: exactOptional(whole(0, 255)),
        system: exactOptional(megabytes(100)),
        windows: exactOptional(megabytes(20_000)),
        recovery: exactOptional(
          union([literal(false), megabytes(300)], "at least 300 MiB, or false for none"),
        ),
      }),
      check(
        ({ layout, windows }) => layout === "uefi" || windows === undefined || windows <= 2 * 1024 * 1024,
        "a disk with an MBR has at most 2 TiB",
      ),
    ),
  ),
};

export interface DiskOptions {
  /**
   * Wipes a disk and installs Windows on it, with the recovery partition behind it. Media only. Sizes are in MiB: `system`
   * 260 with "uefi", 100 with "bios"; `recovery` 1024, false for none; `windows` is what is left unless given.
   */
  disk?: {
    layout: "uefi" | "bios";
    /** Everything on the disk is lost. */
    wipe: true;
    /** 0 unless given, as Windows Setup counts disks. */
    diskId?: number;
    system?: number;
    windows?: number;
    recovery?: number | false;
  };
}

type Disk = NonNullable<DiskOptions["disk"]>;

interface Partition {
  readonly name: "System" | "Reserved" | "Windows" | "Recovery";
  readonly type: "EFI" | "MSR" | "Primary";
  /** MiB; what is left where it is absent. */
  readonly size?: number;
  readonly format?: "FAT32" | "NTFS";
  readonly active?: true;
  /** Of a recovery partition. */
  readonly typeId?: string;
}

/** "configure-uefigpt-based-hard-drive-partitions", "configure-biosmbr-based-hard-drive-partitions". */
function partitions({ layout, system, windows, recovery = 1024 }: Disk): readonly Partition[] {
  const last: readonly Partition[] =
    recovery === false
      ? []
      : [{ name: "Recovery", type: "Primary", size: recovery, format: "NTFS", typeId: recoveryType[layout] }];
  const own: Partition = {
    name: "Windows",
    type: "Primary",
    format: "NTFS",
    ...(windows === undefined ? {} : { size: windows }),
  };
  return layout === "uefi"
    ? [
        { name: "System", type: "EFI", size: system ?? 260, format: "FAT32" },
        { name: "Reserved", type: "MSR", size: 16 },
        own,
        ...last,
      ]
    : [{ name: "System", type: "Primary", size: system ?? 100, format: "NTFS", active: true }, own, ...last];
}

const recoveryType = { uefi: "DE94BBA4-06D1-4D40-A16A-BFD50179D6AC", bios: "0x27" } as const;

/**
 * DiskConfiguration can let only the last partition take what is left. A recovery partition behind a Windows partition of
 * unknown size is therefore made by diskpart, which can shrink that one.
 */
export function diskSettings({ disk }: DiskOptions): Settings {
  if (disk === undefined) return [];
  const all = partitions(disk);
  const diskId = disk.diskId ?? 0;
  const fills = all.at(-1)?.name !== "Windows" && disk.windows === undefined;
  return [
    ...(fills ? diskpart(all, disk.layout, diskId) : configuration(all, diskId)),
    ...set("windowsPE", setup, {
      "ImageInstall/OSImage/InstallTo/DiskID": diskId,
      "ImageInstall/OSImage/InstallTo/PartitionID": all.findIndex(({ name }) => name === "Windows") + 1,
    }),
  ];
}

/** Source: microsoft-windows-setup-diskconfiguration. */
function configuration(all: readonly Partition[], diskId: number): Settings {
  const at = ["DiskConfiguration", `Disk[${diskId}]`];
  return [
    ...set("windowsPE", setup, { "DiskConfiguration/WillShowUI": "OnError" }),
    ...below("windowsPE", setup, at)("WillWipeDisk", true),
    ...all.flatMap(({ name, type, size }) => {
      const create = below("windowsPE", setup, [...at, "CreatePartitions", `CreatePartition[${name}]`]);
      return [
        ...create("Type", type),
        ...(size === undefined ? create("Extend", true) : create("Size", size)),
      ];
    }),
    ...all.flatMap(({ name, format, active, typeId }, index) => {
      const modify = below("windowsPE", setup, [...at, "ModifyPartitions", `ModifyPartition[${name}]`]);
      return [
        ...modify("PartitionID", index + 1),
        ...modify("Format", format),
        ...modify("Label", format === undefined ? undefined : name),
        ...modify("Active", active),
        ...modify("TypeID", typeId),
      ];
    }),
  ];
}

const script = "X:\\servicing-disk.txt";

/** Commands of the windowsPE pass that write a script, a line each since a command has at most 259 characters, and run it. */
function diskpart(all: readonly Partition[], layout: Disk["layout"], diskId: number): Settings {
  const recovery = all.find(({ name }) => name === "Recovery")?.size ?? 0;
  const lines = [
    `select disk ${diskId}`,
    "clean",
    ...(layout === "uefi" ? ["convert gpt"] : []),
    ...all.flatMap((one) => partitionLines(one, layout, recovery)),
  ];
  // A digit before > would be a handle: what is written stands behind where it goes.
  const commands = [
    ...lines.map((line, at) => `cmd.exe /d /c "${at === 0 ? ">" : ">>"}${script} echo ${line}"`),
    `cmd.exe /d /c ">X:\\servicing-disk.log diskpart.exe /s ${script}"`,
  ];
  return commands.flatMap((command, index) =>
    below("windowsPE", setup, ["RunSynchronous", `RunSynchronousCommand[servicing disk ${index + 1}]`])(
      "Path",
      command,
    ),
  );
}

function partitionLines(one: Partition, layout: Disk["layout"], recovery: number): readonly string[] {
  const { name, type, size, format, active, typeId } = one;
  const sized = size === undefined || name === "Recovery" ? "" : ` size=${size}`;
  return [
    `create partition ${type.toLowerCase()}${sized}`,
    ...(name === "Windows" ? [`shrink minimum=${recovery}`] : []),
    ...(format === undefined ? [] : [`format quick fs=${format.toLowerCase()} label=${name}`]),
    ...(active === undefined ? [] : ["active"]),
    ...(typeId === undefined ? [] : [`set id=${typeId.replace("0x", "").toLowerCase()}`]),
    ...(typeId === undefined || layout === "bios" ? [] : ["gpt attributes=0x8000000000000001"]),
  ];
}
