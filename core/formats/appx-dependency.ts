import { compareVersions } from "./version.ts";

export interface AppxDependency {
  readonly name: string;
  readonly minVersion: string;
}

export interface AppxCandidate {
  readonly file: string;
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** What the package needs itself; absent: nothing. */
  readonly dependencies?: readonly AppxDependency[];
}

export interface ChosenDependencies {
  readonly files: readonly string[];
  /** Without these the app cannot be added: `name version (architecture)`, and for whom where that is not the app. */
  readonly missing: readonly string[];
  /** The package for 32-bit apps on a 64-bit Windows is not there: names. */
  readonly withoutX86: readonly string[];
}

/** Architectures of apps that a Windows runs, its own first; it wants their dependencies for each. */
const wanted: Readonly<Record<string, readonly string[]>> = {
  x86: ["x86"],
  amd64: ["x64", "x86"],
  arm: ["arm"],
  arm64: ["arm64", "arm", "x64", "x86"],
};

/**
 * Of each dependency, and of what that depends on, the newest package of every major version, for every architecture that
 * the image wants; a 64-bit Windows wants x64 and x86 ("dism-app-package--appx-or-appxbundle--servicing-command-line-options").
 */
export function chooseDependencies(
  dependencies: readonly AppxDependency[],
  available: readonly AppxCandidate[],
  architecture: string,
): ChosenDependencies {
  const files = new Set<string>();
  const missing = new Set<string>();
  const withoutX86 = new Set<string>();
  const asked = new Set<string>();
  const architectures = wanted[architecture] ?? [...new Set(Object.values(wanted).flat())];
  const open = dependencies.map((dependency) => ({ ...dependency, by: "" }));
  for (const { name, minVersion, by } of open) {
    const key = `${name.toLowerCase()} ${minVersion}`;
    if (asked.has(key)) continue;
    asked.add(key);
    const fitting = available.filter(
      (candidate) =>
        candidate.name.toLowerCase() === name.toLowerCase() &&
        compareVersions(candidate.version, minVersion) >= 0,
    );
    const chosen = architectures.map((one) => newestOfEach(fitting, one));
    const enough = architecture in wanted ? chosen[0]?.length !== 0 : fitting.length > 0;
    if (!enough) missing.add(`${name} ${minVersion} (${architectures[0]})${by}`);
    else if (architecture === "amd64" && chosen[1]?.length === 0) withoutX86.add(name);
    for (const candidate of chosen.flat()) {
      files.add(candidate.file);
      open.push(...(candidate.dependencies ?? []).map((each) => ({ ...each, by: ` for ${candidate.name}` })));
    }
  }
  return { files: [...files], missing: [...missing], withoutX86: [...withoutX86] };
}

/** The newest of each major version, beside which Windows keeps those of other ones. */
function newestOfEach(candidates: readonly AppxCandidate[], architecture: string): readonly AppxCandidate[] {
  const fitting = candidates
    .filter(({ architecture: held }) =>
      held.split(", ").some((one) => one === "neutral" || one === architecture),
    )
    .toSorted((a, b) => compareVersions(a.version, b.version));
  return [...new Map(fitting.map((each) => [each.version.split(".")[0], each])).values()];
}

/** Whether a Windows runs apps of one of these architectures, in the words of their manifests. */
export function runsApps(windows: string, architectures: readonly string[]): boolean {
  const known = wanted[windows];
  return (
    known === undefined ||
    architectures.some((one) => one === "neutral" || one === "x86a64" || known.includes(one))
  );
}
