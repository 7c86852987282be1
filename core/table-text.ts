import prettyBytes from "pretty-bytes";
import { clean } from "./plain-text.ts";
import type { Table } from "./table.ts";

export interface TableTextOptions {
  /** Longest line, in characters; 100 unless given. */
  readonly width?: number | undefined;
  /** Most rows that are shown; 50 unless given. */
  readonly rows?: number;
}

const gap = "  ";
/** Where columns had to be narrower, each row is told line by line instead: a rank or a date would be cut. */
const narrowest = 12;

/** As wide as the terminal; a file, or a log, has room for what would be cut there. */
export function tableWidth(stream: { readonly isTTY?: boolean; readonly columns?: number }): number {
  return stream.isTTY === true ? (stream.columns ?? 80) : 160;
}

/**
 * A table for people: aligned, cells cut with … where the lines would be too long, and "and 12 more" for rows left out. A
 * table that is too wide even so has a line for each cell.
 */
export function tableText(table: Table, options: TableTextOptions = {}): string {
  const width = options.width ?? 100;
  const shown = table.rows.slice(0, options.rows ?? 50);
  const more = table.rows.length - shown.length;
  const cells = [table.columns, ...shown].map((row) =>
    table.columns.map((name, at) => shownCell(name, clean(row[at] ?? "").trim())),
  );
  return [
    clean(table.title),
    ...(shown.length === 0 ? [] : (aligned(cells, width) ?? listed(cells, width))),
    ...(more > 0 ? [`${gap}and ${more} more`] : []),
    ...(table.notes ?? []).map((note) => gap + clean(note)),
  ].join("\n");
}

function shownCell(column: string, cell: string): string {
  return column === "bytes" && /^\d+$/.test(cell) ? prettyBytes(Number(cell)) : cell;
}

/** Undefined where the columns would be narrower than they may be. */
function aligned(rows: readonly (readonly string[])[], width: number): readonly string[] | undefined {
  const wanted = (rows[0] ?? []).map((_, at) =>
    rows.reduce((most, row) => Math.max(most, row[at]?.length ?? 0), 0),
  );
  const widths = fitted(wanted, width - gap.length * wanted.length);
  return widths === undefined ? undefined : rows.map((row) => gap + lineOf(row, widths));
}

function lineOf(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, at) => cut(cell, widths[at] ?? 0).padEnd(widths[at] ?? 0))
    .join(gap)
    .trimEnd();
}

/** A sentence is cut at its end, an id or a path in the middle: its end tells it from others. */
function cut(cell: string, width: number): string {
  if (cell.length <= width) return cell;
  const end = cell.includes(" ") ? 0 : Math.floor((width - 1) / 2);
  // Not between the two halves of one character.
  const [head, tail] = [cell.slice(0, width - 1 - end), end === 0 ? "" : cell.slice(-end)];
  return `${head.replace(/[\ud800-\udbff]$/, "")}…${tail.replace(/^[\udc00-\udfff]/, "")}`;
}

/** The widest columns give way first, all of them down to one width, until the sum fits. */
function fitted(wanted: readonly number[], room: number): readonly number[] | undefined {
  const sum = (limit: number): number => wanted.reduce((all, one) => all + Math.min(one, limit), 0);
  let limit = Math.max(narrowest, Math.min(room, Math.max(...wanted)));
  while (limit > narrowest && sum(limit) > room) limit -= 1;
  return sum(limit) > room ? undefined : wanted.map((one) => Math.min(one, limit));
}

/** A line for each cell that holds anything, and a blank one between rows. */
function listed([names = [], ...rows]: readonly (readonly string[])[], width: number): readonly string[] {
  const first = Math.max(...names.map((name) => name.length));
  const room = Math.max(narrowest, width - first - 2 * gap.length);
  return rows.flatMap((row, at) => [
    ...(at === 0 ? [] : [""]),
    ...row.flatMap((cell, column) =>
      cell === "" ? [] : [`${gap}${(names[column] ?? "").padEnd(first)}${gap}${cut(cell, room)}`],
    ),
  ]);
}
