import type { DriverPackage } from "./driver-package.ts";
import type { AppxManifest } from "./formats/appx.ts";
import type { DriverKind } from "./formats/inf/driver.ts";
import type { PackageManifest, ParentPackage } from "./formats/package.ts";
import type { PackageClass } from "./formats/package-class.ts";
import type { Architecture, ImageInfo } from "./image.ts";

/** Goes up with what is told of an artefact or a driver package, so that nothing is taken for whole that an earlier version remembered. */
export const artefactForm = 5;

/** What a file or folder turned out to be, by its content and never by its name. */
export type Artefact =
  | WimArtefact
  | PackageArtefact
  | DriverArtefact
  | FolderArtefact
  | AppxArtefact
  | MsiArtefact
  | HiveArtefact
  | AnswerFileArtefact;

export interface WimArtefact {
  readonly kind: "wim";
  readonly file: string;
  readonly bytes: number;
  readonly compression: "none" | "XPRESS" | "LZX" | "LZMS";
  /** Solid resources: an ESD. */
  readonly solid: boolean;
  readonly part: number;
  readonly parts: number;
  readonly bootIndex: number;
  readonly integrity: boolean;
  readonly guid: string;
  readonly images: readonly ImageInfo[];
}

/** A component package, .cab or .msu, read from its own update.mum; of a Setup dynamic update, which has none, the names are empty. */
export interface PackageArtefact extends Omit<PackageManifest, "parents" | "contains"> {
  readonly kind: "package";
  readonly file: string;
  readonly bytes: number;
  readonly container: "cab" | "msu" | "msu (wim)";
  readonly class: PackageClass;
  /** Builds of Windows that it is for, by its parents; empty: it does not say. */
  readonly builds: readonly { readonly build: number; readonly compare: ParentPackage["build"] }[];
  /** What Windows is at with a cumulative update: `10.0.26100.2033`. */
  readonly level?: string;
  /** What Windows has to be at before: another, smaller level is a checkpoint's. */
  readonly baseline?: string;
  /** The cabinet in an .msu that updates the servicing stack. */
  readonly servicingStack?: string;
}

/** A driver package, read from its INF. */
export interface DriverArtefact {
  readonly kind: "driver";
  /** The INF. */
  readonly file: string;
  readonly bytes: number;
  readonly className: string;
  readonly classGuid: string;
  readonly provider: string;
  /** `mm/dd/yyyy`, as the INF writes it. */
  readonly date: string;
  readonly version: string;
  readonly catalog: string;
  readonly architectures: readonly Architecture[];
  readonly hardwareIds: readonly string[];
  readonly coInstallers: boolean;
  /** Files that the INF names, for whichever architecture, and that do not lie where it says; absent: none. */
  readonly missingFiles?: readonly string[];
  /** What the INF is for. */
  readonly driverKind?: DriverKind;
  /** `{…}` in lower case; absent where it is no extension. */
  readonly extensionId?: string;
  /** The package as the newest Windows of each of its architectures would see it. */
  readonly packages?: readonly ArchitecturePackage[];
  readonly diagnostics: readonly {
    readonly line: number;
    readonly column: number;
    readonly message: string;
  }[];
}

/** Facts of a driver package that depend on the architecture alone. */
export interface ArchitecturePackage extends Pick<
  DriverPackage,
  "digest" | "files" | "bytes" | "missing" | "bootCritical" | "software" | "components" | "signature"
> {
  readonly architecture: Architecture;
}

export interface FolderArtefact {
  readonly kind: "folder";
  readonly file: string;
  /** What was recognised in it, recursively, drivers first. */
  readonly holds: readonly Artefact[];
  /** INF files that are no driver's, or cannot be read, with the reason as a clause; absent: none. */
  readonly unreadable?: readonly { readonly file: string; readonly reason: string }[];
}

export interface AppxArtefact extends Omit<AppxManifest, "applications"> {
  readonly kind: "appx";
  readonly file: string;
  readonly bytes: number;
  readonly signed: boolean;
}

export interface MsiArtefact {
  readonly kind: "msi";
  readonly file: string;
  readonly bytes: number;
  readonly productName: string;
  readonly productVersion: string;
  readonly productCode: string;
}

export interface HiveArtefact {
  readonly kind: "hive";
  readonly file: string;
  readonly bytes: number;
  readonly name: string;
  /** The two sequence numbers differ: the last changes lie in the .LOG files. */
  readonly dirty: boolean;
  readonly rootKeys: readonly string[];
}

export interface AnswerFileArtefact {
  readonly kind: "answer file";
  readonly file: string;
  readonly bytes: number;
  readonly passes: readonly { readonly pass: string; readonly components: readonly string[] }[];
}
