import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import {
  readInstallation,
  type Installation,
  type InstallSection,
  type InfWindows,
  type RegistryEntry,
  type ServiceInstall,
} from "../../core/formats/inf/installation.ts";
import { corpus } from "../support/corpus.ts";

const amd64: InfWindows = { architecture: "amd64", major: 10, minor: 0, build: 26100, productType: 1 };
const head = "[Manufacturer]\n%Co%=M,NTamd64\n[M.NTamd64]\nA card=I,X\\1\n[Strings]\nco=Contoso\n";

const install = (text: string, windows = amd64): Installation =>
  readInstallation(Buffer.from(head + text), windows);

/** What the one install section comes to. */
function section(text: string, windows = amd64): InstallSection {
  const [found, ...more] = install(text, windows).sections;
  assert.ok(found !== undefined && more.length === 0);
  return found;
}

const messages = (text: string): readonly string[] =>
  install(text).diagnostics.map(({ line, column, message }) => `${line - 6}:${column} ${message}`);

const wide = (text: string): string => Buffer.from(text, "utf16le").toString("hex");

/** One line of an AddReg list: the place, the type and the bytes. */
function value(line: string): string {
  const [entry] = section(`[I]\nAddReg=R\n[R]\n${line}\n`).driverRegistry;
  return entry === undefined ? "not understood" : shown(entry);
}

function shown({ root, key, name, type, bytes }: RegistryEntry): string {
  const hex = bytes === undefined ? "none" : Buffer.from(bytes).toString("hex");
  return `${root}|${key}|${name}|${type}|${hex}`;
}

const sources = `[SourceDisksNames]
1=disk,,,\\all
2=other
[SourceDisksNames.amd64]
1=disk,,,".\\x64\\"
[SourceDisksFiles]
a.sys=1
b.sys=2,sub\\folder
[SourceDisksFiles.amd64]
b.sys=1,,1234
`;

const copies = (text: string, windows = amd64): readonly string[] =>
  section(text, windows).copies.map(
    ({ source, folder, name, dirid, subfolder, flags }) =>
      `${folder}|${source} > ${dirid}|${subfolder}|${name}|${flags}`,
  );

const diridOf = (dirid: string): number | undefined =>
  section(`[I]\nCopyFiles=@a.sys\n[DestinationDirs]\nDefaultDestDir=${dirid}\n${sources}`).copies[0]?.dirid;

const names = (entries: readonly RegistryEntry[]): readonly string[] => entries.map((one) => one.name);

const service = (text: string): ServiceInstall => {
  const [found] = section(`[I]\n[I.Services]\n${text}\n`).services;
  assert.ok(found);
  return found;
};

const binary = (path: string): unknown => service(`AddService=a,2,S\n[S]\nServiceBinary=${path}`).binary;

const classesOf = (text: string): readonly string[] => install(text).others.map((one) => one.section);

const controlFlags = (architecture: "amd64" | "x86") =>
  readInstallation(
    Buffer.from(
      "[ControlFlags]\nExcludeFromSelect=*\nexcludefromselect.NTamd64 = %id%, B\nExcludeFromSelect.NT=C\n" +
        "ExcludeFromSelect.NTx86=D\nInteractiveInstall=\\\n PCI\\E\nBasicDriverOk=*\nCopyFilesOnly=\n[Strings]\nid=A\n",
    ),
    { ...amd64, architecture },
  ).controlFlags.map(({ name, ids, line }) => `${line} ${name} ${ids.join(" ")}`);

const lines = (count: number, line: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => line(at)).join("\n");

const quoted = (one: string): string => `"${one.replaceAll('"', '""').replaceAll("%", "%%")}"`;

describe("files that an INF copies", () => {
  it("come from the disk and folder of their architecture, else of all", () => {
    const text = `[I]\nCopyFiles=F\n[F]\na.sys\nb.sys\n[DestinationDirs]\nF=12\n${sources}`;
    assert.deepEqual(copies(text), ["x64|a.sys > 12||a.sys|0", "x64|b.sys > 12||b.sys|0"]);
    const arm = text.replaceAll(".amd64]", ".arm64]");
    assert.deepEqual(copies(arm), ["all|a.sys > 12||a.sys|0", "sub\\folder|b.sys > 12||b.sys|0"]);
  });

  it("go where their list goes, else where all go; after @ they are one file for the latter", () => {
    const text = `[I]\nCopyFiles=F, @b.sys ,G\nCopyFiles=f\n[F]\nnew.sys,a.sys,,0x10\n[G]\nb.sys,,,2
[DestinationDirs]\nDefaultDestDir=13\nf=10,"\\system32\\.\\drivers\\"\n${sources}`;
    assert.deepEqual(copies(text), [
      "x64|a.sys > 10|system32\\drivers|new.sys|16",
      "x64|b.sys > 13||b.sys|0",
      "x64|b.sys > 13||b.sys|2",
      "x64|a.sys > 10|system32\\drivers|new.sys|16",
    ]);
  });

  it("go to a directory by its number, whatever it is", () => {
    assert.equal(diridOf("16422"), 16422);
    assert.equal(diridOf("66000"), 66000);
    assert.equal(diridOf("0x0c"), 12);
    assert.equal(diridOf("-1,C:\\x"), -1);
    assert.equal(diridOf("65535"), -1);
    assert.equal(diridOf("%11%"), undefined);
  });

  it("are not understood without a place to go to", () => {
    const text = `[I]\nCopyFiles=F,@a.sys\n[F]\na.sys\n${sources}`;
    assert.deepEqual(copies(text), []);
    assert.deepEqual(
      section(text).others.map(({ directive, section: of, line }) => `${directive} ${of} ${line - 6}`),
      ["CopyFiles I 2", "CopyFiles I 2"],
    );
    assert.ok(messages(text).includes("2:1 [DestinationDirs] does not say where this is copied to"));
  });

  it("are noted where the package does not list them, and where a cabinet holds them", () => {
    const unlisted = "[I]\nCopyFiles=F\n[F]\na.sys\n[DestinationDirs]\nF=12\n";
    assert.deepEqual(copies(unlisted), ["|a.sys > 12||a.sys|0"]);
    assert.deepEqual(messages(unlisted), ['4:1 "a.sys" is not in [SourceDisksFiles]']);
    const cabinet = `${unlisted}[SourceDisksNames]\n1=disk,all.CAB\n[SourceDisksFiles]\na.sys=1\n`;
    assert.deepEqual(
      section(cabinet).others.map((one) => `${one.directive} ${one.section}`),
      ["1 SourceDisksNames"],
    );
  });

  it("say which list, flag or name is wrong", () => {
    assert.deepEqual(
      messages(
        `[I]\nCopyFiles=Gone,F\n[F]\na.sys,,,x\nb=c\n,a.sys\n[DestinationDirs]\nDefaultDestDir=here\nF=12\n${sources}`,
      ),
      [
        '8:1 "here" is not the number of a directory',
        "2:11 there is no section [Gone]",
        '4:1 the flags "x" are not a number',
        "5:1 this names no file to copy",
        "6:1 this names no file to copy",
      ],
    );
  });
});

describe("values that an INF writes", () => {
  it("have a root, a key and a name", () => {
    assert.equal(value("HKR,,,,x"), `HKR|||1|${wide("x\0")}`);
    assert.equal(value('hklm,"Software\\\\A b\\",Name,,x'), `HKLM|Software\\\\A b|Name|1|${wide("x\0")}`);
    for (const root of ["HKCR", "HKCU", "HKU", "HKLM", "HKR"])
      assert.match(value(`${root},a,b`), RegExp(`^${root}\\|`));
    for (const wrong of ["HKXX,a,b", "a=b", "nothing"]) assert.equal(value(wrong), "not understood");
  });

  it("are strings unless the flags say otherwise", () => {
    assert.equal(value('HKR,,a,,"Größe"'), `HKR||a|1|${wide("Größe\0")}`);
    assert.equal(value("HKR,,a,0,x,y"), `HKR||a|1|${wide("x\0")}`);
    assert.equal(value("HKR,,a"), "HKR||a|1|0000");
    assert.equal(
      value('HKR,,a,0x00020000,"%%SystemRoot%%\\x.dll"'),
      `HKR||a|2|${wide("%SystemRoot%\\x.dll\0")}`,
    );
    assert.equal(value("HKR,,a,0x20002,%co%"), `HKR||a|2|${wide("Contoso\0")}`);
  });

  it("are lists of strings, up to an empty one", () => {
    assert.equal(value("HKR,,a,0x00010000,x,yz"), `HKR||a|7|${wide("x\0yz\0\0")}`);
    assert.equal(value("HKR,,a,0x00010008,x"), `HKR||a|7|${wide("x\0\0")}`);
    assert.equal(value("HKR,,a,0x00010000,x,,z"), `HKR||a|7|${wide("x\0\0")}`);
    assert.equal(value("HKR,,a,0x00010000"), `HKR||a|7|${wide("\0")}`);
  });

  it("are numbers in decimal, in hexadecimal or as their bytes", () => {
    assert.equal(value("HKR,,a,0x00010001,257"), "HKR||a|4|01010000");
    assert.equal(value("HKR,,a,65537,0xFFFFFFFF"), "HKR||a|4|ffffffff");
    assert.equal(value("HKR,,a,0x00010001,-1"), "HKR||a|4|ffffffff");
    assert.equal(value("HKR,,a,0x00010001,78,56,34,12"), "HKR||a|4|78563412");
    assert.equal(value("HKR,,a,0x00010001"), "HKR||a|4|00000000");
    assert.equal(value("HKR,,a,0x000B0001,0x70000040003"), "HKR||a|11|0300040000070000");
    assert.equal(value("HKR,,a,0x000B0001,1,2,3,4,5,6,7,8"), "HKR||a|11|0102030405060708");
    for (const wrong of ["0x100000000", "one", "1.5", "-", "0x"])
      assert.equal(value(`HKR,,a,0x00010001,${wrong}`), "not understood", wrong);
  });

  it("are bytes in hexadecimal, of any type", () => {
    assert.equal(value("HKR,,a,1,10,ff,0x0A,b"), "HKR||a|3|10ff0a0b");
    assert.equal(value("HKR,,a,0x00000001"), "HKR||a|3|");
    assert.equal(value("HKR,,a,0x00020001,01,02"), "HKR||a|0|0102");
    assert.equal(value("HKR,,MYValue,0x00380001,1,0,2,F"), "HKR||MYValue|56|0100020f");
    for (const wrong of ["100", "g0", "1 2", "0x123"])
      assert.equal(value(`HKR,,a,1,${wrong}`), "not understood", wrong);
  });

  it("are none where the key alone is made, or something deleted", () => {
    assert.equal(value('HKR,"Interrupt Management",,0x00000010'), "HKR|Interrupt Management||1|none");
    assert.equal(value("HKR,a,b,0x2000,x"), "HKR|a||1|none");
    assert.equal(value("HKR,a,b,0x4"), "HKR|a|b|1|none");
    assert.equal(value("HKR,a,b,0x8002"), "HKR|a|b|1|none");
  });

  it("have the flags as a name where a comma is missing, as a Windows 10 has them of a driver of its own", () => {
    assert.equal(
      value('HKR,"Interrupt Management",0x00000010'),
      `HKR|Interrupt Management|0x00000010|1|${wide("\0")}`,
    );
    assert.equal(value("HKR,PersistentTargets"), `HKR|PersistentTargets||1|${wide("\0")}`);
  });

  it("belong to the driver, to the device, to a service or to its events", () => {
    const all = section(`[I]\nAddReg=R\n[I.HW]\nAddReg=H\n[I.CoInstallers]\nAddReg=C\n
[I.Services]\nAddService=s,2,S,E\n[S]\nAddReg=T,R\n[E]\nAddReg=U
[R]\nHKR,,r\n[H]\nHKR,,h\n[C]\nHKR,,CoInstallers32,0x10000,x.dll\n[T]\nHKR,,t\n[U]\nHKR,,u\n`);
    assert.deepEqual(names(all.driverRegistry), ["r", "CoInstallers32"]);
    assert.deepEqual(names(all.deviceRegistry), ["h"]);
    assert.deepEqual(names(all.services[0]?.registry ?? []), ["t", "r"]);
    assert.deepEqual(names(all.services[0]?.eventLog?.registry ?? []), ["u"]);
    assert.equal(all.coInstallers.length, 1);
    assert.deepEqual(all.others, []);
  });

  it("that are not understood are kept with their place, as is their security", () => {
    const { others } = section('[I]\nAddReg=R\n[R]\nHKR,,a,x,y\nHKR,,b\n[R.Security]\n"D:P(A;;GA;;;SY)"\n');
    assert.deepEqual(
      others.map(({ directive, section: of, line, column }) => `${directive} ${of} ${line - 6}:${column}`),
      ["HKR R 4:1", "security R.Security 6:1"],
    );
  });
});

describe("services of an INF", () => {
  it("have what their section says", () => {
    const all = service(`AddService=Card, 0x00000002 , S, E
[S]
DisplayName=%Co%
Description="A card; of %Co%"
ServiceType=1
StartType=0x0
ErrorControl=1
ServiceBinary=%12%\\card.sys
LoadOrderGroup=SCSI miniport
Dependencies=RpcSs, +NetGroup,
StartName=\\Driver\\Card
Security="D:P(A;;GA;;;SY)"
startType=3
[E]
AddReg=R
[R]
HKR,,TypesSupported,0x00010001,7`);
    assert.deepEqual(
      [all.name, all.flags, all.type, all.start, all.errorControl, all.loadOrderGroup, all.startName],
      ["Card", 2, 1, 0, 1, "SCSI miniport", "\\Driver\\Card"],
    );
    assert.deepEqual(all.displayName, { written: "%Co%", text: "Contoso" });
    assert.deepEqual(all.description, { written: "A card; of %Co%", text: "A card; of Contoso" });
    assert.deepEqual(all.binary, { dirid: 12, path: "card.sys" });
    assert.deepEqual(all.dependencies, ["RpcSs", "+NetGroup"]);
    assert.equal(all.security, "D:P(A;;GA;;;SY)");
    assert.deepEqual([all.eventLog?.log, all.eventLog?.name], ["System", "Card"]);
    assert.deepEqual(all.others, []);
  });

  it("log where the directive says", () => {
    const { eventLog } = service("AddService=Card,,S,E,Application,Cards\n[S]\n[E]");
    assert.deepEqual(eventLog, { log: "Application", name: "Cards", registry: [] });
    assert.equal(service("AddService=Card,,S\n[S]").eventLog, undefined);
  });

  it("lie where a path of another kind says", () => {
    assert.deepEqual(binary("%13%\\sub\\a.exe"), { dirid: 13, path: "sub\\a.exe" });
    assert.deepEqual(binary("C:\\a.exe"), { path: "C:\\a.exe" });
    assert.deepEqual(binary("system32\\drivers\\a.sys"), { path: "system32\\drivers\\a.sys" });
  });

  it("keep what is not understood", () => {
    const { others, type, start } = service(
      "AddService=a,x,S,E\n[S]\nDelReg=D\nAddTrigger=T\nStartType=soon\n[E]\nBitReg=B",
    );
    assert.deepEqual(
      others.map((one) => `${one.directive} ${one.section}`),
      ["DelReg S", "AddTrigger S", "AddService I.Services", "BitReg E"],
    );
    assert.deepEqual([type, start], [undefined, undefined]);
  });

  it("drive the device where the flags say so; the null driver has no name", () => {
    const services =
      "[I]\n[I.Services]\nAddService=filter,,S\nAddService=card,0x802,S\nAddService=late,2,S\n[S]\n";
    assert.equal(section(services).service, "card");
    assert.equal(section(services).services.length, 3);
    const none = section("[I]\n[I.Services]\nAddService=,2\n");
    assert.deepEqual([none.service, none.services], ["", []]);
    assert.equal(section("[I]\n").service, undefined);
  });

  it("say what is wrong", () => {
    assert.deepEqual(messages("[I]\n[I.Services]\nAddService=a,2,Gone,Lost\n"), [
      "3:1 there is no section [Gone]",
      "3:1 there is no section [Lost]",
    ]);
    assert.deepEqual(messages("[I.NTamd64]\n[I.Services]\nAddService=a,2,S\n[S]\n"), [
      "2:1 [I.Services] is not used: [I.NTamd64] wants [I.NTamd64.Services]",
    ]);
  });
});

describe("install section of an INF", () => {
  it("has a feature score, a version and what belongs to it by name", () => {
    const all = section(`[I.NT]
FeatureScore=F9
featurescore=0x01
DriverVer=01-02-2024,1.2.3.4
[I.NT.Filters]
AddFilter=up,,U
AddFilter=down,,D
AddFilter=level,,L
[U]
FilterPosition=Upper
[D]
FilterPosition=lower
[L]
FilterLevel=Top
[I.NT.Components]
AddComponent=panel,,P
[I.NT.Software]
AddSoftware=setup,,X
AddSoftware=store,,Y
[X]
SoftwareType=1
[Y]
SoftwareBinary=a.exe
[I.NT.Interfaces]
AddInterface={x},,Z
[I.NT.Wdf]
KmdfService=a,W
UmdfServiceOrder=b
[I.NT.HW]
DelReg=Q
`);
    assert.equal(all.name, "I.NT");
    assert.equal(all.featureScore, 0xf9);
    assert.deepEqual(all.driverVersion, { date: "01/02/2024", version: "1.2.3.4" });
    assert.deepEqual(all.filters, [
      { position: "upper", service: "up" },
      { position: "lower", service: "down" },
    ]);
    assert.deepEqual(all.components, [{ name: "panel", section: "P" }]);
    assert.deepEqual(all.software, [
      { name: "setup", section: "X", type: 1 },
      { name: "store", section: "Y", type: undefined },
    ]);
    assert.deepEqual(
      all.others.map((one) => `${one.directive} ${one.section}`),
      [
        "DelReg I.NT.HW",
        "AddFilter I.NT.Filters",
        "UmdfServiceOrder I.NT.Wdf",
        "AddInterface I.NT.Interfaces",
      ],
    );
    assert.equal(section("[I]\nFeatureScore=100\n").featureScore, 0xff);
    assert.equal(section("[I]\n").featureScore, 0xff);
  });

  it("takes what it needs of its own INF, and names what it needs of others", () => {
    const all = section(`[I]
Include=ks.inf,wdmaudio.inf
Needs=KS.Registration,Own
[I.Services]
Include=ks.inf
Needs=KS.Registration.Services,Own.Services
[Own]
AddReg=R
Needs=I
Include=not.inf
[Own.Services]
AddService=s,2,S
[S]
[R]
HKR,,a
`);
    assert.deepEqual(all.includes, ["ks.inf", "wdmaudio.inf"]);
    assert.deepEqual(all.needs, ["KS.Registration", "KS.Registration.Services"]);
    assert.equal(all.driverRegistry.length, 1);
    assert.equal(all.service, "s");
    // Needs cannot be nested: what a needed section needs is known to be there, and no more.
    assert.deepEqual(
      all.others.map((one) => `${one.directive} ${one.section}`),
      ["Needs Own", "Include Own"],
    );
  });

  it("does not hide a class that the INF brings", () => {
    assert.deepEqual(classesOf("[I]\n[ClassInstall32]\n[ClassInstall32.NT]\n[InterfaceInstall32]\n"), [
      "ClassInstall32.NT",
      "InterfaceInstall32",
    ]);
    assert.deepEqual(classesOf("[I]\n[ClassInstall32.NTx86]\n"), []);
  });

  it("has what [ControlFlags] asks for on this Windows", () => {
    assert.deepEqual(controlFlags("amd64"), [
      "2 ExcludeFromSelect *",
      "3 ExcludeFromSelect A B",
      "4 ExcludeFromSelect C",
      "6 InteractiveInstall PCI\\E",
    ]);
    assert.deepEqual(controlFlags("x86").slice(1, 3), ["4 ExcludeFromSelect C", "5 ExcludeFromSelect D"]);
  });

  it("gives nothing up of a line that continues, is commented or is quoted", () => {
    const all = section(`[I] ; comment
AddReg = R, \\ ; more
  "Quoted, list"
[R]
HKR,,"a ""b""; c",,"%%x%%" ; comment
[Quoted, list]
HKR,,second
`);
    assert.deepEqual(
      all.driverRegistry.map((one) => one.name),
      ['a "b"; c', "second"],
    );
    assert.equal(Buffer.from(all.driverRegistry[0]?.bytes ?? []).toString("utf16le"), "%x%\0");
  });

  it("is the same in every encoding", () => {
    const text = `${head}[I]\nAddReg=R\n[R]\nHKR,,Grüße,,ß\n`;
    const encodings = [
      Buffer.from(text),
      Buffer.from(`\ufeff${text}`),
      Buffer.from(text, "latin1"),
      Buffer.from(`\ufeff${text}`, "utf16le"),
      Buffer.from(text, "utf16le"),
      Buffer.from(`\ufeff${text}`, "utf16le").swap16(),
      Buffer.from(text, "utf16le").swap16(),
    ];
    const [first, ...rest] = encodings.map((bytes) => readInstallation(bytes, amd64));
    assert.equal(first?.sections[0]?.driverRegistry[0]?.name, "Grüße");
    for (const each of rest) assert.deepEqual(each, first);
  });
});

describe("an INF that is made to be large", () => {
  it("may name a list as often as it likes, but not multiply it", () => {
    const text = `[I]\n${lines(500, () => "AddReg=R,R,R,R,R,R,R,R,R,R")}\n[R]\n${lines(1000, (at) => `HKR,,v${at}`)}\n`;
    const { sections, diagnostics } = install(text);
    const [{ driverRegistry } = assert.fail()] = sections;
    assert.ok(driverRegistry.length > 900_000 && driverRegistry.length <= 1_000_000);
    assert.deepEqual(
      diagnostics.map((one) => one.message),
      ["more than 1000000 entries: the rest was not read"],
    );
  });

  it("may have as many services of one section as it likes, but not multiply what they add", () => {
    const added = lines(1500, (at) => `AddService=s${at},,S,L`);
    const values = lines(1000, (at) => `HKR,,v${at}`);
    const text = `[I]\n[I.Services]\n${added}\n[S]\nAddReg=R\nDependencies=a,b\n[L]\nAddReg=R\n[R]\n${values}\n`;
    const { sections, diagnostics } = install(text);
    const [{ services } = assert.fail()] = sections;
    const given = services.reduce(
      (sum, { registry, dependencies, eventLog }) =>
        sum + registry.length + dependencies.length + (eventLog?.registry.length ?? 0),
      0,
    );
    assert.ok(given > 900_000 && given <= 1_000_000, `${given} values`);
    assert.deepEqual(
      diagnostics.map((one) => one.message),
      ["more than 1000000 entries: the rest was not read"],
    );
    assert.equal(sections[0]?.service, undefined);
    // In common, and no copies.
    assert.equal(services[1]?.registry, services[0]?.registry);
  });

  it("reads what it names once, however the name is written", () => {
    const { models, sections } = install(`[I]
AddReg=R," R","r "
CopyFiles=F," f"
[I.Services]
AddService=a,2,S
AddService=b,," s "
[R]
HKR,,v
[F]
a.sys
[S]
AddReg="R "
[DestinationDirs]
" F"=12
[Manufacturer]
other="  M",NTamd64
again="M ",NTamd64
`);
    assert.equal(models.length, 1);
    const [{ driverRegistry, copies: copied, services } = assert.fail()] = sections;
    assert.deepEqual([driverRegistry.length, copied.length], [3, 2]);
    assert.equal(new Set([...driverRegistry, ...(services[0]?.registry ?? [])]).size, 1);
    assert.equal(copied[0], copied[1]);
    assert.equal(services[0]?.registry, services[1]?.registry);
  });

  it("may need itself", () => {
    const { sections, diagnostics } = install(`[I]\n${lines(3000, () => "Needs=I,J,I")}\n[J]\nNeeds=I,J\n`);
    const [{ others } = assert.fail()] = sections;
    assert.ok(others.length <= 1_000_000);
    assert.equal(diagnostics.length, 1);
  });

  it("may have 50,000 models", function () {
    this.timeout(10_000);
    const text = `[Manufacturer]\nM=M,NTamd64\n[M.NTamd64]\n${lines(50_000, (at) => `%d%=I${at % 50},PCI\\${at},PCI\\X${at}`)}
${lines(50, (at) => `[I${at}]\nAddReg=R`)}\n[R]\nHKR,,a\n[Strings]\nd=x\n`;
    const start = performance.now();
    const { models, sections } = readInstallation(Buffer.from(text), amd64);
    const took = performance.now() - start;
    assert.deepEqual([models.length, sections.length], [50_000, 50]);
    assert.ok(took < 3000, `${took} ms`);
  });

  it("notes no more than 200 slips", () => {
    const { diagnostics } = install(`[I]\nAddReg=${lines(5000, (at) => `R${at}`).replaceAll("\n", ",")}\n`);
    assert.equal(diagnostics.length, 200);
  });
});

describe("an INF of any kind", () => {
  const windows = fc.record({
    architecture: fc.constantFrom("x86", "amd64", "arm", "arm64", "ia64"),
    major: fc.constantFrom(5, 6, 10),
    minor: fc.constantFrom(0, 1, 3),
    build: fc.constantFrom(2600, 7601, 17763, 26100),
    productType: fc.constantFrom(1, 2, 3),
  }) as fc.Arbitrary<InfWindows>;
  const piece = fc.constantFrom(
    ...'[]=,;"%\\\n'.split(""),
    "\r\n",
    "I",
    "[Manufacturer]\nM=M,NTamd64,NTx86.6,NT\n",
    "[M.NTamd64]\nd=I,X\n",
    "[M]\nd=I,X\n",
    "[I]\n",
    "[I.NT]\n",
    "[I.NTamd64.Services]\n",
    "[I.HW]\n",
    "AddReg=R\n",
    "CopyFiles=F,@f\n",
    "AddService=s,2,S,E\n",
    "Needs=I,R\n",
    "[R]\nHKR,,a,0x10001,5\n",
    "[F]\nf\n",
    "[S]\nStartType=0\nAddReg=R\n",
    "[DestinationDirs]\nDefaultDestDir=12\n",
    "[SourceDisksFiles]\nf=1\n",
    "0x00010001",
    "%12%",
  );

  it("never throws, and puts every place inside of the text", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 80 }), windows, (pieces, of) => {
        const text = pieces.join("");
        const { models, sections, others, diagnostics } = readInstallation(Buffer.from(text), of);
        const last = text.split(/\r\n|\n|\r/).length;
        const places = [
          ...models,
          ...others,
          ...diagnostics,
          ...sections,
          ...sections.flatMap((one) => [
            ...one.copies,
            ...one.driverRegistry,
            ...one.services,
            ...one.others,
          ]),
        ];
        for (const { line, column } of places) assert.ok(line >= 1 && line <= last && column >= 1);
        for (const { section: named } of models)
          assert.ok(named === undefined || sections.some((one) => one.name === named));
        assert.ok(diagnostics.length <= 200);
      }),
    );
  });

  it("never throws on arbitrary bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void readInstallation(bytes, amd64)));
  });

  it("gives back a number, a string and a list that were written into it", () => {
    const text = fc
      .string({ minLength: 1, maxLength: 30 })
      .map((one) =>
        one
          .replace(/[\r\n]/g, "x")
          .replaceAll("\0", "x")
          .replaceAll("\u001a", "x"),
      )
      .filter((one) => one !== "");
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), fc.array(text, { minLength: 1, maxLength: 5 }), (number, texts) => {
        assert.equal(
          value(`HKR,,a,0x00010001,${number}`),
          value(`HKR,,a,0x00010001,0x${number.toString(16)}`),
        );
        const list = texts.map((one) => `${one}\0`).join("");
        assert.equal(value(`HKR,,a,0x00010000,${texts.map(quoted).join()}`), `HKR||a|7|${wide(`${list}\0`)}`);
      }),
    );
  });
});

describe("INF of a storage driver", () => {
  it("of virtio comes to what its authors have in a Windows image", function () {
    const folder = join(corpus(this), "inf/virtio-win+kvm-guest-drivers-windows");
    const text = readFileSync(join(folder, "vioscsi/vioscsi.inx"), "latin1")
      .replaceAll("$ARCH$", "amd64")
      .replaceAll("INX_PLATFORM_DRIVERS_DIR", "12");
    const { models, sections, diagnostics } = readInstallation(Buffer.from(text), amd64);
    const [driver] = sections;
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(
      models.map((model) => [model.section, model.compatibleIds.join()]),
      [
        ["scsi_inst", "PCI\\VEN_1AF4&DEV_1004"],
        ["scsi_inst", "PCI\\VEN_1AF4&DEV_1048"],
      ],
    );
    assert.deepEqual(
      driver?.copies.map(({ name, dirid, flags }) => [name, dirid, flags]),
      [["vioscsi.sys", 12, 2]],
    );
    assert.deepEqual(
      [driver?.service, driver?.services[0]?.start, driver?.services[0]?.loadOrderGroup],
      ["vioscsi", 0, "SCSI miniport"],
    );
    assert.ok(driver?.services[0]?.registry.map(shown).includes("HKR|Parameters|BusType|4|0a000000"));
    assert.deepEqual(driver?.others, []);
  });
});
