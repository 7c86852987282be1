import assert from "node:assert/strict";
import { type FindingCode, findingKinds } from "../../core/formats/answer-file-lint/finding.ts";
import type { FindingKind } from "../../core/formats/answer-file-lint/finding-kind.ts";
import { lintAnswerFile } from "../../core/formats/answer-file-lint/lint.ts";
import { codesOf, component } from "../support/answer-file.ts";
import { contentSamples } from "../support/lint-samples/content.ts";
import { diskSamples } from "../support/lint-samples/disk.ts";
import {
  oobe,
  password,
  type Sample,
  type Samples,
  shell,
  specialize,
} from "../support/lint-samples/document.ts";
import { fileSamples } from "../support/lint-samples/file.ts";
import { imageSamples } from "../support/lint-samples/image.ts";
import { settingSamples } from "../support/lint-samples/setting.ts";

const samples: Readonly<Record<FindingCode, Samples>> = {
  ...fileSamples,
  ...settingSamples,
  ...contentSamples,
  ...diskSamples,
  ...imageSamples,
};

const found = (sample: Sample): readonly FindingCode[] =>
  typeof sample === "string" ? codesOf(sample) : codesOf(...sample);

const isSecret = (text: string): boolean => text.includes("@secret:1@");

describe("lint of answer files", () => {
  for (const [code, { bad, good }] of Object.entries(samples) as [
    FindingCode,
    (typeof samples)[FindingCode],
  ][])
    it(`finds ${code}, and only where it is`, () => {
      for (const [at, sample] of bad.entries())
        assert.ok(found(sample).includes(code), `bad ${at}: ${found(sample).join()}`);
      for (const [at, sample] of good.entries())
        assert.ok(!found(sample).includes(code), `good ${at}: ${found(sample).join()}`);
    });

  it("says where something stands, in lines and columns that an editor counts, whatever ends its lines", () => {
    const text = [
      '\uFEFF<?xml version="1.0"?>',
      '<!-- ä𝄞 --><unattend xmlns="urn:schemas-microsoft-com:unattend">',
      '  <settings pass="oobeSystem">',
      `    ${component(shell, "\n      <OOBE><ProtectYourPC>9</ProtectYourPC></OOBE>\n")}`,
      "  </settings></unattend>",
    ];
    for (const end of ["\n", "\r\n", "\r"]) {
      const [finding] = lintAnswerFile(text.join("\n").replaceAll("\n", end), "a.xml");
      assert.deepEqual([finding?.code, finding?.line, finding?.column], ["value-invalid", 5, 13]);
      assert.equal(finding?.where, `oobeSystem/${shell}/OOBE/ProtectYourPC`);
    }
  });

  it("suggests the name that was meant, and the passes that are valid", () => {
    const [unknown] = lintAnswerFile(specialize("<TimeZon>UTC</TimeZon>"), "a.xml");
    assert.match(unknown?.fix ?? "", /Write TimeZone/);
    const [pass] = lintAnswerFile(oobe("<ComputerName>*</ComputerName>"), "a.xml");
    assert.match(pass?.fix ?? "", /offlineServicing or specialize/);
  });

  it("shows no value: passwords, keys, names and whatever stands where none was expected", () => {
    const secret = "S3cr3t-Value!";
    for (const { bad, good } of Object.values(samples))
      for (const sample of [...bad, ...good]) {
        const [text, options] = typeof sample === "string" ? [sample, {}] : sample;
        // Every text between tags becomes the secret.
        const filled = text.replace(/>[^<>\n]+</g, `>${secret}<`);
        assert.ok(!JSON.stringify(lintAnswerFile(filled, "a.xml", options)).includes(secret));
      }
  });

  it("says of a wiped value that it was wiped, and nothing else", () => {
    for (const text of [
      specialize("<ProductKey>*SENSITIVE*DATA*DELETED*</ProductKey>"),
      oobe("<AutoLogon><Password>*SENSITIVE*DATA*DELETED*</Password></AutoLogon>"),
      password("*SENSITIVE*DATA*DELETED*", "false"),
    ])
      assert.deepEqual(codesOf(text), ["value-wiped"]);
  });

  it("says nothing of a value that stands for a secret", () => {
    for (const text of [
      password("@secret:1@", "true"),
      password("@secret:1@", "false"),
      specialize("<ProductKey>@secret:1@</ProductKey>"),
      specialize("<ComputerName>a b @secret:1@</ComputerName>"),
    ])
      assert.deepEqual(codesOf(text, { isSecret }), []);
  });

  it("looks at absurd files in little time: long names above many settings, and many of one name", function () {
    this.timeout(20_000);
    const long = "a".repeat(900_000);
    for (const text of [
      specialize(`<${long}>${"<b/>".repeat(20_000)}</${long}>`),
      specialize("<b/>".repeat(20_000), long),
      oobe("<AutoLogon><Enabled>true</Enabled></AutoLogon>".repeat(20_000)),
      specialize("<Reseal><Mode>Audit</Mode></Reseal>".repeat(20_000), "Microsoft-Windows-Deployment"),
      oobe(`<InputLocale>${"a".repeat(100_000)}!</InputLocale>`).replace(
        shell,
        "Microsoft-Windows-International-Core",
      ),
    ]) {
      const findings = lintAnswerFile(text, "a.xml");
      assert.ok(findings.length > 0 && findings.length <= 1001);
      assert.ok(JSON.stringify(findings).length < 2_000_000);
    }
  });

  it("has a reason, a page and a fix for every code, in whole sentences", () => {
    for (const [code, { why, page, fix }] of Object.entries<FindingKind>(findingKinds)) {
      assert.match(code, /^[a-z]+(-[a-z]+)+$/);
      for (const text of [why, fix]) assert.match(text, /^[A-Z].*\.$/s, code);
      assert.ok(page !== "", code);
    }
  });
});
