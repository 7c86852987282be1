import type { CopyLists } from "./copy-files.ts";
import type { RegistryLists } from "./add-registry.ts";
import { entriesOf } from "./document.ts";
import type {
  CopiedFile,
  InfDirective,
  InstallSection,
  RegistryEntry,
  ServiceInstall,
} from "./installation.ts";
import type { InfEntry, InfPlace } from "./line.ts";
import { directive, numberOf, placeOf, textOf, valuesOf, type InfReading } from "./reading.ts";
import { addedService, namedLists } from "./service.ts";

export interface InstallLists {
  readonly copies: CopyLists;
  readonly registry: RegistryLists;
}

/** Without FeatureScore ("inf-featurescore-directive"). */
const noFeatureScore = 0xff;

/**
 * A DDInstall section with those that belong to it ("inf-ddinstall-section" and the pages of its companions). A
 * companion carries the decoration of the section: [x.NTamd64] has [x.NTamd64.Services]
 * ("combining-platform-extensions-with-other-section-name-extensions").
 */
export function installSection(
  reading: InfReading,
  section: { readonly name: string } & InfPlace,
  lists: InstallLists,
): InstallSection {
  const draft = new SectionDraft(reading, section, lists);
  draft.read("", (entry, key, of) => draft.readInstall(entry, key, of));
  draft.read(".CoInstallers", (entry, key, of) => draft.readCoInstallers(entry, key, of));
  draft.read(".HW", (entry, key, of) => draft.readHardware(entry, key, of));
  draft.read(".Services", (entry, key) => draft.readService(entry, key));
  draft.read(".Filters", (entry, key) => draft.readFilter(entry, key));
  draft.read(".Components", (entry, key) => draft.readComponent(entry, key));
  draft.read(".Software", (entry, key) => draft.readSoftware(entry, key));
  for (const suffix of [".Interfaces", ".Events", ".LogConfigOverride", ".FactDef", ".COM", ".WMI"]) {
    draft.read(suffix, () => false);
  }
  return draft.finish();
}

type Read = (entry: InfEntry, key: string, section: string) => boolean;

class SectionDraft {
  readonly #reading: InfReading;
  readonly #section: { readonly name: string } & InfPlace;
  readonly #lists: InstallLists;
  readonly #copies: CopiedFile[] = [];
  readonly #driverRegistry: RegistryEntry[] = [];
  readonly #deviceRegistry: RegistryEntry[] = [];
  readonly #services: ServiceInstall[] = [];
  #service: string | undefined;
  #featureScore: number | undefined;
  readonly #filters: InstallSection["filters"][number][] = [];
  readonly #includes: string[] = [];
  readonly #needs: string[] = [];
  readonly #coInstallers: InfPlace[] = [];
  readonly #components: InstallSection["components"][number][] = [];
  readonly #software: InstallSection["software"][number][] = [];
  readonly #others: InfDirective[] = [];

  constructor(reading: InfReading, section: { readonly name: string } & InfPlace, lists: InstallLists) {
    this.#reading = reading;
    this.#section = section;
    this.#lists = lists;
  }

  /** Reads a section and what it needs of the same INF; what is not understood is kept by name. */
  read(suffix: string, read: Read): void {
    const name = `${this.#section.name}${suffix}`;
    for (const entry of entriesOf(this.#reading.inf, name)) {
      const key = entry.key?.text.toLowerCase() ?? "";
      if (key === "include") this.#includes.push(...this.#texts(entry));
      else if (key === "needs") this.#readNeeds(entry, read);
      else this.#readEntry(entry, key, name, read);
    }
  }

  /** Needs cannot be nested ("inf-ddinstall-section"), so one of a needed section is not followed. */
  #readNeeds(needs: InfEntry, read: Read): void {
    for (const name of this.#texts(needs)) {
      const section = this.#reading.inf.sections.get(name.toLowerCase());
      if (section === undefined) {
        this.#needs.push(name);
        continue;
      }
      if (!this.#reading.take(section.entries.length + 1, needs)) return;
      for (const entry of section.entries) {
        this.#readEntry(entry, entry.key?.text.toLowerCase() ?? "", section.name, read);
      }
    }
  }

  #readEntry(entry: InfEntry, key: string, section: string, read: Read): void {
    if (!read(entry, key, section)) this.#others.push(directive(entry, section));
  }

  #texts(entry: InfEntry): readonly string[] {
    return entry.values.map((value) => textOf(this.#reading, value)).filter((text) => text !== "");
  }

  readInstall(entry: InfEntry, key: string, section: string): boolean {
    if (key === "featurescore") {
      const score = numberOf(textOf(this.#reading, entry.values[0]));
      if (score === undefined || score > 0xff) {
        this.#reading.note({ ...placeOf(entry), message: "FeatureScore is a number from 0x00 to 0xFF" });
      } else this.#featureScore ??= score;
      return true;
    }
    return (
      key === "driverver" || this.#readCopies(entry, key, section) || this.#readDriver(entry, key, section)
    );
  }

  readCoInstallers(entry: InfEntry, key: string, section: string): boolean {
    this.#coInstallers.push(placeOf(entry));
    return this.#readCopies(entry, key, section) || this.#readDriver(entry, key, section);
  }

  #readCopies(entry: InfEntry, key: string, section: string): boolean {
    if (key !== "copyfiles") return false;
    for (const value of entry.values) {
      if (value.text === "") continue;
      const read = this.#lists.copies.list(value, entry, section);
      if (!this.#reading.take(read.entries.length + read.others.length + 1, value)) break;
      for (const each of read.entries) this.#copies.push(each);
      for (const each of read.others) this.#others.push(each);
    }
    return true;
  }

  #readDriver(entry: InfEntry, key: string, section: string): boolean {
    return this.#readRegistry(entry, key, section, this.#driverRegistry);
  }

  readHardware(entry: InfEntry, key: string, section: string): boolean {
    return this.#readRegistry(entry, key, section, this.#deviceRegistry);
  }

  #readRegistry(entry: InfEntry, key: string, section: string, to: RegistryEntry[]): boolean {
    if (key !== "addreg") return false;
    const read = namedLists(this.#reading, entry, section, this.#lists.registry);
    for (const each of read.entries) to.push(each);
    for (const each of read.others) this.#others.push(each);
    return true;
  }

  readService(entry: InfEntry, key: string): boolean {
    if (key !== "addservice") return false;
    const { service, drivesDevice } = addedService(this.#reading, entry, this.#lists.registry);
    if (service !== undefined) this.#services.push(service);
    if (drivesDevice) this.#service ??= service?.name ?? "";
    return true;
  }

  /** AddFilter = service, [flags], section ("inf-addfilter-directive"). A filter level is of the base driver's making. */
  readFilter(entry: InfEntry, key: string): boolean {
    if (key !== "addfilter") return false;
    const [service = "", , section = ""] = entry.values.map((value) => textOf(this.#reading, value));
    const [position] = valuesOf(this.#reading, section, "filterposition");
    const text = textOf(this.#reading, position).toLowerCase();
    if (service === "" || (text !== "upper" && text !== "lower")) return false;
    this.#filters.push({ position: text, service });
    return true;
  }

  /** AddComponent = name, [flags], section ("inf-addcomponent-directive"). */
  readComponent(entry: InfEntry, key: string): boolean {
    if (key !== "addcomponent") return false;
    const [name = "", , section = ""] = entry.values.map((value) => textOf(this.#reading, value));
    this.#components.push({ name, section });
    return true;
  }

  /** AddSoftware = name, [flags], section ("inf-addsoftware-directive"). */
  readSoftware(entry: InfEntry, key: string): boolean {
    if (key !== "addsoftware") return false;
    const [name = "", , section = ""] = entry.values.map((value) => textOf(this.#reading, value));
    const [type] = valuesOf(this.#reading, section, "softwaretype");
    this.#software.push({ name, section, type: numberOf(textOf(this.#reading, type)) });
    return true;
  }

  finish(): InstallSection {
    return {
      name: this.#section.name,
      ...placeOf(this.#section),
      featureScore: this.#featureScore ?? noFeatureScore,
      copies: this.#copies,
      driverRegistry: this.#driverRegistry,
      deviceRegistry: this.#deviceRegistry,
      services: this.#services,
      ...(this.#service === undefined ? {} : { service: this.#service }),
      filters: this.#filters,
      includes: [...new Set(this.#includes)],
      needs: [...new Set(this.#needs)],
      coInstallers: this.#coInstallers,
      components: this.#components,
      software: this.#software,
      others: this.#others,
    };
  }
}
