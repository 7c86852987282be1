import { bannerIn, fieldsBehindBanner } from "./banner.ts";
import { wholeNumber, yesOrNo } from "./lines.ts";
import { recordIn, recordsIn } from "./records.ts";

/** A provisioned app of `/Get-ProvisionedAppxPackages`. */
export interface ProvisionedApp {
  readonly displayName: string;
  readonly version: string;
  readonly architecture: string;
  readonly resourceId: string;
  readonly packageName: string;
  /** `all`, `None`, a list, or nothing. */
  readonly regions: string;
}

/** What `/Get-Intl` tells of an image. */
export interface International {
  readonly uiLanguage: string;
  readonly systemLocale: string;
  readonly timeZone: string;
  readonly userLocale: string;
  readonly location: string;
  readonly keyboards: readonly string[];
  readonly languages: readonly string[];
}

/** What `/Cleanup-Image /AnalyzeComponentStore` tells; sizes with their units, as they are printed. */
export interface ComponentStore {
  readonly reportedSize: string;
  readonly actualSize: string;
  readonly sharedWithWindows: string;
  readonly backups: string;
  readonly cache: string;
  /** In the format of the host. */
  readonly lastCleanup: string;
  readonly reclaimablePackages: number | undefined;
  readonly cleanupRecommended: boolean | undefined;
}

/** What `/Get-PESettings` tells of a Windows PE image. */
export interface PeSettings {
  readonly megabytes: number | undefined;
  readonly targetPath: string;
}

export interface Association {
  readonly identifier: string;
  readonly progId: string;
  readonly application: string;
}

const app = {
  displayName: { label: /^displayname$/i, shape: /^[\w.-]+$/ },
  version: { label: /^version$/i, shape: /^\d+(?:\.\d+){1,3}$/ },
  // A page of Microsoft's has it so.
  architecture: { label: /^archite(?:c|ch)ture$/i },
  resourceId: { label: /^resourceid$/i },
  packageName: { label: /^packagename$/i, shape: /^\S+_[a-z\d]{13}$/i },
  regions: { label: /^regions$/i },
} as const;

const tag = /^[a-z]{2,3}(?:-[A-Za-z\d]+)+$/;

const international = {
  uiLanguage: { label: /^default system ui language$/i, shape: tag },
  systemLocale: { label: /^system locale$/i, shape: tag },
  timeZone: { label: /^default time zone$/i },
  userLocale: { label: /^user locale for default user$/i, shape: tag },
  location: { label: /^location$/i },
  keyboards: { label: /^active keyboard\(s\)$/i },
  layeredDriver: { label: /^keyboard layered driver$/i },
} as const;

const installedLanguage = { language: { label: /^installed language\(s\)$/i } } as const;

const store = {
  reportedSize: { label: /^windows explorer reported size of component store$/i },
  actualSize: { label: /^actual size of component store$/i },
  sharedWithWindows: { label: /^shared with windows$/i },
  backups: { label: /^backups and disabled features$/i },
  cache: { label: /^cache and temporary data$/i },
  lastCleanup: { label: /^date of last cleanup$/i },
  reclaimablePackages: { label: /^number of reclaimable packages$/i },
  cleanupRecommended: { label: /^component store cleanup recommended$/i },
} as const;

export function appsIn(output: string): readonly ProvisionedApp[] {
  return recordsIn(output, app).map((record) => ({
    displayName: record.displayName ?? "",
    version: record.version ?? "",
    architecture: record.architecture ?? "",
    resourceId: record.resourceId ?? "",
    packageName: record.packageName ?? "",
    regions: record.regions ?? "",
  }));
}

export function internationalIn(output: string): International | undefined {
  const record = recordIn(output, international);
  if (record.uiLanguage === undefined) return undefined;
  return {
    uiLanguage: record.uiLanguage,
    systemLocale: record.systemLocale ?? "",
    timeZone: record.timeZone ?? "",
    userLocale: record.userLocale ?? "",
    location: record.location ?? "",
    keyboards: (record.keyboards ?? "").split(/[,;\s]+/).filter((each) => each !== ""),
    languages: recordsIn(output, installedLanguage).map(({ language = "" }) => language),
  };
}

/** Of `/Get-CurrentEdition`: the only field behind the banner, in whatever language. */
export function editionIn(output: string): string | undefined {
  const fields = fieldsBehindBanner(output);
  const named = fields.find(({ label }) => /^current edition(?: is)?$/i.test(label));
  const lone = bannerIn(output).image !== undefined && fields.length === 1 ? fields[0] : undefined;
  const edition = (named ?? lone)?.value ?? "";
  return /^[A-Za-z]\w*$/.test(edition) ? edition : undefined;
}

/** Of `/Get-TargetEditions`. */
export function targetEditionsIn(output: string): readonly string[] {
  return recordsIn(output, { edition: { label: /^target edition$/i } }).map(({ edition = "" }) => edition);
}

/** Its fields stand in several groups: they are found by their names, or by their order behind the banner. */
export function componentStoreIn(output: string): ComponentStore | undefined {
  const record = recordIn(output, store);
  const found = record.reportedSize === undefined ? inOrder(output) : record;
  if (found === undefined) return undefined;
  return {
    reportedSize: found.reportedSize ?? "",
    actualSize: found.actualSize ?? "",
    sharedWithWindows: found.sharedWithWindows ?? "",
    backups: found.backups ?? "",
    cache: found.cache ?? "",
    lastCleanup: found.lastCleanup ?? "",
    reclaimablePackages: wholeNumber(found.reclaimablePackages),
    cleanupRecommended: yesOrNo(found.cleanupRecommended),
  };
}

function inOrder(output: string): Readonly<Partial<Record<keyof typeof store, string>>> | undefined {
  const names = Object.keys(store) as (keyof typeof store)[];
  const values = fieldsBehindBanner(output).map(({ value }) => value);
  const sizes = values.slice(0, 5).every((value) => /^\d[\d.,]*\s\S+$/.test(value));
  if (bannerIn(output).image === undefined || values.length !== names.length || !sizes) return undefined;
  return Object.fromEntries(names.map((name, at) => [name, values[at]]));
}

export function peSettingsIn(output: string): PeSettings | undefined {
  const { value: space } = recordIn(output, { value: { label: /^scratch space$/i } });
  const { value: path } = recordIn(output, { value: { label: /^target path$/i } });
  if (space === undefined && path === undefined) return undefined;
  return { megabytes: wholeNumber(space), targetPath: path ?? "" };
}

/** Of `/Get-DefaultAppAssociations`, which prints the XML of the image. */
export function associationsIn(output: string): readonly Association[] {
  return [...output.slice(0, 1024 * 1024).matchAll(/<Association\s([^<>]{1,2000})>/g)].flatMap(
    ([, attributes = ""]) => {
      const of = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
      const identifier = of("Identifier");
      const found = { identifier, progId: of("ProgId"), application: of("ApplicationName") };
      return identifier === "" ? [] : [found];
    },
  );
}
