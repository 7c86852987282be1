import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dism } from "../../core/engines/dism.ts";
import { setupRoads } from "../../core/engines/setup.ts";
import { wimlib } from "../../core/engines/wimlib.ts";
import type { Engine, SetupRoads } from "../../core/engine.ts";
import { shownOnWindows, supportMatrix } from "../../core/support-matrix.ts";
import { operationTypes } from "../support/operations.ts";

const file = join(import.meta.dirname, "../../docs/operations.md");

const text = `# Operations

What can be done to an image, and by whom. This page is made from the tables that the planner reads:
\`UPDATE_GOLDEN=1 npm test\` writes it anew.

No operation was ever carried out by DISM on real Windows; where one is, the last column gets the day of the run. What is
shown without Windows: the exact command line of every operation (\`test/golden/dism\`), that a stand-in for DISM, which
knows the documented grammar and nothing else, takes each of them, and what the planner makes of them. It does not show
that Windows does what is documented. What DISM can do besides is in [dism-verbs.md](dism-verbs.md).

${supportMatrix([dism, wimlib], setupRoads, shownOnWindows)}`;

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

  it("says of what Windows alone does on which day it was seen to do it", () => {
    const lines = supportMatrix([dism, wimlib], undefined, { "Add-Driver": "2031-05-06" })
      .split("\n")
      .map((line) => line.replaceAll(/ +/g, " "));
    assert.match(lines[0] ?? "", /\| shown on Windows \|$/);
    const last = (type: string): string | undefined =>
      lines
        .find((line) => line.startsWith(`| [${type}]`))
        ?.split(" | ")
        .at(-1);
    assert.equal(last("Add-Driver"), "2031-05-06 |");
    assert.equal(last("Add-Package"), "not yet |");
    assert.equal(last("New-USB")?.trim(), "|");
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
