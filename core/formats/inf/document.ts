import { decodeText, type TextEncoding } from "../text.ts";
import { fieldLimit, readLines, type InfDiagnostic, type InfEntry, type InfPlace } from "./line.ts";

/** Largest INF that is read, in bytes; those of Windows itself stay below one mebibyte. */
export const infLimit = 8 * 1024 * 1024;
const diagnosticLimit = 100;

export interface InfSection extends InfPlace {
  readonly name: string;
  readonly entries: readonly InfEntry[];
}

/** An INF as sections, whatever it is for. */
export interface Inf {
  readonly encoding: TextEncoding;
  /** By name in lower case: same-named sections are one. */
  readonly sections: ReadonlyMap<string, InfSection>;
  readonly diagnostics: readonly InfDiagnostic[];
}

/** The text of an INF, or of its beginning where it is larger than `infLimit`. */
export interface InfText {
  readonly text: string;
  readonly encoding: TextEncoding;
  readonly whole: boolean;
}

export function infTextOf(bytes: Uint8Array): InfText {
  return { ...decodeText(bytes.subarray(0, infLimit)), whole: bytes.length <= infLimit };
}

/** Reads an INF of at most `infLimit` bytes. Never throws: slips become diagnostics, at most a hundred of them. */
export function readInf(bytes: Uint8Array): Inf {
  return infOf(infTextOf(bytes));
}

/** `readInf` of what was decoded already. */
export function infOf({ text, encoding, whole }: InfText): Inf {
  const diagnostics: InfDiagnostic[] = [];
  const note = (diagnostic: InfDiagnostic): void => {
    if (diagnostics.length < diagnosticLimit) diagnostics.push(diagnostic);
  };
  if (!whole) {
    note({ line: 1, column: 1, message: `larger than ${infLimit} bytes: only its beginning was read` });
  }
  const sections = new Map<string, { name: string; entries: InfEntry[] } & InfPlace>();
  let entries: InfEntry[] | undefined;
  readLines(text, {
    note,
    section(name, place) {
      const key = name.toLowerCase();
      let section = sections.get(key);
      if (section === undefined) {
        section = { name, entries: [], ...place };
        sections.set(key, section);
      }
      entries = section.entries;
    },
    entry(entry) {
      if (entries !== undefined) entries.push(entry);
      else note({ line: entry.line, column: entry.column, message: "this stands before the first section" });
    },
  });
  return { encoding, sections, diagnostics };
}

/** The same for all ways to write the name of one section: in any case, with blanks around it, which quotes may hold. */
export function sectionKey(name: string): string {
  return name.trim().toLowerCase();
}

export function sectionOf(inf: Inf, name: string): InfSection | undefined {
  return inf.sections.get(sectionKey(name));
}

/** The entries of a section, none where it is empty or missing. */
export function entriesOf(inf: Inf, section: string): readonly InfEntry[] {
  return sectionOf(inf, section)?.entries ?? [];
}

/** The first entry with this key, in any case. */
export function entryOf(inf: Inf, section: string, key: string): InfEntry | undefined {
  const found = sectionOf(inf, section);
  return found && entryIn(found, key);
}

/** The same of a section that was found. */
export function entryIn(section: InfSection, key: string): InfEntry | undefined {
  const wanted = key.toLowerCase();
  for (const entry of section.entries) {
    const found = entry.key?.text;
    if (found?.length === wanted.length && found.toLowerCase() === wanted) return entry;
  }
  return undefined;
}

/** The tokens of one language, by name in lower case. */
export type InfStrings = Pick<ReadonlyMap<string, string>, "get" | "has">;

/** Characters that tokens become in all of an INF; honest ones need some hundred thousand. */
const expansionLimit = 16 * 1024 * 1024;

/**
 * The strings that Windows would use in a language, given as LANGID: `[Strings.0407]`, then the neutral
 * `[Strings.0007]`, then another of the same primary language, then `[Strings]` ("inf-strings-section").
 * A localised section has to repeat every token; the undecorated one fills in where it does not.
 * An INF may not multiply itself: tokens that were given out too often are unknown from then on.
 */
export function stringsOf(inf: Inf, language = 0x0409): InfStrings {
  const strings = new Map<string, string>();
  for (const section of [localisedSection(inf, language), "strings"]) {
    if (section === undefined) continue;
    for (const entry of entriesOf(inf, section)) {
      const name = entry.key?.text.toLowerCase();
      // Of lines with the same key Windows finds the first ("setupfindfirstline").
      if (name === undefined || strings.has(name)) continue;
      strings.set(name, entry.values.map((value) => value.text).join(","));
    }
  }
  let left = expansionLimit;
  return {
    has: (name) => strings.has(name),
    get(name) {
      const value = strings.get(name);
      left -= Math.min(value?.length ?? 0, fieldLimit);
      return left < 0 ? undefined : value;
    },
  };
}

function localisedSection(inf: Inf, language: number): string | undefined {
  const primary = language & 0x3ff;
  const languages = [...inf.sections.keys()]
    .flatMap((name) => /^strings\.([0-9a-f]{4})$/.exec(name)?.[1] ?? [])
    .map((digits) => Number.parseInt(digits, 16))
    .sort((a, b) => a - b);
  const chosen =
    languages.find((id) => id === language) ??
    languages.find((id) => id === primary) ??
    languages.find((id) => (id & 0x3ff) === primary);
  return chosen === undefined ? undefined : `strings.${chosen.toString(16).padStart(4, "0")}`;
}

/**
 * Replaces `%token%` and `%%`. What is unknown stays as it stands, as do directory ids such as `%11%`.
 * The result is cut at the longest field that an INF may have.
 */
export function expandTokens(text: string, strings: InfStrings): string {
  if (!text.includes("%")) return text.length > fieldLimit ? text.slice(0, fieldLimit) : text;
  let expanded = "";
  let at = 0;
  const source = text.slice(0, fieldLimit);
  for (const [open, close] of tokensIn(source)) {
    const name = source.slice(open + 1, close);
    const value = name === "" ? "%" : strings.get(name.toLowerCase());
    expanded += source.slice(at, open) + (value ?? source.slice(open, close + 1));
    at = close + 1;
    if (expanded.length >= fieldLimit) return expanded.slice(0, fieldLimit);
  }
  return (expanded + source.slice(at)).slice(0, fieldLimit);
}

/** Names in `%…%` that no string explains. */
export function unknownTokens(text: string, strings: InfStrings): readonly string[] {
  if (!text.includes("%")) return [];
  const source = text.slice(0, fieldLimit);
  return tokensIn(source)
    .map(([open, close]) => source.slice(open + 1, close))
    .filter((name) => name !== "" && !/^\d+$/.test(name) && !strings.has(name.toLowerCase()));
}

/** Where the percent signs around each token stand. */
function tokensIn(text: string): readonly (readonly [open: number, close: number])[] {
  const found: [number, number][] = [];
  for (let open = text.indexOf("%"); open !== -1;) {
    const close = text.indexOf("%", open + 1);
    if (close === -1) break;
    found.push([open, close]);
    open = text.indexOf("%", close + 1);
  }
  return found;
}
