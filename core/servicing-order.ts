import { classOfIdentity, type PackageClass } from "./formats/package-class.ts";
import type { Declared } from "./lifecycle.ts";
import type { Operation } from "./operation.ts";

/** Images, and media, that updates go to. */
export type Place = "winre" | "windows" | "boot" | "media";

export interface Stage {
  readonly name: string;
  /** Its number in "media-dynamic-update", where it takes place there. */
  readonly steps: Readonly<Partial<Record<Place, number>>>;
  /** Why it is there in the order, as a sentence. */
  readonly because: string;
  /** Left to who makes the images: servicing does not do it there. */
  readonly left?: readonly Place[];
}

/**
 * Component servicing in the order that Windows wants, in each image that it takes place in ("media-dynamic-update",
 * "add-language-packs-to-windows", "features-on-demand-language-fod"). What is not in the table keeps the place that the
 * config gives it: Microsoft orders drivers, files, the edition and answer files in no way.
 */
export const servicingStages = [
  {
    name: "recovery environment",
    steps: {},
    because: "WinRE lies in the image, and is saved there before the image itself",
  },
  {
    name: "servicing stack",
    steps: { winre: 1, windows: 9, boot: 17 },
    because: "it is what installs all that follows",
  },
  {
    name: "language",
    steps: { winre: 2, windows: 10, boot: 18 },
    left: ["winre", "boot"],
    because: "features and updates bring files for the languages that are there by then",
  },
  {
    name: "language feature",
    steps: { winre: 3, windows: 11, boot: 19 },
    left: ["winre", "boot"],
    because: "it needs its language, and the update needs it",
  },
  {
    name: "fonts and text-to-speech",
    steps: { winre: 4, boot: 20 },
    left: ["winre", "boot"],
    because: "some languages cannot be read, or heard, without",
  },
  {
    name: "language setting",
    steps: {},
    because: "a language can be set when it is there",
  },
  {
    name: "package",
    steps: {},
    because: "it may bring features, and the update may bring newer files of it",
  },
  {
    name: "feature on demand",
    steps: { windows: 11 },
    because: "its files are as old as its medium, until the update brings newer ones",
  },
  {
    name: "feature",
    steps: { windows: 12 },
    because: "its files are as old as its source, until the update brings newer ones",
  },
  {
    name: "Safe OS dynamic update",
    steps: { winre: 6 },
    because: "it is the update of WinRE, which gets no cumulative one",
  },
  {
    name: "cumulative update",
    steps: { windows: 13, boot: 23 },
    because: "it updates all that was added before it, and nothing that is added later",
  },
  {
    name: "clean-up",
    steps: { winre: 7, windows: 14, boot: 24 },
    because: "the update has superseded components; it fails where .NET waits for a restart",
  },
  {
    name: ".NET 3.5",
    steps: { windows: 15 },
    because: "it waits for a restart, and clean-up fails as long as something does",
  },
  {
    name: ".NET update",
    steps: { windows: 15 },
    because: "it updates the .NET that is there by then",
  },
  {
    name: "app",
    steps: {},
    because: "apps take the languages that are there",
  },
  {
    name: "export",
    steps: { winre: 8, windows: 16, boot: 25 },
    because: "a WIM becomes smaller when it is exported, and only then",
  },
  {
    name: "Setup dynamic update",
    steps: { media: 26 },
    because: "its files take the places of those on the media",
  },
  {
    name: "setup.exe",
    steps: { media: 27 },
    because: "Setup fails where the media have another than boot.wim, and boot.wim is finished",
  },
  {
    name: "boot manager",
    steps: { media: 28 },
    because: "the firmware starts the one on the media, which is to be as new as boot.wim",
  },
] as const satisfies readonly Stage[];

type StageName = (typeof servicingStages)[number]["name"];

/**
 * Puts component servicing into the order of {@link servicingStages}, whatever the order of the plugins. Everything else
 * keeps its place, and so do operations of one kind among themselves.
 */
export function inServicingOrder(declared: readonly Declared[]): readonly Declared[] {
  const places = declared.flatMap((one, at) => (rankOf(one) === undefined ? [] : [at]));
  const ordered = places
    .map((at) => declared[at] as Declared)
    .toSorted((a, b) => a.image - b.image || (rankOf(a) ?? 0) - (rankOf(b) ?? 0));
  return declared.map((one, at) => {
    const place = places.indexOf(at);
    return place === -1 ? one : (ordered[place] ?? one);
  });
}

/** Why an operation has its place among the others: a clause; undefined where it has the one that the config gives it. */
export function placeOf(operation: Operation): string | undefined {
  const name = stageOf(operation);
  const stage = servicingStages.find((each) => each.name === name);
  const again = operation.type === "Add-Package" ? operation.facts?.again : undefined;
  return stage === undefined ? undefined : `${stage.name}: ${again ?? stage.because}`;
}

function rankOf({ phase, wish }: Declared): number | undefined {
  if (phase !== "modify" || !("operation" in wish)) return undefined;
  const name = stageOf(wish.operation);
  const rank = servicingStages.findIndex((stage) => stage.name === name);
  if (rank === -1) return undefined;
  // What is exported at the end is done last of all that is done to WinRE, so that all of it shares one mount.
  return wish.operation.type === "Service-WinRE" && wish.operation.export === true ? rank + 0.5 : rank;
}

/** Undefined for what is in no order. */
export function stageOf(operation: Operation): StageName | undefined {
  switch (operation.type) {
    case "Service-WinRE":
      return "recovery environment";
    case "Add-Package":
      return stageOfClass[operation.facts?.class ?? classOfIdentity(operation.identity ?? "")];
    case "Remove-Package":
      return "package";
    case "Set-UILang":
    case "Set-SysLocale":
    case "Set-UserLocale":
    case "Set-InputLocale":
    case "Set-AllIntl":
    case "Set-UILangFallback":
    case "Set-SKUIntlDefaults":
    case "Set-LayeredDriver":
    case "Gen-LangINI":
    case "Set-SetupUILang":
      return "language setting";
    case "Add-Capability":
    case "Remove-Capability":
      return /^NetFX3~/i.test(operation.capability) ? ".NET 3.5" : "feature on demand";
    case "Enable-Feature":
    case "Disable-Feature":
      return /^NetFx3/i.test(operation.feature) ? ".NET 3.5" : "feature";
    case "Cleanup-Image":
      return "clean-up";
    case "Add-ProvisionedAppxPackage":
    case "Remove-ProvisionedAppxPackage":
    case "Set-ProvisionedAppxDataFile":
    case "Optimize-ProvisionedAppxPackages":
      return "app";
    default:
      return undefined;
  }
}

const stageOfClass: Readonly<Record<PackageClass, StageName>> = {
  "servicing stack": "servicing stack",
  "language pack": "language",
  "language feature": "language feature",
  "feature on demand": "feature on demand",
  enablement: "package",
  "Safe OS dynamic update": "package",
  "Setup dynamic update": "package",
  "cumulative update": "cumulative update",
  ".NET 3.5": ".NET 3.5",
  ".NET": ".NET update",
  other: "package",
};

/** Where packages of several classes stand among themselves. */
export function rankOfClass(of: PackageClass): number {
  return servicingStages.findIndex(({ name }) => name === stageOfClass[of]);
}
