import { entriesOf, expandTokens, sectionKey, unknownTokens, type Inf, type InfStrings } from "./document.ts";
import type { InfDirective, InfText, InfWindows } from "./installation.ts";
import type { InfDiagnostic, InfEntry, InfField, InfPlace } from "./line.ts";

/** An INF while it is read for one Windows. */
export interface InfReading {
  readonly inf: Inf;
  readonly strings: InfStrings;
  readonly windows: InfWindows;
  readonly note: (diagnostic: InfDiagnostic) => void;
  /** Counts what is given out; false where that is more than any INF has, and no more is to be given. */
  readonly take: (count: number, place: InfPlace) => boolean;
  /** The first entry of each key of a section, by key in lower case. */
  readonly keysOf: (section: string) => ReadonlyMap<string, InfEntry>;
  /** Tokens that no string explains, which are noted where they stand first. */
  readonly unknown: Set<string>;
}

/** What one list of files or values comes to, with what of it is not understood. */
export interface Listed<Entry> {
  readonly entries: readonly Entry[];
  readonly others: readonly InfDirective[];
}

export function placeOf({ line, column }: InfPlace): InfPlace {
  return { line, column };
}

export function textOf(reading: InfReading, field: InfField | undefined): string {
  return field === undefined ? "" : expandTokens(field.text, reading.strings);
}

/** The text of a field that a user sees; tokens that no string explains are noted. */
export function infTextOf(reading: InfReading, field: InfField | undefined): InfText {
  if (field === undefined) return { written: "", text: "" };
  const text = textOf(reading, field);
  if (text.includes("%"))
    for (const name of unknownTokens(field.text, reading.strings)) {
      if (reading.unknown.has(name.toLowerCase())) continue;
      reading.unknown.add(name.toLowerCase());
      reading.note({ ...placeOf(field), message: `%${name}% is not in [Strings]` });
    }
  return { written: field.text, text };
}

/** What stands first in the first entry with this key. */
export function valueOf(reading: InfReading, section: string, key: string): InfField | undefined {
  return reading.keysOf(section).get(key)?.values[0];
}

export function directive(entry: InfEntry, section: string): InfDirective {
  return { directive: entry.key?.text ?? entry.values[0]?.text ?? "", section, ...placeOf(entry) };
}

/** The first entry of each key of a section, each section looked through once. */
export function sectionKeys(inf: Inf): InfReading["keysOf"] {
  const sections = new Map<string, ReadonlyMap<string, InfEntry>>();
  return (section) => {
    const name = sectionKey(section);
    const known = sections.get(name);
    if (known !== undefined) return known;
    const keys = new Map<string, InfEntry>();
    for (const entry of entriesOf(inf, name)) {
      const key = entry.key?.text.toLowerCase();
      if (key !== undefined && !keys.has(key)) keys.set(key, entry);
    }
    sections.set(name, keys);
    return keys;
  };
}

/** Decimal, or hexadecimal after `0x`, with or without a sign: as unsigned 32 bits; undefined for anything else. */
export function numberOf(text: string): number | undefined {
  const trimmed = text.trim();
  const sign = trimmed.startsWith("-") ? -1 : 1;
  const digits = /^[+-]/.test(trimmed) ? trimmed.slice(1) : trimmed;
  const value = /^0x[0-9a-f]+$/i.test(digits)
    ? Number.parseInt(digits.slice(2), 16)
    : /^\d+$/.test(digits)
      ? Number(digits)
      : Number.NaN;
  return value <= 0xffff_ffff ? (sign * value) >>> 0 : undefined;
}
