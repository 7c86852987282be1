import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { files, settings, unattend } from "../../plugins/index.ts";
import { asking, done, needs, type Rig, rig, sampleFolder, wimlib } from "../support/rig.ts";

const answerFile = `<unattend xmlns="urn:schemas-microsoft-com:unattend"><settings pass="oobeSystem">
<component name="Microsoft-Windows-Shell-Setup" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35"
 language="neutral" versionScope="nonSxS"><RegisteredOwner>Contoso</RegisteredOwner></component></settings></unattend>`;

/** In code page 850, as a script of a German vendor may be. */
const ownScript = Buffer.from("@echo Gr\x94\xe1e\r\n", "latin1");

function content(here: Rig, wim: string, path: string): Buffer {
  wimlib("extract", wim, "1", path, `--dest-dir=${here.path("x")}`, "--no-acls", "--no-attributes");
  return readFileSync(here.path("x", path.split("/").at(-1) ?? ""));
}

describe("an image that tells Windows Setup something already", function () {
  let sample: string;

  before(async function () {
    needs(this, "wimlib-imagex", "hivexsh", "mkntfs", "gcab", "wixl");
    sample = await sampleFolder();
  });

  function imageWith(here: Rig, ...commands: readonly string[]): string {
    const image = here.path("install.wim");
    copyFileSync(join(sample, "install.wim"), image);
    writeFileSync(here.path("u.xml"), Buffer.from(`\uFEFF${answerFile}`, "utf16le"));
    writeFileSync(here.path("own.cmd"), ownScript);
    execFileSync("wimlib-imagex", ["update", image, "1"], {
      input: commands.join("\n"),
      cwd: here.folder,
      stdio: ["pipe", "ignore", "pipe"],
    });
    return image;
  }

  it("is added to, whatever the case of its names and the encoding of its files", async () => {
    const here = rig();
    const file = imageWith(
      here,
      "add u.xml /Windows/Panther/UNATTEND.XML",
      "add own.cmd /Windows/Setup/Scripts/setupCOMPLETE.cmd",
    );
    const line = here.line({
      image: { file, index: 1 },
      plugins: [unattend({ timeZone: "UTC" }), asking({ type: "Cleanup-Image" })],
    });
    const report = await done(line);
    const merged = content(here, line.output.file, "/Windows/Panther/UNATTEND.XML").toString();
    assert.match(merged, /<RegisteredOwner>Contoso</);
    assert.match(merged, /<TimeZone>UTC</);
    const kept = content(here, line.output.file, "/Windows/Setup/Scripts/SetupComplete.image.cmd");
    assert.deepEqual(kept, ownScript);
    assert.match(
      content(here, line.output.file, "/Windows/Setup/Scripts/setupCOMPLETE.cmd").toString(),
      /SetupComplete\.image\.cmd[^]*setupcomplete\.cmd/,
    );
    assert.deepEqual(report.warnings, []);
    const [told] = report.tables ?? [];
    assert.equal(told?.title, "Answer file");
    assert.deepEqual(
      told.rows.find(([, setting]) => setting?.endsWith("/RegisteredOwner")),
      [
        "oobeSystem",
        "Microsoft-Windows-Shell-Setup/RegisteredOwner",
        String.raw`the image's \Windows\Panther\unattend.xml`,
      ],
    );
  });

  it("is warned of where its answer file comes before ours, unless the line removes it", async () => {
    const here = rig();
    const file = imageWith(here, "add u.xml /Windows/Panther/Unattend/Unattend.xml");
    const options = { image: { file, index: 1 } };
    const shadowed = await done(here.line({ ...options, plugins: [unattend({ timeZone: "UTC" })] }));
    assert.match(
      shadowed.warnings.join("\n"),
      /\\Panther\\Unattend\\unattend\.xml, which Windows reads before/,
    );
    const removed = await done(
      here.line({
        ...options,
        plugins: [files({ remove: ["\\Windows\\Panther\\Unattend"] }), unattend({ timeZone: "UTC" })],
      }),
    );
    assert.deepEqual(removed.warnings, []);
  });

  it("has its hives changed under the names that they have in it", async () => {
    const here = rig();
    const file = imageWith(
      here,
      "rename /Windows/System32/config/SOFTWARE /Windows/System32/config/Software",
    );
    const line = here.line({
      image: { file, index: 1 },
      plugins: [settings({ registry: { "HKLM\\SOFTWARE\\Contoso": { A: 1 } } })],
    });
    await done(line);
    const hive = content(here, line.output.file, "/Windows/System32/config/Software");
    assert.ok(hive.includes(Buffer.from("Contoso")));
  });

  it("may be given an answer file in UTF-16", async () => {
    const here = rig();
    const file = imageWith(here);
    const line = here.line({
      image: { file, index: 1 },
      plugins: [unattend({ answerFile: here.path("u.xml"), timeZone: "UTC" })],
    });
    await done(line);
    assert.match(
      content(here, line.output.file, "/Windows/Panther/unattend.xml").toString(),
      /<RegisteredOwner>Contoso</,
    );
  });
});
