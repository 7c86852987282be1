import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Code, failure } from "../../core/error.ts";
import { catalogue } from "../../core/error-catalogue.ts";
import { codeText, dismFaults } from "../../core/formats/dism-fault.ts";
import { errorValues } from "../support/error-values.ts";

const root = join(import.meta.dirname, "../..");
const page = join(root, "docs/errors.md");
const codes = Object.keys(catalogue) as Code[];

/** The comments of the catalogue are its sections. */
function sections(): ReadonlyMap<string, readonly Code[]> {
  const found = new Map<string, Code[]>();
  let section = "";
  for (const line of readFileSync(join(root, "core/error-catalogue.ts"), "utf8").split("\n")) {
    section = /^ {2}\/\/ (.+)$/.exec(line)?.[1] ?? section;
    const code = /^ {2}(SERVICING_\w+):/.exec(line)?.[1] as Code | undefined;
    if (code !== undefined) found.set(section, [...(found.get(section) ?? []), code]);
  }
  return found;
}

function entry(code: Code): string {
  const { message, remedy } = failure(
    code,
    errorValues((name) => `{${name}}`),
  );
  const exits = dismFaults.filter(({ error }) => error === code).map(({ exitCode }) => codeText(exitCode));
  const of = exits.length === 0 ? "" : `\nOf DISM's exit codes: ${exits.join(", ")}.\n`;
  return `### ${code}\n\n\`\`\`text\n${message}\n\`\`\`\n\n${remedy}\n${of}`;
}

const text = `# Errors

Every error that servicing gives on purpose: its code, its message with \`{…}\` where your own values stand, and what to
do. Codes do not change. This page is made from the catalogue in \`core/error-catalogue.ts\`: \`UPDATE_GOLDEN=1 npm test\` writes it
anew.

An error before the first step of a line (a config, an image, an input, a plan that finds no road) ends the command with
2 and is printed on stderr; with \`--json\` it is on stdout as well, as \`{"error":{"code","message","remedy"}}\`. One that
ends a step is in the report of the line, with the command to paste and the log, and the command ends with 1.

What each exit code of DISM means, and which of these errors it becomes: [dism.md](dism.md#exit-codes).

${[...sections()]
  .map(
    ([section, members]) =>
      `## ${section.slice(0, 1).toUpperCase()}${section.slice(1)}\n\n${members.map(entry).join("\n")}`,
  )
  .join("\n")}`;

describe("the error catalogue", () => {
  for (const code of codes)
    it(`${code} says what happened and what to do`, () => {
      const error = failure(
        code,
        errorValues((name) => (name === "remedy" ? "Mend it." : `the ${name} of it`)),
      );
      assert.match(code, /^SERVICING(_[A-Z]+)+$/);
      assert.ok(error.message.length > 10 && !error.message.includes("undefined"), error.message);
      assert.match(error.remedy, /^[A-Z`"<].*\.$/s, error.remedy);
      assert.ok(!error.remedy.includes("undefined"), error.remedy);
    });

  it("in docs/errors.md is the one of core/error-catalogue.ts, with every code once", () => {
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(page, text);
    assert.equal(readFileSync(page, "utf8"), text);
    assert.deepEqual([...sections().values()].flat(), codes);
  });
});
