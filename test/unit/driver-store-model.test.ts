import assert from "node:assert/strict";
import * as fc from "fast-check";
import { compareHives } from "../../core/formats/hive-compare.ts";
import type { HiveChange } from "../../core/formats/hive-change.ts";
import { publish } from "../../core/driver-store/publish.ts";
import { numbersMap, publishedNamesOf, usedNumbers } from "../../core/driver-store/published-name.ts";
import { remove } from "../../core/driver-store/remove.ts";
import type { StoreChange, StorePackage } from "../../core/driver-store/store-package.ts";
import { verify } from "../../core/driver-store/verify.ts";
import {
  bareChanges,
  byHive,
  hiveFrom,
  noTree,
  storePackage,
  treeWith,
  windows10,
} from "../support/driver-store.ts";
import { change, empty, needs, text } from "./hive-tools.ts";

const classes = {
  System: "{4d36e97d-e325-11ce-bfc1-08002be10318}",
  Net: "{4d36e972-e325-11ce-bfc1-08002be10318}",
  SCSIAdapter: "{4d36e97b-e325-11ce-bfc1-08002be10318}",
};
const ids = ["PCI\\VEN_1", "PCI\\VEN_2", "pci\\ven_1&dev_2", "USB\\X", "*PNP0001", "ROOT\\A"];

interface Model {
  readonly name: string;
  readonly of: keyof typeof classes;
  readonly start: number;
  readonly score: string;
  readonly lines: readonly (readonly string[])[];
}

const model: fc.Arbitrary<Model> = fc.record({
  name: fc.constantFrom("alpha", "beta", "gamma", "delta"),
  of: fc.constantFrom<keyof typeof classes>("System", "Net", "SCSIAdapter"),
  start: fc.constantFrom(0, 3),
  score: fc.constantFrom("FF", "80"),
  lines: fc.array(fc.array(fc.constantFrom(...ids), { minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 4,
  }),
});

function inf({ name, of, start, score, lines }: Model): string {
  return `[Version]
Signature="$Windows NT$"
Class=${of}
ClassGuid=${classes[of]}
Provider=%Maker%
DriverVer=03/04/2021,5.6.7.8
CatalogFile=${name}.cat
[Manufacturer]
%Maker%=Models,NTamd64
[Models.NTamd64]
${lines.map((line) => `%Device%=Inst,${line.join(",")}`).join("\n")}
[Inst]
FeatureScore=${score}
CopyFiles=@${name}.sys
[Inst.Services]
AddService=${name},2,Service,Log
[Service]
ServiceType=1
StartType=${start}
ErrorControl=1
ServiceBinary=%12%\\${name}.sys
AddReg=Parameters
[Parameters]
HKR,Parameters,One,0x00010001,1
HKR,Empty,,0x10
[Log]
AddReg=Messages
[Messages]
HKR,,TypesSupported,0x00010001,7
[DestinationDirs]
DefaultDestDir=12
[SourceDisksNames]
1=Disk
[SourceDisksFiles]
${name}.sys=1
[Strings]
Maker="Contoso"
Device="Contoso ${name}"
`;
}

/** What the image had before: INFs of Windows at some of the ids, and packages of others, in the map or not. */
const held = fc.record({
  own: fc.array(fc.tuple(fc.constantFrom(...ids), fc.constantFrom("disk.inf", "net.inf")), { maxLength: 4 }),
  names: fc.uniqueArray(fc.nat(6), { maxLength: 4 }),
  mapped: fc.uniqueArray(fc.nat(20), { maxLength: 5 }),
});

type Held = typeof held extends fc.Arbitrary<infer Value> ? Value : never;

function heldChanges({ own, names, mapped }: Held): readonly HiveChange[] {
  return [
    ...own.map(([id, name]): HiveChange => ({
      key: `DriverDatabase\\DeviceIds\\${id}`,
      name,
      value: { type: "REG_BINARY", data: "01ff0000" },
    })),
    ...names.map((number): HiveChange => ({
      key: `DriverDatabase\\DriverInfFiles\\oem${number}.inf`,
      name: "Active",
      value: { type: "REG_SZ", data: `other.inf_amd64_000000000000000${number}` },
    })),
    ...(mapped.length === 0
      ? []
      : [
          {
            key: "DriverDatabase",
            name: "OemInfMap",
            value: { type: "REG_BINARY", data: numbersMap(mapped).toString("hex") },
          } as const,
        ]),
  ];
}

describe("publishing drivers and taking them out again", function () {
  let bare: Readonly<Record<"SYSTEM" | "SOFTWARE" | "DRIVERS", Buffer>>;

  before(function () {
    needs(this, "hivexsh");
    bare = {
      SYSTEM: change(empty, bareChanges.SYSTEM),
      SOFTWARE: change(empty, bareChanges.SOFTWARE),
      DRIVERS: change(empty, bareChanges.DRIVERS),
    };
  });

  const open = (hives: typeof bare) => ({
    SYSTEM: hiveFrom(hives.SYSTEM, "SYSTEM"),
    SOFTWARE: hiveFrom(hives.SOFTWARE, "SOFTWARE"),
    DRIVERS: hiveFrom(hives.DRIVERS, "DRIVERS"),
  });
  const apply = (hives: typeof bare, changes: readonly StoreChange[]): typeof bare => {
    const map = byHive(changes, open(hives).SYSTEM);
    return {
      SYSTEM: change(hives.SYSTEM, map.get("SYSTEM") ?? []),
      SOFTWARE: change(hives.SOFTWARE, map.get("SOFTWARE") ?? []),
      DRIVERS: change(hives.DRIVERS, map.get("DRIVERS") ?? []),
    };
  };

  it("leaves every hive as it was, and proves each package in between", function () {
    this.timeout(60_000);
    fc.assert(
      fc.property(fc.array(model, { minLength: 1, maxLength: 4 }), held, (models, before) => {
        const packages: readonly StorePackage[] = models.map((each) =>
          storePackage(`${each.name}.inf`, inf(each)),
        );
        const hives = { ...bare, SYSTEM: change(bare.SYSTEM, heldChanges(before)) };
        const opened = open(hives);
        const used = usedNumbers({ ...opened, tree: noTree });
        const written = publish(packages, { ...opened, windows: windows10, tree: noTree });
        const names = written.published
          .filter(({ already }) => !already)
          .map(({ publishedName }) => publishedName);
        const free = Array.from({ length: 40 }, (_, number) => number).filter((number) => !used.has(number));
        assert.deepEqual(
          names,
          free.slice(0, names.length).map((number) => `oem${number}.inf`),
        );
        assert.equal(written.published.length + written.refused.length, packages.length);

        const after = apply(hives, written.changes);
        const tree = treeWith(packages, written.files);
        const files = { ...tree, machineOf: () => "amd64" as const };
        const infs = new Set(written.published.map((each) => each.folder));
        const refused = new Set(written.refused.map((each) => each.inf));
        for (const { inf: of, ok, folder, rows } of verify(packages, {
          ...open(after),
          windows: windows10,
          files,
        })) {
          if (infs.has(folder)) assert.ok(ok, JSON.stringify(rows));
          else assert.ok(refused.has(of) && !ok);
        }

        const taken = remove(names, { ...open(after), tree });
        assert.deepEqual(taken.kept, []);
        const restored = open(apply(after, taken.changes));
        for (const name of ["SYSTEM", "SOFTWARE", "DRIVERS"] as const)
          assert.deepEqual(compareHives(opened[name], restored[name], []), [], name);
      }),
      { numRuns: 12 },
    );
  });

  const one: Model = { name: "alpha", of: "SCSIAdapter", start: 0, score: "FF", lines: [["PCI\\VEN_1"]] };

  it("leaves what other packages own as well", () => {
    const hives = apply(
      bare,
      publish([storePackage("alpha.inf", inf(one))], { ...open(bare), windows: windows10, tree: noTree })
        .changes,
    );
    const key = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\alpha";
    const shared = apply(hives, [
      { key, name: "Owners", value: { type: "REG_MULTI_SZ", data: ["OEM0.inf", "oem5.inf"] } },
    ]);
    const taken = remove(["oem0.inf"], { ...open(shared), tree: noTree });
    assert.deepEqual(taken.kept, ["alpha"]);
    const service = open(apply(shared, taken.changes)).SYSTEM.key("ControlSet001\\Services\\alpha");
    assert.equal(Buffer.from(service?.value("Owners")?.bytes ?? []).toString("utf16le"), "oem5.inf\0\0");
  });

  it("says which link of the chain is missing", () => {
    const of = storePackage("alpha.inf", inf(one));
    const written = publish([of], { ...open(bare), windows: windows10, tree: noTree });
    const folder = written.published[0]?.folder as string;
    const good = apply(bare, written.changes);
    const found = (
      changes: readonly StoreChange[],
      { without = "-", other = "-", machine = "amd64" as "amd64" | "x86" } = {},
    ): readonly string[] => {
      const files = written.files.filter(({ to }) => !to.endsWith(without));
      const tree = treeWith(
        [of],
        files.map((file) => (file.to.endsWith(other) ? { ...file, from: "another" } : file)),
      );
      const image = {
        ...open(apply(good, changes)),
        windows: windows10,
        files: { ...tree, machineOf: () => machine },
      };
      return verify([of], image)[0]!.rows.flatMap(({ checks }) =>
        checks.flatMap(({ check, ok }) => (ok ? [] : [check])),
      );
    };
    const database = "HKLM\\SYSTEM\\DriverDatabase";
    const service = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\alpha";
    assert.deepEqual(found([]), []);
    assert.deepEqual(found([{ key: `${database}\\DeviceIds\\PCI` }]), ["device id"]);
    assert.deepEqual(found([{ key: `${database}\\DeviceIds\\${classes.SCSIAdapter}` }]), ["package"]);
    assert.deepEqual(found([{ key: `${database}`, name: "OemInfMap" }]), ["published INF"]);
    assert.deepEqual(found([{ key: `${database}\\DriverPackages\\${folder}`, name: "Version" }]), [
      "package",
    ]);
    assert.deepEqual(found([{ key: `${database}\\DriverPackages\\${folder}\\Descriptors` }]), [
      "configuration",
    ]);
    assert.deepEqual(found([{ key: service }]), ["service"]);
    assert.deepEqual(found([{ key: service, name: "Start", value: { type: "REG_DWORD", data: 3 } }]), [
      "service",
    ]);
    const second = { type: "REG_BINARY", data: "02ff0000" } as const;
    const id = `${database}\\DeviceIds\\PCI\\VEN_1`;
    assert.deepEqual(found([{ key: id, name: "oem0.inf", value: second }]), ["device id"]);
    const published = `${database}\\DriverInfFiles\\oem0.inf`;
    const list = { type: "REG_MULTI_SZ", data: ["Other"] } as const;
    assert.deepEqual(found([{ key: published, name: "Configurations", value: list }]), ["published INF"]);
    const elsewhere = { type: "REG_SZ", data: "alpha.inf_amd64_0000000000000000" } as const;
    assert.deepEqual(found([{ key: published, name: "Active", value: elsewhere }]), ["published INF"]);
    const section = `${database}\\DriverPackages\\${folder}\\Configurations\\Inst`;
    assert.deepEqual(found([{ key: section, name: "Service", value: elsewhere }]), ["configuration"]);
    // Without Configurations it is staged, and Windows has to have it at boot.
    assert.deepEqual(found([{ key: published, name: "Configurations" }]), ["configuration", "service"]);
    // A file that is there, and is not the driver.
    const other = { type: "REG_EXPAND_SZ", data: "inf\\oem0.inf" } as const;
    assert.deepEqual(found([{ key: service, name: "ImagePath", value: other }]), ["service"]);
    assert.deepEqual(found([], { without: "drivers\\alpha.sys" }), ["service", "files"]);
    assert.deepEqual(found([], { without: "oem0.cat" }), ["catalogue"]);
    assert.deepEqual(found([], { without: "oem0.inf" }), ["published INF"]);
    for (const place of ["drivers\\alpha.sys", `${folder}\\alpha.sys`, `${folder}\\alpha.cat`])
      assert.deepEqual(found([], { other: place }), ["files"], place);
    assert.deepEqual(found([], { other: "oem0.cat" }), ["catalogue"]);
    assert.deepEqual(found([], { other: "oem0.inf" }), ["published INF"]);
    assert.deepEqual(found([], { machine: "x86" }), ["architecture"]);
    assert.equal(found([{ key: `${database}\\DriverPackages\\${folder}` }]).includes("package"), true);
  });

  describe("of a Windows 7", () => {
    const windows = { ...windows10, major: 6, minor: 1, build: 7601 };
    const of = storePackage("alpha.inf", inf({ ...one, lines: [["PCI\\VEN_1&DEV_1", "PCI\\VEN_1"]] }));
    const critical = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\CriticalDeviceDatabase";
    let old: Pick<typeof bare, "SYSTEM" | "SOFTWARE">;

    before(() => {
      const changes = bareChanges.SYSTEM.filter(({ key }) => !key.startsWith("DriverDatabase"));
      const devices = { key: "ControlSet001\\Control\\CriticalDeviceDatabase", create: true } as const;
      old = { SYSTEM: change(empty, [...changes, devices]), SOFTWARE: bare.SOFTWARE };
    });

    const openOld = (hives: typeof old) => {
      const { SYSTEM, SOFTWARE } = open({ ...bare, ...hives });
      return { SYSTEM, SOFTWARE };
    };
    const applyOld = (hives: typeof old, changes: readonly StoreChange[]): typeof old => {
      const { SYSTEM, SOFTWARE } = apply({ ...bare, ...hives }, changes);
      return { SYSTEM, SOFTWARE };
    };
    const publishedOn = (hives: typeof old, tree = noTree, packages = [of]) =>
      publish(packages, { ...openOld(hives), windows, tree });

    it("is proven link by link, is published once, and is as before when it is taken out again", () => {
      const written = publishedOn(old);
      assert.deepEqual(written.refused, []);
      const after = applyOld(old, written.changes);
      const paths = written.files.map(({ to }) => to);
      const found = (changes: readonly StoreChange[], without = "-"): readonly string[] => {
        const left = written.files.filter(({ to }) => !to.endsWith(without));
        const files = { ...treeWith([of], left), machineOf: () => "amd64" as const };
        const [read] = verify([of], { ...openOld(applyOld(after, changes)), windows, files });
        const [row] = read?.rows ?? [];
        return row?.checks.flatMap(({ check, ok }) => (ok ? [] : [check])) ?? ["no row"];
      };
      assert.deepEqual(found([]), []);
      const key = `${critical}\\PCI#VEN_1&DEV_1`;
      assert.deepEqual(found([{ key }]), ["device id"]);
      assert.deepEqual(found([{ key, name: "Service", value: text("msahci") }]), ["device id"]);
      assert.deepEqual(found([{ key, name: "ClassGUID", value: text("{0}") }]), ["device id"]);
      assert.deepEqual(found([], "oem0.inf"), ["published INF"]);
      assert.deepEqual(found([], "oem0.cat"), ["catalogue"]);
      assert.deepEqual(found([{ key: "HKLM\\SYSTEM\\CurrentControlSet\\Services\\alpha" }]), ["service"]);

      const tree = treeWith([of], written.files);
      const [again] = publishedOn(after, tree).published;
      assert.deepEqual([again?.publishedName, again?.already], ["oem0.inf", true]);
      assert.deepEqual(publishedNamesOf(openOld(after), "ALPHA.inf"), ["oem0.inf"]);
      const taken = remove(["oem0.inf"], { ...openOld(after), tree });
      assert.deepEqual(
        paths.filter((path) => !taken.deletions.some((gone) => `${path}\\`.startsWith(`${gone}\\`))),
        [],
      );
      const restored = openOld(applyOld(after, taken.changes));
      const before = openOld(old);
      for (const name of ["SYSTEM", "SOFTWARE"] as const)
        assert.deepEqual(compareHives(before[name], restored[name], []), [], name);
      assert.throws(() => remove(["oem0.inf"], { ...before, tree }), { code: "SERVICING_DRIVER_ABSENT" });
    });

    it("is not what a later Windows without a DriverDatabase is taken for", () => {
      const written = publishedOn(old);
      const later = { ...openOld(old), windows: windows10, tree: noTree };
      assert.deepEqual(publish([of], later).refused[0]?.because, [
        "the image has no DriverDatabase in SYSTEM",
      ]);
      const files = { ...treeWith([of], written.files), machineOf: () => "amd64" as const };
      const after = { ...openOld(applyOld(old, written.changes)), windows: windows10, files };
      const [row] = verify([of], after)[0]?.rows ?? [];
      assert.deepEqual(
        row?.checks.flatMap(({ check, ok }) => (ok ? [] : [check])),
        ["device id", "package", "configuration"],
      );
    });

    it("keeps the driver that it has for a critical device", () => {
      const key = `${critical}\\PCI#ven_1`;
      const taken = applyOld(old, [{ key, name: "Service", value: { type: "REG_SZ", data: "msahci" } }]);
      assert.deepEqual(publishedOn(taken).refused[0]?.because, [
        "the image has the critical device PCI#VEN_1 already, which it would replace",
      ]);
      const second = storePackage("beta.inf", inf({ ...one, name: "beta", lines: [["PCI\\VEN_1"]] }));
      const two = publishedOn(old, noTree, [of, second]);
      assert.deepEqual(two.refused[0]?.because, [
        "oem0.inf has the critical device PCI#VEN_1 already, which it would replace",
      ]);
    });
  });
});
