import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { ServicingError } from "../../core/error.ts";
import { type Finding, findingKinds } from "../../core/formats/answer-file-lint/finding.ts";
import type { FindingKind } from "../../core/formats/answer-file-lint/finding-kind.ts";
import { lintAnswerFile } from "../../core/formats/answer-file-lint/lint.ts";
import { decodeText } from "../../core/formats/text.ts";
import { answerFilesOf } from "../support/answer-file.ts";
import { corpus } from "../support/corpus.ts";

const file = resolve(import.meta.dirname, "lint/corpus.tsv");

/**
 * Read in the files themselves, and found to be right: what the code says is so at this line. Two of each
 * that two projects of the corpus show; of the other codes there are documents in test/unit/answer-file-lint.test.ts.
 */
const checked: Readonly<Record<string, readonly string[]>> = {
  "action-missing": [
    "memstechtips+UnattendedWinstall/autounattend.xml:218",
    "vmware-samples+packer-examples-for-vsphere/builds/windows/desktop/11/data/autounattend.pkrtpl.hcl:99",
  ],
  "architecture-mixed": [
    "mwrock+packer-templates/answer_files/win7/postunattend.xml:48",
    "lkrms+win10-unattended/Autounattend.xml:81",
  ],
  "autologon-incomplete": [
    "StefanScherer+packer-windows/answer_files/10/Autounattend.xml:172",
    "chef+bento/packer_templates/win_answer_files/11/Autounattend.xml:200",
  ],
  "component-unknown": [
    "dockur+windows/assets/winvistax64-enterprise.xml:68",
    "PlagueHO+LabBuilder/tests/pestertestconfig/expectedcontent/ExpectedUnattendFile.xml:53",
  ],
  "element-unknown": [
    "mdelgert+UnattendedWinstall/autounattend.xml:121",
    "mdelgert+UnattendedWinstall/Original/autounattend.xml:131",
  ],
  "empty-element": [
    "cschneegans+unattend-generator/resource/autounattend.xml:31",
    "mdelgert+UnattendedWinstall/Original/IoT-LTSC-Like/autounattend.xml:123",
  ],
  "empty-value": [
    "dockur+windows/assets/win10x64-iot.xml:90",
    "StefanScherer+packer-windows/answer_files/server_1709/Autounattend.xml:66",
  ],
  "image-key": [
    "StefanScherer+packer-windows/answer_files/10_insider/Autounattend.xml:45",
    "StefanScherer+packer-windows/answer_files/11_insider/Autounattend.xml:45",
  ],
  "name-case": [
    "dockur+windows/assets/win10x64-enterprise.xml:99",
    "chef+bento/packer_templates/win_answer_files/11/Autounattend.xml:331",
  ],
  "pass-invalid": [
    "StefanScherer+packer-windows/answer_files/10_insider/Autounattend.xml:53",
    "cloudbase+windows-imaging-tools/UnattendTemplate.xml:143",
  ],
  "password-plain": [
    "StefanScherer+packer-windows/answer_files/10/Autounattend.xml:150",
    "boxcutter+windows/floppy/eval-win10x64-enterprise/Autounattend.xml:98",
  ],
  "placeholder-left": [
    "gusztavvargadr+packer/src/windows/boot/autounattend.xml:4",
    "google+glazier/examples/yaml/image/unattend.xml:13",
  ],
  "product-key-purpose": [
    "brianlic-msft+commercialization-public/manufacture/desktop/samples/USB-B/ConfigSet/OA3.0/AutoUnattend.xml:16",
    "brianlic-msft+commercialization-public/manufacture/desktop/samples/USB-B - original/ConfigSet/OA3.0/AutoUnattend.xml:16",
  ],
  "setting-unknown": [
    "dockur+windows/assets/win10x64-enterprise.xml:117",
    "StefanScherer+packer-windows/answer_files/10/Autounattend.xml:285",
  ],
};

/** Microsoft's own, of its documentation. */
const documentation = /^brianlic-msft\+commercialization-public\//;

interface Linted {
  readonly name: string;
  readonly findings?: readonly Finding[];
  readonly refused?: string;
}

let linted: readonly Linted[] | undefined;

function lintCorpus(folder: string): readonly Linted[] {
  linted ??= answerFilesOf(folder).map(({ name, bytes }) => {
    const { text, encoding } = decodeText(bytes);
    try {
      return { name, findings: lintAnswerFile(text, name, { encoding }) };
    } catch (error) {
      assert.ok(error instanceof ServicingError, name);
      assert.equal(error.code, "SERVICING_ANSWER_FILE_INVALID");
      return { name, refused: error.message };
    }
  });
  return linted;
}

describe("lint of the corpus", () => {
  it("finds what the golden file says", function () {
    this.timeout(60_000);
    const rows = lintCorpus(corpus(this)).flatMap(({ name, findings, refused }) =>
      findings === undefined
        ? [
            [
              name,
              /line (\d+)/.exec(refused ?? "")?.[1] ?? "",
              /column (\d+)/.exec(refused ?? "")?.[1] ?? "",
              "refused",
            ],
          ]
        : findings.map(({ line, column, code }) => [name, line, column, code]),
    );
    const text = [["file", "line", "column", "code"], ...rows].map((row) => `${row.join("\t")}\n`).join("");
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
    assert.ok(existsSync(file), "run with UPDATE_GOLDEN=1");
    assert.equal(text, readFileSync(file, "utf8"));
  });

  it("finds each code where it was read to be right, and no code that was not looked at", function () {
    const at = new Set<string>();
    const codes = new Set<string>();
    for (const { name, findings = [] } of lintCorpus(corpus(this)))
      for (const { line, code } of findings) {
        at.add(`${code} ${name}:${line}`);
        codes.add(code);
      }
    assert.deepEqual([...codes].sort(), Object.keys(checked).sort());
    for (const [code, places] of Object.entries(checked))
      for (const place of places) assert.ok(at.has(`${code} ${place}`), `${code} ${place}`);
  });

  it("has no error for what Microsoft's documentation shows", function () {
    const theirs = lintCorpus(corpus(this)).filter(({ name }) => documentation.test(name));
    assert.ok(theirs.filter(({ findings }) => findings !== undefined).length > 8);
    for (const { name, findings = [] } of theirs)
      for (const { severity, code } of findings) assert.notEqual(severity, "error", `${name}: ${code}`);
  });

  it("says line, column and reason of what is not well-formed", function () {
    const refused = lintCorpus(corpus(this)).flatMap((one) => one.refused ?? []);
    const broken = refused.filter((message) => !message.includes("its root is <"));
    assert.equal(broken.length, 5);
    for (const message of broken) assert.match(message, /: line \d+, column \d+: char '&' is not expected/);
  });

  it("shows no password of any file", function () {
    const folder = corpus(this);
    const texts = new Map(answerFilesOf(folder).map(({ name, bytes }) => [name, decodeText(bytes).text]));
    const whys = new Set(Object.values<FindingKind>(findingKinds).flatMap(({ why, fix }) => [why, fix]));
    for (const { name, findings = [] } of lintCorpus(folder)) {
      const secrets = [
        ...(texts.get(name) ?? "").matchAll(/<(?:Value|Password|Key|ProductKey)>([^<>]{6,})</g),
      ];
      for (const { what, fix, where } of findings)
        for (const [, secret = ""] of secrets)
          for (const shown of [what, whys.has(fix) ? "" : fix, where])
            assert.ok(!shown.includes(secret), `${name} shows a value`);
    }
  });
});
