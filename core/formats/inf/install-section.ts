import type { RegistryLists } from "./add-registry.ts";
import type { CopyLists } from "./copy-files.ts";
import { entriesOf, sectionOf } from "./document.ts";
import type { InstallSection } from "./installation.ts";
import type { InfEntry, InfPlace } from "./line.ts";
import { directive, numberOf, placeOf, textOf, valueOf, type InfReading } from "./reading.ts";
import type { Services } from "./service.ts";

/** What several sections name, read once. */
export interface InstallLists {
  readonly copies: CopyLists;
  readonly registry: RegistryLists;
  readonly services: Services;
}

type Mutable<Value> = {
  -readonly [Key in keyof Value]: Value[Key] extends readonly (infer Item)[] ? Item[] : Value[Key];
};
type Draft = Mutable<InstallSection>;

/** Puts a directive into the section; false where it is none that is understood there. */
type Directive = (draft: Draft, entry: InfEntry, of: Place) => boolean;
interface Place {
  readonly reading: InfReading;
  readonly lists: InstallLists;
  readonly section: string;
}

/** Without FeatureScore ("inf-featurescore-directive"). */
const noFeatureScore = 0xff;

/**
 * A DDInstall section with those that belong to it ("inf-ddinstall-section" and the pages of its companions). A
 * companion carries the decoration of the section: [x.NTamd64] has [x.NTamd64.Services]
 * ("combining-platform-extensions-with-other-section-name-extensions").
 *
 * Of `.Wdf`, the directives for KMDF tell a co-installer which framework to install and leave nothing behind;
 * Windows 10 has it ("specifying-wdf-directives-in-inf-files", "installing-the-framework-s-co-installer"). Those for
 * UMDF become values of the device, which are not derived here. So do device interfaces, events and the rest of
 * `others`; what a class installer reads at the installation of a device, such as Characteristics of a network card,
 * is among them too.
 */
export function installSection(
  reading: InfReading,
  section: { readonly name: string } & InfPlace,
  lists: InstallLists,
): InstallSection {
  const draft: Draft = {
    name: section.name,
    ...placeOf(section),
    featureScore: Number.NaN,
    copies: [],
    driverRegistry: [],
    deviceRegistry: [],
    services: [],
    filters: [],
    includes: [],
    needs: [],
    coInstallers: [],
    components: [],
    software: [],
    others: [],
  };
  for (const [suffix, directives] of companions) readCompanion(draft, suffix, directives, reading, lists);
  if (Number.isNaN(draft.featureScore)) draft.featureScore = noFeatureScore;
  if (draft.includes.length > 1) draft.includes = [...new Set(draft.includes)];
  if (draft.needs.length > 1) draft.needs = [...new Set(draft.needs)];
  return draft;
}

const copyFiles: Directive = (draft, entry, { lists, section }) => {
  lists.copies.named(entry, section, draft.copies, draft.others);
  return true;
};

const driverRegistry: Directive = (draft, entry, { lists }) => {
  lists.registry.named(entry, draft.driverRegistry, draft.others);
  return true;
};

/** One byte in hexadecimal, with `0x` or without; the first that is given counts ("inf-featurescore-directive"). */
const featureScore: Directive = (draft, entry, { reading }) => {
  const [, digits] = /^(?:0x)?([0-9a-f]{1,2})$/i.exec(textOf(reading, entry.values[0])) ?? [];
  if (digits === undefined) {
    reading.note({ ...placeOf(entry), message: "FeatureScore is a number from 00 to FF in hexadecimal" });
  } else if (Number.isNaN(draft.featureScore)) draft.featureScore = Number.parseInt(digits, 16);
  return true;
};

/** Takes the place of that in [Version] for the devices of this section ("inf-driverver-directive"). */
const driverVersion: Directive = (draft, entry, { reading }) => {
  const [date = "", version = ""] = entry.values.map((value) => textOf(reading, value));
  draft.driverVersion ??= { date: date.replaceAll("-", "/"), version };
  return true;
};

const addService: Directive = (draft, entry, { lists, section }) => {
  const { service, drivesDevice } = lists.services.added(entry, section);
  if (service !== undefined) draft.services.push(service);
  if (drivesDevice) draft.service ??= service?.name ?? "";
  return true;
};

/** AddFilter = service, [flags], section ("inf-addfilter-directive"). What a level means is for the base driver to say. */
const addFilter: Directive = (draft, entry, { reading }) => {
  const [service = "", , section = ""] = entry.values.map((value) => textOf(reading, value));
  const position = textOf(reading, valueOf(reading, section, "filterposition")).toLowerCase();
  if (service === "" || (position !== "upper" && position !== "lower")) return false;
  draft.filters.push({ position, service });
  return true;
};

/** AddComponent = name, [flags], section ("inf-addcomponent-directive"). */
const addComponent: Directive = (draft, entry, { reading }) => {
  const [name = "", , section = ""] = entry.values.map((value) => textOf(reading, value));
  draft.components.push({ name, section });
  return true;
};

/** AddSoftware = name, [flags], section ("inf-addsoftware-directive"). */
const addSoftware: Directive = (draft, entry, { reading }) => {
  const [name = "", , section = ""] = entry.values.map((value) => textOf(reading, value));
  const type = numberOf(textOf(reading, valueOf(reading, section, "softwaretype")));
  draft.software.push({ name, section, type });
  return true;
};

const kmdfService: Directive = () => true;

/** By the end of a section's name, what is understood in it by directive in lower case. */
const companions: ReadonlyMap<string, ReadonlyMap<string, Directive>> = new Map([
  [
    "",
    new Map<string, Directive>([
      ["copyfiles", copyFiles],
      ["addreg", driverRegistry],
      ["featurescore", featureScore],
      ["driverver", driverVersion],
    ]),
  ],
  [
    ".CoInstallers",
    new Map<string, Directive>([
      ["copyfiles", copyFiles],
      ["addreg", driverRegistry],
    ]),
  ],
  [
    ".HW",
    new Map<string, Directive>([
      [
        "addreg",
        (draft, entry, { lists }) => {
          lists.registry.named(entry, draft.deviceRegistry, draft.others);
          return true;
        },
      ],
    ]),
  ],
  [".Services", new Map([["addservice", addService]])],
  [".Filters", new Map([["addfilter", addFilter]])],
  [".Components", new Map([["addcomponent", addComponent]])],
  [".Software", new Map([["addsoftware", addSoftware]])],
  [".Wdf", new Map([["kmdfservice", kmdfService]])],
  ...[".Interfaces", ".Events", ".LogConfigOverride", ".FactDef", ".COM", ".WMI"].map(
    (suffix): [string, ReadonlyMap<string, Directive>] => [suffix, new Map()],
  ),
]);

/**
 * Reads a section and what it needs of the same INF; what is not understood is kept by name. Needs cannot be nested
 * ("inf-ddinstall-section"), so one in a needed section is not followed.
 */
function readCompanion(
  draft: Draft,
  suffix: string,
  directives: ReadonlyMap<string, Directive>,
  reading: InfReading,
  lists: InstallLists,
): void {
  const found = sectionOf(reading.inf, `${draft.name}${suffix}`);
  if (found === undefined) return noteMisplaced(draft, suffix, reading);
  const read = (entry: InfEntry, key: string, section: string): void => {
    const known = directives.get(key)?.(draft, entry, { reading, lists, section }) ?? false;
    if (!known) draft.others.push(directive(entry, section));
  };
  for (const entry of found.entries) {
    const key = entry.key?.text.toLowerCase() ?? "";
    if (suffix === ".CoInstallers") draft.coInstallers.push(placeOf(entry));
    if (key === "include") draft.includes.push(...textsOf(reading, entry));
    else if (key !== "needs") read(entry, key, found.name);
    else
      for (const name of textsOf(reading, entry)) {
        const needed = sectionOf(reading.inf, name);
        if (needed === undefined) draft.needs.push(name);
        else if (!reading.take(needed.entries.length + 1, entry)) return;
        else for (const each of needed.entries) read(each, each.key?.text.toLowerCase() ?? "", needed.name);
      }
  }
}

function textsOf(reading: InfReading, entry: InfEntry): readonly string[] {
  return entry.values.map((value) => textOf(reading, value)).filter((text) => text !== "");
}

/** A section that would belong to this one if it were decorated as this one is. */
function noteMisplaced({ name }: Draft, suffix: string, { inf, note }: InfReading): void {
  const [, base, decoration] = /^(.*)(\.nt[^.]*)$/i.exec(name) ?? [];
  if (base === undefined || suffix !== ".Services") return;
  const other = sectionOf(inf, `${base}${suffix}`);
  if (other === undefined || entriesOf(inf, base).length > 0) return;
  note({
    ...placeOf(other),
    message: `[${other.name}] is not used: [${name}] wants [${base}${decoration}${suffix}]`,
  });
}
