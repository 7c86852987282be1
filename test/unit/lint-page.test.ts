import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findingKinds, findingSections } from "../../core/formats/answer-file-lint/finding.ts";
import type { FindingKinds } from "../../core/formats/answer-file-lint/finding-kind.ts";

const page = join(import.meta.dirname, "../../docs/lint.md");

const head = `# Lint of answer files

\`servicing lint autounattend.xml\` reads answer files and says what is wrong with them: a code, file, line and column, what it
is, why it matters with the page of Microsoft's documentation, and the fix. \`--json\` gives the same as data
([json.md](json.md)). Columns count UTF-16 code units from 1, as editors do. No value of a setting is ever shown, so that
no password is.

| severity | means                                                                                 |
| -------- | ------------------------------------------------------------------------------------- |
| error    | Windows refuses it, ends Setup with it, or silently does otherwise than the file asks |
| warning  | the documentation advises against it, or does not know it                             |
| note     | worth knowing                                                                         |

The command ends with 1 where there is an error, with 0 where there is none, and with 2 where a file cannot be read; one that
is not well-formed XML is refused with line, column and reason (SERVICING_ANSWER_FILE_INVALID).

## With an image

\`servicing lint autounattend.xml --image install.wim:2\` (an index, a name, or nothing where the file has one image) compares
with the image as well: whether the image that the file chooses is there; whether a generic key, of those that
"kms-client-activation-keys" lists, belongs to its edition; architecture; display languages, with those that packages of the
same file add; and whether the recovery partition holds its winre.wim. The size of winre.wim is read with wimlib-imagex; where
that is not installed, the least size alone is looked at.

## Inside a plan

The answer file that a line comes to is linted while it is planned. An error of what the config asks for, or of the answer
file that it names, ends the plan (SERVICING_ANSWER_FILE_FINDINGS); an error of what the image brought along, every warning
and every note are warnings of the plan, each with who asked for it. Edition, languages and the choice of an image are left
out there, since other steps of the plan may change them. What stands for a secret is not judged.

## What is not looked at

- Whether a component exists in the image. The reference of Windows 10 and 11 is what names are compared with; components and
  settings of earlier Windows are reported as unknown.
- Whether a key is genuine, a time zone exists, or a path is there.
- Windows itself: nothing here was ever run on Windows. What it does with an error is what its documentation says.

In the answer files of others that the tests read, two places of each code that they show were read by hand; they stand
in \`test/golden/lint.test.ts\`. What follows is made from \`core/formats/answer-file-lint/\`: \`UPDATE_GOLDEN=1 npm test\` writes
it anew.
`;

function section([title, kinds]: readonly [string, FindingKinds]): string {
  const entries = Object.entries(kinds).map(([code, { severity, why, page: source, fix }]) => {
    const name = `${severity.slice(0, 1).toUpperCase()}${severity.slice(1)}`;
    return `### ${code}\n\n${name}. ${why} (${source})\n\n→ ${fix}\n`;
  });
  return `## ${title}\n\n${entries.join("\n")}`;
}

describe("docs/lint.md", () => {
  it("has every code once, as the rules have it", () => {
    const text = `${head}\n${Object.entries<FindingKinds>(findingSections).map(section).join("\n")}`;
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(page, text);
    assert.equal(readFileSync(page, "utf8"), text);
    const codes = Object.values<FindingKinds>(findingSections).flatMap((kinds) => Object.keys(kinds));
    assert.deepEqual(codes, Object.keys(findingKinds));
    assert.equal(new Set(codes).size, codes.length);
  });
});
