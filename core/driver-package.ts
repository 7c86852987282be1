import type { Architecture } from "./image.ts";
import type { DriverKind } from "./formats/inf/driver.ts";

/** A driver package as one image would take it: what planning, coverage and the report need, small enough to keep. */
export interface DriverPackage {
  /** The INF, an absolute path. */
  readonly inf: string;
  readonly kind: DriverKind;
  readonly className: string;
  /** `{…}` in lower case. */
  readonly classGuid: string;
  /** ExtensionId of an extension INF, `{…}` in lower case: extensions with the same one replace each other. "" where there is none. */
  readonly extensionId: string;
  readonly provider: string;
  /** `mm/dd/yyyy`, as the INF writes it. */
  readonly date: string;
  readonly version: string;
  /** Those that any of its models is for, not those of the image alone. */
  readonly architectures: readonly Architecture[];
  /** SHA-256 over the names and contents of the files of the package: the same package wherever it lies. */
  readonly digest: string;
  /** Its folder in the driver store where it is published without Windows, which follows from the INF alone; absent where nobody asked. */
  readonly storeFolder?: string;
  /** The INF, its catalogue and every file that the INF takes from its folder, as paths below that folder, `/` between. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** Of all files. */
  readonly bytes: number;
  /** What the INF refers to and the folder lacks. */
  readonly missing: readonly string[];
  /** Windows has to have it before it can read the rest of the driver store: a service that starts at boot, or a class that does. */
  readonly bootCritical: boolean;
  readonly coInstallers: boolean;
  /** The DPInst that its maker put beside it, for the architecture of the image: a name, and the INFs of the folder, all of which it installs. */
  readonly dpinst?: { readonly program: string; readonly infs: readonly string[] };
  /** What it installs beside the driver (AddSoftware, AddComponent), by name. */
  readonly software: readonly string[];
  readonly components: readonly string[];
  /** Of the services that it installs, by name. */
  readonly services: readonly string[];
  /** Where it puts files outside of the driver store: paths in the image. */
  readonly reflected: readonly string[];
  readonly signature: DriverSignature;
  /** What it is for on this image; empty where no model fits. */
  readonly devices: readonly DriverDevice[];
  /** Why this image cannot take it at all; absent where it can. */
  readonly refused?: string;
  /** What about it cannot be derived from its INF alone, so that only Windows can publish it. */
  readonly underivable: readonly string[];
  readonly diagnostics: readonly {
    readonly line: number;
    readonly column: number;
    readonly message: string;
  }[];
}

export type DriverSignature =
  | { readonly state: "covered"; readonly catalog: string; readonly signer: string }
  /** No CatalogFile, or the folder lacks it. */
  | { readonly state: "none"; readonly because: string }
  /** The catalogue could not be read, was tampered with, or does not list these files as they are. */
  | {
      readonly state: "broken";
      readonly catalog: string;
      readonly signer: string;
      readonly because: string;
      readonly files: readonly string[];
    };

/** One id of one model. */
export interface DriverDevice {
  /** In upper case. */
  readonly id: string;
  readonly kind: "hardware" | "compatible";
  /** Place among the compatible ids of its model, from 0. */
  readonly position: number;
  readonly featureScore: number;
  readonly description: string;
  /** DriverVer of the section that installs it, both, where it has one of its own: it counts before that of the package. */
  readonly date?: string;
  readonly version?: string;
}

/** The drivers that an image has already. Names and paths are in upper case. */
export interface InboxDrivers {
  /** By device id, an INF that has it: one of Windows where there is any. */
  readonly ids: Readonly<Record<string, string>>;
  /** Packages that did not come with Windows: by published name, the name that the INF had. */
  readonly added: Readonly<Record<string, string>>;
  /** By folder in the driver store, the published name of its package. */
  readonly stored: Readonly<Record<string, string>>;
  /** Services of the current control set, with the published names of the packages that own each. */
  readonly services: readonly {
    readonly name: string;
    readonly owners: readonly string[];
    /** Windows starts it while it boots, before it can read more than that. */
    readonly boot: boolean;
  }[];
  /** Of the files that were looked for, those that are there: whole paths. */
  readonly files: readonly string[];
  /** By file that was copied out of the driver store, the published names of the packages that own it. */
  readonly copied: Readonly<Record<string, readonly string[]>>;
  /** By device of CriticalDeviceDatabase, `#` for `\`, its service, where a Windows has no other database of drivers. */
  readonly critical?: Readonly<Record<string, string>>;
}

/** Where packages that are installed as they are published put files outside of the driver store, in upper case. */
export function copiedFiles(packages: readonly DriverPackage[]): readonly string[] {
  const installed = packages.filter(
    ({ bootCritical, refused, underivable }) =>
      bootCritical && refused === undefined && underivable.length === 0,
  );
  return [
    ...new Set(installed.flatMap(({ reflected }) => reflected.map((path) => path.toUpperCase()))),
  ].sort();
}

export const noInboxDrivers: InboxDrivers = {
  ids: {},
  added: {},
  stored: {},
  services: [],
  files: [],
  copied: {},
};
