import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Place, servicingStages, type Stage } from "../../core/servicing-order.ts";

const page = join(import.meta.dirname, "../../docs/updates.md");

const places = ["winre", "windows", "boot", "media"] as const satisfies readonly Place[];
const titles = { winre: "WinRE", windows: "Windows", boot: "boot.wim", media: "media" } as const;

function cell({ steps, left = [] }: Stage, place: Place): string {
  const step = steps[place];
  return step === undefined ? "" : left.includes(place) ? `(${step})` : String(step);
}

function table(): string {
  const rows = [
    ["stage", ...places.map((place) => titles[place]), "because"],
    ...servicingStages.map((stage: Stage) => [
      stage.name,
      ...places.map((place) => cell(stage, place)),
      stage.because,
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const [head, ...body] = rows.map(
    (row) => `| ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join(" | ")} |`,
  );
  return [head, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...body].join("\n");
}

describe("docs/updates.md", () => {
  it("has the table that the planner goes by", () => {
    const text = readFileSync(page, "utf8");
    const made = text.replace(
      /<!-- order -->[\s\S]*<!-- \/order -->/,
      `<!-- order -->\n\n${table()}\n\n<!-- /order -->`,
    );
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(page, made);
    assert.equal(text, made);
  });

  it("numbers the steps of each image upwards, as they are carried out there", () => {
    for (const place of places) {
      const steps = servicingStages.flatMap(({ steps: of }: Stage) => of[place] ?? []);
      assert.deepEqual(
        steps,
        steps.toSorted((a, b) => a - b),
        place,
      );
    }
  });
});
