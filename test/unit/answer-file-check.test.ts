import assert from "node:assert/strict";
import type { Contribution } from "../../core/engine.ts";
import { ServicingError } from "../../core/error.ts";
import type { ImageInfo } from "../../core/image.ts";
import type { UnattendSetting } from "../../core/operation.ts";
import { type Existing, finishSetup } from "../../core/setup-finish.ts";
import { answerFile, component } from "../support/answer-file.ts";

const shell = "Microsoft-Windows-Shell-Setup";
const image: ImageInfo = {
  file: "/in/install.wim",
  index: 1,
  name: "Pro",
  architecture: "amd64",
  version: "10.0.26100.1",
  editionId: "Professional",
  installationType: "Client",
  languages: ["en-US"],
  defaultLanguage: "en-US",
  totalBytes: 1,
};
const set = (
  pass: UnattendSetting["pass"],
  path: readonly string[],
  value: UnattendSetting["value"],
): Contribution => ({ settings: [{ pass, component: shell, path, value }] });
const zone = set("specialize", ["TimeZone"], "UTC");

function warningsOf(contributions: readonly Contribution[], existing: Existing = {}): readonly string[] {
  const all = contributions.map((contribution, at) => ({
    by: "unattend",
    item: `unattend/${at + 1}`,
    contribution,
  }));
  return finishSetup(all, image, existing).warnings;
}

function refused(contributions: readonly Contribution[], existing: Existing, message: RegExp): void {
  assert.throws(
    () => warningsOf(contributions, existing),
    (error) =>
      error instanceof ServicingError &&
      error.code === "SERVICING_ANSWER_FILE_FINDINGS" &&
      message.test(error.message),
  );
}

const wrong = answerFile({ oobeSystem: component(shell, "<ComputerName>*</ComputerName>") });

describe("the answer file of a line", () => {
  it("does not plan with an error, all of which are named with who asked for it", () => {
    refused(
      [set("specialize", ["ComputerName"], "a b"), set("oobeSystem", ["OOBE", "ProtectYourPC"], 9)],
      {},
      /^The answer file for install\.wim:1 \(Pro\) .*\n {2}ComputerName has .*\(computer-name, specialize\/Microsoft-Windows-Shell-Setup\/ComputerName; from unattend \(unattend\/1\)\)[^\n]*\n {2}.*\(value-invalid, .*; from unattend \(unattend\/2\)\)[^\n]*$/,
    );
  });

  it("does not plan with an error of the file that the user gave, and warns of one that the image brought", () => {
    refused(
      [zone, { answerFile: "/in/u.xml" }],
      { baseAnswerFile: wrong },
      /pass-invalid, .*; from \/in\/u\.xml\)/,
    );
    const [warning, ...others] = warningsOf([zone], { answerFile: wrong });
    assert.match(warning ?? "", /pass-invalid, .*; from the image's \\Windows\\Panther\\unattend\.xml\)/);
    assert.deepEqual(others, []);
  });

  it("takes what a component of the image itself has wrong for the image's, whatever is added to it", () => {
    const answerFileOf = wrong
      .replace(/<ComputerName>.*<\/ComputerName>/, "")
      .replace("31bf3856ad364e35", "none");
    const [warning] = warningsOf([set("oobeSystem", ["TimeZone"], "UTC")], { answerFile: answerFileOf });
    assert.match(warning ?? "", /attribute-invalid, .*; from the image's /);
  });

  it("leaves out what Windows wiped in the image's own, and says what is not set anew", () => {
    const wiped = "*SENSITIVE*DATA*DELETED*";
    const account = `<LocalAccount wcm:action="add"><Name>ann</Name><Password>${wiped}</Password></LocalAccount>`;
    const left = answerFile({
      specialize:
        component(shell, `<ProductKey>${wiped}</ProductKey>`) +
        component(
          "Microsoft-Windows-UnattendedJoin",
          `<Identification><Credentials><Password>${wiped}</Password><Username>j</Username></Credentials></Identification>`,
        ),
      oobeSystem: component(
        shell,
        `<UserAccounts><AdministratorPassword>${wiped}</AdministratorPassword><LocalAccounts>${account}</LocalAccounts></UserAccounts><AutoLogon><Password><Value>${wiped}</Value><PlainText>true</PlainText></Password><Username>ann</Username></AutoLogon>`,
      ),
    });
    const administrator = set("oobeSystem", ["UserAccounts", "AdministratorPassword", "Value"], "pw");
    const { operations, warnings } = finishSetup(
      [{ by: "unattend", item: "unattend/1", contribution: administrator }],
      image,
      { answerFile: left },
    );
    const [operation] = operations.map((one) => one.operation);
    const text = operation?.type === "Write-File" ? operation.text : "";
    assert.ok(!text.includes("SENSITIVE") && !text.includes("<ProductKey"));
    assert.match(text, /<Credentials>\s*<Username>j<\/Username>\s*<\/Credentials>/);
    assert.match(text, /<LocalAccount [^>]*>\s*<Name>ann<\/Name>\s*<\/LocalAccount>/);
    assert.match(text, /<AutoLogon>\s*<Username>ann<\/Username>\s*<\/AutoLogon>/);
    assert.match(text, /<AdministratorPassword>\s*<Value>[^<]*<\/Value>\s*<PlainText>false</);
    assert.deepEqual(warnings, [
      `Windows wiped secrets in the image's \\Windows\\Panther\\unattend.xml, and ours leaves them out: ${[
        `${shell}/ProductKey (specialize)`,
        "Microsoft-Windows-UnattendedJoin/Identification/Credentials/Password (specialize)",
        `${shell}/UserAccounts/LocalAccounts/LocalAccount[ann]/Password (oobeSystem)`,
        `${shell}/AutoLogon/Password/Value (oobeSystem)`,
      ].join(", ")}. What is still wanted has to be set anew`,
    ]);
    refused(
      [zone, { answerFile: "/in/u.xml" }],
      { baseAnswerFile: left },
      /ProductKey was wiped by Windows \(value-wiped, .*; from \/in\/u\.xml\)/,
    );
    assert.deepEqual(warningsOf([], { answerFile: left }), []);
    // What is left of a component without settings goes, and a warning stays short.
    const many = `<a>${`<b>${wiped}</b>`.repeat(20_000)}</a>`;
    const [warning = "", ...others] = warningsOf([zone], {
      answerFile: answerFile({ oobeSystem: component("x".repeat(100_000), many) }),
    });
    assert.ok(warning.includes("x".repeat(200)) && warning.length < 20_000, String(warning.length));
    assert.deepEqual(others, []);
  });

  it("does not plan with a component for another architecture than the image's", () => {
    const x86 = answerFile({ specialize: component(shell, "<RegisteredOwner>a</RegisteredOwner>", "x86") });
    refused([{ answerFile: "/in/u.xml" }], { baseAnswerFile: x86 }, /image-architecture/);
  });

  it("warns of what is no error, and shows neither a password nor what stands for a secret", () => {
    const path = ["UserAccounts", "AdministratorPassword"];
    const plain = set("oobeSystem", [...path, "PlainText"], true);
    const given = warningsOf([set("oobeSystem", [...path, "Value"], "S3cr3t"), plain]);
    assert.match(given.join(), /password-plain, .*; from unattend \(unattend\/1\)/);
    assert.ok(!given.join().includes("S3cr3t"));
    assert.deepEqual(warningsOf([set("oobeSystem", [...path, "Value"], { secret: "PASSWORD" }), plain]), []);
    assert.deepEqual(warningsOf([set("specialize", ["ProductKey"], { secret: "KEY" })]), []);
  });

  it("leaves out what other steps of the plan may change: edition and languages", () => {
    const international: Contribution = {
      settings: [
        {
          pass: "oobeSystem",
          component: "Microsoft-Windows-International-Core",
          path: ["UILanguage"],
          value: "fr-FR",
        },
        {
          pass: "specialize",
          component: shell,
          path: ["ProductKey"],
          value: "NPPR9-FWDCX-D2C8J-H872K-2YT43",
        },
      ],
    };
    assert.deepEqual(warningsOf([international]), []);
  });
});
