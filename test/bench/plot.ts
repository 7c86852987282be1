import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { Point } from "./growth.ts";

const titles = { lines: "lines", files: "files of the image", drivers: "drivers of a line" } as const;

/** Light enough for a dark page and dark enough for a light one: the picture has no ground of its own. */
const ink = "#727880";
const colours = ["#2f81f7", "#8957e5", "#1a9e5c", "#d4702a", "#c9436b"];

/** Time and disk against what grows, as SVG. */
export async function plot(points: readonly Point[], along: Point["along"]): Promise<string> {
  const values = points
    .filter((point) => point.along === along)
    .map(({ at, way, milliseconds, bytes }) => ({
      at,
      way,
      seconds: milliseconds / 1000,
      megabytes: bytes / 1_000_000,
    }));
  const ticks = [...new Set(values.map(({ at }) => at))];
  const panel = (field: "seconds" | "megabytes", title: string) => ({
    width: 300,
    height: 220,
    mark: { type: "line" as const, point: true, strokeWidth: 2 },
    encoding: {
      x: {
        field: "at",
        type: "quantitative" as const,
        title: titles[along],
        scale: { nice: false, zero: true },
        axis: { values: ticks, labelOverlap: "greedy" as const, grid: false },
      },
      y: { field, type: "quantitative" as const, title, axis: { tickCount: 5 } },
      color: { field: "way", type: "nominal" as const, title: null, sort: null },
    },
  });
  const spec: TopLevelSpec = {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    background: "transparent",
    data: { values },
    hconcat: [panel("seconds", "time in seconds"), panel("megabytes", "disk in MB")],
    config: {
      font: "sans-serif",
      range: { category: colours },
      view: { stroke: null },
      axis: {
        labelColor: ink,
        titleColor: ink,
        domainColor: ink,
        tickColor: ink,
        gridColor: ink,
        gridOpacity: 0.25,
      },
      legend: { labelColor: ink, orient: "bottom", columns: 3, labelLimit: 300 },
    },
  };
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  try {
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}
