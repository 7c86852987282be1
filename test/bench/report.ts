import { writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import prettyBytes from "pretty-bytes";
import type { Point } from "./growth.ts";
import { command, seconds } from "./measure.ts";
import { plot } from "./plot.ts";
import { root } from "./project.ts";
import type { Row } from "./rows.ts";

export interface Section {
  readonly title: string;
  readonly text: string;
  readonly rows: readonly Row[];
}

const axes = { lines: "lines", files: "files", drivers: "drivers" } as const;
const growths = {
  lines: "Number of lines",
  files: "Size of the image",
  drivers: "Number of drivers",
} as const;

export async function markdown(sections: readonly Section[], points: readonly Point[]): Promise<string> {
  const version = (await command("wimlib-imagex", ["--version"])).stdout.split("\n")[0];
  return [
    "# Performance",
    "",
    "Written by `npm run bench`: medians, everything measured in one run on one machine, in turns, with a warm cache. Trust",
    "the ratios, not the digits. The same as data: [performance.json](performance.json).",
    "",
    `Node ${process.version}, ${version}, Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model}.`,
    ...sections.flatMap(({ title, text, rows }) => ["", `## ${title}`, "", text, "", ...table(rows)]),
    ...(["lines", "files", "drivers"] as const).flatMap((along) => [
      "",
      `## ${growths[along]}`,
      "",
      `![Time and disk against the number of ${axes[along]}](performance-${along}.svg)`,
      "",
      ...pointTable(points.filter((point) => point.along === along)),
    ]),
    "",
  ].join("\n");
}

/** Puts it into docs/, with the plots. */
export async function write(
  text: string,
  sections: readonly Section[],
  points: readonly Point[],
): Promise<void> {
  const docs = join(root, "docs");
  writeFileSync(join(docs, "performance.md"), text);
  const rows = sections.flatMap((section) => section.rows.map((row) => ({ section: section.title, ...row })));
  writeFileSync(
    join(docs, "performance.json"),
    `${JSON.stringify({ rows, growth: points }, undefined, 2)}\n`,
  );
  for (const along of ["lines", "files", "drivers"] as const)
    writeFileSync(join(docs, `performance-${along}.svg`), await plot(points, along));
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
