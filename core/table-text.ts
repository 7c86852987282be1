import { clean } from "./plain-text.ts";
import type { Table } from "./table.ts";

export interface TableTextOptions {
  /** Longest line, in characters; 100 unless given. */
  readonly width?: number;
  /** Most rows that are shown; 50 unless given. */
  readonly rows?: number;
}

const gap = "  ";
/** Narrower, a column says nothing. */
const narrowest = 6;

/** A table for people: aligned, cells cut with … where the lines would be too long, and "and 12 more" for rows left out. */
export function tableText(table: Table, options: TableTextOptions = {}): string {
  const shown = table.rows.slice(0, options.rows ?? 50);
  const more = table.rows.length - shown.length;
  const cells = [table.columns, ...shown].map((row) =>
    table.columns.map((_, at) => clean(row[at] ?? "").trim()),
  );
  const wanted = table.columns.map((_, at) =>
    cells.reduce((most, row) => Math.max(most, row[at]?.length ?? 0), 0),
  );
  const widths = fitted(wanted, (options.width ?? 100) - gap.length * table.columns.length);
  return [
    clean(table.title),
    ...(shown.length === 0 ? [] : cells.map((row) => gap + lineOf(row, widths))),
    ...(more > 0 ? [`${gap}and ${more} more`] : []),
    ...(table.notes ?? []).map((note) => gap + clean(note)),
  ].join("\n");
}

function lineOf(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, at) => cut(cell, widths[at] ?? 0).padEnd(widths[at] ?? 0))
    .join(gap)
    .trimEnd();
}

function cut(cell: string, width: number): string {
  if (cell.length <= width) return cell;
  // Not between the two halves of one character.
  return `${cell.slice(0, width - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** The widest columns give way first, all of them down to one width, until the sum fits. */
function fitted(wanted: readonly number[], room: number): readonly number[] {
  const sum = (limit: number): number => wanted.reduce((all, one) => all + Math.min(one, limit), 0);
  let limit = Math.max(narrowest, Math.min(room, Math.max(...wanted)));
  while (limit > narrowest && sum(limit) > room) limit -= 1;
  return wanted.map((one) => Math.min(one, limit));
}
