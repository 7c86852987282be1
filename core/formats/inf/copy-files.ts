import { entriesOf, sectionKey, sectionOf } from "./document.ts";
import type { CopiedFile, InfDirective } from "./installation.ts";
import type { InfEntry, InfField, InfPlace } from "./line.ts";
import { directive, numberOf, placeOf, textOf, type InfReading, type Listed } from "./reading.ts";
import { folderOf, type SourceFile } from "./source-files.ts";

interface Destination {
  readonly dirid: number | undefined;
  readonly subfolder: string;
}

/** Reads what CopyFiles names, each list once however often it is named. */
export interface CopyLists {
  /** Puts what one CopyFiles names, sections or files after `@`, behind what is there. */
  named(of: InfEntry, section: string, entries: CopiedFile[], others: InfDirective[]): void;
}

/**
 * CopyFiles ("inf-copyfiles-directive") with where its files come from, which `files` say, and go to
 * ("inf-destinationdirs-section"). A list that has no destination is not understood.
 */
export function copyLists(reading: InfReading, files: readonly SourceFile[]): CopyLists {
  const sources = new Map(files.map((file) => [file.name.toLowerCase(), file]));
  const destinations = destinationsOf(reading);
  const lists = new Map<string, Listed<CopiedFile>>();
  const list = (field: InfField, of: InfDirective): Listed<CopiedFile> => {
    const name = textOf(reading, field);
    const key = sectionKey(name);
    const known = lists.get(key);
    if (known !== undefined) return known;
    const read = name.startsWith("@")
      ? listOf(
          reading,
          [{ name: name.slice(1), source: name.slice(1), flags: 0, ...placeOf(field) }],
          destinations("defaultdestdir"),
          sources,
          of,
        )
      : listOf(
          reading,
          filesOf(reading, name, field),
          destinations(key) ?? destinations("defaultdestdir"),
          sources,
          of,
        );
    lists.set(key, read);
    return read;
  };
  return {
    named(of, section, entries, others) {
      for (const value of of.values) {
        if (value.text === "") continue;
        const read = list(value, directive(of, section));
        if (!reading.take(read.entries.length + read.others.length + 1, value)) return;
        for (const each of read.entries) entries.push(each);
        for (const each of read.others) others.push(each);
      }
    },
  };
}

type ListedFile = Pick<CopiedFile, "name" | "source" | "flags" | "line" | "column">;

function listOf(
  reading: InfReading,
  files: readonly ListedFile[],
  destination: Destination | undefined,
  sources: ReadonlyMap<string, SourceFile>,
  of: InfDirective,
): Listed<CopiedFile> {
  const { dirid, subfolder = "" } = destination ?? {};
  if (files.length === 0) return { entries: [], others: [] };
  if (dirid === undefined) {
    reading.note({ ...placeOf(of), message: "[DestinationDirs] does not say where this is copied to" });
    return { entries: [], others: [of] };
  }
  const cabinets = new Set<InfEntry>();
  const entries = files.map((file): CopiedFile => {
    const from = sources.get(file.source.toLowerCase());
    if (from === undefined) {
      const { line, column, source } = file;
      reading.note({ line, column, message: `"${source}" is not in [SourceDisksFiles]` });
    }
    if (from?.cabinet !== undefined) cabinets.add(from.cabinet);
    return { ...file, folder: from?.folder ?? "", dirid, subfolder };
  });
  return { entries, others: [...cabinets].map((disk) => directive(disk, "SourceDisksNames")) };
}

function filesOf(reading: InfReading, section: string, of: InfPlace): readonly ListedFile[] {
  if (sectionOf(reading.inf, section) === undefined) {
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

/** The path that follows is a whole one; 65535 means the same ("using-dirids"). */
const absolute = -1;

function diridOf(text: string): number | undefined {
  const number = numberOf(text);
  return number === 0xffff || number === 0xffff_ffff ? absolute : number;
}

/** Where a list is copied to, by its name in lower case. */
function destinationsOf(reading: InfReading): (list: string) => Destination | undefined {
  const destinations = new Map<string, Destination>();
  for (const entry of entriesOf(reading.inf, "DestinationDirs")) {
    const list = sectionKey(textOf(reading, entry.key));
    if (list === "" || destinations.has(list)) continue;
    const [dirid = "", subfolder = ""] = entry.values.map((value) => textOf(reading, value));
    const number = diridOf(dirid);
    if (number === undefined) {
      reading.note({ ...placeOf(entry), message: `"${dirid}" is not the number of a directory` });
    }
    destinations.set(list, {
      dirid: number,
      subfolder: number === absolute ? subfolder : folderOf(subfolder),
    });
  }
  return (list) => destinations.get(list);
}
