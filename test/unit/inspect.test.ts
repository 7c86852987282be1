import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import * as fc from "fast-check";
import glob from "fast-glob";
import { ZipFile } from "yazl";
import type { Artefact } from "../../core/artefact.ts";
import { failure, ServicingError } from "../../core/error.ts";
import { headerChecksum } from "../../core/formats/hive-cells.ts";
import { emptyHive } from "../../templates/sample/empty-hive.ts";
import { inspect, type InspectOptions } from "../../core/inspect.ts";
import { artefactText } from "../../core/artefact-text.ts";
import { createRunner, type Runner } from "../../core/runner.ts";
import { installHint } from "../../core/tools.ts";
import { corpus } from "../support/corpus.ts";
import { executable } from "../../templates/sample/pe.ts";
import {
  compDb,
  hasTool,
  makeCabinet,
  makeMetadata,
  makeUpdate,
  updateManifest,
} from "../support/package-fixture.ts";

const missing: Runner = {
  run: ({ run }) => Promise.reject(failure("SERVICING_TOOL_MISSING", { tool: run, ...installHint(run) })),
};
const options: InspectOptions = { runner: createRunner() };
const unreadable = { code: "SERVICING_INPUT_UNREADABLE" };

const needs = (test: Mocha.Context, ...tools: readonly string[]): void => {
  const absent = tools.filter((tool) => !hasTool(tool));
  if (absent.length === 0) return;
  console.log(`      skipped: ${absent.join(", ")} not installed`);
  test.skip();
};

const scratchFolders = (): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith("servicing-inspect-"));

const appManifest = (architecture: string, runtime = "14.0.0.0"): string =>
  `<Package><Identity Name="Contoso.App" Publisher="CN=C" Version="1.0.0.0" ProcessorArchitecture="${architecture}"/>
   <Dependencies><PackageDependency Name="Contoso.Runtime" MinVersion="${runtime}"/></Dependencies></Package>`;

describe("inspect", () => {
  let folder: string;
  const temporary = process.env["TMPDIR"];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "servicing-test-inspect-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  // A folder of our own for scratch files, so that what is left in it is ours.
  before(() => {
    process.env["TMPDIR"] = mkdtempSync(join(tmpdir(), "servicing-test-tmp-"));
  });
  after(() => {
    rmSync(tmpdir(), { recursive: true });
    if (temporary === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = temporary;
  });

  const write = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  it("reads a package from a cabinet, in whatever case its manifest is named", async function () {
    needs(this, "gcab", "cabextract");
    for (const name of ["update.mum", "Update.MUM"]) {
      const file = makeCabinet(folder, `${name}.bin`, { "a.manifest": "x", [name]: updateManifest({}) });
      const artefact = await inspect(file, options);
      assert.ok(artefact.kind === "package");
      assert.equal(artefact.identity, "Package_for_KB5000001~31bf3856ad364e35~amd64~~10.0.1.2");
      assert.equal(artefact.container, "cab");
      assert.equal(artefact.bytes, readFileSync(file).length);
    }
    assert.deepEqual(scratchFolders(), []);
  });

  it("reads a manifest in UTF-16", async function () {
    needs(this, "gcab", "cabextract");
    const manifest = Buffer.from(`\ufeff${updateManifest({}).replace("utf-8", "utf-16")}`, "utf16le");
    const artefact = await inspect(makeCabinet(folder, "a.cab", { "update.mum": manifest }), options);
    assert.ok(artefact.kind === "package" && artefact.kb === "KB5000001");
  });

  it("reads the package inside a classic .msu, not what travels with it", async function () {
    needs(this, "gcab", "cabextract");
    const inner = readFileSync(
      makeCabinet(folder, "inner.cab", { "update.mum": updateManifest({ kb: "KB5000009" }) }),
    );
    const stack = readFileSync(
      makeCabinet(folder, "stack.cab", {
        "update.mum": updateManifest({ name: "Package_for_ServicingStack" }),
      }),
    );
    const file = makeCabinet(folder, "update.msu", {
      "WSUSSCAN.cab": stack,
      "SSU-26100.1-x64.cab": stack,
      "Windows11.0-KB5000009-x64.cab": inner,
      "Windows11.0-KB5000009-x64.xml": "<unattend/>",
    });
    const artefact = await inspect(file, options);
    assert.ok(artefact.kind === "package");
    assert.deepEqual([artefact.container, artefact.kb, artefact.file], ["msu", "KB5000009", file]);
    assert.equal(artefact.servicingStack, "SSU-26100.1-x64.cab");
    assert.deepEqual(scratchFolders(), []);
  });

  it("reads an .msu that is a WIM, whether its package is a cabinet or a WIM", async function () {
    needs(this, "gcab", "cabextract", "wimlib-imagex");
    const cabinet = makeCabinet(folder, "inner.cab", { "update.mum": updateManifest({}) });
    const tree = join(folder, "tree");
    mkdirSync(tree);
    writeFileSync(join(tree, "update.mum"), updateManifest({}));
    execFileSync("wimlib-imagex", ["capture", tree, join(folder, "inner.wim"), "--no-acls"], {
      stdio: "ignore",
    });
    for (const inner of [cabinet, join(folder, "inner.wim")]) {
      const payload = mkdtempSync(join(folder, "payload-"));
      writeFileSync(join(payload, `Windows11.0-KB5000001-x64.${inner.slice(-3)}`), readFileSync(inner));
      writeFileSync(join(payload, "Windows11.0-KB5000001-x64.psf"), "payload");
      const file = join(folder, `${inner.slice(-3)}.msu`);
      execFileSync("wimlib-imagex", ["capture", payload, file, "--no-acls"], { stdio: "ignore" });
      const artefact = await inspect(file, options);
      assert.ok(artefact.kind === "package", artefact.kind);
      assert.deepEqual([artefact.container, artefact.kb], ["msu (wim)", "KB5000001"]);
      await assert.rejects(inspect(file, { ...options, runner: missing }), {
        code: "SERVICING_TOOL_MISSING",
        message: /wimlib-imagex/,
      });
    }
  });

  it("reads of an .msu with metadata what it is built on, and what Windows is at with it", async function () {
    needs(this, "gcab", "cabextract", "wimlib-imagex");
    const update = { kb: "KB5044284", version: "26100.2033.1.7", baseline: "10.0.26100.1742" };
    const artefact = await inspect(makeUpdate(folder, "renamed.bin", update), options);
    assert.ok(artefact.kind === "package");
    const { class: kind, level, baseline, servicingStack, builds, container } = artefact;
    assert.deepEqual(
      { kind, level, baseline, servicingStack, builds, container },
      {
        kind: "cumulative update",
        level: "10.0.26100.2033",
        baseline: "10.0.26100.1742",
        servicingStack: "SSU-26100.2033-x64.cab",
        builds: [{ build: 26100, compare: "EQ" }],
        container: "msu (wim)",
      },
    );
    assert.deepEqual(scratchFolders(), []);
    // The generation before it has the same in a cabinet.
    const inner = makeCabinet(folder, "inner.cab", {
      "update.mum": updateManifest({ name: "Package_for_RollupFix", version: "22621.4000.1.1" }),
    });
    const cabinet = await inspect(
      makeCabinet(folder, "old.msu", {
        "Windows11.0-KB5000009-x64.cab": readFileSync(inner),
        "onepackage.AggregatedMetadata.cab": makeMetadata(folder, {
          "LCUCompDB_KB5000009.xml": compDb({ baseline: "10.0.22621.1", target: "10.0.22621.4000" }),
          "list.xml": '{ "entities": [] }',
        }),
      }),
      options,
    );
    assert.ok(cabinet.kind === "package");
    assert.deepEqual([cabinet.level, cabinet.baseline], ["10.0.22621.4000", "10.0.22621.1"]);
  });

  it("bounds the metadata of an .msu", async function () {
    needs(this, "gcab", "cabextract");
    const inner = makeCabinet(folder, "inner.cab", { "update.mum": updateManifest({}) });
    const msu = (metadata: Buffer): string =>
      makeCabinet(folder, "update.msu", {
        "Windows11.0-KB5000009-x64.cab": readFileSync(inner),
        "onepackage.AggregatedMetadata.cab": metadata,
      });
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`${at}.xml`, "<a/>"]));
    const crowded = msu(readFileSync(makeCabinet(folder, "metadata.cab", many)));
    await assert.rejects(inspect(crowded, options), { ...unreadable, message: /33 documents/ });
    const large = makeMetadata(folder, { "a.xml": " ".repeat(17 * 1024 * 1024) });
    await assert.rejects(inspect(msu(large), options), { ...unreadable, message: /a\.xml is larger than/ });
    const damaged = msu(makeMetadata(folder, { "a.xml": "<CompDB" }));
    await assert.rejects(inspect(damaged, options), { ...unreadable, message: /not well-formed XML/ });
  });

  it("tells a Setup dynamic update by the programs in it, and for which devices it is", async function () {
    needs(this, "gcab", "cabextract");
    const program = Buffer.from(executable("arm64", "exe", new Uint8Array(16)));
    const artefact = await inspect(
      makeCabinet(folder, "a.cab", { "SetupHost.exe": program, "acmigration.dll": "MZ" }),
      options,
    );
    assert.ok(artefact.kind === "package" && artefact.class === "Setup dynamic update");
    assert.equal(artefact.architecture, "arm64");
    const bomb = makeCabinet(folder, "b.cab", {
      "setup.exe": "MZ",
      "a.dll": Buffer.alloc(8 * 1024 * 1024),
    });
    await assert.rejects(inspect(bomb, options), { ...unreadable, message: /would unpack to/ });
  });

  it("leaves a WIM without a package a WIM", async function () {
    needs(this, "wimlib-imagex");
    const tree = join(folder, "tree");
    mkdirSync(tree);
    writeFileSync(join(tree, "data.txt"), "data");
    const file = join(folder, "data.wim");
    execFileSync("wimlib-imagex", ["capture", tree, file, "--no-acls"], { stdio: "ignore" });
    assert.equal((await inspect(file, options)).kind, "wim");
    assert.equal((await inspect(file, { ...options, runner: missing })).kind, "wim");
  });

  it("says what a cabinet holds instead of a package", async function () {
    needs(this, "gcab", "cabextract");
    const driver = makeCabinet(folder, "driver.cab", { "net.inf": "[Version]", "net.sys": "MZ" });
    await assert.rejects(inspect(driver, options), { ...unreadable, message: /holds drivers/ });
    const setup = makeCabinet(folder, "setup.cab", { "setup.dll": "MZ" });
    await assert.rejects(inspect(setup, options), {
      ...unreadable,
      message: /without programs of Windows Setup/,
    });
    const bytes = readFileSync(setup);
    bytes.writeUInt16LE(1, 30);
    await assert.rejects(inspect(write("part.cab", bytes), options), {
      ...unreadable,
      message: /set of cabinets/,
    });
    const bad = makeCabinet(folder, "bad.cab", { "update.mum": "<assembly/>" });
    await assert.rejects(inspect(bad, options), { ...unreadable, message: /no package identity/ });
  });

  it("unpacks nothing that would fill the disk", async function () {
    needs(this, "gcab", "cabextract");
    const never: InspectOptions = {
      ...options,
      runner: { run: () => Promise.reject(new Error("unpacked")) },
    };
    const manifest = makeCabinet(folder, "mum.cab", { "update.mum": Buffer.alloc(17 * 1024 * 1024) });
    await assert.rejects(inspect(manifest, never), { ...unreadable, message: /larger than/ });
    const bomb = makeCabinet(folder, "bomb.msu", { "KB1.cab": Buffer.alloc(64 * 1024 * 1024) });
    await assert.rejects(inspect(bomb, never), { ...unreadable, message: /would unpack to/ });
  });

  it("reports a cabinet that is cut off, at whatever place", async function () {
    needs(this, "gcab", "cabextract");
    const file = makeCabinet(folder, "a.cab", { "update.mum": updateManifest({}) });
    const whole = readFileSync(file).length;
    for (const length of [4, 20, 36, 60, 90, whole - 40]) {
      truncateSync(file, length);
      writeFileSync(file, readFileSync(file).subarray(0, length));
      await assert.rejects(inspect(file, options), unreadable, `${length} of ${whole} bytes`);
      makeCabinet(folder, "a.cab", { "update.mum": updateManifest({}) });
    }
  });

  it("names the tool that is missing for a cabinet", async function () {
    needs(this, "gcab");
    const file = makeCabinet(folder, "a.cab", { "update.mum": updateManifest({}) });
    await assert.rejects(inspect(file, { ...options, runner: missing }), {
      code: "SERVICING_TOOL_MISSING",
      message: /cabextract is not installed; it is needed to read \.cab/,
    });
  });

  const zip = async (name: string, content: Readonly<Record<string, string | Buffer>>): Promise<string> => {
    const file = new ZipFile();
    for (const [path, data] of Object.entries(content)) {
      file.addBuffer(Buffer.from(data), path, { compress: !path.endsWith("x") });
    }
    file.end();
    await pipeline(file.outputStream, createWriteStream(join(folder, name)));
    return join(folder, name);
  };

  it("reads an app package, and the apps inside a bundle for what they need", async () => {
    const app = await zip("a.bin", { "AppxManifest.xml": appManifest("x64"), "AppxSignature.p7x": "PKCX" });
    const artefact = await inspect(app, options);
    assert.ok(artefact.kind === "appx");
    assert.deepEqual(
      [artefact.name, artefact.architecture, artefact.signed, artefact.bundle, artefact.dependencies],
      ["Contoso.App", "x64", true, false, [{ name: "Contoso.Runtime", minVersion: "14.0.0.0" }]],
    );
    const newer = await zip("b.appx", { "AppxManifest.xml": appManifest("arm64", "14.0.10.0") });
    const bundle = await zip("a.appxbundle", {
      "AppxMetadata/AppxBundleManifest.xml": `<Bundle><Identity Name="Contoso.App" Publisher="CN=C" Version="2.0.0.0"/>
        <Packages><Package Type="application" Architecture="x64" FileName="a.appx"/>
        <Package Type="application" Architecture="arm64" FileName="b.appx"/></Packages></Bundle>`,
      "a.appx": readFileSync(app),
      "b.appx": readFileSync(newer),
    });
    const outer = await inspect(bundle, options);
    assert.ok(outer.kind === "appx");
    assert.deepEqual(
      [outer.bundle, outer.version, outer.architecture, outer.signed, outer.dependencies],
      [true, "2.0.0.0", "arm64, x64", false, [{ name: "Contoso.Runtime", minVersion: "14.0.10.0" }]],
    );
  });

  it("refuses another zip, and one whose manifest is a bomb", async () => {
    await assert.rejects(inspect(await zip("a.appx", { "a.txt": "a" }), options), {
      ...unreadable,
      message: /without AppxManifest\.xml/,
    });
    const bomb = await zip("b.appx", { "AppxManifest.xml": Buffer.alloc(5 * 1024 * 1024, " ") });
    await assert.rejects(inspect(bomb, options), { ...unreadable, message: /too large/ });
  });

  it("reads a driver, an answer file and a hive by content alone", async () => {
    const inf = '[Version]\nSignature="$Windows NT$"\nClass=Net\nProvider=Contoso\n';
    for (const bytes of [Buffer.from(inf), Buffer.from(`\ufeff${inf}`, "utf16le")]) {
      const driver = await inspect(write("a.txt", bytes), options);
      assert.ok(driver.kind === "driver");
      assert.deepEqual([driver.className, driver.provider, driver.coInstallers], ["Net", "Contoso", false]);
    }
    const answer = await inspect(
      write(
        "b.txt",
        '<?xml version="1.0"?><unattend xmlns="urn:x"><settings pass="specialize"><component name="Shell"/></settings></unattend>',
      ),
      options,
    );
    assert.ok(answer.kind === "answer file");
    assert.deepEqual(answer.passes, [{ pass: "specialize", components: ["Shell"] }]);
    const bytes = Buffer.from(emptyHive("\\SystemRoot\\SYSTEM", new Date(0)));
    bytes.writeUInt32LE(7, 4);
    bytes.writeUInt32LE(headerChecksum(bytes), 508);
    const hive = await inspect(write("c.txt", bytes), options);
    assert.ok(hive.kind === "hive");
    assert.deepEqual([hive.name, hive.dirty, hive.rootKeys], ["\\SystemRoot\\SYSTEM", true, []]);
  });

  it("names files that a driver wants and that are not there, in any case and packed as well", async () => {
    mkdirSync(join(folder, "X64"));
    write("NET.SYS", "MZ");
    write("packed.dl_", "SZDD");
    write(join("X64", "tool.exe"), "MZ");
    const file = write(
      "net.inf",
      `[Version]\nSignature="$Windows NT$"\nCatalogFile=net.cat
[Manufacturer]\nContoso=Models,NTamd64\n[Models.NTamd64]\n"Card"=Install,PCI\\VEN_1234
[SourceDisksNames]\n1="Disk"\n[SourceDisksFiles]\nnet.sys=1\npacked.dll=1\n..\\up.dll=1,..
[SourceDisksFiles.amd64]\ntool.exe=1,x64\ngone.dll=1,x64\n[SourceDisksFiles.x86]\nother.dll=1\n`,
    );
    const artefact = await inspect(file, options);
    assert.ok(artefact.kind === "driver");
    assert.deepEqual(artefact.missingFiles, ["net.cat", "x64\\gone.dll", "..\\..\\up.dll"]);
    assert.match(artefactText(artefact), /missing files +net\.cat, /);
  });

  it("looks for the files of each architecture where the disks of that one say", async () => {
    for (const name of ["amd64", "x86"]) {
      mkdirSync(join(folder, name));
      write(join(name, "disk.sys"), "MZ");
    }
    const text = `[Version]\nSignature="$Windows NT$"
[Manufacturer]\nContoso=M,NTamd64,NTx86,NTia64\n[M.NTamd64]\n"Disk"=I,PCI\\1\n[M.NTx86]\n"Disk"=I,PCI\\1\n[M.NTia64]
[SourceDisksNames.amd64]\n1=D,,,\\amd64\n[SourceDisksNames.x86]\n1=D,,,\\x86\n[SourceDisksFiles]\ndisk.sys=1\n`;
    const whole = await inspect(write("disk.inf", text), options);
    assert.ok(whole.kind === "driver");
    assert.deepEqual(whole.missingFiles, undefined);
    assert.deepEqual(
      whole.packages?.map(({ files }) => files.map(({ path }) => path)),
      [
        ["disk.inf", "amd64/disk.sys"],
        ["disk.inf", "x86/disk.sys"],
      ],
    );
    rmSync(join(folder, "x86"), { recursive: true });
    const half = await inspect(join(folder, "disk.inf"), options);
    assert.ok(half.kind === "driver");
    assert.deepEqual(half.missingFiles, ["x86\\disk.sys"]);
    // Nothing that it is for would take the one of all.
    const own = text.replaceAll(
      "[SourceDisksFiles]",
      "[SourceDisksFiles.amd64]\ndisk.sys=1\n[SourceDisksFiles]",
    );
    const alone = await inspect(write("disk.inf", own.replace(",NTx86,NTia64", "")), options);
    assert.ok(alone.kind === "driver");
    assert.deepEqual(alone.missingFiles, undefined);
  });

  it("says what was looked for where nothing is recognised", async () => {
    for (const [name, content] of [
      ["empty.inf", ""],
      ["text.inf", "hello"],
      ["autorun.inf", "[autorun]\nopen=setup.exe\n"],
      ["binary.cab", Buffer.from([0, 1, 2, 3, 0, 0, 0, 0])],
      ["page.xml", "<html></html>"],
      ["other.inf", '[Version]\nSignature="$Windows CE$"\n'],
      ["doctype.xml", '<!DOCTYPE unattend [<!ENTITY a "a">]><unattend/>'],
    ] as const) {
      await assert.rejects(inspect(write(name, content), options), unreadable, name);
    }
    await assert.rejects(inspect(write("hive", "regf"), options), { code: "SERVICING_HIVE_CORRUPT" });
    await assert.rejects(inspect(join(folder, "nothing"), options), { code: "SERVICING_INPUT_NOT_FOUND" });
  });

  it("walks a folder, drivers first, and follows no link that leads out of it", async () => {
    const outside = mkdtempSync(join(tmpdir(), "servicing-test-outside-"));
    try {
      const inf = '[Version]\nSignature="$Windows NT$"\nClass=Net\n';
      writeFileSync(join(outside, "out.inf"), inf);
      mkdirSync(join(folder, "z"));
      write("a.xml", "<unattend/>");
      write("readme.txt", "hello");
      write(join("z", "net.inf"), inf);
      symlinkSync(outside, join(folder, "link"));
      symlinkSync(join(outside, "out.inf"), join(folder, "out.inf"));
      const artefact = await inspect(folder, options);
      assert.ok(artefact.kind === "folder");
      assert.deepEqual(
        artefact.holds.map((held) => held.kind),
        ["driver", "answer file"],
      );
      assert.match(artefactText(artefact), /folder with 2 inputs[^]*z.net\.inf {2}Net/);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it("survives arbitrary bytes behind every magic", async () => {
    const magic = fc.constantFrom(
      "MSCF",
      "PK\u0003\u0004",
      "regf",
      "[Version]\n",
      "<unattend>",
      "\ufeff",
      "",
    );
    await fc.assert(
      fc.asyncProperty(magic, fc.uint8Array({ maxLength: 200 }), async (start, rest) => {
        const file = write("any", Buffer.concat([Buffer.from(start), rest]));
        await inspect(file, { ...options, runner: missing }).catch((error: unknown) => {
          assert.ok(error instanceof ServicingError, String(error));
        });
      }),
    );
  });

  it("recognises every package of the corpus, or says why not", async function () {
    const root = join(corpus(this), "pkg");
    const files = glob.sync("**/*", { cwd: root, absolute: true });
    assert.ok(files.length > 60, `${files.length} files`);
    const found = new Map<string, Artefact>();
    for (const file of files) {
      try {
        const artefact = await inspect(file, options);
        found.set(file.slice(root.length + 1), artefact);
        assert.ok(artefactText(artefact).length > 0);
      } catch (error) {
        assert.ok(error instanceof ServicingError, `${file}: ${String(error)}`);
      }
    }
    const unpack = "microsoft+msix-packaging/src/test/testData/unpack/";
    assert.ok(!found.has(`${unpack}Empty.appx`));
    assert.ok(!found.has(`${unpack}bundles/ManifestIsMissing.appxbundle`));
    // Deflated in blocks without a last one, as the MSIX SDK writes them.
    assert.equal(found.get(`${unpack}BlockMap/Extra_file_in_blockmap.msix`)?.kind, "appx");
    const app = found.get(`${unpack}TestAppxPackage_x64.appx`);
    assert.deepEqual(scratchFolders(), []);
    assert.ok(app?.kind === "appx" && app.architecture === "x64" && !app.bundle, JSON.stringify(app));
    const bundle = found.get(
      "microsoft+winget-cli/src/AppInstallerCLITests/TestData/Installer-Signed-Good.msixbundle",
    );
    assert.ok(bundle?.kind === "appx" && bundle.bundle && bundle.signed, JSON.stringify(bundle));
  });

  it("reads an MSI of the corpus", async function () {
    needs(this, "msiinfo");
    const file = join(
      corpus(this),
      "pkg/microsoft+winget-cli/src/AppInstallerCLIE2ETests/TestData/AppInstallerTestMsiInstaller.msi",
    );
    const artefact = await inspect(file, options);
    assert.ok(artefact.kind === "msi");
    assert.match(artefact.productCode, /^\{[0-9A-F-]{36}\}$/);
    assert.notEqual(artefact.productName, "");
    await assert.rejects(inspect(file, { ...options, runner: missing }), {
      code: "SERVICING_TOOL_MISSING",
      message: /msiinfo/,
    });
  });
});

describe("text of an artefact", () => {
  it("lets nothing from outside steer the terminal", () => {
    const text = artefactText({
      kind: "msi",
      file: "/x/a.msi",
      bytes: 2048,
      productName: "\u001b[31mContoso\r\nAgent",
      productVersion: "1.0",
      productCode: "{0}",
    });
    assert.deepEqual(text.split("\n"), [
      "a.msi: Windows Installer package, 2 KiB",
      "  product        [31mContoso Agent",
      "  version       1.0",
      "  product code  {0}",
    ]);
  });
});
