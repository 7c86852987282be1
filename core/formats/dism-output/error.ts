import { linesIn } from "./lines.ts";

/** `Error: 0x800f081e`, what DISM says of it, and its log. */
export interface OutputError {
  /** Unsigned, 32 bits: an HRESULT or a Win32 code. */
  readonly code: number;
  readonly text: string;
  readonly log?: string;
}

/** "Error" as the languages of Windows write it. */
const words: ReadonlySet<string> = new Set(
  "error fehler erreur errore erro fout fel fejl feil virhe błąd chyba hiba hata eroare грешка ошибка помилка エラー 错误 錯誤 오류".split(
    " ",
  ),
);

/** Of what DISM says of an error. */
const mostLines = 24;

/** The last error block of an output, in whatever language; undefined where there is none. */
export function errorIn(output: string): OutputError | undefined {
  const lines = linesIn(output);
  const at = lines.findLastIndex((line) => line.kind === "field" && codeOf(line) !== undefined);
  const found = lines[at];
  if (found?.kind !== "field") return undefined;
  const behind = lines
    .slice(at + 1, at + 1 + mostLines)
    .flatMap((line) => (line.kind === "blank" ? [] : [line.kind === "text" ? line.text : both(line)]));
  const log = behind.map(logIn).find((file) => file !== undefined);
  const text = behind.filter((line) => logIn(line) === undefined).join(" ");
  return { code: codeOf(found) as number, text, ...(log === undefined ? {} : { log }) };
}

function codeOf({ label, value }: { readonly label: string; readonly value: string }): number | undefined {
  if (!words.has(label.toLowerCase()) && !/^0x[89c][\da-f]{7}$/i.test(value)) return undefined;
  return /^(?:0x[\da-f]{1,8}|-?\d{1,10})$/i.test(value) ? Number(value) >>> 0 : undefined;
}

function both({ label, value }: { readonly label: string; readonly value: string }): string {
  return `${label}: ${value}`;
}

function logIn(line: string): string | undefined {
  return /(?:[A-Za-z]:[\\/]|\\\\|\/)[^<>|"]*\.log/i.exec(line)?.[0];
}
