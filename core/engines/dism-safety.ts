import { win32 } from "node:path";
import type { Confirmation, Process, Target, Tolerated } from "../engine.ts";
import { patience } from "../formats/dism-fault.ts";

/** What a query has to show after a command, by the values of its arguments; states are those of `/English`. */
type Verb = (of: (name: string) => string | undefined) =>
  | (Omit<Confirmation, "query"> & {
      readonly query: readonly (string | undefined)[];
    })
  | undefined;

const installed = ["Installed", "Install Pending"];
const enabled = ["Enabled", "Enable Pending"];
const disabled = ["Disabled", "Disable Pending", "Disabled with Payload Removed"];
const removed = ["Not Present", "Uninstall Pending", "Superseded"];
/** What its files are left of may be staged. */
const notPresent = ["Not Present", "Uninstall Pending", "Staged"];

const packages = ["/Get-Packages"];
const international = ["/Get-Intl"];

const verbs: Readonly<Record<string, Verb>> = {
  "Remove-Package": (of) => listed("package", packages, of("PackageName"), { states: removed, absent: true }),
  "Enable-Feature": (of) => listed("feature", featureQuery(of), of("FeatureName"), { states: enabled }),
  "Disable-Feature": (of) => listed("feature", featureQuery(of), of("FeatureName"), { states: disabled }),
  "Add-Capability": (of) =>
    listed("capability", ["/Get-CapabilityInfo", given("CapabilityName", of)], of("CapabilityName"), {
      states: installed,
    }),
  "Remove-Capability": (of) =>
    listed("capability", ["/Get-CapabilityInfo", given("CapabilityName", of)], of("CapabilityName"), {
      states: notPresent,
      absent: true,
    }),
  // A folder of drivers says by itself which of them it took.
  "Add-Driver": (of) => {
    const name = win32.basename(of("Driver") ?? "");
    return /\.inf$/i.test(name) ? listed("driver", ["/Get-Drivers"], name) : undefined;
  },
  "Remove-Driver": (of) => listed("published driver", ["/Get-Drivers"], of("Driver"), { absent: true }),
  "Remove-ProvisionedAppxPackage": (of) =>
    listed("app", ["/Get-ProvisionedAppxPackages"], of("PackageName"), { absent: true }),
  "Set-Edition": (of) => listed("edition", ["/Get-CurrentEdition"], of("Set-Edition")),
  "Set-UILang": (of) => listed("uiLanguage", international, of("Set-UILang")),
  "Set-SysLocale": (of) => listed("systemLocale", international, of("Set-SysLocale")),
  "Set-UserLocale": (of) => listed("userLocale", international, of("Set-UserLocale")),
  "Set-AllIntl": (of) => listed("uiLanguage", international, of("Set-AllIntl")),
  "Set-TimeZone": (of) => listed("timeZone", international, of("Set-TimeZone")),
};

export function confirmationOf(command: readonly string[]): Pick<Process, "confirm"> {
  const of = (name: string): string | undefined => valueOf(name, command);
  const found = verbs[verbOf(command)]?.(of);
  if (found === undefined) return {};
  return { confirm: { ...found, query: found.query.filter((argument) => argument !== undefined) } };
}

/** A package that was added is known by its identity only, which is not on the command line. */
export function packageShows(identity: string | undefined): Pick<Process, "confirm"> {
  return identity === undefined
    ? {}
    : { confirm: { query: packages, of: "package", name: identity, states: installed } };
}

function listed(
  of: Confirmation["of"],
  query: readonly (string | undefined)[],
  name: string | undefined,
  more: Pick<Confirmation, "states" | "absent"> = {},
): ReturnType<Verb> {
  return name === undefined ? undefined : { query, of, name, ...more };
}

function featureQuery(of: Parameters<Verb>[0]): readonly (string | undefined)[] {
  return ["/Get-FeatureInfo", given("FeatureName", of), given("PackageName", of)];
}

function given(name: string, of: Parameters<Verb>[0]): string | undefined {
  const value = of(name);
  return value === undefined ? undefined : `/${name}:${value}`;
}

/** Of an argument that stands there once: what several stand for is not confirmed. */
function valueOf(name: string, command: readonly string[]): string | undefined {
  const values = command.filter((argument) => argument.startsWith(`/${name}:`));
  return values.length === 1 ? values[0]?.slice(name.length + 2) : undefined;
}

function verbOf([option = ""]: readonly string[]): string {
  return /^\/([\w-]+)/.exec(option)?.[1] ?? "";
}

const sharing = 0x8007_0020;
const busy = 0x800f_0801;
/** The mount folder is in use; a hive that was just unloaded may still be. */
const mountBusy = 0xc142_0117;

/** Nothing has been changed when these are said. */
export function retryOf(command: readonly string[]): Pick<Process, "retry"> {
  const mounts = /^(?:Unm|M|Rem|Comm)(?:ount|it)-Image$/.test(verbOf(command));
  return { retry: { codes: [sharing, mounts ? mountBusy : busy], ...patience } };
}

/**
 * Two codes are documented to be no failure: cleanup with actions pending, and a cumulative update that WinRE or Windows PE
 * is given for its servicing stack ("media-dynamic-update").
 */
export function toleratedOf(command: readonly string[], target: Target): Pick<Process, "tolerated"> {
  const tolerated: Tolerated[] = [];
  if (command.includes("/StartComponentCleanup"))
    tolerated.push({
      exitCode: 0x800f_0806,
      because:
        "superseded components stay until Windows has completed what is pending: the image is larger, and whole",
    });
  // The update that has a servicing stack inside is an .msu.
  if (verbOf(command) === "Add-Package" && isPreinstallation(target) && /\.msu$/i.test(command[1] ?? ""))
    tolerated.push({
      exitCode: 0x8007_007e,
      because: "Windows PE took the servicing stack of the update, which is all that it was given for",
    });
  return tolerated.length === 0 ? {} : { tolerated };
}

function isPreinstallation(target: Target): boolean {
  if (target.kind !== "mounted") return false;
  return (
    target.image.installationType === "WindowsPE" || /^(?:winre|boot)\./i.test(win32.basename(target.file))
  );
}
