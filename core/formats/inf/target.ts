/** Architectures that a section name can be decorated with. */
export type InfArchitecture = "x86" | "amd64" | "arm" | "arm64" | "ia64";

/** A TargetOSVersion: the Windows that a decorated section is meant for. */
export interface InfTarget {
  readonly architecture: InfArchitecture;
  readonly major?: number;
  readonly minor?: number;
  readonly productType?: number;
  readonly suiteMask?: number;
  /** Compared from Windows 10, version 1607 on. */
  readonly build?: number;
}

/**
 * Reads `nt[architecture][.[major][.[minor][.[product type][.[suite mask][.[build]]]]]]`
 * ("inf-manufacturer-section"). Without an architecture it means x86: all others have to be named.
 * Gives undefined for anything else.
 */
export function readTarget(decoration: string): InfTarget | undefined {
  const [platform = "", ...parts] = decoration.toLowerCase().split(".");
  const architecture = /^nt(x86|amd64|arm64|arm|ia64)?$/.exec(platform);
  if (architecture === null || parts.length > 5) return undefined;
  const numbers = parts.map((part) => (part === "" ? undefined : numberOf(part)));
  if (numbers.some((number) => Number.isNaN(number))) return undefined;
  const [major, minor, productType, suiteMask, build] = numbers;
  return {
    architecture: (architecture[1] ?? "x86") as InfArchitecture,
    ...(major === undefined ? {} : { major }),
    ...(minor === undefined ? {} : { minor }),
    ...(productType === undefined ? {} : { productType }),
    ...(suiteMask === undefined ? {} : { suiteMask }),
    ...(build === undefined ? {} : { build }),
  };
}

function numberOf(text: string): number {
  if (/^0x[0-9a-f]{1,8}$/.test(text)) return Number.parseInt(text, 16);
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
}
