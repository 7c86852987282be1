import type { InstallSection } from "./formats/inf/installation.ts";

/**
 * Device setup classes whose devices Windows may be started from: SCSIAdapter, which NVMe and RAID controllers are of,
 * and HDC ("system-defined-device-setup-classes-available-to-vendors"). Display is none of them: Windows starts without
 * its driver, whichever pages name graphics beside storage for WinRE ("add-and-remove-drivers-to-an-offline-windows-image").
 */
const bootClasses: ReadonlySet<string> = new Set([
  "{4d36e97b-e325-11ce-bfc1-08002be10318}",
  "{4d36e96a-e325-11ce-bfc1-08002be10318}",
]);

/** SERVICE_BOOT_START: the loader starts the driver, before any other can be read ("specifying-driver-load-order"). */
const bootStart = 0;

/** Windows has to have it before it can read the rest of the driver store. */
export function isBootCritical(classGuid: string, sections: readonly InstallSection[]): boolean {
  if (bootClasses.has(classGuid)) return true;
  return sections.some(({ services }) => services.some(({ start }) => start === bootStart));
}
