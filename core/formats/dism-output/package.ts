import { recordIn, recordsIn } from "./records.ts";

/** A package of `/Get-Packages`. States are those of DISM: Installed, Install Pending, Staged, Superseded, … */
export interface ListedPackage {
  readonly identity: string;
  readonly state: string;
  readonly releaseType: string;
  /** In the format of the host. */
  readonly installTime: string;
}

/** A package of `/Get-PackageInfo`. Times are texts in the format of the host. */
export interface DescribedPackage extends ListedPackage {
  /** Yes or No. */
  readonly applicable: string;
  readonly description: string;
  readonly name: string;
  readonly productName: string;
  readonly productVersion: string;
  /** Possible, Required or No. */
  readonly restartRequired: string;
  /** Yes, No or Undetermined: whether the installation needs no start of Windows. */
  readonly offlineCapable: string;
  readonly capability: string;
  readonly features: readonly ListedFeature[];
}

export interface ListedFeature {
  readonly name: string;
  /** Enabled, Disabled, Enable Pending, Disable Pending or Disabled with Payload Removed. */
  readonly state: string;
}

/** A feature of `/Get-FeatureInfo`. */
export interface DescribedFeature extends ListedFeature {
  readonly displayName: string;
  readonly description: string;
  readonly restartRequired: string;
}

export interface ListedCapability {
  readonly identity: string;
  /** Installed, Install Pending, Not Present, Staged, … */
  readonly state: string;
}

/** A capability of `/Get-CapabilityInfo`. */
export interface DescribedCapability extends ListedCapability {
  readonly displayName: string;
  readonly description: string;
  /** With their units. */
  readonly downloadSize: string;
  readonly installSize: string;
}

/** Name, publisher's key, architecture, language and version, of a package and of a capability. */
const identityShape = /^[^~]+~[^~]*~[^~]*~[^~]*~\d+(?:\.\d+){1,3}$/;

const listedPackage = {
  identity: { label: /^package identity$/i, shape: identityShape },
  state: { label: /^state$/i, shape: /./ },
  releaseType: { label: /^release type$/i },
  installTime: { label: /^install time$/i },
} as const;

const describedPackage = {
  identity: { label: /^package identity$/i, shape: identityShape },
  applicable: { label: /^applicable$/i },
  copyright: { label: /^copyright$/i },
  company: { label: /^company$/i },
  creationTime: { label: /^creation time$/i },
  description: { label: /^description$/i },
  installClient: { label: /^install client$/i },
  installPackage: { label: /^install package name$/i },
  installTime: { label: /^install time$/i },
  lastUpdate: { label: /^last update time$/i },
  name: { label: /^name$/i },
  productName: { label: /^product name$/i },
  productVersion: { label: /^product version$/i },
  releaseType: { label: /^release type$/i },
  restartRequired: { label: /^restart required$/i },
  support: { label: /^support information$/i },
  state: { label: /^state$/i, shape: /./ },
  offlineCapable: { label: /^completely offline capable$/i },
  selfServicing: { label: /^self servicing package$/i },
  capability: { label: /^capability identity$/i },
} as const;

const listedFeature = {
  name: { label: /^feature name$/i, shape: /^[A-Za-z][\w.-]*$/ },
  state: { label: /^state$/i, shape: /^[^\d]+$/ },
} as const;

const describedFeature = {
  name: { label: /^feature name$/i, shape: /^[A-Za-z][\w.-]*$/ },
  displayName: { label: /^display name$/i },
  description: { label: /^description$/i },
  restartRequired: { label: /^restart required$/i },
  state: { label: /^state$/i, shape: /^[^\d]+$/ },
} as const;

const listedCapability = {
  identity: { label: /^capability identity$/i, shape: identityShape },
  state: { label: /^state$/i, shape: /./ },
} as const;

const describedCapability = {
  identity: { label: /^capability identity$/i, shape: identityShape },
  name: { label: /^name$/i },
  state: { label: /^state$/i, shape: /./ },
  displayName: { label: /^display name$/i },
  description: { label: /^description$/i },
  downloadSize: { label: /^download size$/i },
  installSize: { label: /^install size$/i },
} as const;

export function packagesIn(output: string): readonly ListedPackage[] {
  return recordsIn(output, listedPackage).map(listed).filter(stated);
}

export function packageIn(output: string): DescribedPackage | undefined {
  const record = recordIn(output, describedPackage);
  if (record.identity === undefined) return undefined;
  return {
    ...listed(record),
    applicable: record.applicable ?? "",
    description: record.description ?? "",
    name: record.name ?? "",
    productName: record.productName ?? "",
    productVersion: record.productVersion ?? "",
    restartRequired: record.restartRequired ?? "",
    offlineCapable: record.offlineCapable ?? "",
    capability: record.capability ?? "",
    features: featuresIn(output),
  };
}

export function featuresIn(output: string): readonly ListedFeature[] {
  return recordsIn(output, listedFeature)
    .map(({ name = "", state = "" }) => ({ name, state }))
    .filter(stated);
}

export function featureIn(output: string): DescribedFeature | undefined {
  const {
    name,
    state,
    displayName = "",
    description = "",
    restartRequired = "",
  } = recordIn(output, describedFeature);
  return name === undefined || state === undefined
    ? undefined
    : { name, state, displayName, description, restartRequired };
}

export function capabilitiesIn(output: string): readonly ListedCapability[] {
  return recordsIn(output, listedCapability)
    .map(({ identity = "", state = "" }) => ({ identity, state }))
    .filter(stated);
}

export function capabilityIn(output: string): DescribedCapability | undefined {
  const record = recordIn(output, describedCapability);
  if (record.identity === undefined) return undefined;
  const { identity, state = "", displayName = "", description = "" } = record;
  const { downloadSize = "", installSize = "" } = record;
  return { identity, state, displayName, description, downloadSize, installSize };
}

/** Other programs have names as well; only DISM says in which state they are. */
function stated({ state }: { readonly state: string }): boolean {
  return state !== "";
}

function listed(record: Readonly<Partial<Record<keyof ListedPackage, string>>>): ListedPackage {
  const { identity = "", state = "", releaseType = "", installTime = "" } = record;
  return { identity, state, releaseType, installTime };
}
