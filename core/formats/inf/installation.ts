import { registryLists } from "./add-registry.ts";
import { defaultInstallName, installSectionName } from "./applicable.ts";
import { type ControlFlag, controlFlagsOf } from "./control-flags.ts";
import { copyLists } from "./copy-files.ts";
import { readInf, sectionOf, stringsOf, type Inf, type InfSection, type InfStrings } from "./document.ts";
import { installSection } from "./install-section.ts";
import { installedModels } from "./installed-models.ts";
import type { InfDiagnostic, InfPlace } from "./line.ts";
import { placeOf, sectionKeys, type InfReading } from "./reading.ts";
import { services } from "./service.ts";
import { sourceFiles, type SourceFile } from "./source-files.ts";
import type { InfArchitecture, InfTarget } from "./target.ts";

/** The Windows that an INF is read for. */
export interface InfWindows {
  readonly architecture: InfArchitecture;
  readonly major: number;
  readonly minor: number;
  readonly build: number;
  /** 1 workstation, 2 domain controller, 3 server: VER_NT_WORKSTATION and so on. */
  readonly productType: 1 | 2 | 3;
  /** VER_SUITE_*; what is not known fits no decoration that asks for a suite. */
  readonly suiteMask?: number;
}

/** What an INF installs on one Windows. */
export interface Installation {
  /** The models of each manufacturer's section that Windows would choose, in file order. */
  readonly models: readonly InstalledModel[];
  /**
   * The DDInstall sections that those models name, each once, as Windows would choose among their decorations;
   * without [Manufacturer] the one DefaultInstall.
   */
  readonly sections: readonly InstallSection[];
  /** Files that the package has to hold, each once. */
  readonly sources: readonly SourceFile[];
  /** Sections that install what is not of a device, such as a class of devices: their effect is not known here. */
  readonly others: readonly InfDirective[];
  readonly controlFlags: readonly ControlFlag[];
  readonly diagnostics: readonly InfDiagnostic[];
}

/** A directive by its name, and the section that it stands in, as the INF writes them. */
export interface InfDirective extends InfPlace {
  readonly directive: string;
  readonly section: string;
}

export interface InstalledModel extends InfPlace {
  readonly manufacturer: InfText;
  readonly description: InfText;
  /** Undecorated name, as the model writes it. */
  readonly install: string;
  /** Name of the section in `sections`; absent where the INF has none. */
  readonly section?: string;
  /** Empty where only compatible ids are given. */
  readonly hardwareId: string;
  readonly compatibleIds: readonly string[];
  /** The decoration of its Models section; absent where it has none. */
  readonly target?: InfTarget;
}

/** A text as the INF writes it, tokens and all, and what it comes to. */
export interface InfText {
  readonly written: string;
  readonly text: string;
}

export interface InstallSection extends InfPlace {
  /** As it stands in the INF, decoration included: `scsi_inst.NTamd64`. */
  readonly name: string;
  /** FeatureScore, 0x00 best to 0xff, which is what it is where it is not given ("inf-ddinstall-section"). */
  readonly featureScore: number;
  /** DriverVer of the section, which counts before that in [Version]; the date as the INF writes it, with `/`. */
  readonly driverVersion?: { readonly date: string; readonly version: string };
  readonly copies: readonly CopiedFile[];
  /** AddReg of the section and of `.CoInstallers`: HKR is the device's driver key. */
  readonly driverRegistry: readonly RegistryEntry[];
  /** AddReg of `.HW`: HKR is the device's hardware key. */
  readonly deviceRegistry: readonly RegistryEntry[];
  readonly services: readonly ServiceInstall[];
  /** The name of the service with SPSVCINST_ASSOCSERVICE (0x2), which drives the device; "" is the null driver. */
  readonly service?: string;
  /** AddFilter and the classic UpperFilters and LowerFilters values stay where they are written; these are those of `.Filters`. */
  readonly filters: readonly { readonly position: "upper" | "lower"; readonly service: string }[];
  readonly includes: readonly string[];
  /** Sections of other INFs; what it needs of its own INF is read with it. */
  readonly needs: readonly string[];
  readonly coInstallers: readonly InfPlace[];
  readonly components: readonly { readonly name: string; readonly section: string }[];
  readonly software: readonly {
    readonly name: string;
    readonly section: string;
    readonly type: number | undefined;
  }[];
  /** What was read and is none of the above: its effect is not known here. */
  readonly others: readonly InfDirective[];
}

export interface CopiedFile extends InfPlace {
  /** Its name in the package. */
  readonly source: string;
  /** Its folder below the INF's, backslashes between; "" is the INF's own. */
  readonly folder: string;
  /** Its name where it is copied to. */
  readonly name: string;
  /** A directory id of [DestinationDirs] ("using-dirids"): 12 is `System32\drivers`, 13 the driver store. */
  readonly dirid: number;
  readonly subfolder: string;
  /** COPYFLG_* */
  readonly flags: number;
}

export interface RegistryEntry extends InfPlace {
  readonly root: "HKR" | "HKLM" | "HKCR" | "HKCU" | "HKU";
  readonly key: string;
  /** "" is the default value. */
  readonly name: string;
  /** FLG_ADDREG_* with the type in its high word ("inf-addreg-directive"). */
  readonly flags: number;
  /** REG_* */
  readonly type: number;
  /** As the registry holds it; absent where the key alone is made (0x10, 0x2000) or something is deleted (0x4, 0x8000). */
  readonly bytes?: Uint8Array;
}

/** AddService and its sections ("inf-addservice-directive"). */
export interface ServiceInstall extends InfPlace {
  readonly name: string;
  /** SPSVCINST_* */
  readonly flags: number;
  /** Numbers are undefined where the INF does not give them as it has to. */
  readonly type: number | undefined;
  readonly start: number | undefined;
  readonly errorControl: number | undefined;
  readonly displayName?: InfText;
  readonly description?: InfText;
  /** `%12%\x.sys` as a directory id and the rest; dirid absent where it is a path of another kind. */
  readonly binary: { readonly dirid?: number; readonly path: string };
  readonly loadOrderGroup?: string;
  readonly dependencies: readonly string[];
  readonly startName?: string;
  readonly security?: string;
  /** AddReg: HKR is the service's key. */
  readonly registry: readonly RegistryEntry[];
  /** `…\Services\EventLog\<log>\<name>`, HKR is that key. */
  readonly eventLog?: {
    readonly log: string;
    readonly name: string;
    readonly registry: readonly RegistryEntry[];
  };
  /** What was read of its sections and is none of the above. */
  readonly others: readonly InfDirective[];
}

/** Files, values and directives of all sections together; a large graphics driver has some hundred thousand. */
const entryLimit = 1_000_000;
const diagnosticLimit = 200;

/** `installationOf` of an INF as bytes, with its strings in English or what stands in for them. Never throws. */
export function readInstallation(bytes: Uint8Array, windows: InfWindows): Installation {
  const inf = readInf(bytes);
  return installationOf(inf, stringsOf(inf), windows);
}

/**
 * What an INF installs on one Windows. Never throws: what is wrong is in `diagnostics`, what is not understood in
 * `others` of its section. An INF may not multiply itself: past a million entries nothing more is read.
 */
export function installationOf(inf: Inf, strings: InfStrings, windows: InfWindows): Installation {
  const diagnostics = [...inf.diagnostics];
  const note = (diagnostic: InfDiagnostic): void => {
    if (diagnostics.length < diagnosticLimit) diagnostics.push(diagnostic);
  };
  let left = entryLimit;
  const reading: InfReading = {
    inf,
    strings,
    windows,
    note,
    keysOf: sectionKeys(inf),
    unknown: new Set(),
    take(count, place) {
      if (left < 0) return false;
      left -= count;
      if (left < 0) {
        note({ ...placeOf(place), message: `more than ${entryLimit} entries: the rest was not read` });
      }
      return left >= 0;
    },
  };
  const registry = registryLists(reading);
  const sources = sourceFiles(inf, strings, windows.architecture);
  const lists = { copies: copyLists(reading, sources), registry, services: services(reading, registry) };
  const sections = new Map<InfSection, InstallSection>();
  const install = (name: string | undefined): string | undefined => {
    const section = name === undefined ? undefined : sectionOf(inf, name);
    if (section === undefined) return undefined;
    if (!sections.has(section)) sections.set(section, installSection(reading, section, lists));
    return section.name;
  };
  const chosen = new Map<string, string | undefined>();
  const models = installedModels(reading, (name) => {
    const key = name.toLowerCase();
    if (!chosen.has(key)) chosen.set(key, install(installSectionName(inf, name, windows)));
    return chosen.get(key);
  });
  if (!inf.sections.has("manufacturer")) install(defaultInstallName(inf, windows));
  return {
    models,
    sections: [...sections.values()],
    sources,
    others: classSections(inf, windows),
    controlFlags: controlFlagsOf(reading),
    diagnostics,
  };
}

/** A class of devices or of interfaces that the INF brings ("inf-classinstall32-section", "inf-interfaceinstall32-section"). */
function classSections(inf: Inf, windows: InfWindows): readonly InfDirective[] {
  return ["ClassInstall32", "InterfaceInstall32"].flatMap((name) => {
    const chosen = installSectionName(inf, name, windows);
    const section = chosen === undefined ? undefined : sectionOf(inf, chosen);
    return section === undefined
      ? []
      : [{ directive: section.name, section: section.name, ...placeOf(section) }];
  });
}
