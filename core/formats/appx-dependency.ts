import { compareVersions } from "./version.ts";

export interface AppxCandidate {
  readonly file: string;
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

export interface ChosenDependencies {
  readonly files: readonly string[];
  /** Without these the app cannot be added: `name version (architecture)`. */
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
 * Of each dependency the newest package for every architecture that the image wants; a 64-bit Windows wants
 * x64 and x86 ("dism-app-package--appx-or-appxbundle--servicing-command-line-options").
 */
export function chooseDependencies(
  dependencies: readonly { readonly name: string; readonly minVersion: string }[],
  available: readonly AppxCandidate[],
  architecture: string,
): ChosenDependencies {
  const files = new Set<string>();
  const missing: string[] = [];
  const withoutX86: string[] = [];
  const architectures = wanted[architecture] ?? [...new Set(Object.values(wanted).flat())];
  for (const { name, minVersion } of dependencies) {
    const fitting = available.filter(
      (candidate) =>
        candidate.name.toLowerCase() === name.toLowerCase() &&
        compareVersions(candidate.version, minVersion) >= 0,
    );
    const chosen = architectures.map((one) => newest(fitting, one));
    const enough = architecture in wanted ? chosen[0] !== undefined : fitting.length > 0;
    if (!enough) missing.push(`${name} ${minVersion} (${architectures[0]})`);
    else if (architecture === "amd64" && chosen[1] === undefined) withoutX86.push(name);
    for (const candidate of chosen) if (candidate !== undefined) files.add(candidate.file);
  }
  return { files: [...files], missing, withoutX86 };
}

function newest(candidates: readonly AppxCandidate[], architecture: string): AppxCandidate | undefined {
  return candidates
    .filter(({ architecture: held }) =>
      held.split(", ").some((one) => one === "neutral" || one === architecture),
    )
    .toSorted((a, b) => compareVersions(a.version, b.version))
    .at(-1);
}

/** Whether a Windows runs apps of one of these architectures, in the words of their manifests. */
export function runsApps(windows: string, architectures: readonly string[]): boolean {
  const known = wanted[windows];
  return (
    known === undefined ||
    architectures.some((one) => one === "neutral" || one === "x86a64" || known.includes(one))
  );
}
