/** More than DISM ever prints; whatever comes after is not read. */
const mostCharacters = 4 * 1024 * 1024;
/** Of a line. */
const longest = 4096;

/** A line of DISM's output: `Name : value`, other text, or nothing. */
export type OutputLine =
  | { readonly kind: "field"; readonly label: string; readonly value: string }
  | { readonly kind: "text"; readonly text: string; readonly indented: boolean }
  | { readonly kind: "blank" };

/** What stays on the screen: of a line that is redrawn by carriage returns, its last state. */
export function linesIn(output: string): readonly OutputLine[] {
  return output
    .slice(0, mostCharacters)
    .split("\n")
    .map((line) => lineOf(lastState(line.trimEnd()).slice(0, longest)));
}

function lastState(line: string): string {
  return line.slice(line.lastIndexOf("\r") + 1);
}

/**
 * A path has colons as well, so the separator is one with blanks around it, or else one with a blank behind it, which is
 * how some languages write it; East Asian ones have a wide colon.
 */
function lineOf(line: string): OutputLine {
  const text = line.trim();
  if (text === "") return { kind: "blank" };
  const spaced = text.search(/\s[:：](?:\s|$)/);
  const at = spaced > 0 ? spaced : text.search(/[:：](?:\s|$)|：/);
  if (at <= 0) return { kind: "text", text, indented: /^\s/.test(line) };
  const rest = text.slice(at).replace(/^\s*[:：]\s*/, "");
  return { kind: "field", label: text.slice(0, at).trim(), value: unquoted(rest) };
}

/** German DISM has put some values in quotation marks; `<undefined>` is a value that is not there. */
function unquoted(value: string): string {
  const bare = /^"(.*)"$/.exec(value)?.[1] ?? value;
  return bare === "<undefined>" ? "" : bare;
}

/** The number that is meant, whichever separators and unit it was printed with; undefined where there are no digits. */
export function wholeNumber(text: string | undefined): number | undefined {
  const digits = /^\D*?(\d[\d.,'’\s]*)/.exec(text ?? "")?.[1]?.replaceAll(/\D/g, "") ?? "";
  const number = Number(digits);
  return digits === "" || !Number.isSafeInteger(number) ? undefined : number;
}

/** Words that DISM prints for yes and no; undefined for any other. */
export function yesOrNo(text: string | undefined): boolean | undefined {
  const word = (text ?? "").toLowerCase();
  if (yes.has(word)) return true;
  return no.has(word) ? false : undefined;
}

const yes: ReadonlySet<string> = new Set("yes ja oui sí si sì sim tak ano igen да はい 是 예".split(" "));
const no: ReadonlySet<string> = new Set("no nein non não nee nie ne nem нет いいえ 否 아니요".split(" "));
