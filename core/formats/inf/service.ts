import { entriesOf } from "./document.ts";
import type { InfDirective, RegistryEntry, ServiceInstall } from "./installation.ts";
import type { InfEntry, InfField } from "./line.ts";
import type { RegistryLists } from "./add-registry.ts";
import { directive, infTextOf, numberOf, placeOf, textOf, type InfReading } from "./reading.ts";

/** SPSVCINST_ASSOCSERVICE. */
const associated = 0x2;

/** One AddService directive ("inf-addservice-directive"). */
export interface AddedService {
  /** Absent where the directive names none: the null driver. */
  readonly service?: ServiceInstall;
  readonly drivesDevice: boolean;
}

/** AddService = name, [flags], section [, event log section [, log [, name]]]. */
export function addedService(reading: InfReading, entry: InfEntry, registry: RegistryLists): AddedService {
  const [name = "", flagsText = "", section = "", ...log] = entry.values.map((value) =>
    textOf(reading, value),
  );
  const flags = flagsText === "" ? 0 : numberOf(flagsText);
  if (flags === undefined) {
    reading.note({ ...placeOf(entry), message: `the flags "${flagsText}" are not a number` });
  }
  const drivesDevice = ((flags ?? 0) & associated) !== 0;
  if (name === "") return { drivesDevice };
  if (!reading.inf.sections.has(section.toLowerCase())) {
    reading.note({
      ...placeOf(entry),
      message: `there is no section [${section}] for the service "${name}"`,
    });
  }
  const install = serviceSection(reading, section, registry);
  const event = eventLogOf(reading, name, log, registry);
  const others = [...install.others, ...event.others];
  if (flags === undefined) others.push(directive(entry, section));
  return {
    drivesDevice,
    service: {
      name,
      flags: flags ?? 0,
      ...install.service,
      ...(event.eventLog === undefined ? {} : { eventLog: event.eventLog }),
      others,
      ...placeOf(entry),
    },
  };
}

type ServiceSection = Omit<ServiceInstall, "name" | "flags" | "eventLog" | "others" | "line" | "column">;

function serviceSection(
  reading: InfReading,
  section: string,
  lists: RegistryLists,
): { readonly service: ServiceSection; readonly others: readonly InfDirective[] } {
  const first = new Map<string, InfEntry>();
  const registry: RegistryEntry[] = [];
  const others: InfDirective[] = [];
  for (const entry of entriesOf(reading.inf, section)) {
    const key = entry.key?.text.toLowerCase() ?? "";
    if (key === "addreg") {
      const read = namedLists(reading, entry, section, lists);
      registry.push(...read.entries);
      others.push(...read.others);
    } else if (!known.has(key)) others.push(directive(entry, section));
    else if (!first.has(key)) first.set(key, entry);
  }
  const field = (key: string): InfField | undefined => first.get(key)?.values[0];
  const number = (key: string): number | undefined => numberOf(textOf(reading, field(key)));
  const optional = <Key extends string, Value>(key: Key, value: (of: InfField) => Value) => {
    const found = field(key.toLowerCase());
    return found === undefined ? {} : ({ [key]: value(found) } as Record<Key, Value>);
  };
  return {
    others,
    service: {
      type: number("servicetype"),
      start: number("starttype"),
      errorControl: number("errorcontrol"),
      ...optional("displayName", (found) => infTextOf(reading, found)),
      ...optional("description", (found) => infTextOf(reading, found)),
      binary: binaryOf(textOf(reading, field("servicebinary"))),
      ...optional("loadOrderGroup", (found) => textOf(reading, found)),
      dependencies: (first.get("dependencies")?.values ?? [])
        .map((value) => textOf(reading, value))
        .filter((name) => name !== ""),
      ...optional("startName", (found) => textOf(reading, found)),
      ...optional("security", (found) => textOf(reading, found)),
      registry,
    },
  };
}

const known: ReadonlySet<string> = new Set([
  "displayname",
  "description",
  "servicetype",
  "starttype",
  "errorcontrol",
  "servicebinary",
  "loadordergroup",
  "dependencies",
  "startname",
  "security",
]);

function binaryOf(path: string): ServiceInstall["binary"] {
  const [, dirid, rest = ""] = /^%(\d{1,9})%\\*(.*)$/s.exec(path) ?? [];
  return dirid === undefined ? { path } : { dirid: Number(dirid), path: rest };
}

/** The lists that one AddReg names, in the order in which it names them. */
export function namedLists(
  reading: InfReading,
  entry: InfEntry,
  section: string,
  lists: RegistryLists,
): { readonly entries: readonly RegistryEntry[]; readonly others: readonly InfDirective[] } {
  const entries: RegistryEntry[] = [];
  const others: InfDirective[] = [];
  for (const value of entry.values) {
    if (value.text === "") continue;
    const read = lists.list(value, entry, section);
    if (!reading.take(read.entries.length + read.others.length + 1, value)) break;
    for (const each of read.entries) entries.push(each);
    for (const each of read.others) others.push(each);
  }
  return { entries, others };
}

function eventLogOf(
  reading: InfReading,
  service: string,
  [section = "", log = "", name = ""]: readonly string[],
  lists: RegistryLists,
): { readonly eventLog?: ServiceInstall["eventLog"]; readonly others: readonly InfDirective[] } {
  if (section === "") return { others: [] };
  const registry: RegistryEntry[] = [];
  const others: InfDirective[] = [];
  for (const entry of entriesOf(reading.inf, section)) {
    if (entry.key?.text.toLowerCase() !== "addreg") {
      others.push(directive(entry, section));
      continue;
    }
    const read = namedLists(reading, entry, section, lists);
    registry.push(...read.entries);
    others.push(...read.others);
  }
  return {
    others,
    eventLog: { log: log === "" ? "System" : log, name: name === "" ? service : name, registry },
  };
}
