import type { Engine, Road, SetupRoad, SetupRoads } from "./engine.ts";
import type { OperationType } from "./operation.ts";

interface Column {
  readonly title: string;
  readonly roads: Readonly<Partial<Record<OperationType, Road<never> | SetupRoad<never>>>>;
}

/** The day on which a run on real Windows was recorded that carried the operation out; empty, since there was none. */
export const shownOnWindows: Shown = {};

type Shown = Readonly<Partial<Record<OperationType, string>>>;

/**
 * What every engine makes of every operation, in Markdown: a table, then the sentences.
 * Read from the engines' own tables, so that it cannot say anything else than the planner does.
 * @param shown days, for what engines of Windows alone do
 */
export function supportMatrix(engines: readonly Engine[], setup?: SetupRoads, shown?: Shown): string {
  const onWindows = engines.filter(({ platforms }) => platforms?.includes("win32")).flatMap(columnsOf);
  const columns = [
    ...engines.flatMap(columnsOf),
    ...(setup === undefined ? [] : [{ title: "setup", roads: setup }]),
  ];
  const types = [...new Set(columns.flatMap(({ roads }) => Object.keys(roads) as OperationType[]))];
  const rows = types.map((type) => [
    `[${type}](#${type.toLowerCase()})`,
    ...columns.map(({ roads }) => answer(roads[type])),
    ...(shown === undefined ? [] : [proof(type, onWindows, shown)]),
  ]);
  const proved = shown === undefined ? [] : ["shown on Windows"];
  return [
    ...table(["operation", ...columns.map(({ title }) => title), ...proved], rows),
    "",
    "`yes`: always · `depends`: some are refused, and the plan says which and why · `no`: never.",
    ...types.flatMap((type) => section(type, columns)),
    "",
  ].join("\n");
}

function section(type: OperationType, columns: readonly Column[]): readonly string[] {
  return ["", `## ${type}`, "", ...columns.flatMap((column) => sentence(column, type))];
}

function columnsOf(engine: Engine): readonly Column[] {
  return (["offline", "online"] as const)
    .map((strategy) => ({
      title: `${engine.name}, ${strategy}`,
      roads: Object.fromEntries(
        Object.entries(engine.roads).flatMap(([type, roads]) =>
          roads[strategy] === undefined ? [] : [[type, roads[strategy]]],
        ),
      ) as Column["roads"],
    }))
    .filter(({ roads }) => Object.keys(roads).length > 0);
}

function answer(road: Road<never> | SetupRoad<never> | undefined): string {
  if (road === undefined) return "";
  if ("refused" in road) return "no";
  return road.refuse === undefined ? "yes" : "depends";
}

/** Nothing where nobody does it on Windows. */
function proof(type: OperationType, columns: readonly Column[], shown: Shown): string {
  const open = columns.some(({ roads }) => !["", "no"].includes(answer(roads[type])));
  return open ? (shown[type] ?? "not yet") : "";
}

function sentence({ title, roads }: Column, type: OperationType): readonly string[] {
  const road = roads[type];
  if (road === undefined) return [];
  return [`- ${title}: ${"refused" in road ? `refused: ${road.refused}` : road.because}`];
}

function table(heading: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = heading.map((cell, column) =>
    Math.max(3, cell.length, ...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [heading, widths.map((width) => "-".repeat(width)), ...rows].map(line);
}
