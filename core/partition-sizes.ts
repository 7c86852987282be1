import { integer, number, optional, picklist, pipe, strictObject } from "valibot";

const whole = pipe(number(), integer());

/** Options: MiB of the partitions of a disk. */
export const partitionSizes = strictObject({
  system: optional(whole),
  msr: optional(whole),
  windows: optional(whole),
  recovery: optional(whole),
});

/** Options: the disk of a device as WinPE partitions it; absent: disk 0, for the firmware that starts the device. */
export const deploymentDisk = optional(
  strictObject({
    id: optional(whole, 0),
    layout: optional(picklist(["uefi", "bios"])),
    sizes: optional(partitionSizes),
  }),
  {},
);
