import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeText, dismFaults } from "../../core/formats/dism-fault.ts";

const page = join(import.meta.dirname, "../../docs/dism.md");
const marks = ["<!-- made from core/formats/dism-fault.ts -->\n", "<!-- end -->"] as const;

const entries = dismFaults.map(({ exitCode, name, error, cause, remedy, source }) => {
  const code = name.startsWith("0x") ? name : `${codeText(exitCode)}, ${name}`;
  return `#### ${code}\n\n${cause.slice(0, 1).toUpperCase()}${cause.slice(1)} (\`${error}\`; ${source}).\n\n→ ${remedy}\n`;
});

describe("docs/dism.md", () => {
  it("has every exit code that servicing knows of DISM", () => {
    const text = readFileSync(page, "utf8");
    const [head = "", rest = ""] = text.split(marks[0]);
    const [, tail = ""] = rest.split(marks[1]);
    assert.ok(tail !== "", "the page has marks around what is made");
    const made = `${head}${marks[0]}\n${entries.join("\n")}\n${marks[1]}${tail}`;
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(page, made);
    assert.equal(readFileSync(page, "utf8"), made);
  });
});
