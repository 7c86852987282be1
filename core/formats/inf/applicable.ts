import { sectionOf, type Inf } from "./document.ts";
import type { InfWindows } from "./installation.ts";
import { readTarget, type InfTarget } from "./target.ts";

/**
 * True where a section that is decorated with `target` is meant for this Windows ("inf-manufacturer-section"):
 * the architecture is the same, the version not higher than that of Windows, and the build, which counts only
 * where major and minor are those of Windows, not higher either. Product type and suites have to be its own.
 */
export function isApplicable(target: InfTarget, windows: InfWindows): boolean {
  if (target.architecture !== windows.architecture) return false;
  if (target.productType !== undefined && target.productType !== windows.productType) return false;
  const suites = target.suiteMask ?? 0;
  if (suites !== 0 && (suites & (windows.suiteMask ?? 0)) >>> 0 !== suites) return false;
  const older = compareVersions(target, windows);
  return older < 0 || (older === 0 && (target.build ?? 0) <= windows.build);
}

/**
 * The target that Windows chooses, undefined where none is applicable: the highest version, then the highest
 * build, then the one that names the product type, then the one that names most suites. A version outweighs product
 * type and suites, as in the example of NT.5 and NT....0x80 on the page "inf-manufacturer-section".
 * Of equals it is the first.
 */
export function closest<Candidate extends { readonly target: InfTarget }>(
  candidates: readonly Candidate[],
  windows: InfWindows,
): Candidate | undefined {
  return candidates
    .filter(({ target }) => isApplicable(target, windows))
    .reduce<Candidate | undefined>(
      (best, each) => (best === undefined || rank(each.target, best.target) > 0 ? each : best),
      undefined,
    );
}

function rank(a: InfTarget, b: InfTarget): number {
  return (
    (a.major ?? -1) - (b.major ?? -1) ||
    (a.minor ?? -1) - (b.minor ?? -1) ||
    (a.build ?? -1) - (b.build ?? -1) ||
    Number(a.productType !== undefined) - Number(b.productType !== undefined) ||
    suitesIn(a) - suitesIn(b)
  );
}

function compareVersions(target: InfTarget, windows: InfWindows): number {
  const major = target.major ?? 0;
  return major - windows.major || (target.major === undefined ? -1 : (target.minor ?? 0) - windows.minor);
}

function suitesIn({ suiteMask = 0 }: InfTarget): number {
  return suiteMask.toString(2).replaceAll("0", "").length;
}

/**
 * The install section that Windows takes for a name: decorated with the architecture, with `.NT`, or not at all
 * ("inf-ddinstall-section", "creating-inf-files-for-multiple-platforms-and-operating-systems"). Unlike Models
 * sections, an undecorated one is for every architecture ("combining-platform-extensions-with-other-section-name-extensions").
 */
export function installSectionName(inf: Inf, name: string, windows: InfWindows): string | undefined {
  for (const decoration of [`.nt${windows.architecture}`, ".nt", ""]) {
    const section = sectionOf(inf, name.trim() + decoration);
    if (section !== undefined) return section.name;
  }
  return undefined;
}

/**
 * The DefaultInstall section of a driver without devices. It has to be decorated with an architecture, and may be with
 * all of a TargetOSVersion: an undecorated one is no driver package for Windows ("inf-defaultinstall-section").
 */
export function defaultInstallName(inf: Inf, windows: InfWindows): string | undefined {
  const prefix = "defaultinstall.";
  const candidates = [...inf.sections].flatMap(([key, { name }]) => {
    const target = key.startsWith(`${prefix}nt`) ? readTarget(key.slice(prefix.length)) : undefined;
    return target === undefined || /^nt(?:\.|$)/.test(key.slice(prefix.length)) ? [] : [{ name, target }];
  });
  return closest(candidates, windows)?.name;
}
