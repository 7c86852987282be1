import { foldName } from "../formats/hive.ts";
import { scriptFault } from "../formats/hive-script.ts";
import { hivexLimit } from "../formats/registry.ts";
import { decodeData } from "../formats/registry-value.ts";
import type { Driver } from "../formats/inf/driver.ts";
import type {
  CopiedFile,
  InfDirective,
  InfText,
  InfWindows,
  Installation,
  InstalledModel,
  InstallSection,
  RegistryEntry,
  ServiceInstall,
} from "../formats/inf/installation.ts";
import { configurationChanges, descriptorChanges, isValue } from "./configuration.ts";
import { deviceIds } from "./device-id.ts";
import { driverDate } from "./package-version.ts";
import { reflectedPath } from "./reflection.ts";
import { addRegistry, registryChanges } from "./registry-entry.ts";
import { binaryPath, isToken, type Publication, serviceChanges } from "./service-change.ts";
import type { StoreChange } from "./store-package.ts";

/**
 * Why a package cannot be published by what its INF says alone, so that only Windows can do it; empty where it can.
 * Boot-critical packages have to be installed to the last value, others only to be found: Windows installs them when
 * it first meets their device, as it does after DISM staged them. Sentences without a full stop, each once.
 */
export function underivable(
  installation: Installation,
  driver: Driver,
  windows: InfWindows,
  bootCritical: boolean = startsAtBoot(installation),
): readonly string[] {
  return bootCritical
    ? unconfigurable(installation, driver, windows)
    : unstageable(installation, driver, windows);
}

/** Why it cannot even be staged: put into the driver store, with the ids that Windows finds it by. */
export function unstageable(
  installation: Installation,
  driver: Driver,
  windows: InfWindows,
): readonly string[] {
  return [
    ...new Set([
      ...driverReasons(driver),
      ...windowsReasons(installation, windows),
      ...installation.diagnostics
        .slice(0, 3)
        .map(({ line, message }) => `line ${line} of its INF: ${message}`),
      ...installation.models.flatMap((model) => modelReasons(model, driver)),
      ...copiesOf(installation).flatMap(sourceReasons),
    ]),
  ];
}

/** Why not all that it installs can be derived. What is not known to be derivable is not. */
export function unconfigurable(
  installation: Installation,
  driver: Driver,
  windows: InfWindows,
): readonly string[] {
  const copies = copiesOf(installation);
  const fresh = unseen(copies);
  const reasons = [
    ...unstageable(installation, driver, windows),
    ...installation.models.flatMap(({ manufacturer, description }) => [
      ...textReasons(manufacturer),
      ...textReasons(description),
    ]),
    ...installation.sections.flatMap((section) => sectionReasons(section, fresh)),
    ...copies.flatMap(copyReasons),
    ...packageReasons(installation),
    ...amountReasons(installation),
  ];
  return reasons.length > 0
    ? [...new Set(reasons)]
    : [...contradictions(installation), ...unwritable(installation)];
}

/** Each file once: sections have the lists in common that they name. */
function copiesOf({ sections }: Installation): readonly CopiedFile[] {
  return [...new Set(sections.flatMap(({ copies }) => copies))];
}

type Unseen<Item> = (items: readonly Item[]) => readonly Item[];

/** Leaves out what was given before: a list is looked at once, whoever names it, so that an INF does not multiply itself. */
function once<Item extends object>(): Unseen<Item> {
  const seen = new Set<Item>();
  return (items) => items.filter((item) => !seen.has(item) && seen.add(item));
}

/** What sections share, by what is asked of it. */
function unseen(copies: readonly CopiedFile[]) {
  return {
    places: new Map(copies.map((copy) => [copy, placeOf(copy)])),
    driver: once<RegistryEntry>(),
    device: once<RegistryEntry>(),
    service: once<RegistryEntry>(),
    others: once<InfDirective>(),
  };
}

/** Values that a package writes, each as often as it is written. Boot-critical drivers write some hundred. */
const mostValues = 20_000;

function amountReasons({ sections }: Installation): readonly string[] {
  const values = sections.reduce(
    (sum, { driverRegistry, deviceRegistry, services }) =>
      sum + driverRegistry.length + deviceRegistry.length + sumOf(services, valuesOf),
    0,
  );
  return values > mostValues ? [`it writes ${values} values into the registry`] : [];
}

/** A service is written twice: as it is, and as what its section makes of it. */
function valuesOf({ registry, dependencies, eventLog }: ServiceInstall): number {
  return 2 * registry.length + dependencies.length + (eventLog?.registry.length ?? 0);
}

function sumOf<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}

/** The longest that it can be called. */
const anywhere: Publication = { publishedName: "oem99999.inf", folder: "x".repeat(255) };

/** A section is carried out for its own devices, and what it shares with another has to be the same for both. */
function contradictions(installation: Installation): readonly string[] {
  const services = new Map<string, string>();
  const sources = new Map<string, string>();
  const reasons = new Set<string>();
  const written = serviceTexts();
  for (const service of installation.sections.flatMap((section) => section.services)) {
    const key = foldName(service.name);
    const text = written(service);
    if ((services.get(key) ?? text) !== text)
      reasons.add(`its sections install the service ${service.name} in different ways`);
    services.set(key, text);
  }
  for (const copy of copiesOf(installation)) {
    const path = reflectedPath(copy);
    if (path === undefined) continue;
    const source = foldName(joined(copy.folder, copy.source));
    if ((sources.get(foldName(path)) ?? source) !== source)
      reasons.add(`its sections copy different files to ${path}`);
    sources.set(foldName(path), source);
  }
  return [...reasons];
}

/**
 * What services install, but for their names, as texts that are the same where that is. A section that several services
 * name is looked at once: they have its list of values in common.
 */
function serviceTexts(): (service: ServiceInstall) => string {
  const known = new Map<readonly RegistryEntry[], number>();
  const numbers = new Map<string, number>();
  const numberOf = (list: readonly RegistryEntry[], changes: () => readonly StoreChange[]): number => {
    const found = known.get(list);
    if (found !== undefined) return found;
    const text = JSON.stringify(changes());
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    known.set(list, number);
    return number;
  };
  return ({ eventLog, ...service }) => {
    const section = numberOf(service.registry, () => serviceChanges({ ...service, name: "" }, anywhere));
    if (eventLog === undefined) return JSON.stringify([section]);
    const { log, name, registry } = eventLog;
    return JSON.stringify([section, log, name, numberOf(registry, () => registryChanges("", registry))]);
  };
}

/** What hivexsh could not write of that whose length the INF decides. */
function unwritable(installation: Installation): readonly string[] {
  const { sections } = installation;
  const names = sections.map(({ name }) => name);
  const changes: readonly StoreChange[] = [
    { key: "DriverInfFiles", name: "Configurations", value: { type: "REG_MULTI_SZ", data: names } },
    ...sections.flatMap((section) => configurationChanges("DriverPackages", section, true)),
    ...descriptorChanges("DriverPackages", deviceIds(installation)),
    ...sections.flatMap((section) => section.services.flatMap((each) => serviceChanges(each, anywhere))),
  ];
  const fault = scriptFault(changes);
  return fault === undefined ? [] : [fault];
}

/** A class that the INF brings, and devices that Windows would not install as others ("inf-controlflags-section"). */
function packageReasons({ others, controlFlags }: Installation): readonly string[] {
  const flags = controlFlags.filter(({ name }) => name === "InteractiveInstall" || name === "CopyFilesOnly");
  return [
    ...others.map(({ section }) => `[${section}] installs a class`),
    ...flags.map(({ name }) => `[ControlFlags] uses ${name}`),
  ];
}

/** Says whether Windows has to have one of its services before it can read its own disk. */
export function startsAtBoot({ sections }: Installation): boolean {
  return sections.some(({ services }) => services.some(({ start }) => start === 0));
}

/** The one Windows without a DriverDatabase that drivers are published for. */
export function isSeven({ major, minor }: InfWindows): boolean {
  return major === 6 && minor === 1;
}

/** Of a company; a hive takes some thousands of characters. */
const longestName = 1000;

function driverReasons(driver: Driver): readonly string[] {
  const reasons: string[] = [];
  if (driver.kind === "extension")
    reasons.push("it is an Extension INF, which adds to the driver of another");
  if (driver.kind === "software component") reasons.push("it is a software component");
  if (driver.kind === "primitive") reasons.push("it has no devices");
  if (!/^\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$/i.test(driver.classGuid))
    reasons.push("it has no ClassGuid");
  if (driverDate(driver) === undefined) reasons.push("its DriverVer has no date");
  if (!/^\d{1,5}(?:\.\d{1,5}){0,3}$/.test(driver.version)) reasons.push("its DriverVer has no version");
  if (driver.provider === "") reasons.push("it has no Provider");
  if (driver.provider.length > longestName) reasons.push("the name of its Provider is too long");
  return reasons;
}

function windowsReasons(installation: Installation, windows: InfWindows): readonly string[] {
  const reasons: string[] = [];
  if (installation.models.length === 0) reasons.push("none of its models is for this Windows");
  if (windows.major < 6 || (windows.major === 6 && windows.minor < 1))
    reasons.push("this Windows is older than Windows 7");
  if (isSeven(windows) && !startsAtBoot(installation))
    reasons.push("Windows 7 finds drivers that do not start at boot by index files that only it can write");
  if (windows.architecture === "ia64") reasons.push("ia64 was not looked into");
  return reasons;
}

function modelReasons(model: InstalledModel, { classGuid }: Driver): readonly string[] {
  const ids = [model.hardwareId, ...model.compatibleIds].filter((id) => id !== "");
  const reasons = ids.flatMap((id) => {
    const parts = id.split("\\");
    const fits =
      parts.length <= 2 &&
      parts.every((part) => isName(part, 200)) &&
      id.toLowerCase() !== classGuid.toLowerCase();
    return fits ? [] : [`the id "${id}" is not of the form enumerator\\id`];
  });
  if (ids.length === 0) reasons.push(`line ${model.line} of its INF has no hardware id`);
  if (model.section === undefined) reasons.push(`its INF has no section [${model.install}]`);
  return reasons;
}

/** A text is one token or none: how Windows keeps others was not seen. */
function textReasons(text: InfText): readonly string[] {
  const unknown = isToken(text) && text.text === text.written;
  if (unknown) return [`its INF has no string for ${text.written}`];
  if (/[\0\r\n]/.test(text.text)) return ["one of its strings holds a line break"];
  return isToken(text) || !text.written.includes("%") ? [] : [`"${text.written}" is more than one token`];
}

function sectionReasons(section: InstallSection, fresh: ReturnType<typeof unseen>): readonly string[] {
  const { name } = section;
  const reasons: string[] = [];
  if (section.coInstallers.length > 0) reasons.push(`[${name}] registers co-installers`);
  if (section.includes.length > 0)
    reasons.push(`[${name}] includes ${section.includes.join(", ")} of Windows`);
  for (const needed of section.needs) reasons.push(`[${name}] needs [${needed}] of another INF`);
  for (const each of section.components) reasons.push(`[${name}] adds the component ${each.name}`);
  for (const each of section.software) reasons.push(`[${name}] adds the software ${each.name}`);
  if (section.filters.length > 0) reasons.push(`[${name}] adds a filter by its place (AddFilter)`);
  for (const each of fresh.others(section.others)) reasons.push(`[${each.section}] uses ${each.directive}`);
  if (section.driverVersion !== undefined) reasons.push(`[${name}] has a DriverVer of its own`);
  if (!isName(name, 255)) reasons.push(`[${name}] cannot be the name of a key`);
  if (section.service === undefined || section.service === "")
    reasons.push(`[${name}] names no service that drives the device`);
  const delivered = new Set(section.copies.map((copy) => fresh.places.get(copy)));
  return [
    ...reasons,
    ...fresh.driver(section.driverRegistry).flatMap((entry) => registryReasons(entry, name)),
    ...fresh.device(section.deviceRegistry).flatMap((entry) => deviceReasons(entry, `${name}.HW`)),
    ...section.services.flatMap((service) => [
      ...serviceReasons(service, fresh),
      ...binaryReasons(service, delivered),
      ...fresh.service(service.registry).flatMap((entry) => serviceValueReasons(service, entry, name)),
      ...fresh
        .driver(service.eventLog?.registry ?? [])
        .flatMap((entry) => registryReasons(entry, `${name}.Services`)),
    ]),
  ];
}

/** COPYFLG_REPLACEONLY: whether it is copied depends on what is there ("inf-copyfiles-directive"). */
const replaceOnly = 0x400;

function sourceReasons({ folder, source }: CopiedFile): readonly string[] {
  const path = joined(folder, source);
  return isPath(path) ? [] : [`"${path}" is not a path below its folder`];
}

function copyReasons(file: CopiedFile): readonly string[] {
  const reasons: string[] = [];
  const path = joined(file.subfolder, file.name);
  const source = joined(file.folder, file.source);
  if (!isPath(path)) return [`${source} cannot be copied to "${path}"`];
  if (file.dirid !== 13 && reflectedPath(file) === undefined)
    reasons.push(`${file.name} is copied to directory ${file.dirid}, whose place only Windows knows`);
  if (file.dirid === 13 && path.toLowerCase() !== source.toLowerCase())
    reasons.push(`${source} has another name in the driver store, ${path}`);
  if ((file.flags & replaceOnly) !== 0) reasons.push(`${file.name} is copied over an older one only`);
  if (file.source.endsWith("_")) reasons.push(`${file.source} is compressed`);
  return reasons;
}

/** Values of a hardware key that Windows takes for properties of the device, and keeps as such. */
const properties = new Set(
  [
    "Address",
    "Capabilities",
    "Class",
    "ClassGUID",
    "CompatibleIDs",
    "ConfigFlags",
    "DeviceCharacteristics",
    "DeviceDesc",
    "DeviceType",
    "Driver",
    "Exclusive",
    "FriendlyName",
    "HardwareID",
    "LocationInformation",
    "Mfg",
    "RemovalPolicy",
    "Security",
    "Service",
    "UINumberDescFormat",
  ].map((name) => name.toLowerCase()),
);

function deviceReasons(entry: RegistryEntry, section: string): readonly string[] {
  const filters = isValue(entry, "UpperFilters") || isValue(entry, "LowerFilters");
  if (filters && (entry.bytes === undefined || (entry.type !== 1 && entry.type !== 7)))
    return [`[${section}] sets ${entry.name} in an unknown way`];
  if (entry.key === "" && properties.has(entry.name.toLowerCase()))
    return [`[${section}] sets the property ${entry.name} of its devices`];
  return registryReasons(entry, section);
}

/** The bits of AddReg that are understood; 0x1 is part of the type. */
const understood = 0x1 | addRegistry.noClobber | addRegistry.append | addRegistry.keyOnly;
/** hivexsh reads lines of up to 8190 bytes, and two digits of hexadecimal for each byte. */
const valueLimit = 4000;

/** Of 512 levels, which a path has at most, some are above the key of a service. */
const mostLevels = 500;

function registryReasons(entry: RegistryEntry, section: string): readonly string[] {
  const where = `[${section}] writes ${[entry.root, entry.key, entry.name].filter((part) => part !== "").join("\\")}`;
  const reasons: string[] = [];
  if (entry.root !== "HKR") reasons.push(`${where}, which is not a key of its own`);
  const names = entry.key.split("\\");
  if (entry.key !== "" && (names.length > mostLevels || !names.every((part) => isName(part, 255))))
    reasons.push(`${where}, which cannot be the name of a key`);
  if ((entry.flags & 0xffff & ~understood) !== 0)
    reasons.push(`${where} with the flags 0x${entry.flags.toString(16)}`);
  const appends = (entry.flags & addRegistry.append) !== 0;
  if (appends && entry.type !== 7) reasons.push(`${where}: only a list can be added to`);
  if (entry.bytes === undefined) return reasons;
  if (/[\0\r\n]/.test(entry.name)) reasons.push(`${where}, whose name holds a line break`);
  if (entry.bytes.length > valueLimit) reasons.push(`${where} with ${entry.bytes.length} bytes`);
  const decoded = decodeData(entry.type, entry.bytes);
  if (/%\d+%/.test(String(decoded.data)) && decoded.type.endsWith("SZ"))
    reasons.push(`${where} with the path of a directory`);
  const limit = hivexLimit(entry.key, entry.name, { type: "REG_BINARY", data: "" });
  if (limit !== undefined) reasons.push(`${where}: ${limit}`);
  return reasons;
}

/** What AddService itself writes, and what is proven by it. */
const ofService = new Set(["type", "start", "imagepath", "owners"]);

/** SPSVCINST_* that put it first in its group, or need a running Windows. */
const tagToFront = 0x1;

function serviceReasons(service: ServiceInstall, fresh: ReturnType<typeof unseen>): readonly string[] {
  const of = `the service ${service.name}`;
  const reasons: string[] = [];
  if (!isName(service.name, 80)) return [`"${service.name}" cannot be the name of a service`];
  if (service.type !== 1) reasons.push(`${of} is not a kernel driver`);
  if (service.start === undefined || service.start > 4) reasons.push(`${of} has no StartType`);
  if (service.errorControl === undefined || service.errorControl > 3)
    reasons.push(`${of} has no ErrorControl`);
  if ((service.flags & tagToFront) !== 0)
    reasons.push(`${of} comes first in its group (SPSVCINST_TAGTOFRONT)`);
  if (service.startName !== undefined) reasons.push(`${of} has a StartName`);
  if (service.security !== undefined) reasons.push(`${of} has a security descriptor`);
  for (const each of fresh.others(service.others)) reasons.push(`[${each.section}] uses ${each.directive}`);
  const { eventLog } = service;
  if (eventLog !== undefined && (eventLog.log !== "System" || eventLog.name !== service.name))
    reasons.push(`${of} has an event log of another name`);
  const texts = [service.displayName, service.description].filter((text) => text !== undefined);
  return [...reasons, ...texts.flatMap(textReasons)];
}

function serviceValueReasons(
  { name }: ServiceInstall,
  entry: RegistryEntry,
  section: string,
): readonly string[] {
  const sets = entry.key === "" && ofService.has(entry.name.toLowerCase());
  return [
    ...(sets ? [`AddReg of the service ${name} writes ${entry.name}, which AddService sets`] : []),
    ...registryReasons(entry, `${section}.Services`),
  ];
}

/** Where a file is afterwards, in lower case: after a backslash in the driver store, else below the folder of Windows. */
function placeOf(file: CopiedFile): string | undefined {
  return file.dirid === 13 ? `\\${file.name.toLowerCase()}` : reflectedPath(file)?.toLowerCase();
}

function binaryReasons(
  { name, binary, start }: ServiceInstall,
  delivered: ReadonlySet<string | undefined>,
): readonly string[] {
  const path = binaryPath(binary, "");
  if (path === undefined || !isPath(binary.path))
    return [`the file of the service ${name} is in an unknown place`];
  if (start === 0 && binary.dirid === 13) return [`the service ${name} starts at boot from the driver store`];
  const wanted = binary.dirid === 13 ? `\\${binary.path}` : path;
  return delivered.has(wanted.toLowerCase())
    ? []
    : [`the file of the service ${name}, ${binary.path}, is not one that it copies`];
}

/** A part of a key or of a path: nothing that leads elsewhere, and nothing that hivexsh could not write. */
function isName(name: string, length: number): boolean {
  // oxlint-disable-next-line no-control-regex
  const odd = /[\0-\x1f\\]|^[ \t]|[ \t]$|^\.{1,2}$/.test(name);
  return name !== "" && name.length <= length && !odd && name.isWellFormed();
}

function isPath(path: string): boolean {
  return path.split("\\").every((part) => isName(part, 200) && !/[/:*?"<>|]/.test(part));
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\\");
}
