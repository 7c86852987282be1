import assert from "node:assert/strict";
import { closest, installSectionName, isApplicable } from "../../core/formats/inf/applicable.ts";
import { readInf } from "../../core/formats/inf/document.ts";
import { readInstallation, type InfWindows } from "../../core/formats/inf/installation.ts";
import { readTarget, type InfTarget } from "../../core/formats/inf/target.ts";

const windows11: InfWindows = { architecture: "amd64", major: 10, minor: 0, build: 26100, productType: 1 };
const windows10: InfWindows = { ...windows11, build: 19045 };
const windows7: InfWindows = { ...windows11, major: 6, minor: 1, build: 7601 };
const server: InfWindows = { ...windows11, productType: 3 };
const xp: InfWindows = { architecture: "x86", major: 5, minor: 1, build: 2600, productType: 1 };

const target = (decoration: string): InfTarget => {
  const read = readTarget(decoration);
  assert.ok(read, decoration);
  return read;
};

/** The decoration that Windows takes among several; "" is none. */
function chosen(decorations: string, windows: InfWindows): string | undefined {
  const candidates = decorations.split(/, */).map((text) => ({
    text,
    target: text === "" ? target("NTx86") : target(text),
  }));
  return closest(candidates, windows)?.text;
}

/** The hardware ids that a Windows gets of an INF. */
const ids = (text: string, windows: InfWindows): readonly string[] =>
  readInstallation(Buffer.from(text), windows).models.map((model) => model.hardwareId);

/** The name of the section that a model takes which names "inst". */
const name = (text: string, windows: InfWindows): string | undefined =>
  installSectionName(readInf(Buffer.from(text)), "inst", windows);

const sections = (text: string, windows: InfWindows): readonly string[] =>
  readInstallation(Buffer.from(text), windows).sections.map((section) => section.name);

describe("models of an INF", () => {
  it("are for one architecture", () => {
    assert.equal(isApplicable(target("NTamd64"), windows11), true);
    assert.equal(isApplicable(target("NTarm64"), windows11), false);
    assert.equal(
      isApplicable(target("NT"), windows11),
      false,
      "an architecture has to be named, but for x86",
    );
    assert.equal(isApplicable(target("NT"), xp), true);
  });

  it("are for a version and those after it", () => {
    assert.equal(isApplicable(target("NTamd64.6.1"), windows7), true);
    assert.equal(isApplicable(target("NTamd64.6.2"), windows7), false);
    assert.equal(
      isApplicable(target("NTamd64.6.3"), windows11),
      true,
      "the minor of an older major is passed",
    );
    assert.equal(isApplicable(target("NTamd64.10"), windows7), false);
    assert.equal(isApplicable(target("NTamd64.6"), windows7), true);
  });

  it("are for a build where major and minor are those of Windows", () => {
    assert.equal(isApplicable(target("NTamd64.10.0...19045"), windows10), true);
    assert.equal(isApplicable(target("NTamd64.10.0...19046"), windows10), false);
    assert.equal(isApplicable(target("NTamd64.10.0...22000"), windows10), false);
    assert.equal(isApplicable(target("NTamd64.6.3...99999"), windows10), true);
  });

  it("are for a product type, and for product suites that are known", () => {
    assert.equal(isApplicable(target("NTamd64...3"), server), true);
    assert.equal(isApplicable(target("NTamd64...0x3"), windows11), false);
    assert.equal(isApplicable(target("NTamd64....0x80"), server), false);
    assert.equal(isApplicable(target("NTamd64....0x80"), { ...server, suiteMask: 0x190 }), true);
    assert.equal(isApplicable(target("NTamd64....0x82"), { ...server, suiteMask: 0x190 }), false);
    assert.equal(isApplicable(target("NTamd64....0"), server), true);
  });

  it("are of the closest section", () => {
    assert.equal(chosen("NTamd64, NTamd64.6.1, NTamd64.10.0", windows11), "NTamd64.10.0");
    assert.equal(chosen("NTamd64, NTamd64.6.1, NTamd64.10.0", windows7), "NTamd64.6.1");
    assert.equal(
      chosen("NTamd64.10.0, NTamd64.10.0...17763, NTamd64.10.0...22000", windows10),
      "NTamd64.10.0...17763",
    );
    assert.equal(
      chosen("NTamd64.10.0, NTamd64.10.0...17763, NTamd64.10.0...22000", windows11),
      "NTamd64.10.0...22000",
    );
    assert.equal(chosen("NTamd64, NTamd64...3", server), "NTamd64...3");
    assert.equal(chosen("NTamd64, NTamd64...3", windows11), "NTamd64");
    assert.equal(chosen("NTamd64.6, NTamd64.6.0", windows7), "NTamd64.6.0");
    assert.equal(chosen("NTarm64, NTx86", windows11), undefined);
  });

  it("are of the section that the page of the Manufacturer section names in its examples", () => {
    // A specific version counts before product type and suite.
    assert.equal(chosen("NT, NT.5, NT.5.5, NT....0x80", xp), "NT.5");
    assert.equal(chosen("NT, NT.5, NT.5.5, NT....0x80", { ...xp, suiteMask: 0x80 }), "NT.5");
    assert.equal(chosen("NTx86....0x80, NTamd64", { ...xp, suiteMask: 0x80 }), "NTx86....0x80");
    assert.equal(chosen("NTx86....0x80, NTamd64", windows11), "NTamd64");
    assert.equal(chosen(", NT.7.8", xp), "");
  });

  it("are of several manufacturers, each for itself", () => {
    const text = `[Manufacturer]
%a%=A,NTamd64,NTamd64.10.0
B
%c%=C,NTarm64
[A.NTamd64]
one=I,OLD\\1
[A.NTamd64.10.0]
one=I,NEW\\1
two=I,NEW\\2,COMPATIBLE\\1,,COMPATIBLE\\2
[B]
three=I,X86\\3
[C.NTarm64]
four=I,ARM\\4
`;
    assert.deepEqual(ids(text, windows11), ["NEW\\1", "NEW\\2"]);
    assert.deepEqual(ids(text, windows7), ["OLD\\1"]);
    assert.deepEqual(ids(text, { ...windows11, architecture: "x86" }), ["X86\\3"]);
    assert.deepEqual(ids(text, { ...windows11, architecture: "arm64" }), ["ARM\\4"]);
    const { models } = readInstallation(Buffer.from(text), windows11);
    assert.deepEqual(models[1]?.compatibleIds, ["COMPATIBLE\\1", "COMPATIBLE\\2"]);
    assert.deepEqual(models[1]?.target, { architecture: "amd64", major: 10, minor: 0 });
    assert.deepEqual([models[1]?.line, models[1]?.column], [9, 1]);
  });

  it("are none where the closest section is empty or missing", () => {
    const empty = "[Manufacturer]\n%a%=A,NTamd64,NTamd64.10.0\n[A.NTamd64]\none=I,OLD\\1\n[A.NTamd64.10.0]\n";
    assert.deepEqual(ids(empty, windows11), []);
    assert.deepEqual(ids(empty, windows7), ["OLD\\1"]);
    assert.deepEqual(ids(empty.replace("[A.NTamd64.10.0]\n", ""), windows11), []);
  });

  it("keep the text of the INF beside what it comes to", () => {
    const { models } = readInstallation(
      Buffer.from(
        "[Manufacturer]\n%Co%=A,NTamd64\n[A.NTamd64]\n%Card%=I,X\\1\n[Strings]\nco=Contoso\ncard=A card\n",
      ),
      windows11,
    );
    assert.deepEqual(models[0]?.manufacturer, { written: "%Co%", text: "Contoso" });
    assert.deepEqual(models[0]?.description, { written: "%Card%", text: "A card" });
  });

  it("say where a decoration, a model or a text is wrong", () => {
    const { diagnostics } = readInstallation(
      Buffer.from(
        "[Manufacturer]\n%Co%=A,NTamd64,NTmips,NTamd64....0x80\n[A.NTamd64]\nno ids and no key\n%Card%=Gone,X\\1\n%card%=Gone,X\\2\n",
      ),
      windows11,
    );
    assert.deepEqual(
      diagnostics.map(({ line, column, message }) => `${line}:${column} ${message}`),
      [
        '2:16 "NTmips" is not a TargetOSVersion',
        '2:23 "NTamd64....0x80" asks for product suites, which are not known: it is passed over',
        "2:1 %Co% is not in [Strings]",
        "4:1 a model needs a description, a section and a hardware id",
        "5:1 there is no section [Gone]",
        "5:1 %Card% is not in [Strings]",
        "6:1 there is no section [Gone]",
      ],
    );
  });
});

describe("install section", () => {
  it("is that of the architecture, then that of NT, then the undecorated one", () => {
    assert.equal(name("[Inst]\n[Inst.NT]\n[Inst.NTamd64]\n", windows11), "Inst.NTamd64");
    assert.equal(name("[Inst]\n[Inst.NT]\n[Inst.NTx86]\n", windows11), "Inst.NT");
    assert.equal(name("[Inst]\n[Inst.NTx86]\n", windows11), "Inst");
    assert.equal(name("[Inst.NTx86]\n", windows11), undefined);
  });

  it("is shared by the models that name it, and read once", () => {
    const { models, sections: installed } = readInstallation(
      Buffer.from(
        "[Manufacturer]\nA=A,NTamd64\n[A.NTamd64]\na=I,X\\1\nb=i,X\\2\nc=J,X\\3\n[I]\n[I.NTamd64]\nReboot\n[J]\n",
      ),
      windows11,
    );
    assert.deepEqual(
      models.map((model) => model.section),
      ["I.NTamd64", "I.NTamd64", "J"],
    );
    assert.deepEqual(
      installed.map((section) => section.name),
      ["I.NTamd64", "J"],
    );
  });

  it("is DefaultInstall of a driver without devices, which has to name an architecture", () => {
    const text =
      "[DefaultInstall.NTamd64]\n[DefaultInstall.NTamd64.10.0...22000]\n[DefaultInstall.NTarm64]\n[DefaultInstall.NTamd64.Services]\n";
    assert.deepEqual(sections(text, windows11), ["DefaultInstall.NTamd64.10.0...22000"]);
    assert.deepEqual(sections(text, windows10), ["DefaultInstall.NTamd64"]);
    assert.deepEqual(sections("[DefaultInstall]\n[DefaultInstall.NT]\n", windows11), []);
    assert.deepEqual(sections("[DefaultInstall.NT]\n", { ...windows11, architecture: "x86" }), []);
    assert.deepEqual(sections(`${text}[Manufacturer]\n`, windows11), []);
  });
});
