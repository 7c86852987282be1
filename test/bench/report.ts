import { readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import prettyBytes from "pretty-bytes";
import type { Point } from "./growth.ts";
import { command, median, seconds } from "./measure.ts";
import { plot } from "./plot.ts";
import { root } from "./project.ts";
import type { Row } from "./rows.ts";

export interface Section {
  readonly title: string;
  readonly text: string;
  /** The machine that its rows were measured on. */
  readonly on: string;
  readonly rows: readonly Row[];
}

export interface Performance {
  readonly sections: readonly Section[];
  readonly growth: readonly Point[];
  /** The machine that the growth was measured on. */
  readonly growthOn: string;
}

/** This machine, and how fast it is just now. */
export async function machine(): Promise<string> {
  const version = (await command("wimlib-imagex", ["--version"])).stdout.split("\n")[0];
  const empty: number[] = [];
  for (let round = 0; round < 15; round += 1)
    empty.push((await command(process.execPath, ["--eval", "0"])).milliseconds);
  const processors = `${cpus().length} × ${cpus()[0]?.model}`;
  const pace = `an empty Node script takes ${median(empty).toFixed(0)} ms`;
  return `Node ${process.version}, ${version}, Linux ${release()}, ${processors}; ${pace}`;
}

const axes = { lines: "lines", files: "files", drivers: "drivers" } as const;
const growths = {
  lines: "Number of lines",
  files: "Size of the image",
  drivers: "Number of drivers",
} as const;

export function markdown({ sections, growth, growthOn }: Performance): string {
  return [
    "# Performance",
    "",
    "Written by `npm run bench`: medians; what a section compares is measured in one run on one machine, in turns, with a",
    "warm cache. Trust the ratios, not the digits. The same as data: [performance.json](performance.json).",
    ...sections.flatMap(({ title, text, on, rows }) => [
      "",
      `## ${title}`,
      "",
      text,
      "",
      `${on}.`,
      "",
      ...table(rows),
    ]),
    ...(["lines", "files", "drivers"] as const).flatMap((along) => [
      "",
      `## ${growths[along]}`,
      "",
      `![Time and disk against the number of ${axes[along]}](performance-${along}.svg)`,
      "",
      `${growthOn}.`,
      "",
      ...pointTable(growth.filter((point) => point.along === along)),
    ]),
    "",
  ].join("\n");
}

const docs = join(root, "docs");
const data = join(docs, "performance.json");

/** What docs/ says, with this section in the place of that of its name, or behind the first. */
export function withSection(section: Section): Performance {
  const known = JSON.parse(readFileSync(data, "utf8")) as Performance;
  const sections = [...known.sections];
  const at = sections.findIndex(({ title }) => title === section.title);
  sections.splice(at === -1 ? 1 : at, at === -1 ? 0 : 1, section);
  return { ...known, sections };
}

/** Puts it into docs/, with the plots. */
export async function write(performance: Performance): Promise<void> {
  writeFileSync(join(docs, "performance.md"), markdown(performance));
  writeFileSync(data, `${JSON.stringify(performance, undefined, 2)}\n`);
  for (const along of ["lines", "files", "drivers"] as const)
    writeFileSync(join(docs, `performance-${along}.svg`), await plot(performance.growth, along));
}

function table(rows: readonly Row[]): readonly string[] {
  return aligned([
    ["what", "measured", "against", "result", "limit", ""],
    ...rows.map(({ what, measured, against, result, limit, verdict }) => [
      what,
      measured,
      against,
      result,
      limit,
      verdict === "missed" ? "**missed**" : verdict,
    ]),
  ]);
}

function pointTable(points: readonly Point[]): readonly string[] {
  if (points.length === 0) return [];
  const ways = [...new Set(points.map(({ way }) => way))].toSorted();
  const ats = [...new Set(points.map(({ at }) => at))];
  const cell = (at: number, way: string): string => {
    const point = points.find((each) => each.at === at && each.way === way);
    return point === undefined ? "" : `${seconds(point.milliseconds)}, ${prettyBytes(point.bytes)}`;
  };
  return aligned([
    [points[0]?.along ?? "", ...ways],
    ...ats.map((at) => [at.toLocaleString("en"), ...ways.map((way) => cell(at, way))]),
  ]);
}

/** A table of Markdown as the formatter leaves it. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(3, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  const [head, ...body] = rows;
  return [line(head ?? []), line(widths.map((width) => "-".repeat(width))), ...body.map(line)];
}
