import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ServicingError } from "../../core/error.ts";
import { chooseDependencies, runsApps } from "../../core/formats/appx-dependency.ts";
import { readAppxManifest } from "../../core/formats/appx.ts";
import { readCabinetEntries, readCabinetHeader } from "../../core/formats/cabinet.ts";
import { readPackageManifest } from "../../core/formats/package.ts";
import { compareVersions } from "../../core/formats/version.ts";
import { updateManifest } from "../support/package-fixture.ts";

const unreadable = { code: "SERVICING_INPUT_UNREADABLE" };

const runtime = (version: string, architecture: string) => ({
  file: `${architecture}-${version}.appx`,
  name: "Contoso.Runtime",
  version,
  architecture,
});

describe("update.mum", () => {
  it("gives the identity, what it is and what it holds", () => {
    assert.deepEqual(readPackageManifest(updateManifest({ releaseType: "Security Update" }), "a.cab"), {
      identity: "Package_for_KB5000001~31bf3856ad364e35~amd64~~10.0.1.2",
      name: "Package_for_KB5000001",
      architecture: "amd64",
      language: "",
      version: "10.0.1.2",
      kb: "KB5000001",
      releaseType: "Security Update",
      description: "Fix for KB5000001",
      features: ["Contoso-Feature"],
      parents: ["Microsoft-Windows-ProfessionalEdition~31bf3856ad364e35~amd64~~10.0.26100.1"],
    });
  });

  it("takes the number of the article where the identifier names none", () => {
    assert.equal(readPackageManifest(updateManifest({ kb: "Contoso" }), "a.cab").kb, "KB5000001");
  });

  it("keeps the language of a language pack", () => {
    const manifest = updateManifest({}).replace('language="neutral"', 'language="fr-FR"');
    assert.match(readPackageManifest(manifest, "a.cab").identity, /~amd64~fr-FR~10\.0\.1\.2$/);
  });

  it("refuses what is no manifest, not well-formed or declares entities", () => {
    const entity =
      '<!DOCTYPE assembly [<!ENTITY a "aaaa">]><assembly><assemblyIdentity name="&a;"/></assembly>';
    for (const text of ["", "<assembly/>", "<assembly>", "<html><body/></html>", entity]) {
      assert.throws(() => readPackageManifest(text, "a.cab"), unreadable, text);
    }
  });

  it("refuses XML that nests without end", () => {
    assert.throws(
      () => readPackageManifest("<a>".repeat(50_000) + "</a>".repeat(50_000), "a.cab"),
      unreadable,
    );
  });
});

describe("app manifests", () => {
  it("reads an app", () => {
    const text = `<?xml version="1.0"?><Package xmlns="x" xmlns:uap="y">
      <Identity Name="Contoso.App" Publisher="CN=Contoso, O=&quot;Contoso&quot;" Version="1.2.3.4" ProcessorArchitecture="x64"/>
      <Dependencies><TargetDeviceFamily Name="Windows.Desktop"/>
        <PackageDependency Name="Contoso.Runtime" MinVersion="14.0.0.0" Publisher="CN=Contoso"/></Dependencies></Package>`;
    assert.deepEqual(readAppxManifest(text, "a.appx"), {
      bundle: false,
      name: "Contoso.App",
      publisher: 'CN=Contoso, O="Contoso"',
      version: "1.2.3.4",
      architecture: "x64",
      dependencies: [{ name: "Contoso.Runtime", minVersion: "14.0.0.0" }],
      applications: [],
    });
  });

  it("reads a bundle, whose resources are no applications", () => {
    const text = `<b:Bundle xmlns:b="x"><b:Identity Name="Contoso.App" Publisher="CN=C" Version="1.0.0.0"/><b:Packages>
      <b:Package Type="application" Architecture="x64" FileName="x64.appx"/>
      <b:Package Type="application" Architecture="arm64" FileName="arm64.appx"/>
      <b:Package Type="resource" FileName="de.appx"/></b:Packages></b:Bundle>`;
    const { bundle, architecture, applications } = readAppxManifest(text, "a.msixbundle");
    assert.deepEqual([bundle, architecture, applications], [true, "arm64, x64", ["x64.appx", "arm64.appx"]]);
  });

  it("refuses another root", () => {
    assert.throws(() => readAppxManifest("<Project><Identity Name='x'/></Project>", "a.appx"), unreadable);
  });
});

describe("dependencies of apps", () => {
  const needs = [{ name: "contoso.runtime", minVersion: "14.0.9.0" }];

  it("takes the newest for each architecture that the image wants", () => {
    const available = [
      runtime("14.0.10.0", "x64"),
      runtime("14.0.9.0", "x64"),
      runtime("14.0.9.0", "x86"),
      runtime("15.0.0.0", "arm64"),
    ];
    assert.deepEqual(chooseDependencies(needs, available, "amd64"), {
      files: ["x64-14.0.10.0.appx", "x86-14.0.9.0.appx"],
      missing: [],
      withoutX86: [],
    });
  });

  it("names what is missing: a version that is too low, or the image's own architecture", () => {
    const missing = ["contoso.runtime 14.0.9.0 (x64)"];
    for (const available of [[], [runtime("14.0.8.0", "x64")], [runtime("14.0.9.0", "x86")]]) {
      assert.deepEqual(chooseDependencies(needs, available, "amd64").missing, missing);
    }
    const only64 = chooseDependencies(needs, [runtime("14.0.9.0", "x64")], "amd64");
    assert.deepEqual([only64.missing, only64.withoutX86], [[], ["contoso.runtime"]]);
    const neutral = chooseDependencies(needs, [runtime("14.0.9.0", "neutral")], "amd64");
    assert.deepEqual([neutral.files.length, neutral.missing, neutral.withoutX86], [1, [], []]);
  });

  it("takes the newest of every major version, as Windows keeps them beside each other", () => {
    const available = ["13.9.0.0", "14.0.9.0", "14.2.0.0", "15.0.0.0", "15.1.0.0"].flatMap((version) => [
      runtime(version, "x64"),
      runtime(version, "x86"),
    ]);
    assert.deepEqual(chooseDependencies(needs, available, "amd64").files, [
      "x64-14.2.0.0.appx",
      "x64-15.1.0.0.appx",
      "x86-14.2.0.0.appx",
      "x86-15.1.0.0.appx",
    ]);
  });

  it("takes what dependencies depend on, once, and ends where they depend on each other", () => {
    const base = { name: "contoso.base", minVersion: "1.0.0.0" };
    const available = [
      { ...runtime("14.1.0.0", "x64"), dependencies: [base, ...needs] },
      {
        file: "base.appx",
        name: "Contoso.Base",
        version: "1.0.0.0",
        architecture: "neutral",
        dependencies: needs,
      },
    ];
    const chosen = chooseDependencies(needs, available, "amd64");
    assert.deepEqual(chosen.files, ["x64-14.1.0.0.appx", "base.appx"]);
    assert.deepEqual(chosen.missing, []);
    const [first] = available;
    assert.deepEqual(chooseDependencies(needs, [first as (typeof available)[number]], "amd64").missing, [
      "contoso.base 1.0.0.0 (x64) for Contoso.Runtime",
    ]);
  });

  it("knows which apps a Windows runs", () => {
    assert.equal(runsApps("amd64", ["arm64", "x86"]), true);
    assert.equal(runsApps("amd64", ["arm64"]), false);
    assert.equal(runsApps("x86", ["x64"]), false);
    assert.equal(runsApps("arm64", ["x64"]), true);
    assert.equal(runsApps("x86", ["neutral"]), true);
  });
});

describe("cabinet directory", () => {
  it("refuses names without an end and counts beyond the bytes", () => {
    assert.equal(readCabinetEntries(Buffer.alloc(16), 1), undefined);
    assert.equal(readCabinetEntries(Buffer.alloc(2000, 1), 1), undefined);
    assert.equal(readCabinetEntries(Buffer.alloc(40), 65_535), undefined);
    assert.equal(readCabinetHeader(Buffer.from("MSCF")), undefined);
  });

  it("survives arbitrary bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(65_535), (bytes, files) => {
        const entries = readCabinetEntries(bytes, files);
        assert.ok(entries === undefined || entries.length === files);
      }),
    );
  });
});

describe("manifests of any content", () => {
  const piece = fc.constantFrom(
    "<assembly>",
    "</assembly>",
    "<assemblyIdentity name='a'/>",
    "<package>",
    "</package>",
    "&#x41;",
    "&b;",
    "<Package>",
    "</Package>",
    "<Identity Name='n'/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?x?>",
    "<",
    ">",
    "'",
    "constructor",
    "<constructor/>",
    "<a __proto__='x'/>",
    "<toString a='1'/>",
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join("")),
  );
  for (const [name, read] of [
    ["update.mum", readPackageManifest],
    ["AppxManifest.xml", readAppxManifest],
  ] as const) {
    it(`gives facts or SERVICING_INPUT_UNREADABLE for ${name}`, () => {
      fc.assert(
        fc.property(text, (xml) => {
          try {
            assert.equal(typeof read(xml, "file").name, "string");
          } catch (error) {
            assert.ok(error instanceof ServicingError, String(error));
            assert.equal(error.code, "SERVICING_INPUT_UNREADABLE");
          }
        }),
        { numRuns: 300 },
      );
    });
  }
});

describe("versions", () => {
  it("are ordered by number", () => {
    assert.ok(compareVersions("10.0.9.0", "10.0.10.0") < 0);
    assert.ok(compareVersions("10.1", "10.0.99") > 0);
    assert.equal(compareVersions("1.0", "1.0.0.0"), 0);
  });
});
