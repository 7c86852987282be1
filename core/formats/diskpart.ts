import { failure } from "../error.ts";
import {
  checkMbr,
  type DiskSizes,
  type Firmware,
  leastDisk,
  type Partition,
  partitionsOf,
  recoveryAttributes,
} from "./disk-layout.ts";

/** A disk of a device that is to be partitioned. */
export interface DeviceDisk {
  /** Its number, as `list disk` shows it. */
  readonly id: number;
  readonly sizes?: DiskSizes;
  /** MiB that Windows needs. */
  readonly windows: number;
}

/** `select` takes any number that Windows gives a disk; a mistyped one may be a disk that is there. */
const mostDisks = 127;

/**
 * What diskpart is given to erase a disk and partition it ("configure-uefigpt-based-hard-drive-partitions",
 * "configure-biosmbr-based-hard-drive-partitions"). It ends at the first command that fails, since none has `noerr`.
 * @throws SERVICING_DISK_LAYOUT
 */
export function partitionScript(firmware: Firmware, disk: DeviceDisk): string {
  return script([...partitionCommands(firmware, disk, true), "list volume"]);
}

/** The same as commands, none of which has a character that cmd.exe takes for more. @throws SERVICING_DISK_LAYOUT */
export function partitionCommands(firmware: Firmware, disk: DeviceDisk, letters = false): readonly string[] {
  const partitions = partitionsOf(firmware, disk.sizes);
  const flexible = disk.sizes?.windows === undefined;
  if (firmware === "bios") checkMbr(leastOf(firmware, disk));
  const commands = [
    ...selected(disk),
    "clean",
    ...(firmware === "uefi" ? ["convert gpt"] : ["convert mbr"]),
    ...partitions.flatMap((partition, at) =>
      created(firmware, partition, partitions.slice(at + 1), flexible),
    ),
  ];
  return commands.filter((command) => letters || !command.startsWith("assign "));
}

/** Takes the recovery partition's letter away; undefined where there is none. @throws SERVICING_DISK_LAYOUT */
export function hidingScript(firmware: Firmware, disk: DeviceDisk): string | undefined {
  const at = partitionsOf(firmware, disk.sizes).findIndex(({ role }) => role === "recovery");
  if (at === -1) return undefined;
  return script([...selected(disk), `select partition ${at + 1}`, "remove letter=R", "list volume"]);
}

/** MiB of the smallest disk that the partitions fit on, with Windows in them. @throws SERVICING_DISK_LAYOUT */
export function leastOf(firmware: Firmware, { sizes, windows }: DeviceDisk): number {
  return leastDisk(partitionsOf(firmware, sizes), windows);
}

function selected({ id }: DeviceDisk): readonly string[] {
  if (!Number.isSafeInteger(id) || id < 0 || id > mostDisks)
    throw failure("SERVICING_DISK_LAYOUT", {
      reason: `the number of the disk is not between 0 and ${mostDisks}`,
    });
  return [`select disk ${id}`];
}

function created(
  firmware: Firmware,
  { role, size, fileSystem, label, letter, type }: Partition,
  later: readonly Partition[],
  flexible: boolean,
): readonly string[] {
  const kind = firmware === "uefi" && role === "system" ? "efi" : role === "msr" ? "msr" : "primary";
  // Windows is made of all that is free and then gives up what recovery takes, which is a little more than it asks for.
  const rest = size === undefined || (flexible && role === "recovery");
  const given = later.reduce((sum, each) => sum + (each.size ?? 0), 0);
  return [
    `create partition ${kind}${rest ? "" : ` size=${size}`}`,
    ...(size === undefined && given > 0 ? [`shrink minimum=${given}`] : []),
    ...(fileSystem === undefined ? [] : [`format quick fs=${fileSystem.toLowerCase()} label=${label}`]),
    ...(letter === undefined ? [] : [`assign letter=${letter}`]),
    ...(firmware === "bios" && role === "system" ? ["active"] : []),
    ...(role === "recovery" ? marked(firmware, type) : []),
  ];
}

function marked(firmware: Firmware, type: string): readonly string[] {
  return firmware === "uefi"
    ? [`set id=${type}`, `gpt attributes=${recoveryAttributes}`]
    : [`set id=${type}`];
}

function script(lines: readonly string[]): string {
  return [...lines, "exit"].map((line) => `${line}\r\n`).join("");
}
