import { entriesOf, entryIn, entryOf, expandTokens, readInf, stringsOf, unknownTokens } from "./document.ts";
import type { Inf, InfStrings } from "./document.ts";
import type { InfDiagnostic, InfEntry, InfPlace } from "./line.ts";
import { readModels, type InfModel } from "./model.ts";
import { numberOf } from "./reading.ts";
import { readTarget, type InfArchitecture } from "./target.ts";

/** What an INF is for. */
export type DriverKind =
  | "device"
  /** Adds to a driver that another INF installs. */
  | "extension"
  | "software component"
  /** Has no devices: a file system filter, for example. */
  | "primitive";

/** A driver package as its INF describes it. */
export interface Driver {
  readonly kind: DriverKind;
  readonly signature: string;
  readonly className: string;
  /** `{…}` in lower case. */
  readonly classGuid: string;
  readonly extensionId: string;
  readonly provider: string;
  /** `mm/dd/yyyy`. */
  readonly date: string;
  readonly version: string;
  /** PnpLockdown: Windows keeps others from changing its files ("inf-version-section"). */
  readonly pnpLockdown: boolean;
  /** DriverPackageType, as the INF writes it; empty where it is not given. */
  readonly packageType: string;
  /** By architecture; under "" the one for all. A driver without one counts as unsigned. */
  readonly catalogs: Readonly<Partial<Record<InfArchitecture | "", string>>>;
  readonly architectures: readonly InfArchitecture[];
  readonly models: readonly InfModel[];
  /** Where co-installers are registered. */
  readonly coInstallers: readonly ({ readonly section: string } & InfPlace)[];
  /** What sections take from other INFs. */
  readonly needs: readonly {
    readonly section: string;
    readonly include: readonly string[];
    readonly needs: readonly string[];
  }[];
  readonly diagnostics: readonly InfDiagnostic[];
}

/** True for the signatures that make a text an INF ("inf-version-section"). */
export function isInfSignature(signature: string): boolean {
  return /^\$(?:windows nt|windows 95|chicago)\$$/i.test(signature);
}

/** Reads the facts of a driver. Never throws; what is wrong or missing is in `diagnostics`. */
export function readDriver(bytes: Uint8Array): Driver {
  const inf = readInf(bytes);
  return driverOf(inf, stringsOf(inf));
}

/** `readDriver` of an INF that was read already. */
export function driverOf(inf: Inf, strings: InfStrings): Driver {
  const diagnostics = [...inf.diagnostics];
  const note = (diagnostic: InfDiagnostic): void => {
    if (diagnostics.length < 200) diagnostics.push(diagnostic);
  };
  const version = (key: string): readonly string[] =>
    entryOf(inf, "Version", key)?.values.map((value) => expandTokens(value.text, strings)) ?? [];

  checkVersion(inf, strings, note);
  const className = version("Class")[0] ?? "";
  const classGuid = (version("ClassGuid")[0] ?? "").toLowerCase();
  const models = readModels(inf, strings, note);
  const [date = "", number = ""] = version("DriverVer");
  return {
    kind: kindOf(inf, className, classGuid),
    signature: version("Signature")[0] ?? "",
    className,
    classGuid,
    extensionId: (version("ExtensionId")[0] ?? "").toLowerCase(),
    provider: version("Provider")[0] ?? "",
    date: date.replaceAll("-", "/"),
    version: number,
    pnpLockdown: numberOf(version("PnpLockdown")[0] ?? "") === 1,
    packageType: version("DriverPackageType")[0] ?? "",
    catalogs: catalogsOf(inf, strings),
    architectures: architecturesOf(inf, models, note),
    models,
    coInstallers: coInstallersOf(inf),
    needs: needsOf(inf, strings),
    diagnostics,
  };
}

function checkVersion(inf: Inf, strings: InfStrings, note: (diagnostic: InfDiagnostic) => void): void {
  const section = inf.sections.get("version");
  if (section === undefined) {
    note({ line: 1, column: 1, message: "there is no section [Version]" });
    return;
  }
  for (const key of ["Signature", "Class", "ClassGuid", "Provider", "DriverVer"]) {
    const entry = entryOf(inf, "Version", key);
    if (entry === undefined || entry.values.length === 0) {
      const { line, column } = entry ?? section;
      note({ line, column, message: `[Version] does not give ${key}` });
      continue;
    }
    for (const value of entry.values) {
      for (const name of unknownTokens(value.text, strings)) {
        note({ line: value.line, column: value.column, message: `%${name}% is not in [Strings]` });
      }
    }
    const problem = versionProblem(
      key,
      entry.values.map((value) => expandTokens(value.text, strings)),
    );
    if (problem !== undefined) note({ line: entry.line, column: entry.column, message: problem });
  }
}

function versionProblem(key: string, [value = "", second = ""]: readonly string[]): string | undefined {
  if (key === "Signature" && !isInfSignature(value)) return `Signature is "${value}", not "$Windows NT$"`;
  if (key === "Class" && value.length > 32) return "Class is longer than 32 characters";
  if (key === "ClassGuid" && !/^\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$/i.test(value)) {
    return `ClassGuid "${value}" is not a GUID in braces`;
  }
  if (key !== "DriverVer") return undefined;
  if (driverDay(value) === undefined)
    return `DriverVer begins with "${value}", which is no day as mm/dd/yyyy`;
  // The version may be absent; its parts go up to 65534 ("inf-driverver-directive").
  const parts = second === "" ? [] : second.split(".");
  const valid = parts.length <= 4 && parts.every((part) => /^\d{1,5}$/.test(part) && Number(part) <= 65534);
  return valid ? undefined : `the version "${second}" is not of the form w.x.y.z`;
}

/** The beginning of a day of DriverVer, `mm/dd/yyyy` or `mm-dd-yyyy`, in milliseconds UTC; undefined for what is none. */
export function driverDay(date: string): number | undefined {
  const [, month, day, year] = /^(\d{1,2})[/-](\d{1,2})[/-](\d{4})$/.exec(date) ?? [];
  const time = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const exact = time.getUTCMonth() === Number(month) - 1 && time.getUTCDate() === Number(day);
  return exact ? time.getTime() : undefined;
}

function kindOf(inf: Inf, className: string, classGuid: string): DriverKind {
  if (classGuid === "{e2f84ce7-8efa-411c-aa69-97454ca4cb57}" || className.toLowerCase() === "extension") {
    return "extension";
  }
  if (
    classGuid === "{5c4c3332-344d-483c-8739-259e934c9cc8}" ||
    className.toLowerCase() === "softwarecomponent"
  ) {
    return "software component";
  }
  return inf.sections.has("manufacturer") ? "device" : "primitive";
}

/**
 * Architectures that some model is for, or without models those that DefaultInstall is decorated with: Windows
 * takes an undecorated one for no driver package ("inf-defaultinstall-section").
 */
function architecturesOf(
  inf: Inf,
  models: readonly InfModel[],
  note: (diagnostic: InfDiagnostic) => void,
): readonly InfArchitecture[] {
  if (models.length > 0) return [...new Set(models.map((model) => model.target.architecture))];
  const found = [...inf.sections.values()].flatMap(({ name, line, column }) => {
    const [base, platform = "", part = ""] = name.toLowerCase().split(".");
    // Further names after a dot belong to parts of it, such as [DefaultInstall.NTamd64.Services].
    if (base !== "defaultinstall" || /^[a-z]/.test(part)) return [];
    const target = readTarget(name.slice("defaultinstall.".length));
    if (target !== undefined && platform !== "nt") return target.architecture;
    const message = name.includes("$")
      ? `[${name}] is to be filled in by a build: this is the template of an INF`
      : `[${name}] names no architecture`;
    if (platform === "" || platform === "nt" || name.includes("$")) note({ line, column, message });
    return [];
  });
  return [...new Set(found)];
}

/** CatalogFile.nt<architecture>; of CatalogFile.nt and CatalogFile, which are for all others, the first ("inf-version-section"). */
function catalogsOf(inf: Inf, strings: InfStrings): Driver["catalogs"] {
  const catalogs: Partial<Record<InfArchitecture, string>> = {};
  let decorated: string | undefined;
  let plain: string | undefined;
  for (const entry of entriesOf(inf, "Version")) {
    const key = entry.key?.text.toLowerCase() ?? "";
    const name = expandTokens(entry.values[0]?.text ?? "", strings);
    if (name === "" || !/^catalogfile(?:\.|$)/.test(key)) continue;
    const decoration = key.slice("catalogfile.".length);
    if (decoration === "nt") decorated ??= name;
    else if (decoration === "") plain ??= name;
    else {
      const architecture = readTarget(decoration)?.architecture;
      if (architecture !== undefined) catalogs[architecture] ??= name;
    }
  }
  const all = decorated ?? plain;
  return all === undefined ? catalogs : { ...catalogs, "": all };
}

/** A CoInstallers section, or a value that registers one in the registry ("inf-ddinstall-coinstallers-section"). */
function coInstallersOf(inf: Inf): Driver["coInstallers"] {
  const found: { section: string; line: number; column: number }[] = [];
  for (const [key, { name, entries }] of inf.sections) {
    const first = key.endsWith(".coinstallers") ? entries[0] : entries.find(registersCoInstaller);
    if (first !== undefined) found.push({ section: name, line: first.line, column: first.column });
  }
  return found;
}

/** `reg-root,[subkey],[value name],…` without a key before it. */
function registersCoInstaller({ key, values: [root, subkey, name] }: InfEntry): boolean {
  if (key !== undefined || root === undefined || !/^hk(?:r|lm|cr|cu|u)$/i.test(root.text)) return false;
  return (
    name?.text.toLowerCase() === "coinstallers32" ||
    (subkey !== undefined && /\\control\\codeviceinstallers$/i.test(subkey.text))
  );
}

function needsOf(inf: Inf, strings: InfStrings): Driver["needs"] {
  const list = (entry: InfEntry | undefined): readonly string[] =>
    entry?.values.map((value) => expandTokens(value.text, strings)).filter((text) => text !== "") ?? [];
  const found: Driver["needs"][number][] = [];
  for (const [key, section] of inf.sections) {
    const entries = [entryIn(section, "Include"), entryIn(section, "Needs")] as const;
    if (entries.every((entry) => entry === undefined) || /^strings(?:\.|$)/.test(key)) continue;
    const [include, needs] = [list(entries[0]), list(entries[1])];
    if (include.length + needs.length > 0) found.push({ section: section.name, include, needs });
  }
  return found;
}

/** Hardware ids that the driver is for, compatible ids after them; each once, in file order. */
export function deviceIdsOf(driver: Driver, architecture?: InfArchitecture): readonly string[] {
  const models = driver.models.filter(
    (model) => architecture === undefined || model.target.architecture === architecture,
  );
  const ids = [
    ...models.map((model) => model.hardwareId),
    ...models.flatMap((model) => model.compatibleIds),
  ].filter((id) => id !== "");
  return [...new Map(ids.toReversed().map((id) => [id.toLowerCase(), id])).values()].toReversed();
}
