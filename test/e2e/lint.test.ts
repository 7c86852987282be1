import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readAnswerFile, writeAnswerFile } from "../../core/formats/answer-file.ts";
import { decodeText } from "../../core/formats/text.ts";
import { answerFile, answerFilesOf, component } from "../support/answer-file.ts";
import { folderOf, servicing } from "../support/command.ts";
import { corpus } from "../support/corpus.ts";
import { needs } from "../support/rig.ts";

const shell = "Microsoft-Windows-Shell-Setup";
const setup = "Microsoft-Windows-Setup";
const good = answerFile({ specialize: component(shell, "<TimeZone>UTC</TimeZone>") });
const wrong = answerFile({ oobeSystem: component(shell, "\n<ComputerName>Secret1234</ComputerName>") });
const plain = answerFile({
  oobeSystem: component(
    shell,
    "<UserAccounts><AdministratorPassword><Value>Secret1234</Value></AdministratorPassword></UserAccounts>",
  ),
});

const from = (index: string) =>
  `<ImageInstall><OSImage><InstallFrom><MetaData wcm:action="add"><Key>/IMAGE/INDEX</Key><Value>${index}</Value></MetaData></InstallFrom></OSImage></ImageInstall>`;
const wimlib = (...args: readonly string[]) => execFileSync("wimlib-imagex", args, { stdio: "ignore" });

interface Linted {
  readonly file: string;
  readonly findings: readonly { readonly code: string; readonly line: number; readonly column: number }[];
}

describe("servicing lint", () => {
  it("ends with 0 without errors, with 1 where there is one, and says where, why and what to do", () => {
    const { path } = folderOf({ "good.xml": good, "wrong.xml": wrong, "plain.xml": plain });
    const clean = servicing(["lint", "good.xml"], path);
    assert.deepEqual(clean, {
      code: 0,
      stdout: "good.xml: nothing found\n0 errors, 0 warnings, 0 notes in 1 file\n",
      stderr: "",
    });
    assert.equal(servicing(["lint", "plain.xml"], path).code, 0);
    const { code, stdout } = servicing(["lint", "wrong.xml", "plain.xml"], path);
    assert.equal(code, 1);
    assert.match(
      stdout,
      /^wrong\.xml:3:1 error pass-invalid: .*ComputerName is not valid in oobeSystem\n {4}Windows does not apply .*\n {4}→ Move it to offlineServicing or specialize\.\n/,
    );
    assert.match(stdout, /^plain\.xml:2:\d+ warning password-plain: /m);
    assert.match(stdout, /^1 error, 1 warning, 0 notes in 2 files\n$/m);
    assert.ok(!stdout.includes("Secret1234"));
  });

  it("gives all of it as data", () => {
    const { path } = folderOf({ "good.xml": good, "wrong.xml": wrong });
    const { code, stdout } = servicing(["lint", "--json", "good.xml", "wrong.xml"], path);
    assert.equal(code, 1);
    const [first, second] = JSON.parse(stdout) as readonly Linted[];
    assert.deepEqual(first, { file: join(path, "good.xml"), findings: [] });
    assert.deepEqual(
      second?.findings.map((one) => [one.code, one.line, one.column]),
      [["pass-invalid", 3, 1]],
    );
  });

  it("ends with 2 for what cannot be read, after what came before it", () => {
    const { path } = folderOf({ "good.xml": good, "broken.xml": "<unattend>\n  <a>\n</unattend>" });
    const broken = servicing(["lint", "good.xml", "broken.xml"], path);
    assert.equal(broken.code, 2);
    assert.match(broken.stdout, /^good\.xml: nothing found\n$/);
    assert.match(
      broken.stderr,
      /SERVICING_ANSWER_FILE_INVALID: broken\.xml is not a usable answer file: line 3, column 1: /,
    );
    const absent = servicing(["lint", "absent.xml"], path);
    assert.equal(absent.code, 2);
    assert.match(absent.stderr, /SERVICING_INPUT_NOT_FOUND/);
  });

  it("compares with an image: which one, its architecture, its winre.wim", function () {
    needs(this, "wimlib-imagex");
    const disk =
      '<DiskConfiguration><Disk wcm:action="add"><DiskID>0</DiskID><WillWipeDisk>true</WillWipeDisk><CreatePartitions><CreatePartition wcm:action="add"><Order>1</Order><Type>Primary</Type><Size>300</Size></CreatePartition></CreatePartitions><ModifyPartitions><ModifyPartition wcm:action="add"><Order>1</Order><PartitionID>1</PartitionID><TypeID>0x27</TypeID></ModifyPartition></ModifyPartitions></Disk></DiskConfiguration>';
    const { path } = folderOf({
      "one.xml": answerFile({ windowsPE: component(setup, from("1") + disk) }),
      "three.xml": answerFile({ windowsPE: component(setup, from("3")) }),
      "x86.xml": good.replace("amd64", "x86"),
    });
    const recovery = join(path, "tree/Windows/System32/Recovery");
    mkdirSync(recovery, { recursive: true });
    writeFileSync(join(recovery, "Winre.wim"), Buffer.alloc(251 * 1024 ** 2));
    const wim = join(path, "install.wim");
    wimlib("capture", join(path, "tree"), wim, "Pro", "--image-property=WINDOWS/ARCH=9", "--compress=fast");
    wimlib("export", wim, "1", wim, "Second Pro");
    const codes = (...args: readonly string[]) =>
      (JSON.parse(servicing(["lint", "--json", ...args], path).stdout) as readonly Linted[]).flatMap(
        ({ findings }) => findings.map(({ code }) => code),
      );
    assert.deepEqual(codes("one.xml", "--image", "install.wim:1"), ["recovery-partition-small"]);
    assert.deepEqual(codes("three.xml", "--image", "install.wim"), ["image-missing"]);
    assert.deepEqual(codes("x86.xml", "--image", "install.wim:Second Pro"), ["image-architecture"]);
    const unknown = servicing(["lint", "one.xml", "--image", "install.wim:Home"], path);
    assert.equal(unknown.code, 2);
    assert.match(
      unknown.stderr,
      /SERVICING_IMAGE_INDEX: .*install\.wim has no image Home\n→ Choose one of: 1 or "Pro"; 2 or "Second Pro"\./,
    );
  });
});

describe("answer files of others", () => {
  it("are written as they were read, compared as canonical XML by another reader", function () {
    this.timeout(60_000);
    const folder = corpus(this);
    needs(this, "xmllint");
    const written = mkdtempSync(join(tmpdir(), "servicing-written-"));
    try {
      const files = answerFilesOf(folder).flatMap(({ name, path, bytes }, at) => {
        const { text } = decodeText(bytes);
        let read;
        try {
          read = readAnswerFile(text, name);
        } catch {
          return [];
        }
        const again = join(written, `${at}.xml`);
        writeFileSync(again, writeAnswerFile(read));
        assert.deepEqual(readAnswerFile(writeAnswerFile(read), name), read, name);
        return [{ name, path, again }];
      });
      assert.equal(files.length, 191);
      if (canonical(files.map(({ path }) => path)) === canonical(files.map(({ again }) => again))) return;
      for (const { name, path, again } of files) assert.equal(canonical([again]), canonical([path]), name);
    } finally {
      rmSync(written, { recursive: true });
    }
  });
});

/** As "Canonical XML" with comments, without the white space that lies between elements. */
function canonical(files: readonly string[]): string {
  return execFileSync("xmllint", ["--c14n", ...files], { encoding: "utf8", maxBuffer: 256 * 1024 ** 2 })
    .replace(/>\s+<(?!\/)/g, "><")
    .replace(/(<\/[^>]*>|-->|\?>)\s+(?=<\/)/g, "$1");
}
