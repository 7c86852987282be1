import { entriesOf, entryOf } from "./document.ts";
import type { CopiedFile, InfDirective } from "./installation.ts";
import type { InfEntry, InfField, InfPlace } from "./line.ts";
import { directive, numberOf, placeOf, textOf, type InfReading, type Listed } from "./reading.ts";

interface Destination {
  readonly dirid: number | undefined;
  readonly subfolder: string;
}

/** Reads what CopyFiles names, each list once however often it is named. */
export interface CopyLists {
  /** One name of a CopyFiles directive: a section, or a file after `@`. */
  list(field: InfField, of: InfEntry, section: string): Listed<CopiedFile>;
}

/**
 * CopyFiles ("inf-copyfiles-directive") with where its files come from ("inf-sourcedisksnames-section",
 * "inf-sourcedisksfiles-section": the sections of the architecture before those for all) and go to
 * ("inf-destinationdirs-section"). A list that has no destination is not understood.
 */
export function copyLists(reading: InfReading): CopyLists {
  const sources = sourcesOf(reading);
  const destinations = destinationsOf(reading);
  const lists = new Map<string, Listed<CopiedFile>>();
  return {
    list(field, of, section) {
      const name = textOf(reading, field);
      if (name.startsWith("@")) {
        const file = { name: name.slice(1), source: name.slice(1), flags: 0, ...placeOf(field) };
        return listOf(reading, [file], destinations("defaultdestdir"), sources, directive(of, section));
      }
      const known = lists.get(name.toLowerCase());
      if (known !== undefined) return known;
      const read = listOf(
        reading,
        filesOf(reading, name, field),
        destinations(name.toLowerCase()) ?? destinations("defaultdestdir"),
        sources,
        directive(of, section),
      );
      lists.set(name.toLowerCase(), read);
      return read;
    },
  };
}

type ListedFile = Pick<CopiedFile, "name" | "source" | "flags" | "line" | "column">;

function listOf(
  reading: InfReading,
  files: readonly ListedFile[],
  destination: Destination | undefined,
  sources: (file: string) => string | undefined,
  of: InfDirective,
): Listed<CopiedFile> {
  const { dirid, subfolder } = destination ?? { dirid: undefined, subfolder: "" };
  if (dirid === undefined) {
    if (files.length > 0)
      reading.note({ ...placeOf(of), message: `[DestinationDirs] does not say where this is copied to` });
    return { entries: [], others: files.length > 0 ? [of] : [] };
  }
  const entries = files.map((file): CopiedFile => {
    const folder = sources(file.source.toLowerCase());
    if (folder === undefined) {
      const { line, column, source } = file;
      reading.note({ line, column, message: `"${source}" is not in [SourceDisksFiles]` });
    }
    return { ...file, folder: folder ?? "", dirid, subfolder };
  });
  return { entries, others: [] };
}

function filesOf(reading: InfReading, section: string, of: InfPlace): readonly ListedFile[] {
  if (!reading.inf.sections.has(section.toLowerCase())) {
    reading.note({ ...placeOf(of), message: `there is no section [${section}]` });
  }
  return entriesOf(reading.inf, section).flatMap((entry): ListedFile[] => {
    const [name = "", source = "", , flags = ""] = entry.values.map((value) => textOf(reading, value));
    if (name === "" || entry.key !== undefined) {
      reading.note({ ...placeOf(entry), message: "this names no file to copy" });
      return [];
    }
    return [
      {
        name,
        source: source === "" ? name : source,
        flags: flagsOf(reading, flags, entry),
        ...placeOf(entry),
      },
    ];
  });
}

function flagsOf(reading: InfReading, text: string, entry: InfEntry): number {
  const flags = text === "" ? 0 : numberOf(text);
  if (flags === undefined)
    reading.note({ ...placeOf(entry), message: `the flags "${text}" are not a number` });
  return flags ?? 0;
}

/** Where a list is copied to, by its name in lower case. */
function destinationsOf(reading: InfReading): (list: string) => Destination | undefined {
  const destinations = new Map<string, Destination>();
  for (const entry of entriesOf(reading.inf, "DestinationDirs")) {
    const list = textOf(reading, entry.key).toLowerCase();
    if (list === "" || destinations.has(list)) continue;
    const [dirid = "", subfolder = ""] = entry.values.map((value) => textOf(reading, value));
    if (numberOf(dirid) === undefined) {
      reading.note({ ...placeOf(entry), message: `"${dirid}" is not the number of a directory` });
    }
    destinations.set(list, { dirid: numberOf(dirid), subfolder: folderOf(subfolder) });
  }
  return (list) => destinations.get(list);
}

/** The folder of a source file, by its name in lower case. */
function sourcesOf({ inf, windows, ...reading }: InfReading): (file: string) => string | undefined {
  const whole = { inf, windows, ...reading };
  const folders = new Map<string, string>();
  for (const decoration of [`.${windows.architecture}`, ""]) {
    for (const entry of entriesOf(inf, `SourceDisksFiles${decoration}`)) {
      const file = textOf(whole, entry.key ?? entry.values[0]).toLowerCase();
      if (file === "" || folders.has(file)) continue;
      const [disk = "", subfolder = ""] =
        entry.key === undefined ? [] : entry.values.map((value) => textOf(whole, value));
      const of =
        entryOf(inf, `SourceDisksNames.${windows.architecture}`, disk) ??
        entryOf(inf, "SourceDisksNames", disk);
      folders.set(file, folderOf(`${textOf(whole, of?.values[3])}\\${subfolder}`));
    }
  }
  return (file) => folders.get(file);
}

function folderOf(path: string): string {
  return path
    .split(/[\\/]/)
    .filter((part) => part !== "" && part !== ".")
    .join("\\");
}
