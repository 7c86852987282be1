import type { InfArchitecture } from "./formats/inf/target.ts";
import type { InfWindows } from "./formats/inf/installation.ts";
import type { ImageInfo } from "./image.ts";

/** Windows 11, version 25H2: what an INF is read for where nothing says for which Windows. */
const newest = { major: 10, minor: 0, build: 26_200 } as const;

export function newestWindows(architecture: InfArchitecture, productType: 1 | 3 = 1): InfWindows {
  return { architecture, ...newest, productType };
}

/**
 * The Windows of an image as INF files see it. Images whose installation type begins with "Server" are servers, all others
 * workstations. Without a version it is the newest Windows, and without an architecture one for amd64: see `isAssumed`.
 */
export function infWindowsOf(
  image: Pick<ImageInfo, "architecture" | "version" | "installationType">,
): InfWindows {
  const architecture = image.architecture === "unknown" ? "amd64" : image.architecture;
  const assumed = newestWindows(architecture, /^server/i.test(image.installationType) ? 3 : 1);
  if (isAssumed(image)) return assumed;
  const [major = 0, minor = 0, build = 0] = image.version.split(".").map(Number);
  return { ...assumed, major, minor, build };
}

/** The image does not say its version, so that `infWindowsOf` gives the newest. */
export function isAssumed({ version }: Pick<ImageInfo, "version">): boolean {
  return !/^\d+\.\d+\.\d+/.test(version);
}

/** `Windows 10.0.26100, a workstation, on amd64`. */
export function windowsTitle({ architecture, major, minor, build, productType }: InfWindows): string {
  return `Windows ${major}.${minor}.${build} (${productType === 1 ? "workstation" : "server"}, ${architecture})`;
}
