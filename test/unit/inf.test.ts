import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import glob from "fast-glob";
import {
  entriesOf,
  expandTokens,
  infLimit,
  readInf,
  stringsOf,
  type Inf,
} from "../../core/formats/inf/document.ts";
import { deviceIdsOf, readDriver } from "../../core/formats/inf/driver.ts";
import { pathOf, sourceFiles } from "../../core/formats/inf/source-files.ts";
import { readTarget, type InfArchitecture } from "../../core/formats/inf/target.ts";
import { corpus } from "../support/corpus.ts";

const inf = (text: string): Inf => readInf(Buffer.from(text));
const rows = (text: string, section = "a"): readonly (readonly string[])[] =>
  entriesOf(inf(text), section).map((entry) =>
    (entry.key === undefined ? [] : [`${entry.key.text}=`]).concat(entry.values.map((value) => value.text)),
  );

const filesOn = (text: string, architecture?: InfArchitecture): readonly string[] => {
  const read = inf(text);
  return sourceFiles(read, stringsOf(read), architecture).map(pathOf);
};

const netInf = String.raw`; A network card
[version]
Signature = "$WINDOWS NT$"
CLASS=Net
ClassGuid={4D36E972-E325-11CE-BFC1-08002BE10318}
Provider=%Contoso%
DriverVer=01-02-2024,1.2.3.4
CatalogFile.NTamd64 = net64.cat
CatalogFile=net.cat

[Manufacturer]
%Contoso%=Contoso,NTamd64.10.0...14393, NTarm64, NTx86

[Contoso.NTamd64.10.0...14393]
"Contoso 10, fast" = Install, PCI\VEN_1234&DEV_0001, PCI\VEN_1234, PCI\CC_0200
[Contoso.NTarm64]
%Card% = Install,, PCI\CC_0200
[Contoso.NTx86]

[Install.NT]
Include=netserv.inf
Needs=Net.Services, \
  Other.Services ; two of them

[Install.NT.CoInstallers]
AddReg = Register

[SourceDisksNames]
1 = %Disk%,,,\payload
[SourceDisksFiles]
net.sys = 1
[SourceDisksFiles.amd64]
net64.dll = 1,x64

[Strings]
Contoso = "Contoso"
Card = "Card"
[Strings.0407]
Contoso = "Contoso GmbH"
`;

const primitive = (decoration: string) =>
  readDriver(
    Buffer.from(`[DefaultInstall${decoration}]\nCopyFiles=F\n[DefaultInstall${decoration}.Services]\n`),
  );

/** Notes on a driver with this date. */
const dated = (date: string) =>
  readDriver(Buffer.from(netInf.replace("01-02-2024", date))).diagnostics.map(({ message }) => message);

const catalogs = (lines: string) => readDriver(Buffer.from(`[Version]\n${lines}\n`)).catalogs;

describe("INF", () => {
  it("reads fields, quotes, comments and continuations", () => {
    assert.deepEqual(rows("[a]\nKey = one, two ,,three, ; comment\n"), [["Key=", "one", "two", "", "three"]]);
    assert.deepEqual(rows('[a]\nk = "a ; b", "say ""hi""", x"y z"w\n'), [
      ["k=", "a ; b", 'say "hi"', "xy zw"],
    ]);
    assert.deepEqual(rows("[a]\nk = one, \\ ; more\r\n  two\r\n;gone\r\n\tthree\r\n"), [
      ["k=", "one", "two"],
      ["three"],
    ]);
    assert.deepEqual(rows('[a]\npath = "C:\\x\\"\nnext = C:\\y\\z\n'), [
      ["path=", "C:\\x\\"],
      ["next=", "C:\\y\\z"],
    ]);
    assert.deepEqual(rows("[a]\nk = x\\\\ ; more\n ,y\n"), [["k=", "x", "y"]]);
    assert.deepEqual(rows("[a]\nk = %a;b%, 100% ; comment\n"), [["k=", "%a;b%", "100%"]]);
    assert.deepEqual(rows("[a]\nHKR,,Value,,a=b\n"), [["HKR", "", "Value", "", "a=b"]]);
    assert.deepEqual(rows("[a]\nfirst\n\u001a\nsecond\n"), [["first"]]);
  });

  it("merges sections of the same name in any case, and knows empty and missing ones", () => {
    const text = "[A]\none\n[b]\n[a]\ntwo\n";
    assert.deepEqual(rows(text), [["one"], ["two"]]);
    assert.deepEqual(rows(text, "B"), []);
    assert.equal(inf(text).sections.has("b"), true);
    assert.equal(inf(text).sections.has("c"), false);
    assert.deepEqual(rows("[;; Std Mfg ]\none\n", ";; Std Mfg "), [["one"]]);
  });

  it("understands every encoding that INF files come in", () => {
    const text = '[Strings]\r\nName = "Grüße"\r\n';
    const utf16be = Buffer.from(`\ufeff${text}`, "utf16le").swap16();
    const samples = [
      ["utf-16le", Buffer.from(`\ufeff${text}`, "utf16le")],
      ["utf-16be", utf16be],
      ["utf-8", Buffer.from(text)],
      ["utf-8", Buffer.from(`\ufeff${text}`)],
      ["windows-1252", Buffer.from(text, "latin1")],
      ["utf-16le", Buffer.from(text, "utf16le")],
      ["utf-16be", Buffer.from(text, "utf16le").swap16()],
    ] as const;
    for (const [encoding, bytes] of samples) {
      const read = readInf(bytes);
      assert.equal(read.encoding, encoding);
      assert.equal(stringsOf(read).get("name"), "Grüße");
      assert.deepEqual(read.diagnostics, []);
    }
  });

  it("chooses strings by language and replaces tokens once", () => {
    const read = inf("[Strings]\na=plain\nb=other\n[Strings.0407]\na=deutsch\n[Strings.000C]\na=francais\n");
    assert.equal(stringsOf(read).get("a"), "plain");
    assert.equal(stringsOf(read, 0x0407).get("a"), "deutsch");
    assert.equal(stringsOf(read, 0x0c07).get("a"), "deutsch");
    assert.equal(stringsOf(read, 0x040c).get("a"), "francais");
    assert.equal(stringsOf(read, 0x0407).get("b"), "other");
    assert.equal(stringsOf(inf("[Strings]\na=first\na=second\n")).get("a"), "first");
    const strings = new Map([["a", "%b%"]]);
    assert.equal(expandTokens("%A% 100%% %11%\\x %none%", strings), "%b% 100% %11%\\x %none%");
    assert.equal(expandTokens("%a%".repeat(4000), new Map([["a", "x".repeat(4096)]])).length, 4096);
  });

  it("says where a slip is and reads on", () => {
    const read = inf('stray\n[open\nk = "never closed\n[a]\nfine\n');
    assert.deepEqual(read.diagnostics.map(({ line, column }) => `${line}:${column}`).sort(), [
      "1:1",
      "2:1",
      "3:5",
    ]);
    assert.deepEqual(rows('[open\nk = "never closed\n[a]\nfine\n'), [["fine"]]);
    const behind = inf("[a] one = 1\n[b] ; fine\n[c]\t;fine\n");
    assert.deepEqual(behind.diagnostics, [
      { line: 1, column: 5, message: "what stands behind the name of a section is not read" },
    ]);
    assert.deepEqual([...behind.sections.keys()], ["a", "b", "c"]);
  });

  it("reads TargetOSVersion decorations", () => {
    assert.deepEqual(readTarget("NTamd64.10.0...14393"), {
      architecture: "amd64",
      major: 10,
      minor: 0,
      build: 14393,
    });
    assert.deepEqual(readTarget("nt.6.1.0x00000003"), {
      architecture: "x86",
      major: 6,
      minor: 1,
      productType: 3,
    });
    for (const wrong of ["", "amd64", "NTmips", "NT.x", "NTamd64.1.2.3.4.5.6"]) {
      assert.equal(readTarget(wrong), undefined, wrong);
    }
  });

  it("gives the facts of a driver", () => {
    const driver = readDriver(Buffer.from(netInf));
    assert.deepEqual(
      [driver.kind, driver.className, driver.provider, driver.date, driver.version],
      ["device", "Net", "Contoso", "01/02/2024", "1.2.3.4"],
    );
    assert.equal(driver.classGuid, "{4d36e972-e325-11ce-bfc1-08002be10318}");
    assert.deepEqual(driver.catalogs, { amd64: "net64.cat", "": "net.cat" });
    // An empty section means that there is nothing for that architecture.
    assert.deepEqual(driver.architectures, ["amd64", "arm64"]);
    assert.deepEqual(deviceIdsOf(driver, "amd64"), [
      "PCI\\VEN_1234&DEV_0001",
      "PCI\\VEN_1234",
      "PCI\\CC_0200",
    ]);
    assert.deepEqual(deviceIdsOf(driver, "arm64"), ["PCI\\CC_0200"]);
    assert.equal(driver.models[0]?.description, "Contoso 10, fast");
    assert.deepEqual(driver.models[0]?.target, { architecture: "amd64", major: 10, minor: 0, build: 14393 });
    assert.deepEqual(
      driver.coInstallers.map((one) => one.section),
      ["Install.NT.CoInstallers"],
    );
    assert.deepEqual(driver.needs, [
      { section: "Install.NT", include: ["netserv.inf"], needs: ["Net.Services", "Other.Services"] },
    ]);
    assert.deepEqual([driver.pnpLockdown, driver.packageType], [false, ""]);
    assert.deepEqual(driver.diagnostics, []);
    const locked = netInf.replace("CLASS=", "PnpLockdown=1\nDriverPackageType=PlugAndPlay\nCLASS=");
    const { pnpLockdown, packageType } = readDriver(Buffer.from(locked));
    assert.deepEqual([pnpLockdown, packageType], [true, "PlugAndPlay"]);
  });

  it("lists the files of each architecture, with the folders of its own disks before those of all", () => {
    assert.deepEqual(filesOn(netInf, "amd64"), ["payload\\x64\\net64.dll", "payload\\net.sys"]);
    assert.deepEqual(filesOn(netInf, "arm64"), ["payload\\net.sys"]);
    const text = `[SourceDisksNames]
1=all,,,%all%
2=other
[sourcedisksnames.AMD64]
a="64 bits",,,\\amd64
1=again,all.cab
[SourceDisksNames.x86]
A="32 bits",,,.\\i386/
[SourceDisksFiles]
disk.sys=A
common.dll=1,.\\bin
only.dll=2
[SourceDisksFiles.x86]
Only.dll=A,old
[Strings]
all=\\both
`;
    assert.deepEqual(filesOn(text, "amd64"), ["amd64\\disk.sys", "bin\\common.dll", "only.dll"]);
    assert.deepEqual(filesOn(text, "x86"), [
      "i386\\old\\Only.dll",
      "i386\\disk.sys",
      "both\\bin\\common.dll",
    ]);
    assert.deepEqual(filesOn(text, "arm64"), ["disk.sys", "both\\bin\\common.dll", "only.dll"]);
    assert.deepEqual(filesOn(text), filesOn(text, "arm64"));
    assert.deepEqual(filesOn("[SourceDisksNames]\n1=disk\n", "amd64"), []);
  });

  it("finds co-installers that only the registry names", () => {
    const device = netInf.replace(
      "[Install.NT.CoInstallers]",
      "[Register]\nHKR,,CoInstallers32,0x10000,x.dll\n[Old]",
    );
    assert.deepEqual(
      readDriver(Buffer.from(device)).coInstallers.map((one) => one.section),
      ["Register"],
    );
    const whole = netInf.replace(
      "[Install.NT.CoInstallers]",
      "[Class]\nHKLM,System\\CurrentControlSet\\Control\\CoDeviceInstallers,{x},0x10000,x.dll\n[Old]",
    );
    assert.equal(readDriver(Buffer.from(whole)).coInstallers.length, 1);
    const without = netInf.replace("[Install.NT.CoInstallers]", "[Install.NT.Services]");
    assert.deepEqual(readDriver(Buffer.from(without)).coInstallers, []);
  });

  it("names what is missing or wrong in [Version]", () => {
    const { diagnostics } = readDriver(
      Buffer.from(
        '[Version]\nSignature="$Windows CE$"\nClass=Net\nClassGuid=4d36\nProvider=%P%\nDriverVer=2024-01-02,1.2.70000.4\n',
      ),
    );
    assert.deepEqual(
      diagnostics.map(({ line }) => line),
      [2, 4, 5, 6],
    );
    assert.match(readDriver(Buffer.from("")).diagnostics[0]?.message ?? "", /no section \[Version\]/);
    for (const fine of ["1/2/2024", "02/29/2024", "12-31-1999"]) assert.deepEqual(dated(fine), [], fine);
    for (const wrong of ["13/01/2024", "02/30/2024", "02/29/2023", "00/10/2024", "29/02/2024"])
      assert.deepEqual(
        dated(wrong),
        [`DriverVer begins with "${wrong}", which is no day as mm/dd/yyyy`],
        wrong,
      );
  });

  it("takes the catalogue of the architecture, else that of NT, else the one for all", () => {
    assert.deepEqual(catalogs("CatalogFile=all.cat\nCatalogFile.NT=nt.cat"), { "": "nt.cat" });
    assert.deepEqual(catalogs("CatalogFile.nt=\nCatalogFile=all.cat\nCatalogFile.NTarm64=arm.cat"), {
      "": "all.cat",
      arm64: "arm.cat",
    });
  });

  it("knows drivers without devices by the decoration of DefaultInstall", () => {
    assert.deepEqual(primitive(".NTamd64").architectures, ["amd64"]);
    assert.equal(primitive(".NTarm64.10.0...25952").kind, "primitive");
    assert.deepEqual(primitive(".NTarm64.10.0...25952").architectures, ["arm64"]);
    for (const undecorated of ["", ".nt"]) {
      const driver = primitive(undecorated);
      assert.deepEqual(driver.architectures, []);
      assert.ok(driver.diagnostics.some((one) => one.message.includes("names no architecture")));
    }
  });

  it("does not let an INF multiply itself", () => {
    const many = Array.from({ length: 2000 }, () => "%m%=Models,NTamd64").join("\n");
    const models = Array.from({ length: 2000 }, (_, n) => `%d%=I,PCI\\${n}`).join("\n");
    const driver = readDriver(Buffer.from(`[Manufacturer]\n${many}\n[Models.NTamd64]\n${models}\n`));
    assert.equal(driver.models.length, 2000);
    const blanks = Array.from({ length: 200 }, (_, n) => `m="${" ".repeat(n)}Models",NTamd64`).join("\n");
    const again = readDriver(Buffer.from(`[Manufacturer]\n${blanks}\n[Models.NTamd64]\n${models}\n`));
    assert.equal(again.models.length, 2000);
  });

  it("reads no more than the beginning of an oversized file", () => {
    const { diagnostics } = readInf(Buffer.alloc(infLimit + 1, "[a]\n"));
    assert.match(diagnostics[0]?.message ?? "", /larger than/);
  });

  it("survives arbitrary bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void readDriver(bytes)));
  });

  it("survives arbitrary arrangements of its own syntax, with bounded notes", () => {
    const piece = fc.constantFrom(
      ...'[]=,;"%\\\n'.split(""),
      "\r\n",
      " ",
      "a",
      "Version",
      "Manufacturer",
      "Strings",
      "NTamd64",
      "Signature",
      '""',
      "%%",
      "%a%",
      "[Manufacturer]\n",
      "[Strings]\n",
      "[Version]\n",
      "SourceDisksFiles",
      "DriverVer",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 120 }), (pieces) => {
        const driver = readDriver(Buffer.from(pieces.join("")));
        assert.ok(driver.diagnostics.length <= 200);
        const lines = pieces.join("").split(/\r\n|\n|\r/).length;
        for (const { line, column } of driver.diagnostics)
          assert.ok(line >= 1 && line <= lines && column >= 1);
      }),
    );
  });

  it("gives back any value that was written in quotes", () => {
    const value = fc.string({ maxLength: 60 }).map((text) =>
      text
        .replace(/[\r\n]/g, "")
        .replaceAll("\u001a", "")
        .replaceAll("\0", ""),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 6 }), (values) => {
        const line = values.map((one) => `"${one.replaceAll('"', '""')}"`).join(", ");
        // Empty fields at the end mean nothing.
        const expected = [...values];
        while (expected.at(-1) === "") expected.pop();
        assert.deepEqual(rows(`[a]\nk = ${line}\n`), [["k=", ...expected]]);
      }),
    );
  });

  it("reads every INF of the corpus", function () {
    const folder = join(corpus(this), "inf");
    const files = glob.sync("**/*.{inf,inx}", { cwd: folder, caseSensitiveMatch: false });
    assert.ok(files.length > 150, `${files.length} files`);
    for (const file of files) {
      const driver = readDriver(readFileSync(join(folder, file)));
      if (file.endsWith("autorun.inf")) continue;
      assert.ok(driver.signature.length > 0, file);
      assert.ok(driver.provider.length > 0 && !driver.provider.includes("%"), `${file}: ${driver.provider}`);
      assert.ok(
        driver.architectures.length > 0 ||
          driver.diagnostics.some((one) => /template|no architecture/.test(one.message)),
        file,
      );
    }
  });

  it("agrees with what people know of some of them", function () {
    const folder = join(corpus(this), "inf");
    const known = [
      {
        file: "virtio-win+kvm-guest-drivers-windows/Q35/SMBus/smbus.inf",
        facts: ["System", "Red Hat, Inc.", "04/27/2017", "100.0.0.0", "smbus.cat"],
        architectures: ["amd64", "x86"],
        coInstallers: false,
      },
      {
        file: "virtio-win+kvm-guest-drivers-windows/fwcfg/qemufwcfg.inf",
        facts: ["System", "QEMU", "05/21/2022", "100.90.104.22100", "qemufwcfg.cat"],
        architectures: ["amd64", "arm64", "x86"],
        coInstallers: false,
      },
      {
        file: "ms-iot+iot-adk-addonkit/Workspace/Source-x64/BSP/CustomMBMx64/Packages/CustomMBMx64.GPIO/iaiogpio.inf",
        facts: ["System", "Intel Corporation", "09/10/2015", "1.1.1.1004", "iaiogpio.cat"],
        architectures: ["x86"],
        coInstallers: false,
      },
      {
        file: "nefarius+ViGEmBus/sys/ViGEmBus.inf",
        facts: ["System", "Nefarius Software Solutions e.U.", "", "", "ViGEmBus.cat"],
        architectures: ["amd64", "arm64", "x86"],
        coInstallers: true,
      },
    ];
    for (const { file, facts, architectures, coInstallers } of known) {
      const driver = readDriver(readFileSync(join(folder, file)));
      assert.deepEqual(
        [driver.className, driver.provider, driver.date, driver.version, driver.catalogs[""]],
        facts,
      );
      assert.deepEqual([...driver.architectures].sort(), architectures);
      assert.equal(driver.coInstallers.length > 0, coInstallers, file);
    }
  });
});
