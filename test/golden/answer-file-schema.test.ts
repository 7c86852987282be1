import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { XMLValidator } from "fast-xml-parser";
import { corpus } from "../support/corpus.ts";

const root = resolve(import.meta.dirname, "../..");

const schema = join(root, "docs/schema/answer-file.xsd");

/** Every golden answer file: those of the plugin, and those of each operation, which stand among other text. */
function goldenFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const folder of ["unattend", "setup"])
    for (const name of readdirSync(join(import.meta.dirname, folder))) {
      const text = readFileSync(join(import.meta.dirname, folder, name), "utf8");
      let at = 0;
      for (const [file] of text.matchAll(/^<\?xml [\s\S]*?^<\/unattend>$/gm))
        files.set(`${name}.${++at}.xml`, file);
    }
  return files;
}

/** What xmllint says against files, by their names. */
function problems(files: ReadonlyMap<string, string>): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "servicing-schema-"));
  try {
    for (const [name, text] of files) writeFileSync(join(folder, name), text);
    const { status, stderr, error } = spawnSync(
      "xmllint",
      ["--nonet", "--noout", "--schema", schema, ...files.keys()],
      { cwd: folder, encoding: "utf8" },
    );
    assert.equal(error, undefined);
    const lines = stderr.split("\n").filter((line) => line !== "" && !line.endsWith(" validates"));
    assert.equal(status === 0, lines.length === 0, stderr);
    return lines;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("the schema of answer files", function () {
  before(function () {
    if (spawnSync("xmllint", ["--version"]).error !== undefined) {
      console.log("      skipped: xmllint is not installed");
      this.skip();
    }
  });

  it("holds for every golden answer file", () => {
    const files = goldenFiles();
    assert.ok(files.size > 90, String(files.size));
    assert.deepEqual(problems(files), []);
  });

  it("holds for the answer files of Microsoft's documentation", function () {
    const folder = join(corpus(this), "unattend/brianlic-msft+commercialization-public");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => /unattend[^/]*\.xml$/i.test(name))
      .map((name, at) => [`${at}.xml`, readFileSync(join(folder, name), "utf8")] as const)
      // Four of them are not well-formed.
      .filter(([, text]) => XMLValidator.validate(text) === true);
    assert.ok(files.length > 5);
    assert.deepEqual(problems(new Map(files)), []);
  });

  const all = readFileSync(join(import.meta.dirname, "unattend/all.xml"), "utf8");
  const wrong: readonly (readonly [string, RegExp | string, string, RegExp])[] = [
    ["a pass that there is not", 'pass="specialize"', 'pass="special"', /attribute 'pass'/],
    ["an attribute that is missing", ' publicKeyToken="31bf3856ad364e35"', "", /publicKeyToken' is required/],
    [
      "an architecture that there is not",
      'processorArchitecture="amd64"',
      'processorArchitecture="x64"',
      /x64/,
    ],
    [
      "another namespace",
      /urn:schemas-microsoft-com:unattend/,
      "urn:other",
      /No matching global declaration/,
    ],
    ["packages behind the passes", "</unattend>", "<servicing /></unattend>", /servicing.*not expected/],
    [
      "an item without its action",
      '<LocalAccount wcm:action="add">',
      "<LocalAccount>",
      /action' is required/,
    ],
    ["an action that there is not", 'wcm:action="add"', 'wcm:action="append"', /append/],
    ["an order of 0", "<Order>1</Order>", "<Order>0</Order>", /Order/],
    ["an order twice", "<Order>1</Order>", "<Order>1</Order><Order>1</Order>", /Order/],
    ["a command without its order", "<Order>1</Order>", "", /Missing child element/],
    ["a command that is too long", /<Path>cmd/, `<Path>${"x".repeat(260)}`, /maxLength/],
    ["a value that is none", "<ProtectYourPC>3<", "<ProtectYourPC>4<", /ProtectYourPC/],
    [
      "a route in another order",
      /(<NextHopAddress>[^<]*<\/NextHopAddress>)\s*(<Prefix>[^<]*<\/Prefix>)/,
      "$2$1",
      /NextHopAddress|Prefix/,
    ],
    ["text among settings", "<OOBE>", "stray<OOBE>", /Character content/],
    ["an account without a name", "<Name>kiosk</Name>", "", /LocalAccount.*Missing child element/],
  ];
  it("does not hold for what is wrong", () => {
    const files = new Map(
      wrong.map(([name, what, instead]) => {
        const text = all.replace(what, instead);
        assert.notEqual(text, all, name);
        return [`${name.replaceAll(" ", "-")}.xml`, text];
      }),
    );
    const found = problems(files);
    for (const [name, , , reason] of wrong) {
      const own = found.filter((line) => line.startsWith(`${name.replaceAll(" ", "-")}.xml:`));
      assert.match(own.join("\n"), reason, name);
    }
  });
});
