import assert from "node:assert/strict";
import { readCompDb } from "../../core/formats/comp-db.ts";
import {
  classOfIdentity,
  levelOf,
  packageClass,
  type PackageClass,
  setupFilesIn,
} from "../../core/formats/package-class.ts";
import { compareLevels, familyOf } from "../../core/formats/windows-build.ts";
import { compDb } from "../support/package-fixture.ts";

const identity = (name: string, language = ""): string =>
  `${name}~31bf3856ad364e35~amd64~${language}~10.0.26100.1`;

const of = (
  facts: { readonly name?: string; readonly releaseType?: string; readonly contains?: readonly string[] },
  files?: readonly string[],
): PackageClass =>
  packageClass(
    {
      identity: identity(facts.name ?? "Package_for_KB5000001"),
      releaseType: facts.releaseType ?? "Update",
      contains: facts.contains ?? [],
    },
    files,
  );

const component = (name: string): string => `amd64_${name}_31bf3856ad364e35_10.0.26100.1_none_0.manifest`;

describe("what a package is", () => {
  for (const [name, wanted] of [
    ["Package_for_RollupFix", "cumulative update"],
    ["Package_for_ServicingStack_2033", "servicing stack"],
    ["Package_for_DotNetRollup_481", ".NET"],
    ["Package_for_SafeOSDU", "Safe OS dynamic update"],
    ["Microsoft-Windows-Client-LanguagePack-Package", "language pack"],
    ["Microsoft-Windows-LanguageFeatures-Basic-fr-fr-Package", "language feature"],
    ["OpenSSH-Server-FOD-Package", "feature on demand"],
    ["Microsoft-Windows-NetFx3-OnDemand-Package", ".NET 3.5"],
    ["Microsoft-Windows-23H2Enablement-Package", "enablement"],
    ["Package_for_KB5000001", "other"],
  ] as const satisfies readonly (readonly [string, PackageClass])[])
    it(`${name} is: ${wanted}`, () => assert.equal(classOfIdentity(identity(name)), wanted));

  it("is told by its release type, by what it brings along and by its components, where its name says nothing", () => {
    assert.equal(of({ releaseType: "OnDemand Pack" }), "feature on demand");
    const net = { name: "Microsoft-Windows-NetFx3-OnDemand-Package", releaseType: "OnDemand Pack" };
    assert.equal(of(net), ".NET 3.5");
    assert.equal(classOfIdentity(identity(net.name, "fr-FR")), ".NET 3.5");
    assert.equal(of({ releaseType: "Language Pack" }), "language pack");
    assert.equal(of({ contains: [identity("Microsoft-Windows-25H2Enablement-Package")] }), "enablement");
    assert.equal(of({}, [component("microsoft-windows-servicingstack")]), "servicing stack");
    assert.equal(of({}, [component("microsoft-windows-winre-tools")]), "Safe OS dynamic update");
    assert.equal(of({}, [component("netfx4-netfx_detectionkeys_extended")]), ".NET");
    // A cumulative update updates the recovery tools of the image as well.
    const rollup = of({ name: "Package_for_RollupFix" }, [component("microsoft-windows-winre-tools")]);
    assert.equal(rollup, "cumulative update");
  });

  it("takes the programs of Windows Setup for what they are, wherever they lie, and no others", () => {
    assert.deepEqual(setupFilesIn(["Setup.exe", "sources/setuphost.exe", "net.sys", "setup.dll"]), [
      "Setup.exe",
      "sources/setuphost.exe",
    ]);
  });

  it("names the level of Windows after a cumulative update", () => {
    assert.equal(levelOf("26100.2033.1.7"), "10.0.26100.2033");
    assert.equal(levelOf("10.0.26100.1"), undefined);
  });
});

describe("builds of Windows", () => {
  it("of one family take the same updates", () => {
    assert.equal(familyOf(19045), familyOf(19041));
    assert.notEqual(familyOf(22621), familyOf(22000));
    assert.ok((compareLevels("10.0.22631.3000", "10.0.22621.4000") ?? 0) < 0);
    assert.equal(compareLevels("10.0.26100.1", "10.0.22621.1"), undefined);
    assert.equal(compareLevels("", "10.0.22621.1"), undefined);
  });
});

describe("a CompDB", () => {
  it("says for what an update is, and what Windows is at with it", () => {
    assert.deepEqual(
      readCompDb(compDb({ baseline: "10.0.26100.1742", target: "10.0.26100.2033" }), "c.xml"),
      {
        feature: "CumulativeUpdate",
        kb: "KB5043080",
        architecture: "amd64",
        baseline: "10.0.26100.1742",
        target: "10.0.26100.2033",
      },
    );
  });

  it("of Windows itself, and what is no XML, is passed over", () => {
    assert.equal(readCompDb(compDb({ type: "Build" }), "c.xml"), undefined);
    assert.equal(readCompDb('{ "entities": [] }', "c.json"), undefined);
    assert.equal(readCompDb(compDb({ baseline: "..\\..\\x" }), "c.xml")?.baseline, "");
  });
});
