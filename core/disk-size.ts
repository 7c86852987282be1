import { failure } from "./error.ts";
import { type DeviceDeployment, deploymentScripts } from "./formats/deploy-script.ts";
import {
  type DiskSizes,
  leastDisk,
  leastForWindows,
  neededFor,
  partitionsOf,
  placedOn,
} from "./formats/disk-layout.ts";
import { type ImageInfo, imageTitle } from "./image.ts";

/**
 * MiB of the smallest Windows partition for an image, on a device that it is to run on.
 * @param windows MiB that the partition is given; absent: the rest of a disk that is not known yet
 * @throws SERVICING_DISK_TOO_SMALL
 */
export function windowsNeeds(image: ImageInfo, windows?: number): number {
  const needed = neededFor(image.totalBytes);
  if (windows === undefined) return Math.max(needed, leastForWindows);
  if (windows < needed)
    throw failure("SERVICING_DISK_TOO_SMALL", {
      image: imageTitle(image),
      needed: `${needed} MiB`,
      given: `${windows} MiB`,
    });
  return windows;
}

/**
 * MiB of a whole disk for UEFI and of its Windows partition, where one of them is given.
 * @throws SERVICING_DISK_LAYOUT
 */
export function diskSize(
  size: number | undefined,
  sizes: DiskSizes,
): { readonly size: number; readonly windows: number } {
  const partitions = partitionsOf("uefi", sizes);
  if (size === undefined && sizes.windows === undefined)
    throw failure("SERVICING_DISK_LAYOUT", {
      reason: "neither the disk nor the Windows partition has a size",
    });
  const whole = size ?? leastDisk(partitions, 0);
  const windows = placedOn(whole, partitions).find(({ role }) => role === "windows");
  return { size: whole, windows: windows?.size ?? 0 };
}

/** @throws SERVICING_DISK_LAYOUT for what no script could be written of */
export function checkDeployment(deployment: Omit<DeviceDeployment, "index">): void {
  deploymentScripts({ ...deployment, index: 1 });
}
