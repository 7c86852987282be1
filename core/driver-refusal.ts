import type { DriverSignature } from "./driver-package.ts";
import { type Driver, isInfSignature } from "./formats/inf/driver.ts";
import type { Installation, InfWindows } from "./formats/inf/installation.ts";
import type { InfArchitecture, InfTarget } from "./formats/inf/target.ts";
import { windowsTitle } from "./inf-windows.ts";

export interface RefusalFacts {
  /** How the INF is called. */
  readonly name: string;
  readonly driver: Driver;
  readonly installation: Installation;
  readonly windows: InfWindows;
  readonly outside: readonly string[];
  readonly missing: readonly string[];
  readonly signature: DriverSignature;
  readonly forceUnsigned: boolean;
  /** Programs that its services would load into the kernel, with what they are for. */
  readonly programs: readonly { readonly path: string; readonly machine: string }[];
}

/** Why Windows would not take a package: the first reason there is, in one sentence with what can be done. */
export function refusalOf(facts: RefusalFacts): string | undefined {
  for (const refusal of [signature, architecture, windows, outside, missing, signing, machines]) {
    const reason = refusal(facts);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function signature({ name, driver }: RefusalFacts): string | undefined {
  if (isInfSignature(driver.signature)) return undefined;
  const said = driver.signature === "" ? "no Signature" : `the Signature "${driver.signature}"`;
  return `${name} is no driver INF, since its [Version] has ${said}: name the INF of a driver package`;
}

function architecture({ name, driver, windows: { architecture: wanted } }: RefusalFacts): string | undefined {
  if (driver.architectures.includes(wanted)) return undefined;
  const held = driver.architectures.length === 0 ? "for none" : `only for ${driver.architectures.join(", ")}`;
  return `${name} installs nothing on ${wanted}, ${held}: get the vendor's package for ${wanted}`;
}

function windows({ name, driver, installation, windows: on }: RefusalFacts): string | undefined {
  const taken = driver.kind === "primitive" ? installation.sections : installation.models;
  if (taken.length > 0) return undefined;
  const targets = driver.models.map(({ target }) => decorationOf(target));
  const named = [...new Set(targets.filter((target) => target.startsWith(`NT${on.architecture}`)))];
  const only = named.length === 0 ? "" : `, only on ${named.slice(0, 8).join(", ")}`;
  return `${name} installs nothing on ${windowsTitle(on)}${only}: get the vendor's package for this Windows`;
}

function outside({ name, outside: paths }: RefusalFacts): string | undefined {
  if (paths.length === 0) return undefined;
  return `${name} names ${someOf(paths)}, outside of its folder: put all files of the package below the folder of its INF`;
}

function missing({ name, missing: paths }: RefusalFacts): string | undefined {
  if (paths.length === 0) return undefined;
  return `${name} names ${someOf(paths)}, not to be found in its folder: unpack the whole package`;
}

/** 64-bit Windows takes signed packages only, and so does Windows on 32-bit ARM ("dism-driver-servicing-command-line-options-s14"). */
function signing(facts: RefusalFacts): string | undefined {
  const { name, windows: on, forceUnsigned } = facts;
  if (facts.signature.state === "covered" || forceUnsigned || on.architecture === "x86") return undefined;
  const how = facts.signature.state === "none" ? "is not signed" : "is not as it was signed";
  return `${name} ${how} (${facts.signature.because}), which Windows on ${on.architecture} demands: get the signed package, or set forceUnsigned`;
}

function machines({ name, programs, windows: on }: RefusalFacts): string | undefined {
  const wrong = programs.find(({ machine }) => machine !== on.architecture);
  if (wrong === undefined) return undefined;
  return `${wrong.path} is a driver for ${wrong.machine}, but ${name} installs it on ${on.architecture}: get the vendor's package again`;
}

/** As [Manufacturer] writes it: `NTamd64.10.0...22000`. */
function decorationOf(target: InfTarget): string {
  const { major, minor, productType, suiteMask, build } = target;
  const parts = [major, minor, productType, suiteMask, build].map((part) => part?.toString() ?? "");
  return `NT${target.architecture satisfies InfArchitecture}.${parts.join(".")}`.replace(/\.+$/, "");
}

/** The first of several names, and how many more there are. */
export function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
