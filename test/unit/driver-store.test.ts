import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Hive } from "../../core/formats/hive.ts";
import { deviceIds } from "../../core/driver-store/device-id.ts";
import { publish } from "../../core/driver-store/publish.ts";
import { lowestFree, mapNumbers, numbersMap, oemNumber } from "../../core/driver-store/published-name.ts";
import { storeFolder } from "../../core/driver-store/store-folder.ts";
import type { StoreImage, StorePackage } from "../../core/driver-store/store-package.ts";
import { startsAtBoot, underivable } from "../../core/driver-store/underivable.ts";
import { remove } from "../../core/driver-store/remove.ts";
import { corpus } from "../support/corpus.ts";
import {
  bareChanges,
  byHive,
  dwordRow,
  hiveFrom,
  listRow,
  noTree,
  rowsOf,
  stampedVirtio,
  storePackage,
  textRow,
  treeOf,
  treeWith,
  whcp,
  windows10,
} from "../support/driver-store.ts";
import { change, empty, needs } from "./hive-tools.ts";

const system = "HKLM\\SYSTEM\\DriverDatabase";
const drivers = "HKLM\\DRIVERS\\DriverDatabase";
const services = "HKLM\\SYSTEM\\CurrentControlSet\\Services";
const scsiClass = "{4d36e97b-e325-11ce-bfc1-08002be10318}";
const netClass = "{4d36e972-e325-11ce-bfc1-08002be10318}";

/** A network card in words of our own: what NDIS asks for, and a section of Windows itself. */
const netInf = `[Version]
Signature="$Windows NT$"
Class=Net
ClassGuid=${netClass}
Provider=%Maker%
DriverVer=12/31/2023,1.2.3
CatalogFile=card.cat
PnpLockdown=1
[Manufacturer]
%Maker%=Cards,NTamd64
[Cards.NTamd64]
%Card%=card.ndi, PCI\\VEN_1AF4&DEV_1000&SUBSYS_00011AF4&REV_00, PCI\\VEN_1AF4&DEV_1000
%Card%=card.ndi, PCI\\VEN_1AF4&DEV_1041&SUBSYS_11001AF4&REV_01, PCI\\VEN_1AF4&DEV_1041
[card.ndi.NT]
Characteristics=0x84
*IfType=6
Include=netvwifibus.inf
Needs=Somewhere.Else
CopyFiles=card.files
AddReg=card.reg
[card.ndi.NT.Services]
AddService=card,2,card.service
[card.service]
ServiceType=1
StartType=3
ErrorControl=1
ServiceBinary=%12%\\card.sys
[card.reg]
HKR,Ndi,Service,,"card"
[card.files]
card.sys
[DestinationDirs]
DefaultDestDir=12
[SourceDisksNames]
1=%Maker%
[SourceDisksFiles]
card.sys=1
[Strings]
Maker="Contoso"
Card="Contoso card"
`;

/** A driver of one service, in words of our own, with lines put in. */
function plain(
  put: Partial<
    Record<
      | "version"
      | "models"
      | "install"
      | "hardware"
      | "service"
      | "serviceFlags"
      | "binary"
      | "files"
      | "more",
      string
    >
  > & { readonly start?: number; readonly dirid?: number } = {},
): string {
  return `[Version]
Signature="$Windows NT$"
Class=System
ClassGuid={4d36e97d-e325-11ce-bfc1-08002be10318}
Provider=Contoso
DriverVer=${put.version ?? "01/02/2020,1.0.0.0"}
CatalogFile=plain.cat
[Manufacturer]
Contoso=Models,NTamd64
[Models.NTamd64]
${put.models ?? "Plain=Inst,ROOT\\PLAIN"}
[Inst.NT]
CopyFiles=Files
${put.install ?? ""}
[Inst.NT.HW]
${put.hardware ?? ""}
[Inst.NT.Services]
AddService=plain,${put.serviceFlags ?? "2"},Service
[Service]
ServiceType=1
StartType=${put.start ?? 0}
ErrorControl=1
ServiceBinary=${put.binary ?? "%12%\\plain.sys"}
${put.service ?? ""}
[Files]
${put.files ?? "plain.sys"}
[DestinationDirs]
DefaultDestDir=${put.dirid ?? 12}
[SourceDisksNames]
1=Disk
[SourceDisksFiles]
plain.sys=1
plain.sy_=1
${put.more ?? ""}
`;
}

/** Two sections that install the same service and file, in ways that can be told. */
function twoSections(service: string, files: string): string {
  return plain({
    models: "One=Inst,ROOT\\ONE\nTwo=Other,ROOT\\TWO",
    more: `[Other.NT]
CopyFiles=${files}
[Other.NT.Services]
AddService=PLAIN,2,${service}
[Second]
ServiceType=1
StartType=3
ErrorControl=1
ServiceBinary=%12%\\plain.sys
[OtherFiles]
plain.sys,plain.sy_`,
  }).replace("plain.sy_=1", "plain.sy_=1,other");
}

function reasons(text: string): readonly string[] {
  const { installation, driver } = storePackage("plain.inf", text);
  return underivable(installation, driver, windows10);
}

const lines = (count: number, line: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => line(at)).join("\n");

/** Says how often one thing about these was asked for since. */
function counted<Item extends object>(items: Iterable<Item>, name: keyof Item): () => number {
  let looks = 0;
  for (const item of new Set(items)) {
    const value = item[name];
    Object.defineProperty(item, name, {
      enumerable: true,
      get() {
        looks += 1;
        return value;
      },
    });
  }
  return () => looks;
}

function folderOf(of: StorePackage, name: string): string {
  return storeFolder(name, "amd64", of.content);
}

describe("the offline driver store", () => {
  let hives: Record<"SYSTEM" | "SOFTWARE" | "DRIVERS", Hive>;

  before(function () {
    needs(this, "hivexsh");
    const made = (["SYSTEM", "SOFTWARE", "DRIVERS"] as const).map(
      (name) => [name, hiveFrom(change(empty, bareChanges[name]), name)] as const,
    );
    hives = Object.fromEntries(made) as typeof hives;
  });

  const image = (changes: Partial<StoreImage> = {}): StoreImage => ({
    ...hives,
    windows: windows10,
    tree: noTree,
    ...changes,
  });

  describe("viostor and vioscsi of virtio-win", () => {
    let viostor: StorePackage;
    let vioscsi: StorePackage;
    let rows: ReadonlyMap<string, string>;
    let publication: ReturnType<typeof publish>;

    before(function () {
      const files = corpus(this);
      viostor = storePackage("viostor.inf", stampedVirtio(files, "viostor/viostor.inx"));
      vioscsi = storePackage("vioscsi.inf", stampedVirtio(files, "vioscsi/vioscsi.inx"));
      publication = publish([viostor, vioscsi], image());
      rows = rowsOf(publication.changes);
    });

    const expect = (key: string, name: string, value: string): void =>
      assert.equal(rows.get(`${key} ${name}`), value, `${key} ${name}`);

    it("are both published under the lowest free names", () => {
      assert.deepEqual(publication.refused, []);
      assert.deepEqual(
        publication.published.map(({ publishedName, form, already }) => [publishedName, form, already]),
        [
          ["oem0.inf", "configured", false],
          ["oem1.inf", "configured", false],
        ],
      );
    });

    it("E0 Files: the store folder, the INF and catalogue under the published name, System32\\drivers", () => {
      const folder = folderOf(viostor, "viostor.inf");
      assert.match(folder, /^viostor\.inf_amd64_[0-9a-f]{16}$/);
      const store = `\\Windows\\System32\\DriverStore\\FileRepository\\${folder}`;
      assert.deepEqual(
        publication.files.filter(({ inf }) => inf === viostor.inf).map(({ from, to }) => [from, to]),
        [
          ["viostor.inf", `${store}\\viostor.inf`],
          ["viostor.cat", `${store}\\viostor.cat`],
          ["viostor.sys", `${store}\\viostor.sys`],
          ["viostor.inf", "\\Windows\\INF\\oem0.inf"],
          ["viostor.cat", "\\Windows\\System32\\CatRoot\\{F750E6C3-38EE-11D1-85E5-00C04FC295EE}\\oem0.cat"],
          ["viostor.sys", "\\Windows\\System32\\drivers\\viostor.sys"],
        ],
      );
      assert.deepEqual(publication.folders[0], { to: store });
    });

    // distrobuilder, windows/driver_viostor.go and driver_vioscsi.go, which were taken from a Windows.
    it("E0 DriverDatabase keys: DeviceIds rank the id with the subsystem first and the short one second", () => {
      const ids = `${system}\\DeviceIds\\PCI\\VEN_1AF4`;
      expect(`${ids}&DEV_1001&SUBSYS_00021AF4&REV_00`, "oem0.inf", "3:01ff0000");
      expect(`${ids}&DEV_1001`, "oem0.inf", "3:02ff0000");
      expect(`${ids}&DEV_1042&SUBSYS_11001AF4&REV_01`, "oem0.inf", "3:01ff0000");
      expect(`${ids}&DEV_1042`, "oem0.inf", "3:02ff0000");
      expect(`${ids}&DEV_1004&SUBSYS_00081AF4&REV_00`, "oem1.inf", "3:01ff0000");
      expect(`${ids}&DEV_1048`, "oem1.inf", "3:02ff0000");
    });

    // Microsoft, "Update a KMDF device driver": the listing of the tree; distrobuilder.
    it("E0 DriverDatabase keys: DeviceIds\\{class-guid} is REG_NONE and empty", () => {
      expect(`${system}\\DeviceIds\\${scsiClass}`, "oem0.inf", "0:");
      expect(`${system}\\DeviceIds\\${scsiClass}`, "oem1.inf", "0:");
    });

    it("E0 DriverDatabase keys: DriverInfFiles", () => {
      const folder = folderOf(viostor, "viostor.inf");
      expect(`${system}\\DriverInfFiles\\oem0.inf`, "@", listRow(folder));
      expect(`${system}\\DriverInfFiles\\oem0.inf`, "Active", textRow(1, folder));
      expect(`${system}\\DriverInfFiles\\oem0.inf`, "Configurations", listRow("scsi_inst"));
    });

    it("E0 DriverDatabase keys: DriverPackages and its Version", () => {
      const key = `${system}\\DriverPackages\\${folderOf(viostor, "viostor.inf")}`;
      expect(key, "@", textRow(1, "oem0.inf"));
      expect(key, "Catalog", textRow(1, "viostor.cat"));
      expect(key, "InfName", textRow(1, "viostor.inf"));
      expect(key, "Provider", textRow(1, "Contoso, Inc."));
      expect(key, "SignerName", textRow(1, whcp));
      expect(key, "SignerScore", dwordRow(0x0d000005));
      expect(key, "StatusFlags", dwordRow(0x12));
      expect(key, "FileSize", "b:bb0b000000000000");
      expect(key, "ManifestHash", "b:ffffffffffffffff");
      assert.ok(rows.has(`${key} OemPath`));
      // 2024-05-06 at midnight UTC, and 100.85.104.20800 from its last part.
      const [date, version] = ["00409656489fda01", "4051680055006400"];
      expect(key, "ImportDate", `3:${date}`);
      const guid = "7be9364d25e3ce11bfc108002be10318";
      expect(key, "Version", `3:00ff090000000000${guid}${date}${version}${"00".repeat(8)}`);
    });

    it("E0 DriverDatabase keys: Configurations with Device and Services", () => {
      const key = `${system}\\DriverPackages\\${folderOf(viostor, "viostor.inf")}\\Configurations\\scsi_inst`;
      expect(key, "Service", textRow(1, "viostor"));
      expect(key, "ConfigFlags", dwordRow(0));
      expect(key, "ConfigScope", dwordRow(7));
      const interrupts = `${key}\\Device\\Interrupt Management`;
      expect(`${interrupts}\\MessageSignaledInterruptProperties`, "MSISupported", dwordRow(1));
      expect(`${interrupts}\\MessageSignaledInterruptProperties`, "MessageNumberLimit", dwordRow(257));
      expect(`${interrupts}\\Affinity Policy`, "DevicePolicy", dwordRow(5));
      expect(`${interrupts}\\Affinity Policy`, "GroupPolicy", dwordRow(1));
      assert.equal(rows.get(interrupts), "key");
      const service = `${key}\\Services\\viostor\\Parameters`;
      expect(service, "BusType", dwordRow(1));
      expect(`${service}\\PnpInterface`, "5", dwordRow(1));
    });

    it("E0 DriverDatabase keys: Descriptors and the Strings they use, in lower case", () => {
      const key = `${system}\\DriverPackages\\${folderOf(viostor, "viostor.inf")}`;
      for (const id of ["DEV_1001", "DEV_1042&SUBSYS_11001AF4&REV_01"]) {
        const descriptor = `${key}\\Descriptors\\PCI\\VEN_1AF4&${id}`;
        expect(descriptor, "Configuration", textRow(1, "scsi_inst"));
        expect(descriptor, "Description", textRow(1, "%viostorscsi.devicedesc%"));
        expect(descriptor, "Manufacturer", textRow(1, "%vendor%"));
      }
      expect(`${key}\\Strings`, "viostorscsi.devicedesc", textRow(1, "Contoso VirtIO SCSI controller"));
      expect(`${key}\\Strings`, "vendor", textRow(1, "Contoso, Inc."));
      assert.equal([...rows.keys()].filter((row) => row.startsWith(`${key}\\Strings `)).length, 2);
    });

    // libguestfs, mlcustomize/inject_virtio_win.ml: Type 1, Start 0, ErrorControl 1, Group "SCSI miniport".
    it("E0 Services: the keys of both, with what their INFs add", () => {
      const stor = `${services}\\viostor`;
      expect(stor, "Type", dwordRow(1));
      expect(stor, "Start", dwordRow(0));
      expect(stor, "ErrorControl", dwordRow(1));
      expect(stor, "Group", textRow(1, "SCSI miniport"));
      expect(stor, "ImagePath", textRow(2, "System32\\drivers\\viostor.sys"));
      expect(stor, "Owners", listRow("oem0.inf"));
      assert.ok(!rows.has(`${stor} DisplayName`), "its INF gives none");
      assert.equal(rows.get(`${stor}\\StartOverride`), "deleted");
      expect(`${stor}\\Parameters`, "BusType", dwordRow(1));
      expect(`${services}\\vioscsi\\Parameters`, "BusType", dwordRow(0x0a));
      expect(`${services}\\vioscsi\\Parameters\\PnpInterface`, "5", dwordRow(1));
      expect(
        `${services}\\vioscsi`,
        "DisplayName",
        textRow(1, "@oem1.inf,%VirtioScsi.SVCDESC%;Contoso VirtIO SCSI pass-through Service"),
      );
      expect(
        `${services}\\EventLog\\System\\vioscsi`,
        "EventMessageFile",
        textRow(2, "%SystemRoot%\\System32\\IoLogMsg.dll"),
      );
      expect(`${services}\\EventLog\\System\\vioscsi`, "TypesSupported", dwordRow(7));
    });

    it("E0 SOFTWARE hive: PnpLockdownFiles, class 4 with PnpLockdown=1", () => {
      const key =
        "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Setup\\PnpLockdownFiles\\%SystemRoot%/System32/drivers/viostor.sys";
      expect(key, "Class", dwordRow(4));
      expect(key, "Owners", listRow("oem0.inf"));
      const folder = folderOf(viostor, "viostor.inf");
      expect(
        key,
        "Source",
        textRow(2, `%SystemRoot%\\System32\\DriverStore\\FileRepository\\${folder}\\viostor.sys`),
      );
    });

    it("E0 DriverDatabase keys: OemInfMap has a bit for each", () => {
      expect(system, "OemInfMap", "3:c0");
    });

    it("E0 Which hive: storage belongs to SYSTEM", () => {
      assert.ok([...rows.keys()].every((row) => !row.startsWith("HKLM\\DRIVERS")));
    });

    // libguestfs and distrobuilder do the same for Windows before 8.
    it("E0 Which hive: Windows 7 has a CriticalDeviceDatabase and nothing else to find them by", () => {
      const seven = { ...windows10, minor: 1, major: 6, build: 7601 };
      const bare = hiveFrom(
        change(
          empty,
          bareChanges.SYSTEM.filter(({ key }) => !key.startsWith("DriverDatabase")),
        ),
        "SYSTEM",
      );
      const { SOFTWARE } = hives;
      const old = publish([viostor], { SYSTEM: bare, SOFTWARE, windows: seven, tree: noTree });
      const oldRows = rowsOf(old.changes);
      const key = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\CriticalDeviceDatabase\\PCI#VEN_1AF4&DEV_1001";
      assert.equal(oldRows.get(`${key} Service`), textRow(1, "viostor"));
      assert.equal(oldRows.get(`${key} ClassGUID`), textRow(1, scsiClass.toUpperCase()));
      assert.equal(oldRows.get(`${services}\\viostor Start`), dwordRow(0));
      assert.ok([...oldRows.keys()].every((row) => !row.includes("DriverDatabase\\")));
    });

    // Every row of E0 at once, so that none is written beside them: the rows of each, in the order of the headings above.
    for (const [at, name, of] of [
      [
        0,
        "viostor",
        {
          ids: ["1001&SUBSYS_00021AF4&REV_00", "1001", "1042&SUBSYS_11001AF4&REV_01", "1042"],
          strings: { "viostorscsi.devicedesc": "Contoso VirtIO SCSI controller" },
          messages: 257,
          policies: { DevicePolicy: 5, GroupPolicy: 1 },
          bus: 1,
          texts: {},
        },
      ],
      [
        1,
        "vioscsi",
        {
          ids: ["1004&SUBSYS_00081AF4&REV_00", "1004", "1048&SUBSYS_11001AF4&REV_01", "1048"],
          strings: { "virtioscsi.devicedesc": "Contoso VirtIO SCSI pass-through controller" },
          messages: 258,
          policies: { DevicePolicy: 5, DevicePriority: 3, GroupPolicy: 1 },
          bus: 10,
          texts: {
            DisplayName: "@oem1.inf,%VirtioScsi.SVCDESC%;Contoso VirtIO SCSI pass-through Service",
          },
        },
      ],
    ] as const)
      it(`E0: ${name} has these rows with these values, and no others`, () => {
        const inf = `oem${at}.inf`;
        const folder = folderOf(at === 0 ? viostor : vioscsi, `${name}.inf`);
        const home = `${system}\\DriverPackages\\${folder}`;
        const section = `${home}\\Configurations\\scsi_inst`;
        const interrupts = `${section}\\Device\\Interrupt Management`;
        const service = `${services}\\${name}`;
        const parameters = (key: string) =>
          ({
            [`${key}\\Parameters\\PnpInterface 5`]: dwordRow(1),
            [`${key}\\Parameters BusType`]: dwordRow(of.bus),
            [`${key}\\Parameters DmaRemappingCompatible`]: dwordRow(0),
          }) as const;
        const [device = ""] = Object.keys(of.strings);
        const log = `${services}\\EventLog\\System\\${name}`;
        const file = `HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Setup\\PnpLockdownFiles\\%SystemRoot%/System32/drivers/${name}.sys`;
        const store = "%SystemRoot%\\System32\\DriverStore\\FileRepository";
        const wanted: Record<string, string> = {
          // DeviceIds: by id, and by class
          ...Object.fromEntries(
            of.ids.map((id) => [
              `${system}\\DeviceIds\\PCI\\VEN_1AF4&DEV_${id} ${inf}`,
              id.includes("SUBSYS") ? "3:01ff0000" : "3:02ff0000",
            ]),
          ),
          [`${system}\\DeviceIds\\${scsiClass} ${inf}`]: "0:",
          // DriverInfFiles
          [`${system}\\DriverInfFiles\\${inf} @`]: listRow(folder),
          [`${system}\\DriverInfFiles\\${inf} Active`]: textRow(1, folder),
          [`${system}\\DriverInfFiles\\${inf} Configurations`]: listRow("scsi_inst"),
          // DriverPackages, with Version
          [`${home} @`]: textRow(1, inf),
          [`${home} Catalog`]: textRow(1, `${name}.cat`),
          [`${home} FileSize`]: "b:bb0b000000000000",
          [`${home} ImportDate`]: "3:00409656489fda01",
          [`${home} InfName`]: textRow(1, `${name}.inf`),
          [`${home} ManifestHash`]: "b:ffffffffffffffff",
          [`${home} OemPath`]: textRow(1, "C:\\Windows\\Temp\\servicing"),
          [`${home} Provider`]: textRow(1, "Contoso, Inc."),
          [`${home} SignerName`]: textRow(1, whcp),
          [`${home} SignerScore`]: dwordRow(0x0d000005),
          [`${home} StatusFlags`]: dwordRow(0x12),
          [`${home} Version`]:
            "3:00ff0900000000007be9364d25e3ce11bfc108002be1031800409656489fda0140516800550064000000000000000000",
          // Configurations
          [`${section} Service`]: textRow(1, name),
          [`${section} ConfigFlags`]: dwordRow(0),
          [`${section} ConfigScope`]: dwordRow(7),
          [interrupts]: "key",
          [`${interrupts}\\MessageSignaledInterruptProperties`]: "key",
          [`${interrupts}\\MessageSignaledInterruptProperties MSISupported`]: dwordRow(1),
          [`${interrupts}\\MessageSignaledInterruptProperties MessageNumberLimit`]: dwordRow(of.messages),
          [`${interrupts}\\Affinity Policy`]: "key",
          ...Object.fromEntries(
            Object.entries(of.policies).map(([policy, value]) => [
              `${interrupts}\\Affinity Policy ${policy}`,
              dwordRow(value),
            ]),
          ),
          ...parameters(`${section}\\Services\\${name}`),
          // Descriptors and Strings
          ...Object.fromEntries(
            of.ids.flatMap((id) => {
              const key = `${home}\\Descriptors\\PCI\\VEN_1AF4&DEV_${id}`;
              return [
                [`${key} Configuration`, textRow(1, "scsi_inst")],
                [`${key} Description`, textRow(1, `%${device}%`)],
                [`${key} Manufacturer`, textRow(1, "%vendor%")],
              ];
            }),
          ),
          ...Object.fromEntries(
            Object.entries({ ...of.strings, vendor: "Contoso, Inc." }).map(([token, text]) => [
              `${home}\\Strings ${token}`,
              textRow(1, text),
            ]),
          ),
          // Services
          [`${service} Type`]: dwordRow(1),
          [`${service} Start`]: dwordRow(0),
          [`${service} ErrorControl`]: dwordRow(1),
          [`${service} ImagePath`]: textRow(2, `System32\\drivers\\${name}.sys`),
          [`${service} Group`]: textRow(1, "SCSI miniport"),
          [`${service} Owners`]: listRow(inf),
          ...Object.fromEntries(
            Object.entries(of.texts).map(([value, text]) => [`${service} ${value}`, textRow(1, text)]),
          ),
          [`${service}\\StartOverride`]: "deleted",
          ...parameters(service),
          [`${log} EventMessageFile`]: textRow(2, "%SystemRoot%\\System32\\IoLogMsg.dll"),
          [`${log} TypesSupported`]: dwordRow(7),
          // SOFTWARE hive
          [`${file} Class`]: dwordRow(4),
          [`${file} Owners`]: listRow(inf),
          [`${file} Source`]: textRow(2, `${store}\\${folder}\\${name}.sys`),
        };
        const own = [...rows].filter(([row]) => row.includes(name) || row.includes(inf));
        assert.deepEqual(Object.fromEntries(own), wanted);
      });

    it("writes nothing that belongs to neither, but the map of both", () => {
      const rest = [...rows.keys()].filter((row) => !/vioscsi|viostor|oem[01]\.inf/.test(row));
      assert.deepEqual(rest, [`${system} OemInfMap`]);
    });

    it("writes the same for the same packages", () => {
      assert.deepEqual(publish([viostor, vioscsi], image()), publication);
    });
  });

  describe("a network card", () => {
    // distrobuilder, windows/driver_netkvm.go, of a Windows that had taken NetKVM in: these keys and values in the hive
    // DRIVERS, no Configurations, no service, nothing in SYSTEM. FileSize and ManifestHash are E0's.
    it("is staged in DRIVERS, where Windows keeps its class, and left to Windows to install", () => {
      const of = storePackage("card.inf", netInf);
      const { published, changes, files, refused } = publish([of], image());
      assert.deepEqual(refused, []);
      assert.equal(published[0]?.form, "staged");
      assert.deepEqual(published[0]?.because, []);
      const folder = published[0]?.folder as string;
      const ids = `${drivers}\\DeviceIds`;
      const home = `${drivers}\\DriverPackages\\${folder}`;
      assert.deepEqual(Object.fromEntries(rowsOf(changes)), {
        [`${ids}\\PCI\\VEN_1AF4&DEV_1000&SUBSYS_00011AF4&REV_00 oem0.inf`]: "3:01ff0000",
        [`${ids}\\PCI\\VEN_1AF4&DEV_1000 oem0.inf`]: "3:02ff0000",
        [`${ids}\\PCI\\VEN_1AF4&DEV_1041&SUBSYS_11001AF4&REV_01 oem0.inf`]: "3:01ff0000",
        [`${ids}\\PCI\\VEN_1AF4&DEV_1041 oem0.inf`]: "3:02ff0000",
        [`${ids}\\${netClass} oem0.inf`]: "0:",
        [`${drivers}\\DriverInfFiles\\oem0.inf @`]: listRow(folder),
        [`${drivers}\\DriverInfFiles\\oem0.inf Active`]: textRow(1, folder),
        [`${home} @`]: textRow(1, "oem0.inf"),
        [`${home} Catalog`]: textRow(1, "card.cat"),
        [`${home} FileSize`]: "b:bb0b000000000000",
        [`${home} ImportDate`]: "3:0000204c7c3bda01",
        [`${home} InfName`]: textRow(1, "card.inf"),
        [`${home} ManifestHash`]: "b:ffffffffffffffff",
        [`${home} OemPath`]: textRow(1, "C:\\Windows\\Temp\\servicing"),
        [`${home} Provider`]: textRow(1, "Contoso"),
        [`${home} SignerName`]: textRow(1, whcp),
        [`${home} SignerScore`]: dwordRow(0x0d000005),
        [`${home} StatusFlags`]: dwordRow(0x12),
        // 2023-12-31, and 1.2.3 without a fourth part.
        [`${home} Version`]: `3:00ff09000000000072e9364d25e3ce11bfc108002be103180000204c7c3bda01${"0000030002000100"}${"00".repeat(8)}`,
        // The map of SYSTEM covers both.
        [`${system} OemInfMap`]: "3:80",
      });
      assert.deepEqual(
        files.map(({ to }) => to.replace(/^.*\\/, "")),
        ["card.inf", "card.cat", "card.sys", "oem0.inf", "oem0.cat"],
      );
    });

    it("is staged with the protocol that NetKVM brings along", function () {
      const text = stampedVirtio(corpus(this), "NetKVM/NotifyObject/vioprot.inf");
      const { published, changes, refused } = publish([storePackage("vioprot.inf", text)], image());
      assert.deepEqual(refused, []);
      assert.equal(published[0]?.form, "staged");
      const rows = rowsOf(changes);
      const id = [...rows.keys()].find((row) => row.endsWith("DeviceIds\\VIOPROT oem0.inf"));
      assert.equal(rows.get(id ?? ""), "3:01ff0000");
    });

    it("is staged in SYSTEM where there is no hive DRIVERS, and the reasons are said", () => {
      const { SYSTEM, SOFTWARE } = hives;
      const of = storePackage("card.inf", netInf);
      const { published } = publish([of], { SYSTEM, SOFTWARE, windows: windows10, tree: noTree });
      assert.equal(published[0]?.form, "staged");
      assert.deepEqual(published[0]?.because, [
        "[card.ndi.NT] includes netvwifibus.inf of Windows",
        "[card.ndi.NT] needs [Somewhere.Else] of another INF",
        "[card.ndi.NT] uses Characteristics",
        "[card.ndi.NT] uses *IfType",
      ]);
    });

    it("is refused where Windows has to have it at boot", () => {
      const of = storePackage("card.inf", netInf, { bootCritical: true });
      const { refused, changes, files } = publish([of], image());
      assert.equal(refused[0]?.because.length, 4);
      assert.deepEqual([changes, files], [[], []]);
    });
  });

  it("leaves to Windows what is not derived from the INF alone, and says why", () => {
    assert.deepEqual(reasons(plain()), []);
    assert.deepEqual(reasons(plain({ more: "[ControlFlags]\nExcludeFromSelect=*" })), []);
    const cases: readonly (readonly [Parameters<typeof plain>[0], RegExp])[] = [
      [{ install: "Include=msmouse.inf" }, /includes msmouse\.inf/],
      [{ install: "Needs=Elsewhere" }, /needs \[Elsewhere\] of another INF/],
      [{ install: "DriverVer=01/01/2021,2.0" }, /DriverVer of its own/],
      [{ more: "[Inst.NT.CoInstallers]\nCopyFiles=Files" }, /co-installers/],
      [{ more: "[Inst.NT.Components]\nAddComponent=one,,Part\n[Part]\nComponentIDs=x" }, /component one/],
      [{ more: "[Inst.NT.Software]\nAddSoftware=two,,Part\n[Part]\nSoftwareType=2" }, /software two/],
      [{ more: "[Inst.NT.Filters]\nAddFilter=f,,Part\n[Part]\nFilterPosition=Upper" }, /AddFilter/],
      [{ more: "[Inst.NT.Interfaces]\nAddInterface={0}" }, /uses AddInterface/],
      [{ install: "AddReg=R", more: "[R]\nHKLM,Software\\X,y,,z" }, /HKLM\\Software\\X\\y, which is not/],
      [{ install: "AddReg=R", more: "[R]\nHKCR,X,y,,z" }, /HKCR/],
      [{ install: "AddReg=R", more: "[R]\nHKU,X,y,,z" }, /HKU/],
      [{ install: "AddReg=R", more: "[R]\nHKR,,y,4" }, /flags 0x4/],
      [{ install: "AddReg=R", more: "[R]\nHKR,,y,,%11%\\z.dll" }, /path of a directory/],
      [{ install: "AddReg=R", more: "[R]\nHKR,,@,,z" }, /"@"/],
      [{ install: "AddReg=R", more: '[R]\nHKR," x",y,,z' }, /cannot be the name of a key/],
      [{ hardware: "AddReg=R", more: '[R]\nHKR,,Security,,"D:P"' }, /property Security/],
      [{ more: "[ClassInstall32.NT]\nAddReg=R\n[R]\nHKR,,,,y" }, /\[ClassInstall32\.NT\] installs a class/],
      [{ more: "[ControlFlags]\nInteractiveInstall=ROOT\\PLAIN" }, /uses InteractiveInstall/],
      [{ more: "[ControlFlags]\nCopyFilesOnly=ROOT\\PLAIN" }, /uses CopyFilesOnly/],
      [{ service: "StartName=y" }, /StartName/],
      [{ service: 'Security="D:P"' }, /security descriptor/],
      [{ binary: "%12%\\other.sys" }, /other\.sys, is not one that it copies/],
      [{ binary: "C:\\plain.sys" }, /unknown place/],
      [{ binary: "%13%\\plain.sys", dirid: 13 }, /starts at boot from the driver store/],
      [{ serviceFlags: "3" }, /SPSVCINST_TAGTOFRONT/],
      [{ serviceFlags: "0" }, /names no service that drives the device/],
      [{ dirid: 24 }, /directory 24/],
      [{ files: "plain.sys,plain.sy_" }, /plain\.sy_ is compressed/],
      [{ files: "plain.sys,,,0x400" }, /over an older one only/],
      [{ files: "..\\plain.sys,plain.sys" }, /cannot be copied to/],
      [{ version: "Other" }, /has no date/],
      [{ version: "01/02/2020" }, /has no version/],
      [{ models: "Plain=Inst,A\\B\\C" }, /"A\\B\\C" is not of the form/],
      [{ models: "Plain=Inst,{4D36E97D-e325-11ce-bfc1-08002be10318}" }, /is not of the form/],
      [{ models: "Plain=Other,ROOT\\PLAIN" }, /section \[Other\]/],
      [{ service: "AddReg=R", more: "[R]\nHKR,,Start,0x10001,3" }, /writes Start, which AddService sets/],
      [{ service: "AddReg=R", more: "[R]\nHKR,,ImagePath,0x20000,x.sys" }, /writes ImagePath/],
      [{ service: "AddReg=R", more: `[R]\nHKR,${"k\\".repeat(600)}k,y,,z` }, /cannot be the name of a key/],
      [{ models: "%Unknown%=Inst,ROOT\\PLAIN" }, /%Unknown%/],
      [
        { models: "%One% and %Two%=Inst,ROOT\\PLAIN", more: "[Strings]\nOne=1\nTwo=2" },
        /more than one token/,
      ],
    ];
    for (const [put, wanted] of cases)
      assert.match(reasons(plain(put)).join("; "), wanted, JSON.stringify(put));
  });

  it("leaves to Windows what one section would install in another way than the next", () => {
    assert.deepEqual(reasons(twoSections("Service", "Files")), []);
    assert.deepEqual(reasons(twoSections("Second", "Files")), [
      "its sections install the service PLAIN in different ways",
    ]);
    const copies = twoSections("Service", "OtherFiles").replaceAll("plain.sy_", "plain.old");
    assert.deepEqual(reasons(copies), ["its sections copy different files to System32\\drivers\\plain.sys"]);
  });

  it("leaves to Windows what hivexsh could not write, instead of failing when it is written", () => {
    const names = Array.from({ length: 200 }, (_, at) => `Install_of_model_${at}`);
    const many = plain({
      models: names.map((name) => `${name}=${name},ROOT\\${name}`).join("\n"),
      more: names
        .map((name) => `[${name}]\nCopyFiles=Files\n[${name}.Services]\nAddService=plain,2,Service`)
        .join("\n"),
    });
    assert.match(reasons(many).join(), /hivexsh cannot write the \d+ bytes of "Configurations"/);
    const values = Array.from({ length: 1001 }, (_, at) => `HKR,Many,v${at},0x10001,1`).join("\n");
    const cases: readonly (readonly [string, RegExp])[] = [
      [
        plain({ service: "AddReg=R", more: `[R]\n${values}` }),
        /1001 values, and hivexsh writes at most 1000/,
      ],
      [plain({ service: `DisplayName="${"\u00e9".repeat(3000)}"` }), /the 6002 bytes of "DisplayName"/],
      [plain({ service: "AddReg=R", more: `[R]\nHKR,,y,1,${"ff,".repeat(4100)}ff` }), /with 4101 bytes/],
      [plain().replace("Provider=Contoso", `Provider=${"x".repeat(1001)}`), /Provider is too long/],
    ];
    for (const [text, wanted] of cases) assert.match(reasons(text).join("; "), wanted);
    // Without Configurations, it can be staged; two thousand ids are no reason at all.
    const later = publish([storePackage("plain.inf", many.replace("StartType=0", "StartType=3"))], image());
    assert.equal(later.published[0]?.form, "staged");
    const ids = Array.from({ length: 2000 }, (_, at) => `Plain=Inst,PCI\\VEN_1&DEV_${at}`).join("\n");
    assert.deepEqual(reasons(plain({ models: ids })), []);
  });

  it("leaves to Windows what writes its own values many times over, and looks at each once", () => {
    const values = lines(200, (at) => `HKR,,v${at},0x10001,1`);
    const service = `[Other]\nServiceType=1\nStartType=0\nErrorControl=1\nServiceBinary=%12%\\f199.sys\nAddReg=R`;
    const shared = plain({
      install: "CopyFiles=Many",
      more: `${lines(200, (at) => `f${at}.sys=1`)}\n[Many]\n${lines(200, (at) => `f${at}.sys`)}
[Inst.NT.Services]\n${lines(200, (at) => `AddService=s${at},,Other`)}\n${service}\n[R]\n${values}`,
    });
    const sections = plain({
      models: lines(200, (at) => `Plain=I${at},ROOT\\P${at}`),
      more: `[R]\n${values}\n${lines(200, (at) => `[I${at}]\nCopyFiles=Files\nAddReg=R\n[I${at}.Services]\nAddService=plain,2,Service`)}`,
    });
    for (const [text, written] of [
      [shared, 80_000],
      [sections, 40_000],
    ] as const) {
      const { installation, driver } = storePackage("plain.inf", text);
      const all = installation.sections;
      const copies = counted(
        all.flatMap((section) => section.copies),
        "dirid",
      );
      const entries = counted(
        all.flatMap(({ driverRegistry, services: each }) => [
          ...driverRegistry,
          ...each.flatMap(({ registry }) => registry),
        ]),
        "key",
      );
      assert.deepEqual(underivable(installation, driver, windows10), [
        `it writes ${written} values into the registry`,
      ]);
      assert.ok(copies() < 200 * 20, `${copies()} looks at files`);
      assert.ok(entries() < 200 * 20, `${entries()} looks at values`);
    }
    assert.deepEqual(reasons(shared.replace(values, values.slice(0, values.indexOf("HKR,,v40,")))), []);
  });

  it("ranks an id that stands in it a quarter of a million times", () => {
    const ids = Array.from({ length: 9000 }, () => "ROOT\\P").join(",");
    const of = storePackage("plain.inf", plain({ models: lines(28, () => `Plain=Inst,ROOT\\Q,${ids}`) }));
    const ranks = deviceIds(of.installation).map(
      ({ id, rank }) => `${id} ${Buffer.from(rank).toString("hex")}`,
    );
    assert.deepEqual(ranks, ["ROOT\\Q 01ff0000", "ROOT\\P 02ff0000"]);
  });

  it("stages what does not start at boot, whatever else it installs", () => {
    const text = plain({
      start: 3,
      install: "Include=msmouse.inf",
      more: "[Inst.NT.CoInstallers]\nCopyFiles=Files",
    });
    assert.deepEqual(reasons(text), []);
    assert.match(reasons(plain({ start: 3, models: "Plain=Inst,A\\B\\C" })).join(), /not of the form/);
    for (const [guid, wanted] of [
      ["ClassGuid={e2f84ce7-8efa-411c-aa69-97454ca4cb57}", /Extension INF/],
      ["ClassGuid={5c4c3332-344d-483c-8739-259e934c9cc8}", /software component/],
    ] as const)
      assert.match(reasons(plain({ start: 3 }).replace(/^ClassGuid=.*$/m, guid)).join(), wanted);
  });

  it("keeps flags of AddReg in the type, and filters beside the service, as Windows does", () => {
    const text = plain({
      hardware: "AddReg=Hardware",
      service: "AddReg=Service.Reg",
      more: `[Hardware]
HKR,,UpperFilters,0x00010000,Upper
HKR,,Rate,0x00010003,100
[Service.Reg]
HKR,,List,0x00010008,one,two
HKR,Alone,,0x10`,
    });
    const of = storePackage("plain.inf", text);
    const rows = rowsOf(publish([of], image()).changes);
    const key = `${system}\\DriverPackages\\${storeFolder("plain.inf", "amd64", of.content)}\\Configurations\\Inst.NT`;
    assert.equal(rows.get(`${key} UpperFilters`), listRow("Upper"));
    assert.ok(!rows.has(`${key}\\Device UpperFilters`));
    assert.equal(rows.get(`${key}\\Device Rate`), "20004:64000000");
    assert.equal(rows.get(`${key}\\Services\\plain List`), `4000${listRow("one", "two")}`);
    assert.equal(rows.get(`${key}\\Services\\plain\\Alone`), "key");
    assert.equal(rows.get(`${services}\\plain List`), listRow("one", "two"));
    assert.equal(rows.get(`${key} ConfigScope`), dwordRow(7));
  });

  it("ranks ids by kind, feature score and place", () => {
    const text = plain({
      models: "One=Inst,ROOT\\A,ROOT\\B,ROOT\\C,ROOT\\D\nTwo=Inst,ROOT\\D\nThree=Inst,,ROOT\\E",
      install: "FeatureScore=FE",
    });
    const rows = rowsOf(publish([storePackage("plain.inf", text)], image()).changes);
    const rank = (id: string): string | undefined => rows.get(`${system}\\DeviceIds\\ROOT\\${id} oem0.inf`);
    assert.deepEqual(["A", "B", "C", "D", "E"].map(rank), [
      "3:01fe0000",
      "3:02fe0000",
      "3:02fe0100",
      "3:03fe0000",
      "3:02fe0000",
    ]);
  });

  it("counts a place among the compatible ids for an id that is nothing else", () => {
    const models = "One=Inst,ROOT\\A,ROOT\\B,ROOT\\C\nTwo=Inst,ROOT\\C";
    const rows = rowsOf(publish([storePackage("plain.inf", plain({ models }))], image()).changes);
    assert.equal(rows.get(`${system}\\DeviceIds\\ROOT\\C oem0.inf`), "3:03ff0000");
  });

  it("copies out of the store by directory id: 10, 11 and 12, and not 13", () => {
    const text = plain({
      install: "CopyFiles=Ten,Eleven,Thirteen",
      more: `plain.dll=1\nplain.exe=1\nplain.txt=1\n[Ten]\nplain.exe\n[Eleven]\nplain.dll\n[Thirteen]\nplain.txt`,
    }).replace("DefaultDestDir=12", "DefaultDestDir=12\nTen=10,Contoso\nEleven=11\nThirteen=13");
    const { files, changes, published } = publish([storePackage("plain.inf", text)], image());
    const store = `\\Windows\\System32\\DriverStore\\FileRepository\\${published[0]?.folder}\\`;
    const outside = files.map(({ to }) => to).filter((to) => !to.startsWith(store));
    assert.deepEqual(outside.toSorted(), [
      "\\Windows\\Contoso\\plain.exe",
      "\\Windows\\INF\\oem0.inf",
      "\\Windows\\System32\\CatRoot\\{F750E6C3-38EE-11D1-85E5-00C04FC295EE}\\oem0.cat",
      "\\Windows\\System32\\drivers\\plain.sys",
      "\\Windows\\System32\\plain.dll",
    ]);
    assert.ok(files.some(({ to }) => to === `${store}plain.txt`));
    // No PnpLockdown=1 in [Version].
    const lockdown = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Setup\\PnpLockdownFiles";
    const rows = rowsOf(changes);
    for (const path of ["Contoso/plain.exe", "System32/plain.dll", "System32/drivers/plain.sys"])
      assert.equal(rows.get(`${lockdown}\\%SystemRoot%/${path} Class`), dwordRow(5), path);
  });

  const scored = (signature: StorePackage["signature"]): readonly (string | undefined)[] => {
    const of = storePackage("plain.inf", plain(), { signature });
    const { changes, published } = publish([of], image());
    const rows = rowsOf(changes);
    const key = `${system}\\DriverPackages\\${published[0]?.folder}`;
    return ["SignerScore", "SignerName", "Catalog"].map((name) => rows.get(`${key} ${name}`));
  };

  it("scores signers, and says nothing of who did not sign", () => {
    const catalog = "plain.cat";
    assert.deepEqual(scored({ state: "covered", catalog, signer: "Contoso" }), [
      dwordRow(0x0f000000),
      textRow(1, "Contoso"),
      textRow(1, catalog),
    ]);
    assert.deepEqual(scored({ state: "none", because: "it names no catalogue" }), [
      dwordRow(0x80000000),
      undefined,
      undefined,
    ]);
  });

  it("writes what a service depends on: names, and groups after a plus", () => {
    const text = plain({ service: "Dependencies=one,+Two,three" });
    const rows = rowsOf(publish([storePackage("plain.inf", text)], image()).changes);
    assert.equal(rows.get(`${services}\\plain DependOnService`), listRow("one", "three"));
    assert.equal(rows.get(`${services}\\plain DependOnGroup`), listRow("Two"));
  });

  // distrobuilder, windows/driver_vioserial.go: ConfigScope 0x107 and Parameters\Wdf.
  it("knows the version of the driver framework that a service asks for", () => {
    const text = plain({
      more: "[Inst.NT.Wdf]\nKmdfService=plain,Wdf\n[Wdf]\nKmdfLibraryVersion=1.15",
      hardware: "AddReg=H",
    }).concat("[H]\nHKR,,One,0x10001,1\n");
    const of = storePackage("plain.inf", text);
    const rows = rowsOf(publish([of], image()).changes);
    const key = `${system}\\DriverPackages\\${folderOf(of, "plain.inf")}\\Configurations\\Inst.NT`;
    assert.equal(rows.get(`${key} ConfigScope`), dwordRow(0x107));
    assert.equal(rows.get(`${services}\\plain\\Parameters\\Wdf KmdfLibraryVersion`), textRow(1, "1.15"));
  });

  it("follows INFs of Windows to the hive of a class, and not those of others", () => {
    const key = `DriverDatabase\\DeviceIds\\${netClass}`;
    const own = { type: "REG_NONE", data: "" } as const;
    const SYSTEM = hiveFrom(
      change(change(empty, bareChanges.SYSTEM), [
        { key, name: "oem3.inf", value: own },
        { key, name: "oem4.inf", value: own },
      ]),
      "SYSTEM",
    );
    const of = storePackage("card.inf", netInf);
    const ids = rowsOf(publish([of], image({ SYSTEM })).changes).keys();
    assert.ok([...ids].some((row) => row.startsWith(`${drivers}\\DeviceIds`)));
  });

  it("names drivers that do not start at boot with \\SystemRoot", () => {
    const rows = rowsOf(publish([storePackage("plain.inf", plain({ start: 3 }))], image()).changes);
    assert.equal(
      rows.get(`${services}\\plain ImagePath`),
      textRow(2, "\\SystemRoot\\System32\\drivers\\plain.sys"),
    );
    assert.ok(!rows.has(`${services}\\plain\\StartOverride`));
  });

  it("publishes no package twice, and gives no name that is used", () => {
    const of = storePackage("plain.inf", plain());
    const tree = treeOf([
      "\\Windows\\INF\\oem0.inf",
      "\\Windows\\INF\\OEM3.INF",
      "\\Windows\\INF\\disk.inf",
      "\\Windows\\System32\\CatRoot\\{F750E6C3-38EE-11D1-85E5-00C04FC295EE}\\oem1.cat",
    ]);
    const { published } = publish([of, { ...of, inf: "/elsewhere/PLAIN.inf" }], image({ tree }));
    assert.deepEqual(
      published.map(({ publishedName, already }) => [publishedName, already]),
      [
        ["oem2.inf", false],
        ["oem2.inf", true],
      ],
    );
  });

  it("takes no package for one that is there by its INF alone", () => {
    const of = storePackage("plain.inf", plain());
    const otherwise = { ...of, hashes: new Map([...of.hashes, ["plain.sys", "f".repeat(40)]]) };
    const [home, name] = [`FileRepository\\${folderOf(of, "plain.inf")}`, "plain.sys"];
    const [same] = publish([of, { ...otherwise, inf: "/new/plain.inf" }], image()).refused;
    assert.equal(same?.inf, "/new/plain.inf");
    assert.match(
      same?.because.join() ?? "",
      /^\/drivers\/plain\.inf is a package of the same INF, with another \S*FileRepository\S*plain\.sys: /,
    );

    const written = publish([of], image());
    const by = byHive(written.changes, hives.SYSTEM);
    const has = Object.fromEntries(
      (["SYSTEM", "SOFTWARE"] as const).map((hive) => [
        hive,
        hiveFrom(change(change(empty, bareChanges[hive]), by.get(hive) ?? []), hive),
      ]),
    );
    const again = (each: StorePackage, left: (to: string) => boolean = () => true) =>
      publish(
        [each],
        image({
          ...has,
          tree: treeWith(
            [of],
            written.files.filter(({ to }) => left(to)),
          ),
        }),
      );
    assert.equal(again(of).published[0]?.already, true);
    const said = (each: StorePackage, left?: (to: string) => boolean): string =>
      again(each, left).refused[0]?.because.join() ?? "";
    const begins = "the image has a package of the same INF already, oem0.inf,";
    const remedy = "remove oem0.inf first, or give the INF a new DriverVer";
    const store = `\\Windows\\System32\\DriverStore\\${home}\\${name}`;
    const copy = `\\Windows\\System32\\drivers\\${name}`;
    assert.equal(said(otherwise), `${begins} with another ${store}: ${remedy}`);
    assert.equal(
      said(of, (to) => to !== store),
      `${begins} without ${store}: ${remedy}`,
    );
    assert.equal(
      said(of, (to) => to !== copy),
      `${begins} without ${copy}: ${remedy}`,
    );
  });

  it("replaces nothing that the image has: what starts at boot is refused, others are staged", () => {
    const tree = treeOf(["\\Windows\\System32\\drivers\\PLAIN.sys"]);
    const boot = publish([storePackage("plain.inf", plain())], image({ tree }));
    assert.deepEqual(
      boot.refused.map(({ because }) => because),
      [["the image has \\Windows\\System32\\drivers\\plain.sys already, which it would replace"]],
    );
    const later = publish([storePackage("plain.inf", plain({ start: 3 }))], image({ tree }));
    assert.equal(later.published[0]?.form, "staged");
    assert.equal(later.published[0]?.because.length, 1);
    const two = publish(
      [
        storePackage("plain.inf", plain()),
        storePackage("other.inf", plain({ models: "Other=Inst,ROOT\\OTHER" })),
      ],
      image(),
    );
    assert.match(two.refused[0]?.because.join("; ") ?? "", /oem0\.inf has the service plain already/);
  });

  it("refuses what its folder lacks and names that lead out of it", () => {
    const of = storePackage("plain.inf", plain());
    const lacking = publish([{ ...of, files: of.files.filter(({ path }) => path !== "plain.sys") }], image());
    assert.deepEqual(lacking.refused[0]?.because, ["its folder has no plain.sys"]);
    for (const path of ["../x.sys", "a//b", "C:x", "a\\b"]) {
      const files = [...of.files, { path, bytes: 1 }];
      assert.match(publish([{ ...of, files }], image()).refused[0]?.because.join() ?? "", /not a path below/);
    }
  });

  it("keeps sub-folders, and takes security descriptors from neighbours of Windows", () => {
    const tree = treeOf([
      "\\Windows\\INF\\disk.inf",
      "\\Windows\\System32\\drivers\\disk.sys",
      "\\Windows\\System32\\DriverStore\\FileRepository\\disk.inf_amd64_0123456789abcdef\\disk.inf",
    ]);
    const SYSTEM = hiveFrom(
      change(change(empty, bareChanges.SYSTEM), [
        {
          key: "DriverDatabase\\DriverPackages\\disk.inf_amd64_0123456789abcdef",
          name: "",
          value: { type: "REG_SZ", data: "disk.inf" },
        },
      ]),
      "SYSTEM",
    );
    const of = storePackage("plain.inf", plain());
    const files = [...of.files, { path: "x64/help/readme.txt", bytes: 1 }];
    const written = publish([{ ...of, files }], image({ tree, SYSTEM }));
    const home = "\\Windows\\System32\\DriverStore\\FileRepository\\disk.inf_amd64_0123456789abcdef";
    const store = `\\Windows\\System32\\DriverStore\\FileRepository\\${written.published[0]?.folder}`;
    assert.deepEqual(written.folders, [
      { to: store, like: home },
      { to: `${store}\\x64`, like: home },
      { to: `${store}\\x64\\help`, like: home },
    ]);
    const near = new Map(written.files.map(({ to, like }) => [to, like]));
    assert.equal(near.get(`${store}\\x64\\help\\readme.txt`), `${home}\\disk.inf`);
    assert.equal(near.get("\\Windows\\INF\\oem0.inf"), "\\Windows\\INF\\disk.inf");
    assert.equal(
      near.get("\\Windows\\System32\\drivers\\plain.sys"),
      "\\Windows\\System32\\drivers\\disk.sys",
    );
  });

  it("takes out what Windows made of the INF", () => {
    const of = storePackage("plain.inf", plain());
    const written = publish([of], image());
    const SYSTEM = hiveFrom(
      change(change(empty, bareChanges.SYSTEM), byHive(written.changes, hives.SYSTEM).get("SYSTEM") ?? []),
      "SYSTEM",
    );
    const tree = treeOf(["\\Windows\\INF\\oem0.PNF", "\\Windows\\INF\\oem0.inf"]);
    assert.deepEqual(remove(["oem0.inf"], image({ SYSTEM, tree })).deletions, [
      "\\Windows\\INF\\oem0.inf",
      "\\Windows\\INF\\oem0.PNF",
    ]);
  });

  it("takes no INF of Windows out, and none that is not there", () => {
    assert.throws(() => remove(["disk.inf"], image()), { code: "SERVICING_DRIVER_INBOX" });
    assert.throws(() => remove(["oem01.inf"], image()), { code: "SERVICING_DRIVER_INBOX" });
    assert.throws(() => remove(["oem7.inf"], image()), { code: "SERVICING_DRIVER_ABSENT" });
  });

  it("knows the numbers of published names", () => {
    assert.deepEqual(["oem0.inf", "OEM12.INF", "oem.inf", "oem1.inf.bak", "oem99999999.inf"].map(oemNumber), [
      0,
      12,
      undefined,
      undefined,
      undefined,
    ]);
    // drvctl, ResearchPublicationPolicy: {0} 80, {0,1} c0, {0,2} a0; and ff f0 is 0 to 11 in a real hive.
    assert.deepEqual(
      [[0], [0, 1], [0, 2], Array.from({ length: 12 }, (_, n) => n)].map((n) =>
        numbersMap(n).toString("hex"),
      ),
      ["80", "c0", "a0", "fff0"],
    );
    const numbers = fc.uniqueArray(fc.nat(200));
    fc.assert(
      fc.property(numbers, (some) => {
        const sorted = some.toSorted((a, b) => a - b);
        assert.deepEqual(mapNumbers(numbersMap(some)), sorted);
        const free = lowestFree(new Set(some));
        assert.ok(!some.includes(free));
        assert.ok(Array.from({ length: free }, (_, n) => n).every((n) => some.includes(n)));
      }),
    );
  });

  it("says what starts at boot", () => {
    assert.ok(startsAtBoot(storePackage("plain.inf", plain()).installation));
    assert.ok(!startsAtBoot(storePackage("plain.inf", plain({ start: 3 })).installation));
  });
});
