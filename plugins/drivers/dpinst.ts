import type { DriverPackage } from "../../core/index.ts";

/**
 * DPInst installs all that is in its folder, and must not where one of that is left out.
 * @param kept paths of the INFs that are added
 */
export function dpinstOf(
  { inf, dpinst }: DriverPackage,
  kept: ReadonlySet<string>,
): { readonly dpinst?: string } {
  const beside = (name: string): string => inf.replace(/[^\\/]*$/, () => name);
  return dpinst?.infs.every((name) => kept.has(beside(name))) ? { dpinst: beside(dpinst.program) } : {};
}
