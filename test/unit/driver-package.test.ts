import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DriverPackage } from "../../core/driver-package.ts";
import type { ImageInfo } from "../../core/image.ts";
import { sourceOf } from "../../core/driver-store/store-files.ts";
import { infWindowsOf } from "../../core/inf-windows.ts";
import { type DriverPackageOptions, readDriverPackage } from "../../core/inspect/driver-package.ts";
import { executable } from "../../templates/sample/pe.ts";
import { corpus } from "../support/corpus.ts";
import { driverInf, writeDriverPackage } from "../support/driver-package.ts";
import { unprivileged } from "../support/unprivileged.ts";

const image: ImageInfo = {
  file: "/install.wim",
  index: 1,
  name: "Windows 11 Pro",
  architecture: "amd64",
  version: "10.0.26100.1742",
  editionId: "Professional",
  installationType: "Client",
  languages: ["en-US"],
  defaultLanguage: "en-US",
  totalBytes: 0,
};

describe("driver packages", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "servicing-test-package-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function read(
    written: Parameters<typeof writeDriverPackage>[1],
    on: Partial<ImageInfo> = {},
    options?: DriverPackageOptions,
  ): Promise<DriverPackage> {
    const inf = await writeDriverPackage(folder, written);
    return readDriverPackage(inf, { ...image, ...on }, options);
  }

  it("say what they are, hold and are for", async () => {
    const found = await read({});
    const sizes = ["cstor.inf", "cstor.sys", "cstor.cat"].map((path) => ({
      path,
      bytes: readFileSync(join(folder, path)).length,
    }));
    assert.deepEqual(found.files, sizes);
    assert.equal(
      found.bytes,
      sizes.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    assert.deepEqual(found.signature, {
      state: "covered",
      catalog: "cstor.cat",
      signer: "Contoso Driver Signing",
    });
    assert.deepEqual([found.kind, found.className, found.provider], ["device", "SCSIAdapter", "Contoso"]);
    assert.deepEqual([found.date, found.version], ["05/20/2024", "1.8.0.3"]);
    assert.deepEqual([found.bootCritical, found.missing, found.refused], [true, [], undefined]);
    assert.deepEqual(
      found.devices.map(({ id, kind, position }) => [id, kind, position]),
      [
        ["PCI\\VEN_C0DE&DEV_4001&SUBSYS_0008C0DE", "hardware", 0],
        ["PCI\\VEN_C0DE&DEV_4001", "compatible", 0],
        ["PCI\\VEN_C0DE&DEV_4002", "hardware", 0],
      ],
    );
    assert.equal((await read({ kind: "net", name: "cnet" })).bootCritical, false);
  });

  it("have the date and version of a section for its devices, where it has a day of its own", async () => {
    const twice = driverInf("storage")
      .replace("Install, PCI\\VEN_C0DE&DEV_4002", "Other, PCI\\VEN_C0DE&DEV_4002")
      .replace(
        "[Install.HW]",
        "[Other]\nDriverVer = 06-01-2024, 9.0.0.0\nCopyFiles = @%name%.sys\n[Install.HW]",
      );
    const found = await read({ inf: twice });
    assert.deepEqual([found.date, found.version], ["05/20/2024", "1.8.0.3"]);
    assert.deepEqual(
      found.devices.map(({ date, version }) => [date, version]),
      [
        [undefined, undefined],
        [undefined, undefined],
        ["06/01/2024", "9.0.0.0"],
      ],
    );
    const odd = await read({ inf: twice.replace("06-01-2024", "2024-06-01") });
    assert.ok(odd.devices.every((device) => !("date" in device || "version" in device)));
  });

  it("are signed by SHA-1 as by SHA-256", async () => {
    const { signature } = await read({ signing: { algorithm: "sha1" } });
    assert.equal(signature.state, "covered");
  });

  it("without a catalogue are for 32 bits, and for who forces them", async () => {
    const found = await read({ catalog: "none" });
    assert.deepEqual(found.signature, { state: "none", because: "its catalogue cstor.cat is not there" });
    assert.deepEqual(found.missing, ["cstor.cat"]);
    assert.match(
      found.refused ?? "",
      /is not signed .* demands: get the signed package, or set forceUnsigned$/,
    );
    assert.equal((await read({ catalog: "none" }, {}, { forceUnsigned: true })).refused, undefined);
    assert.equal(
      (await read({ catalog: "none", machine: "x86" }, { architecture: "x86" })).refused,
      undefined,
    );
    const inf = driverInf("net").replace(/CatalogFile.*/, "");
    assert.match((await read({ inf, catalog: "none" })).refused ?? "", /its INF names no catalogue/);
  });

  it("are not as they were signed with another's catalogue, a changed one, or a changed file", async () => {
    const other = (await read({ catalog: "other" })).signature;
    assert.ok(other.state === "broken");
    assert.deepEqual(
      [other.because, other.files],
      ["cstor.cat is the catalogue of another package", ["cstor.inf", "cstor.sys"]],
    );
    const tampered = (await read({ catalog: "tampered" })).signature;
    assert.ok(tampered.state === "broken");
    assert.match(tampered.because, /cstor.cat does not hold: its list was changed/);

    const inf = await writeDriverPackage(folder);
    const program = readFileSync(join(folder, "cstor.sys"));
    // The checksum is no part of the digest, the code is.
    program.writeUInt32LE(0, 0x84 + 20 + 64);
    writeFileSync(join(folder, "cstor.sys"), program);
    assert.equal((await readDriverPackage(inf, image)).signature.state, "covered");
    program[0x400]! ^= 1;
    writeFileSync(join(folder, "cstor.sys"), program);
    const { signature, refused } = await readDriverPackage(inf, image);
    assert.ok(signature.state === "broken");
    assert.deepEqual(
      [signature.because, signature.files],
      ["cstor.cat does not list cstor.sys as it is", ["cstor.sys"]],
    );
    assert.match(refused ?? "", /is not as it was signed/);
    writeFileSync(join(folder, "cstor.cat"), "no catalogue");
    const unreadable = (await readDriverPackage(inf, image)).signature;
    assert.ok(unreadable.state === "broken" && /is no catalogue/.test(unreadable.because));
  });

  it("are refused for what is wrong first", async () => {
    const refusals: readonly (readonly [Parameters<typeof writeDriverPackage>[1], RegExp])[] = [
      [{ inf: "[Version]\n" }, /^cstor\.inf is no driver INF, since its \[Version\] has no Signature: name /],
      [{ inf: '[Version]\nSignature="$Linux$"\n' }, /has the Signature "\$Linux\$"/],
      [{ machine: "arm64" }, /installs nothing on amd64, only for arm64: get .* for amd64$/],
      [
        { inf: driverInf("storage", "amd64", "NTamd64.10.0...30000") },
        /installs nothing on Windows 10\.0\.26100 \(workstation, amd64\), only on NTamd64\.10\.0\.\.\.30000: get/,
      ],
      [{ inf: driverInf("storage", "amd64", "NTamd64.10.0.3") }, /only on NTamd64\.10\.0\.3: get/],
      [
        { files: {}, catalog: "other" },
        /names cstor\.sys, not to be found in its folder: unpack the whole package$/,
      ],
      [
        { inf: driverInf("storage", "amd64"), machine: "arm64" },
        /^cstor\.sys is a driver for arm64, but .* on amd64: /,
      ],
    ];
    for (const [written, refusal] of refusals) {
      assert.match((await read(written)).refused ?? "", refusal);
      rmSync(folder, { recursive: true });
    }
    const server = await read(
      { inf: driverInf("storage", "amd64", "NTamd64.10.0.3") },
      { installationType: "Server Core" },
    );
    assert.equal(server.refused, undefined);
  });

  it("with files outside of their folder are refused, by name and by link", async () => {
    writeFileSync(join(folder, "..", "servicing-outside.sys"), "");
    try {
      const inf = driverInf("storage").replace("%name%.sys = 1", "..\\servicing-outside.sys = 1");
      const found = await read({ inf });
      assert.match(found.refused ?? "", /names \.\.\\servicing-outside\.sys, outside of its folder: put/);
      assert.ok(
        found.diagnostics.some(({ line, message }) => line > 1 && /outside of the folder/.test(message)),
      );
      const copied = await read({
        inf: driverInf("storage").replace("@%name%.sys", "@..\\servicing-outside.sys"),
      });
      const slip = copied.diagnostics.find(({ message }) => /outside of the folder/.test(message));
      assert.ok(slip !== undefined && slip.line > 1);
    } finally {
      rmSync(join(folder, "..", "servicing-outside.sys"));
    }
    const outside = mkdtempSync(join(tmpdir(), "servicing-test-outside-"));
    try {
      const inf = await writeDriverPackage(join(folder, "linked"));
      renameSync(join(folder, "linked/cstor.sys"), join(outside, "cstor.sys"));
      symlinkSync(join(outside, "cstor.sys"), join(folder, "linked/cstor.sys"));
      const found = await readDriverPackage(inf, image);
      assert.match(found.refused ?? "", /names cstor\.sys, outside of its folder/);
      assert.deepEqual(
        found.files.map(({ path }) => path),
        ["cstor.inf", "cstor.cat"],
      );
      rmSync(join(folder, "linked/cstor.sys"));
      copyFileSync(join(outside, "cstor.sys"), join(folder, "linked/real.sys"));
      symlinkSync("real.sys", join(folder, "linked/cstor.sys"));
      assert.equal((await readDriverPackage(inf, image)).refused, undefined);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it("are found in any case, in folders, as UTF-16 and packed", async () => {
    const driver = executable("amd64", "sys", Buffer.from("x"));
    const inf = driverInf("storage")
      .replace("%name%.sys = 1", "%name%.sys = 1,X64\\Größe")
      .replace("[SourceDisksFiles]", "[SourceDisksFiles.amd64]");
    const whole = await read({ inf, files: { "x64/GRÖSSE/CSTOR.SYS": driver } });
    assert.deepEqual(whole.missing, ["X64\\Größe\\cstor.sys"]);
    rmSync(folder, { recursive: true });
    const found = await read({ inf, files: { "x64/GRÖßE/CSTOR.SYS": driver } });
    assert.deepEqual([found.missing, found.refused], [[], undefined]);
    assert.equal(found.files[1]?.path, "x64/GRÖßE/CSTOR.SYS");

    const text = readFileSync(join(folder, "cstor.inf"), "utf8");
    writeFileSync(join(folder, "cstor.inf"), Buffer.from(`\uFEFF${text}`, "utf16le"));
    const wide = await readDriverPackage(join(folder, "cstor.inf"), image, { forceUnsigned: true });
    assert.deepEqual([wide.refused, wide.files.length], [undefined, 3]);

    rmSync(folder, { recursive: true });
    const packed = await read({ files: { "cstor.sy_": "SZDD" } });
    assert.deepEqual([packed.missing, packed.files[1]?.path], [[], "cstor.sy_"]);
    assert.deepEqual(packed.underivable, ["cstor.sy_ is packed, and is not compared with the catalogue"]);
  });

  it("have the files of each architecture where its own disks say, as what they copy has", async () => {
    const inf = driverInf("storage")
      .replace("Models,NTamd64", "Models,NTamd64,NTx86")
      .replace("[SourceDisksNames]", "[Models.NTx86]\n%Device% = Install, PCI\\VEN_C0DE\n[SourceDisksNames]")
      .replace(/^1 = .*$/m, "")
      .replace(
        "[SourceDisksFiles]",
        "[SourceDisksNames.amd64]\n1 = %Disk%,,,\\amd64\n[SourceDisksNames.x86]\n1 = %Disk%,,,\\x86\n[SourceDisksFiles]",
      );
    const files = Object.fromEntries(
      (["amd64", "x86"] as const).map((each) => [
        `${each}/cstor.sys`,
        executable(each, "sys", Buffer.from(each)),
      ]),
    );
    for (const architecture of ["amd64", "x86"] as const) {
      let copied: readonly string[] = [];
      const found = await read(
        { inf, files },
        { architecture },
        {
          derive({ sections }) {
            copied = sections.flatMap(({ copies }) => copies.map(sourceOf));
            return [];
          },
        },
      );
      assert.deepEqual([found.missing, found.refused], [[], undefined], architecture);
      assert.deepEqual(
        found.files.map(({ path }) => path),
        ["cstor.inf", `${architecture}/cstor.sys`, "cstor.cat"],
      );
      assert.deepEqual(copied, [`${architecture}\\cstor.sys`]);
    }
    rmSync(join(folder, "x86"), { recursive: true });
    const half = await readDriverPackage(join(folder, "cstor.inf"), { ...image, architecture: "x86" });
    assert.deepEqual(half.missing, ["x86\\cstor.sys"]);
    assert.equal((await readDriverPackage(join(folder, "cstor.inf"), image)).refused, undefined);
  });

  it("of Microsoft's own samples lie where a disk of their architecture says", async function () {
    const sample = "inf/microsoft+Windows-driver-samples/storage/class/disk/src/diskdev.inf";
    const inf = readFileSync(join(corpus(this), sample), "latin1");
    const found = await read(
      { name: "diskdev", inf, files: { "amd64/disk.sys": executable("amd64", "sys", Buffer.from("x")) } },
      {},
    );
    assert.deepEqual([found.missing, found.refused], [[], undefined]);
    assert.equal(found.files[1]?.path, "amd64/disk.sys");
  });

  it("are the same wherever they lie, and in whichever case they are written", async () => {
    const first = await read({});
    const again = join(folder, "again");
    mkdirSync(again);
    for (const name of ["cstor.inf", "cstor.sys", "cstor.cat"])
      cpSync(join(folder, name), join(again, name.toUpperCase()));
    const second = await readDriverPackage(join(again, "CSTOR.INF"), image);
    assert.equal(second.digest, first.digest);
    assert.equal(second.refused, undefined);
    const names = ["cstor.cat", "cstor.inf", "cstor.sys"].map((name) => {
      const sha256 = createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex");
      return `${name}\0${sha256}\n`;
    });
    assert.equal(first.digest, createHash("sha256").update(names.join("")).digest("hex"));
    writeFileSync(join(again, "CSTOR.SYS"), "other");
    assert.notEqual((await readDriverPackage(join(again, "CSTOR.INF"), image)).digest, first.digest);
  });

  it("take what is to be derived from who knows it", async () => {
    const found = await read(
      {},
      {},
      {
        derive: ({ models }, _driver, { build }) => [`${models.length} models on ${build}`],
      },
    );
    assert.deepEqual(found.underivable, ["2 models on 26100"]);
  });

  it("that cannot be read are an error that names the file", async function () {
    await assert.rejects(readDriverPackage(join(folder, "no.inf"), image), {
      code: "SERVICING_INPUT_NOT_FOUND",
    });
    const inf = await writeDriverPackage(folder);
    const signal = AbortSignal.abort(new Error("enough"));
    await assert.rejects(readDriverPackage(inf, image, { signal }), /enough/);
    chmodSync(folder, 0o500);
    assert.equal((await readDriverPackage(inf, image)).refused, undefined);
    chmodSync(folder, 0o700);
    chmodSync(join(folder, "cstor.sys"), 0);
    await assert.rejects(
      unprivileged(folder, () => readDriverPackage(inf, image)),
      {
        code: "SERVICING_INPUT_UNREADABLE",
        message: /cstor\.sys/,
      },
    );
  });

  it("are read for the Windows of the image, and for the newest where it does not say", async () => {
    assert.deepEqual(infWindowsOf(image), {
      architecture: "amd64",
      major: 10,
      minor: 0,
      build: 26100,
      productType: 1,
    });
    const server = {
      ...image,
      architecture: "arm64",
      version: "6.3.9600",
      installationType: "Server",
    } as const;
    assert.deepEqual(infWindowsOf(server), {
      architecture: "arm64",
      major: 6,
      minor: 3,
      build: 9600,
      productType: 3,
    });
    const { diagnostics, refused } = await read({}, { version: "" });
    assert.match(
      diagnostics.at(-1)?.message ?? "",
      /does not say its version: read as for Windows 10\.0\.\d{5}/,
    );
    assert.equal(refused, undefined);
  });
});
