import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dism } from "../../core/engines/dism.ts";
import { setupRoads } from "../../core/engines/setup.ts";
import { wimlib } from "../../core/engines/wimlib.ts";
import type { Engine, SetupRoads } from "../../core/engine.ts";
import { supportMatrix } from "../../core/support-matrix.ts";
import { operationTypes } from "../support/operations.ts";

const file = join(import.meta.dirname, "../../docs/operations.md");

const text = `# Operations

What can be done to an image, and by whom. This page is made from the tables that the planner reads:
\`UPDATE_GOLDEN=1 npm test\` writes it anew.

${supportMatrix([dism, wimlib], setupRoads)}`;

describe("the support matrix", () => {
  it("in docs/operations.md is the one that the engines' tables give", () => {
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
    assert.equal(readFileSync(file, "utf8"), text);
  });

  it("has a row and a section for every operation", () => {
    for (const type of operationTypes) {
      assert.match(text, new RegExp(`^\\| \\[${type}\\]\\(#${type.toLowerCase()}\\) +\\|`, "m"));
      assert.match(text, new RegExp(`^## ${type}$`, "m"));
    }
  });

  it("tells roads that are open, that depend on the operation, that are refused and that are not there", () => {
    const engine: Pick<Engine, "name" | "roads"> = {
      name: "sample",
      roads: {
        ...dism.roads,
        "Copy-File": { offline: { because: "it copies a|b", commands: () => [] } },
        "Write-File": { offline: { because: "it writes", refuse: () => undefined, commands: () => [] } },
        "Remove-File": { offline: { refused: "it cannot" } },
      },
    };
    const setup = { "Copy-File": { refused: "Setup does not" } } as unknown as SetupRoads;
    const lines = supportMatrix([engine as Engine], setup)
      .split("\n")
      .map((line) => line.replaceAll(/ +/g, " "));
    assert.equal(lines[0], "| operation | sample, offline | sample, online | setup |");
    assert.ok(lines.includes("| [Copy-File](#copy-file) | yes | | no |"));
    assert.ok(lines.includes("| [Write-File](#write-file) | depends | | |"));
    assert.ok(lines.includes("| [Remove-File](#remove-file) | no | | |"));
    assert.ok(lines.includes("- sample, offline: it copies a|b"));
    assert.ok(lines.includes("- setup: refused: Setup does not"));
  });

  it("leaves out a strategy that an engine has no road for", () => {
    const roads = Object.fromEntries(
      operationTypes.map((type) => [type, { offline: { refused: "it cannot" } }]),
    );
    const offline = { name: "sample", roads } as unknown as Engine;
    assert.equal(
      supportMatrix([offline]).split("\n")[0]?.replaceAll(/ +/g, " "),
      "| operation | sample, offline |",
    );
  });
});
