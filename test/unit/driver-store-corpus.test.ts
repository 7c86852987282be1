import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { compareHives } from "../../core/formats/hive-compare.ts";
import { headerChecksum } from "../../core/formats/hive-cells.ts";
import type { Hive, HiveKey } from "../../core/formats/hive.ts";
import { publishedNamesOf } from "../../core/driver-store/published-name.ts";
import { publish } from "../../core/driver-store/publish.ts";
import { remove } from "../../core/driver-store/remove.ts";
import type { StoreChange, StoreImage, StorePackage } from "../../core/driver-store/store-package.ts";
import { verify } from "../../core/driver-store/verify.ts";
import type { WrittenImage } from "../../core/driver-store/verification.ts";
import { corpus } from "../support/corpus.ts";
import {
  bareChanges,
  byHive,
  hiveFrom,
  noTree,
  rowsOf,
  stampedVirtio,
  storePackage,
  treeOf,
  treeWith,
  windows10,
} from "../support/driver-store.ts";
import { change, corpusHive, empty, inFolder, needs, walk } from "./hive-tools.ts";

/** The in-box drivers of the hive are of 10.0.18362. */
const windows = { ...windows10, build: 18362 };
const database = "HKLM\\SYSTEM\\DriverDatabase";

/** The SYSTEM hive of a real Windows 10, as if its logs had been replayed. */
function cleanHive(test: Mocha.Context): Buffer {
  const hive = Buffer.from(corpusHive(test, "SYSTEM_WIN_10_1709"));
  hive.copy(hive, 8, 4, 8);
  hive.writeUInt32LE(headerChecksum(hive), 508);
  return hive;
}

/** All values below a key, as rowsOf has them, with keys from there. */
function rowsBelow(root: HiveKey | undefined): ReadonlyMap<string, string> {
  assert.ok(root !== undefined);
  return new Map(
    [...walk(root)].flatMap((key) =>
      key.values().map(({ name, type, bytes }) => {
        const path = key.path.slice(root.path.length);
        return [`${path} ${name || "@"}`, `${type.toString(16)}:${Buffer.from(bytes).toString("hex")}`];
      }),
    ),
  );
}

/** Rows below a key, with keys from there. */
function below(rows: ReadonlyMap<string, string>, key: string): ReadonlyMap<string, string> {
  return new Map(
    [...rows].flatMap(([row, value]) =>
      value !== "key" && row.startsWith(key) && /^[ \\]/.test(row.slice(key.length))
        ? [[row.slice(key.length), value] as const]
        : [],
    ),
  );
}

const same = (wanted: ReadonlyMap<string, string>, found: ReadonlyMap<string, string>, but: RegExp): void => {
  // An id that two packages have is written as the first of them wrote it.
  const lines = (rows: ReadonlyMap<string, string>): string[] =>
    [...rows]
      .filter(([row]) => !but.test(row))
      .map(([row, value]) => `${row.toLowerCase()} = ${value}`)
      .toSorted();
  assert.deepEqual(lines(found), lines(wanted));
};

const head = (of: { readonly class: string; readonly guid: string; readonly date: string }): string =>
  `[Version]
Signature="$Windows NT$"
Class=${of.class}
ClassGuid=${of.guid}
Provider=%Maker%
DriverVer=${of.date}
[SourceDisksNames]
1=Disk
[DestinationDirs]
DefaultDestDir=12
`;

/** INFs of our own, which say what these packages of a real hive say. */
const vmci = `${head({ class: "System", guid: "{4D36E97D-E325-11CE-BFC1-08002BE10318}", date: "07/11/2019,9.8.16.0" })}
[Manufacturer]
%loc.VMwareManufacturer%=Bus,NTamd64
[Bus.NTamd64]
%loc.VMwareBusDeviceDesc%=vmci.install.x64,PCI\\VEN_15AD&DEV_0740&SUBSYS_074015AD,PCI\\VEN_15AD&DEV_0740
%loc.VMwareHostDeviceDesc%=vmci.install.x64,Root\\VMWVMCIHOSTDEV
[vmci.install.x64.NT]
CopyFiles=@vmci.sys
[vmci.install.x64.NT.HW]
AddReg=Interrupts
[Interrupts]
HKR,Interrupt Management,0x00000010
HKR,Interrupt Management\\MessageSignaledInterruptProperties,0x00000010
HKR,Interrupt Management\\MessageSignaledInterruptProperties,MSISupported,0x00010001,1
HKR,Interrupt Management\\MessageSignaledInterruptProperties,MessageNumberLimit,0x00010001,2
[vmci.install.x64.NT.Services]
AddService=vmci,2,Bus.Service,Bus.Log
[Bus.Service]
DisplayName=%loc.vmciServiceDisplayName%
ServiceType=1
StartType=0
ErrorControl=0
LoadOrderGroup=System Bus Extender
ServiceBinary=%12%\\vmci.sys
AddReg=Installers
[Installers]
HKR,,vwdk.installers,0x00010002,Windows
[Bus.Log]
AddReg=Messages
[Messages]
HKR,,EventMessageFile,0x00020000,"%%SystemRoot%%\\System32\\drivers\\vmci.sys"
HKR,,TypesSupported,0x00010001,7
[SourceDisksFiles]
vmci.sys=1
[Strings]
Maker="VMware, Inc."
loc.VMwareManufacturer="VMware, Inc."
loc.VMwareBusDeviceDesc="VMware VMCI Bus Device"
loc.VMwareHostDeviceDesc="VMware VMCI Host Device"
loc.vmciServiceDisplayName="VMware VMCI Bus Driver"
`;
const stornvme = `${head({ class: "SCSIAdapter", guid: "{4D36E97B-E325-11CE-BFC1-08002BE10318}", date: "06/21/2006,10.0.18362.693" })}
[Manufacturer]
%MS-NVMe%=Disks,NTamd64
[Disks.NTamd64]
%PCI\\CC_010802.DeviceDesc%=Stornvme_Inst,PCI\\CC_010802
[Stornvme_Inst]
CopyFiles=@stornvme.sys
[Stornvme_Inst.HW]
AddReg=Interrupts
[Interrupts]
HKR,Interrupt Management,0x00000010
HKR,Interrupt Management\\MessageSignaledInterruptProperties,0x00000010
HKR,Interrupt Management\\MessageSignaledInterruptProperties,MSISupported,0x00010001,1
HKR,Interrupt Management\\MessageSignaledInterruptProperties,MessageNumberLimit,0x00010001,65
HKR,Interrupt Management\\Affinity Policy,0x00000010
HKR,Interrupt Management\\Affinity Policy,DevicePolicy,0x00010001,5
HKR,Interrupt Management\\Affinity Policy,DevicePriority,0x00010001,3
HKR,Interrupt Management\\Affinity Policy,GroupPolicy,0x00010001,1
[Stornvme_Inst.Services]
AddService=stornvme,2,Disk.Service
[Disk.Service]
DisplayName=%StorNVMe_ServiceDesc%
ServiceType=1
StartType=0
ErrorControl=3
LoadOrderGroup=SCSI Miniport
ServiceBinary=%12%\\stornvme.sys
AddReg=Parameters
[Parameters]
HKR,Parameters\\PnpInterface,5,0x00010001,1
HKR,Parameters,BusType,0x00010001,0x11
HKR,Parameters,IoTimeoutValue,0x00010001,10
HKR,Parameters,DmaRemappingCompatible,0x00010001,2
HKR,Parameters,DmaRemappingOnHiberPath,0x00010001,1
HKR,Parameters\\Device,IoStripeAlignment,0x00010008,"VEN_8086&DEV_0953&REV_?? 128","VEN_8086&DEV_0984&REV_?? 128","VEN_8086&DEV_0A53&REV_?? 128","VEN_8086&DEV_0A54&REV_?? 128","VEN_8086&DEV_0A55&REV_?? 128"
[SourceDisksFiles]
stornvme.sys=1
[Strings]
Maker="Microsoft"
MS-NVMe="Standard NVM Express Controller"
PCI\\CC_010802.DeviceDesc="Standard NVM Express Controller"
StorNVMe_ServiceDesc="Microsoft Standard NVM Express Driver"
`;
/** The part of the mouse driver that does not come from an INF of Windows. */
const vmmouse = `${head({ class: "Mouse", guid: "{4D36E96F-E325-11CE-BFC1-08002BE10318}", date: "07/11/2019,12.5.10.0" })}
[Manufacturer]
%VMMouse.Mfg%=Mice,NTamd64
[Mice.NTamd64]
%VMMouse.SvcDesc%=VMMouse,*VMW0003,*PNP0F03
%VMMouse.SvcDesc%=VMMouse,*VMW0003,*PNP0F13
[VMMouse]
FeatureScore=FE
CopyFiles=@vmmouse.sys
[VMMouse.HW]
AddReg=Mouse
[Mouse]
HKR,,UpperFilters,0x00010000,VMMouse
HKR,,EnableWheelDetection,0x00010003,2
HKR,,MouseDataQueueSize,0x00010003,100
HKR,,MouseSynchIn100ns,0x00010003,20000000
[VMMouse.Services]
AddService=i8042prt,2,Port
[Port]
ServiceType=1
StartType=3
ErrorControl=1
ServiceBinary=%12%\\vmmouse.sys
AddReg=Polling
[Polling]
HKR,,PnpFlags,0x00010001,2
HKR,Parameters,ResendIterations,0x00010003,3
[SourceDisksFiles]
vmmouse.sys=1
[Strings]
Maker="VMware, Inc."
VMMouse.Mfg="VMware, Inc."
VMMouse.SvcDesc="VMware Pointing Device"
`;

/** What hivex itself reads. */
function hivexget(hive: Buffer, key: string, name: string): string {
  return inFolder((folder) => {
    const file = join(folder, "hive");
    writeFileSync(file, hive);
    return execFileSync("hivexget", [file, key, name], { encoding: "utf8" }).trim();
  });
}

/** Ten packages: eight of virtio-win, and two of our own that are only staged. */
function ten(files: string): readonly StorePackage[] {
  return [
    ...(
      [
        ["viostor", "viostor/viostor.inx"],
        ["vioscsi", "vioscsi/vioscsi.inx"],
        ["fwcfg", "fwcfg64/fwcfg.inf"],
        ["pvpanic", "pvpanic/pvpanic/pvpanic.inf"],
        ["viofs", "viofs/pci/viofs.inf"],
        ["vioinput", "vioinput/sys/vioinput.inx"],
        ["viomem", "viomem/sys/viomem.inx"],
        ["vioser", "vioserial/sys/vioser.inx"],
      ] as const
    ).map(([name, path]) => storePackage(`${name}.inf`, stampedVirtio(files, path), { windows })),
    storePackage("staged.inf", vmmouse.replace("[VMMouse]", "[VMMouse]\nInclude=msmouse.inf"), { windows }),
    storePackage(
      "card.inf",
      vmci
        .replace("Class=System", "Class=Net")
        .replace("4D36E97D", "4d36e972")
        .replace("StartType=0", "StartType=3"),
      { windows },
    ),
  ];
}

type Hives = Readonly<Record<"SYSTEM" | "SOFTWARE" | "DRIVERS", Buffer>>;

function apply(hives: Hives, changes: readonly StoreChange[]): Hives {
  const map = byHive(changes, hiveFrom(hives.SYSTEM, "SYSTEM"));
  return {
    SYSTEM: change(hives.SYSTEM, map.get("SYSTEM") ?? []),
    SOFTWARE: change(hives.SOFTWARE, map.get("SOFTWARE") ?? []),
    DRIVERS: change(hives.DRIVERS, map.get("DRIVERS") ?? []),
  };
}

describe("the driver store of a real Windows 10", () => {
  let bytes: Buffer;
  let real: Hive;
  let others: Pick<StoreImage, "SOFTWARE" | "DRIVERS"> & { readonly SOFTWARE: Hive; readonly DRIVERS: Hive };
  let otherBytes: Readonly<Record<"SOFTWARE" | "DRIVERS", Buffer>>;

  before(function () {
    needs(this, "hivexsh");
    bytes = cleanHive(this);
    real = hiveFrom(bytes, "SYSTEM");
    otherBytes = {
      SOFTWARE: change(empty, bareChanges.SOFTWARE),
      DRIVERS: change(empty, bareChanges.DRIVERS),
    };
    others = {
      SOFTWARE: hiveFrom(otherBytes.SOFTWARE, "SOFTWARE"),
      DRIVERS: hiveFrom(otherBytes.DRIVERS, "DRIVERS"),
    };
  });

  /** What would be written for an INF of ours where the image had neither its service nor its package. */
  const rowsFor = (of: StorePackage): { rows: ReadonlyMap<string, string>; folder: string } => {
    const bare = hiveFrom(change(empty, bareChanges.SYSTEM), "SYSTEM");
    const image = { SYSTEM: bare, ...others, windows, tree: treeOf([]) };
    const { changes, published, refused } = publish([of], image);
    assert.deepEqual(refused, []);
    return { rows: rowsOf(changes), folder: published[0]?.folder as string };
  };
  const realPackage = (name: string): HiveKey => {
    const all = real.key("DriverDatabase\\DriverPackages")?.subkeys() ?? [];
    return all.find((key) => key.name.startsWith(`${name}.inf_amd64_`)) as HiveKey;
  };
  const realIds = (inf: string): ReadonlyMap<string, string> =>
    new Map([...rowsBelow(real.key("DriverDatabase\\DeviceIds"))].filter(([row]) => row.endsWith(` ${inf}`)));

  for (const [name, text, service] of [
    ["vmci", vmci, "vmci"],
    ["stornvme", stornvme, "stornvme"],
  ] as const)
    it(`has ${name} as it would be written`, () => {
      const of = storePackage(`${name}.inf`, text, { windows });
      const { rows, folder } = rowsFor(of);
      const held = realPackage(name);
      // Made by the import itself: when, from where, by whom it was signed, and its number at Microsoft.
      const but = / (?:@|Catalog|ImportDate|InfName|OemPath|SignerName|SignerScore)$|^\\Properties/;
      same(
        rowsBelow(held),
        below(rows, `${database}\\DriverPackages\\${folder}`),
        name === "vmci" ? but : /^ /,
      );
      const published = rowsBelow(held).get(" @") as string;
      const inf = Buffer.from(published.slice(2), "hex").toString("utf16le").replace("\0", "");
      const wanted = new Map(
        [...realIds(inf)].map(([row, value]) => [row.replace(` ${inf}`, " oem0.inf"), value]),
      );
      same(wanted, below(rows, `${database}\\DeviceIds`), /^$/);
      const own = below(rows, `HKLM\\SYSTEM\\CurrentControlSet\\Services\\${service}`);
      const of0 = (value: string): string =>
        value.replaceAll(
          Buffer.from(inf, "utf16le").toString("hex"),
          Buffer.from("oem0.inf", "utf16le").toString("hex"),
        );
      const key = rowsBelow(real.key(`ControlSet001\\Services\\${service}`));
      same(
        new Map([...key].map(([row, value]) => [row, of0(value)])),
        own,
        / (?:Tag|Owners|vwdk\.installers)$|StartOverride/,
      );
      const log = rowsBelow(real.key(`ControlSet001\\Services\\EventLog\\System\\${service}`));
      if (name === "vmci")
        same(log, below(rows, "HKLM\\SYSTEM\\CurrentControlSet\\Services\\EventLog\\System\\vmci"), /^$/);
    });

  it("has of vmmouse what would be written of it", () => {
    const of = storePackage("vmmouse.inf", vmmouse, { windows });
    const { rows, folder } = rowsFor(of);
    const found = below(rows, `${database}\\DriverPackages\\${folder}`);
    const wanted = rowsBelow(realPackage("vmmouse"));
    for (const [row, value] of found)
      if (!/ (?:@|ImportDate|InfName|OemPath|SignerScore|StatusFlags)$/.test(row))
        assert.equal(wanted.get(row), value, row);
    assert.equal(
      found.get("\\Configurations\\VMMouse UpperFilters"),
      wanted.get("\\Configurations\\VMMouse UpperFilters"),
    );
    same(
      new Map([...realIds("oem6.inf")].map(([row, value]) => [row.replace(" oem6.inf", " oem0.inf"), value])),
      below(rows, `${database}\\DeviceIds`),
      /^$/,
    );
  });

  // Its Owners are oem2.inf and !vmci.inf_amd64_64189b30c198ca23, a version before it that the hive has no more.
  it("takes out what Windows itself published, with the services that an earlier version alone owned as well", () => {
    const lockdown = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Setup\\PnpLockdownFiles";
    const file = `${lockdown}\\%SystemRoot%/System32/drivers/vmci.sys`;
    const owners = { type: "REG_MULTI_SZ", data: ["oem2.inf", "!vmci.inf_amd64_64189b30c198ca23"] } as const;
    const before = apply({ SYSTEM: bytes, ...otherBytes }, [{ key: file, name: "Owners", value: owners }]);
    const opened = {
      SYSTEM: hiveFrom(before.SYSTEM, "SYSTEM"),
      SOFTWARE: hiveFrom(before.SOFTWARE, "SOFTWARE"),
      DRIVERS: others.DRIVERS,
    };
    assert.deepEqual(publishedNamesOf(opened, "VMCI.inf"), ["oem2.inf"]);
    const tree = { ...noTree, exists: () => true };
    const { changes, deletions, kept, removed } = remove(["oem2.inf", "OEM6.inf"], { ...opened, tree });
    assert.deepEqual(
      removed.map(({ folders }) => folders),
      [["vmci.inf_amd64_5e38a278d114b813"], ["vmmouse.inf_amd64_916101d3748847e7"]],
    );
    // Of the mouse, Windows' own drivers are filtered.
    assert.deepEqual(kept, ["i8042prt", "mouclass"]);
    const keys = new Set(changes.filter(({ name }) => name === undefined).map(({ key }) => key));
    const ofServices = "HKLM\\SYSTEM\\CurrentControlSet\\Services";
    for (const key of [
      `${ofServices}\\vmci`,
      `${ofServices}\\EventLog\\System\\vmci`,
      `${ofServices}\\vmmouse`,
      file,
    ])
      assert.ok(keys.has(key), key);
    assert.ok(deletions.includes("\\Windows\\System32\\drivers\\vmci.sys"));
    const after = apply(before, changes);
    const rest = [...walk(hiveFrom(after.SYSTEM, "").key("DriverDatabase") as HiveKey)];
    for (const key of rest)
      for (const { name, bytes: data } of key.values())
        assert.doesNotMatch(
          `${key.path} ${name} ${Buffer.from(data).toString("utf16le")}`,
          /oem[26]\.inf|vmci\.inf|vmmouse\.inf/i,
        );
  });

  it("takes ten packages, proves each of them, and is as before when they are taken out again", function () {
    this.timeout(120_000);
    const packages = ten(corpus(this)).map((of) => ({
      ...of,
      signature: {
        state: "covered",
        catalog: `${of.inf.split("/").at(-1)?.replace(".inf", ".cat")}`,
        signer: "x",
      } as const,
    }));
    const withCatalogs = packages.map((of) => ({
      ...of,
      files: [
        ...of.files.filter(({ path }) => path !== of.signature.catalog),
        { path: of.signature.catalog, bytes: 7 },
      ],
      hashes: new Map([...of.hashes, [of.signature.catalog, "7".repeat(40)]]),
    }));
    const before: StoreImage = { SYSTEM: real, ...others, windows, tree: treeOf([]) };
    const started = performance.now();
    const written = publish(withCatalogs, before);
    assert.deepEqual(written.refused, []);
    // 0 to 11 are used, as its OemInfMap says, although five of them alone are in this hive.
    assert.deepEqual(
      written.published.map(({ publishedName, form }) => `${publishedName} ${form}`),
      [12, 13, 14, 15, 16, 17, 18, 19, 20, 21].map((n) => `oem${n}.inf ${n < 20 ? "configured" : "staged"}`),
    );
    const planned = performance.now();
    const hives = apply({ SYSTEM: bytes, ...otherBytes }, written.changes);
    const applied = performance.now();
    const tree = treeWith(withCatalogs, written.files);
    const after = {
      SYSTEM: hiveFrom(hives.SYSTEM, "SYSTEM"),
      SOFTWARE: hiveFrom(hives.SOFTWARE, "SOFTWARE"),
      DRIVERS: hiveFrom(hives.DRIVERS, "DRIVERS"),
    };
    const image: WrittenImage = {
      ...after,
      windows,
      files: { ...tree, machineOf: () => "amd64" },
    };
    for (const { inf, ok, rows } of verify(withCatalogs, image)) {
      const bad = rows.flatMap(({ id, checks }) =>
        checks.filter((each) => !each.ok).map((each) => [id, each]),
      );
      assert.deepEqual(bad, [], inf);
      assert.ok(ok && rows.length > 0);
    }
    assert.match(
      hivexget(hives.SYSTEM, `DriverDatabase\\DriverInfFiles\\oem12.inf`, "Active"),
      /^viostor\.inf_amd64_[0-9a-f]{16}$/,
    );
    const again = publish(withCatalogs, { ...after, windows, tree });
    assert.ok(again.published.every(({ already }) => already));
    assert.deepEqual([again.changes, again.files], [[], []]);

    const verified = performance.now();
    const taken = remove(
      written.published.map(({ publishedName }) => publishedName),
      { ...after, tree },
    );
    const gone = new Set(taken.deletions.map((path) => path.toLowerCase()));
    const left = written.files.filter(
      ({ to }) =>
        !gone.has(to.toLowerCase()) && ![...gone].some((path) => to.toLowerCase().startsWith(`${path}\\`)),
    );
    assert.deepEqual(left, []);
    const restored = apply(hives, taken.changes);
    assert.deepEqual(compareHives(real, hiveFrom(restored.SYSTEM, "SYSTEM"), []), []);
    assert.deepEqual(compareHives(others.SOFTWARE, hiveFrom(restored.SOFTWARE, "SOFTWARE"), []), []);
    assert.deepEqual(compareHives(others.DRIVERS, hiveFrom(restored.DRIVERS, "DRIVERS"), []), []);
    if (process.env["SERVICING_TIMES"] !== undefined)
      console.log({ plan: planned - started, apply: applied - planned, verify: verified - applied });
  });
});
