import { entriesOf, expandTokens, type Inf, type InfStrings } from "./document.ts";
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

export function infTextOf(reading: InfReading, field: InfField | undefined): InfText {
  return { written: field?.text ?? "", text: textOf(reading, field) };
}

export function directive(entry: InfEntry, section: string): InfDirective {
  return { directive: entry.key?.text ?? entry.values[0]?.text ?? "", section, ...placeOf(entry) };
}

/** The values of every entry with this key, empty ones left out. */
export function valuesOf(reading: InfReading, section: string, key: string): readonly InfField[] {
  return entriesOf(reading.inf, section).flatMap((entry) =>
    entry.key?.text.toLowerCase() === key ? entry.values.filter(({ text }) => text !== "") : [],
  );
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
