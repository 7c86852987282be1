import type { RegistryLists } from "./add-registry.ts";
import { entriesOf, sectionKey, sectionOf } from "./document.ts";
import type { InfDirective, RegistryEntry, ServiceInstall } from "./installation.ts";
import type { InfEntry, InfField } from "./line.ts";
import {
  directive,
  infTextOf,
  numberOf,
  placeOf,
  textOf,
  valueOf,
  type InfReading,
  type Listed,
} from "./reading.ts";

/** SPSVCINST_ASSOCSERVICE. */
const associated = 0x2;

/** One AddService directive. */
export interface AddedService {
  /** Absent where the directive names none: the null driver. */
  readonly service?: ServiceInstall;
  readonly drivesDevice: boolean;
}

/** Reads AddService directives, the sections that they name once each: what one gives is the same arrays for all who name it. */
export interface Services {
  added(entry: InfEntry, section: string): AddedService;
}

/** AddService = name, [flags], section [, event log section [, log [, name]]] ("inf-addservice-directive"). */
export function services(reading: InfReading, registry: RegistryLists): Services {
  const installs = new Map<string, ServiceSection>();
  const logs = new Map<string, Listed<RegistryEntry>>();
  return {
    added(entry, section) {
      const fields = entry.values.map((value) => textOf(reading, value));
      const [name = "", flagsText = "", install = "", logSection = "", log = "", logName = ""] = fields;
      const flags = flagsText === "" ? 0 : numberOf(flagsText);
      if (flags === undefined) {
        reading.note({ ...placeOf(entry), message: `the flags "${flagsText}" are not a number` });
      }
      const drivesDevice = ((flags ?? 0) & associated) !== 0;
      if (name === "") return { drivesDevice };
      const known = once(installs, install, () => serviceSection(reading, install, entry, registry));
      const events =
        logSection === ""
          ? undefined
          : once(logs, logSection, () => addRegOf(reading, logSection, entry, registry));
      const count =
        known.registry.length +
        known.dependencies.length +
        known.others.length +
        (events?.entries.length ?? 0) +
        (events?.others.length ?? 0);
      // Before anything is put together of it.
      if (!reading.take(count + 1, entry)) return { drivesDevice: false };
      const others = [...(flags === undefined ? [directive(entry, section)] : []), ...(events?.others ?? [])];
      const service: ServiceInstall = {
        name,
        flags: flags ?? 0,
        ...known,
        ...(events === undefined
          ? {}
          : {
              eventLog: {
                log: log === "" ? "System" : log,
                name: logName === "" ? name : logName,
                registry: events.entries,
              },
            }),
        others: others.length === 0 ? known.others : [...known.others, ...others],
        ...placeOf(entry),
      };
      return { drivesDevice, service };
    },
  };
}

function once<Value>(known: Map<string, Value>, name: string, read: () => Value): Value {
  const key = sectionKey(name);
  const found = known.get(key);
  if (found !== undefined) return found;
  const value = read();
  known.set(key, value);
  return value;
}

type ServiceSection = Omit<ServiceInstall, "name" | "flags" | "eventLog" | "line" | "column">;

function serviceSection(
  reading: InfReading,
  section: string,
  of: InfEntry,
  lists: RegistryLists,
): ServiceSection {
  const { entries: registry, others } = addRegOf(reading, section, of, lists, (key) => known.has(key));
  const field = (key: string): InfField | undefined => valueOf(reading, section, key);
  const number = (key: string): number | undefined => numberOf(textOf(reading, field(key)));
  const optional = <Key extends string, Value>(key: Key, value: (of: InfField) => Value) => {
    const found = field(key.toLowerCase());
    return found === undefined ? {} : ({ [key]: value(found) } as Record<Key, Value>);
  };
  return {
    others,
    type: number("servicetype"),
    start: number("starttype"),
    errorControl: number("errorcontrol"),
    ...optional("displayName", (found) => infTextOf(reading, found)),
    ...optional("description", (found) => infTextOf(reading, found)),
    binary: binaryOf(textOf(reading, field("servicebinary"))),
    ...optional("loadOrderGroup", (found) => textOf(reading, found)),
    dependencies: (reading.keysOf(section).get("dependencies")?.values ?? [])
      .map((value) => textOf(reading, value))
      .filter((name) => name !== ""),
    ...optional("startName", (found) => textOf(reading, found)),
    ...optional("security", (found) => textOf(reading, found)),
    registry,
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

/** What the AddReg directives of a section name; of its other directives those that are not `known`. */
function addRegOf(
  reading: InfReading,
  section: string,
  of: InfEntry,
  lists: RegistryLists,
  isKnown: (key: string) => boolean = () => false,
): Listed<RegistryEntry> {
  const found = sectionOf(reading.inf, section);
  if (found === undefined) reading.note({ ...placeOf(of), message: `there is no section [${section}]` });
  const entries: RegistryEntry[] = [];
  const others: InfDirective[] = [];
  for (const entry of entriesOf(reading.inf, section)) {
    const key = entry.key?.text.toLowerCase() ?? "";
    if (key === "addreg") lists.named(entry, entries, others);
    else if (!isKnown(key)) others.push(directive(entry, found?.name ?? section));
  }
  return { entries, others };
}
