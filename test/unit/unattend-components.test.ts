import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { componentPasses, passes, type Pass } from "../../core/formats/unattend-passes.ts";

const file = join(import.meta.dirname, "../../core/formats/unattend-components.ts");

const union = (all: Iterable<Pass>) => {
  const wanted = new Set(all);
  return wanted.size === passes.length
    ? "Pass"
    : passes
        .filter((pass) => wanted.has(pass))
        .map((pass) => JSON.stringify(pass))
        .join(" | ");
};

const key = (name: string) => (/^\w+$/.test(name) ? name : JSON.stringify(name));

/** The types of the reference's table, as the file holds them. */
function generated(): string {
  const table = [...componentPasses()];
  const differing = table.filter(([, settings]) => new Set([...settings.values()].map(union)).size > 1);
  return [
    'import type { Pass } from "./unattend-passes.ts";',
    "",
    "/* Generated from unattend-passes-data.ts by test/unit/unattend-components.test.ts with UPDATE_GOLDEN=1. */",
    "",
    "/** Components of answer files, and the passes in which any of their settings is valid. */",
    "export interface ComponentPasses {",
    ...table.map(([name, settings]) => `  ${key(name)}: ${union([...settings.values()].flat())};`),
    "}",
    "",
    "/** The uppermost settings of those components whose settings differ in their passes. */",
    "export interface SettingPasses {",
    ...differing.flatMap(([name, settings]) => [
      `  ${key(name)}: {`,
      ...[...settings].map(([setting, valid]) => `    ${key(setting)}: ${union(valid)};`),
      "  };",
    ]),
    "}",
    "",
  ].join("\n");
}

/** The formatter may lay a long union out over several lines. */
const bare = (text: string) => text.replace(/\s+\|?\s*/g, " ").replace(/ \| /g, " ");

describe("types of components", () => {
  it("are those of the table of passes", () => {
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, generated());
    assert.equal(bare(readFileSync(file, "utf8")), bare(generated()));
  });
});
