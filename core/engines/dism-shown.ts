import type { Confirmation, Process } from "../engine.ts";
import { bannerIn } from "../formats/dism-output/banner.ts";
import { driversIn } from "../formats/dism-output/driver.ts";
import { capabilityIn, featureIn, packagesIn } from "../formats/dism-output/package.ts";
import {
  appsIn,
  editionIn,
  healthIn,
  internationalIn,
  peSettingsIn,
} from "../formats/dism-output/setting.ts";

/** What has to be shown; how it is asked for is another matter. */
type Wanted = Omit<Confirmation, "query"> & Partial<Confirmation>;

/** What a query shows of what a command should have done. "unclear": the output does not say, so that nothing is concluded. */
export interface Shown {
  readonly verdict: "as wanted" | "otherwise" | "unclear";
  /** A clause: `it is Staged`. */
  readonly found: string;
}

/** Every state that DISM has in English; one in another language says nothing here. */
const states: ReadonlySet<string> = new Set(
  [
    "Not Present,Uninstall Pending,Uninstalled,Staged,Staging,Removed,Removing,Resolved,Resolving,Superseded",
    "Installed,Installing,Install Pending,Partially Installed,Enabled,Enable Pending,Disabled,Disable Pending",
    "Disabled with Payload Removed",
  ]
    .join()
    .split(","),
);

export function shown(wanted: Wanted, output: string): Shown {
  if (bannerIn(output).tool === undefined) return { verdict: "unclear", found: "the query gave nothing" };
  switch (wanted.of) {
    case "package": {
      const all = packagesIn(output);
      if (all.length === 0) return { verdict: "unclear", found: "no packages were listed" };
      return inState(wanted, all.find(({ identity }) => same(identity, wanted.name))?.state);
    }
    case "feature":
      return stated(wanted, featureIn(output)?.state);
    case "capability":
      return stated(wanted, capabilityIn(output)?.state);
    case "driver":
      return among(
        wanted,
        driversIn(output).map(({ originalFileName }) => originalFileName.split(/[\\/]/).at(-1) ?? ""),
      );
    case "published driver":
      return among(
        wanted,
        driversIn(output).map(({ publishedName }) => publishedName),
      );
    case "app":
      return among(
        wanted,
        appsIn(output).map(({ packageName }) => packageName),
      );
    case "edition":
      return equal(wanted, editionIn(output));
    case "health":
      return equal(wanted, healthIn(output));
    case "scratchSpace":
      return equal(wanted, peSettingsIn(output)?.megabytes?.toString());
    case "targetPath":
      return equal(wanted, peSettingsIn(output)?.targetPath);
    default:
      return equal(wanted, internationalIn(output)?.[wanted.of]);
  }
}

/** What a person reads as wanted: `Enabled or Enable Pending`. */
export function wantedText({ of, name, states: wanted, absent }: Wanted): string {
  const ways = [...(wanted ?? []), ...(absent === true ? ["gone"] : [])];
  if (ways.length > 0) return `${name} is ${ways.join(" or ")}`;
  if (of === "health") return `the component store is ${name}`;
  return of === "driver" ? `a driver that was ${name} is there` : `it is ${name}`;
}

/** What is done around a command of DISM, for the plan: undefined where nothing is. */
export function watchText({ mounted, confirm }: Process): string | undefined {
  const looks = { around: "before and after", before: "before", after: "after" } as const;
  const parts = [
    ...(mounted === undefined ? [] : [`looks at the mount ${mounted.mountDir} ${looks[mounted.when]}`]),
    ...(confirm === undefined ? [] : [`asks ${confirm.query[0]} whether ${wantedText(confirm)}`]),
  ];
  return parts.length === 0 ? undefined : parts.join(", ");
}

function stated(wanted: Wanted, state: string | undefined): Shown {
  return state === undefined
    ? { verdict: "unclear", found: `nothing is said of ${wanted.name}` }
    : inState(wanted, state);
}

function inState(wanted: Wanted, state: string | undefined): Shown {
  if (state === undefined)
    return {
      verdict: wanted.absent === true ? "as wanted" : "otherwise",
      found: `${wanted.name} is not there`,
    };
  const found = `${wanted.name} is ${state}`;
  if (wanted.states?.some((each) => same(each, state)) === true) return { verdict: "as wanted", found };
  return { verdict: [...states].some((each) => same(each, state)) ? "otherwise" : "unclear", found };
}

function among(wanted: Wanted, names: readonly string[]): Shown {
  const isThere = names.some((name) => same(name, wanted.name));
  const found = `${wanted.name} is ${isThere ? "" : "not "}there`;
  return { verdict: isThere === (wanted.absent !== true) ? "as wanted" : "otherwise", found };
}

function equal(wanted: Wanted, value: string | undefined): Shown {
  if (value === undefined || value === "") return { verdict: "unclear", found: "it is not said" };
  return { verdict: same(value, wanted.name) ? "as wanted" : "otherwise", found: `it is ${value}` };
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
