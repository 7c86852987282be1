import { type Language, labelIn } from "./language.ts";

export interface Output {
  print(text: string): void;
  /** A title and the bar that DISM redraws below it. */
  bar(title: string, percents?: readonly number[]): void;
  label(text: string): string;
  /** Lines of `Label : value`. */
  record(fields: Readonly<Record<string, string>>): void;
  /** Records below each other, or as a table, where the first two fields alone are shown. */
  records(rows: readonly Readonly<Record<string, string>>[], table: boolean): void;
}

const width = 58;

export function createOutput(language: Language, print: (text: string) => void): Output {
  const label = (text: string): string => labelIn(language, text);
  const output: Output = {
    print,
    label,
    bar(title, percents = [12.5, 60, 100]) {
      print(`${title}\n`);
      for (const percent of percents) print(`\r${bar(percent)} `);
      print("\n");
    },
    record(fields) {
      for (const [name, value] of Object.entries(fields)) print(`${label(name)} : ${label(value)}\n`);
      print("\n");
    },
    records(rows, table) {
      if (!table) return rows.forEach(output.record);
      const cells = rows.map((row) => Object.values(row).slice(0, 2).map(label));
      const head = Object.keys(rows[0] ?? {})
        .slice(0, 2)
        .map(label);
      const wide = Math.max(0, ...[...cells, head].map(([first = ""]) => first.length));
      const line = ([first = "", second = ""]: readonly string[]): string =>
        `${first.padEnd(wide)} | ${second}\n`;
      const rule = `${"-".repeat(wide)} | ${"-".repeat(10)}\n`;
      print([rule, line(head), rule, ...cells.map(line)].join(""));
      print("\n");
    },
  };
  return output;
}

/** The frame is 60 columns wide, and the percentage is in its middle. */
export function bar(percent: number): string {
  const text = `${percent.toFixed(1)}%`;
  const at = Math.floor((width - text.length) / 2);
  const filled = "=".repeat(Math.round((width * percent) / 100)).padEnd(width);
  return `[${filled.slice(0, at)}${text}${filled.slice(at + text.length)}]`;
}
