import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import type { Report } from "../../core/event.ts";
import { headerChecksum } from "../../core/formats/hive-cells.ts";
import { publishedLimit } from "../../core/driver-limit.ts";
import type { Line } from "../../core/line.ts";
import { prepare } from "../../core/line-plan.ts";
import type { Plugin } from "../../core/plugin.ts";
import type { Table } from "../../core/table.ts";
import { drivers, type DriversOptions } from "../../plugins/drivers.ts";
import { executable } from "../../templates/sample/pe.ts";
import { servicing, storeIn } from "../support/command.ts";
import { driverInf, writeDriverPackage } from "../support/driver-package.ts";
import { done, filesBelow, needs, rig, type Rig, run, sampleFolder, sha256, wimlib } from "../support/rig.ts";
import { listing } from "../support/wim-listing.ts";

const repository = "/Windows/System32/DriverStore/FileRepository";
const catalogs = "/Windows/System32/CatRoot/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}";

function tableOf({ tables = [] }: Pick<Report, "tables">, title: RegExp): Table {
  const table = tables.find((each) => title.test(each.title));
  assert.ok(table, `no table ${title} among ${tables.map((each) => each.title).join(", ")}`);
  return table;
}

function cells(table: Table, column: string): readonly string[] {
  return table.rows.map((row) => row[table.columns.indexOf(column)] ?? "");
}

/** A hive of an image as text, by a tool that is not ours. */
function hiveText(file: string, index: number, name: string, to: string): string {
  mkdirSync(to, { recursive: true });
  wimlib("extract", file, String(index), `/Windows/System32/config/${name}`, `--dest-dir=${to}`, "--no-acls");
  return execFileSync("hivexregedit", ["--export", join(to, name), "\\"], {
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
    // It complains of names that are not English, and writes them.
    stdio: ["ignore", "pipe", "ignore"],
  });
}

function hiveValue(hive: string, key: string, name: string): string {
  return execFileSync("hivexget", [hive, key, name], { encoding: "utf8" }).trim();
}

/** Has hivexsh change a hive of an image. */
function editHive(here: Rig, file: string, name: string, ...lines: readonly string[]): void {
  const folder = here.path("edited");
  mkdirSync(folder, { recursive: true });
  wimlib("extract", file, "1", `/Windows/System32/config/${name}`, `--dest-dir=${folder}`, "--no-acls");
  const hive = join(folder, name);
  execFileSync("hivexsh", ["-w", hive], { input: [...lines, "commit", ""].join("\n") });
  wimlib("update", file, "1", `--command=add ${hive} /Windows/System32/config/${name}`);
}

/** A config that publishes what is in `drivers/`. */
function publishing(more: string): string {
  return `
    import { defineConfig, drivers } from "servicing";
    export default defineConfig({
      line: "laptop",
      image: { file: "install.wim", index: 1 },
      plugins: [drivers({ from: "drivers"${more} })],
    });`;
}

/** A line of a workspace, a folder below it. */
function memberConfig(line: string, folders: string): string {
  return `
    import { defineConfig, drivers } from "servicing";
    export default defineConfig({
      line: "${line}",
      image: { file: "../install.wim", index: 1 },
      output: { kind: "delta" },
      plugins: [drivers({ from: ${folders} })],
    });`;
}

describe("drivers on the wimlib engine", function () {
  let sample: string;
  let image: string;

  before(async function () {
    needs(this, "wimlib-imagex", "hivexsh", "hivexget", "hivexregedit", "mkntfs", "gcab", "wixl");
    sample = await sampleFolder();
    image = join(sample, "install.wim");
  });

  function lineOf(here: Rig, options: DriversOptions, more: Partial<Line> = {}): Line {
    return here.line({ image: { file: image, index: 1 }, plugins: [drivers(options)], ...more });
  }

  it("publishes a storage and a network driver, and proves that they are there", async () => {
    const here = rig();
    await writeDriverPackage(here.path("drivers/stor"));
    await writeDriverPackage(here.path("drivers/net"), { name: "cnet", kind: "net" });
    const digest = sha256(image);
    const before = await listing(image, 1);
    const report = await done(lineOf(here, { from: "drivers" }));
    assert.equal(sha256(image), digest);
    assert.deepEqual(report.routes, { offline: 2 });
    const own = tableOf(report, /^Drivers$/);
    assert.deepEqual(cells(own, "goes"), ["published", "published"]);
    assert.match(own.notes?.[0] ?? "", /try a first boot on reference hardware: cnet\.inf, cstor\.inf/);
    const proof = tableOf(report, /^Read back: drivers of Windows/);
    assert.deepEqual(cells(proof, "found from id to file"), ["yes", "yes"]);
    assert.deepEqual(cells(proof, "published as"), ["oem0.inf", "oem1.inf"]);

    const result = here.path("out/test.wim");
    const after = await listing(result, 1);
    const added = [...after.keys()].filter((path) => !before.has(path));
    const [net, stor] = cells(proof, "driver store folder").map((folder) => `${repository}/${folder}`);
    assert.deepEqual(
      added.sort(),
      [
        "/Windows/INF/oem0.inf",
        "/Windows/INF/oem1.inf",
        `${catalogs}/oem0.cat`,
        `${catalogs}/oem1.cat`,
        "/Windows/System32/drivers/cstor.sys",
        ...["", "/cnet.cat", "/cnet.inf", "/cnet.sys"].map((name) => `${net}${name}`),
        ...["", "/cstor.cat", "/cstor.inf", "/cstor.sys"].map((name) => `${stor}${name}`),
      ].sort(),
    );
    const security = (path: string | undefined): string => after.get(path ?? "")?.security ?? "none";
    const inbox = [...before.keys()].find((path) => /FileRepository\/cnetbox[^/]*$/.test(path)) ?? "";
    assert.equal(security(stor), before.get(inbox)?.security);
    assert.equal(security(`${stor}/cstor.sys`), before.get(`${inbox}/cnetbox.sys`)?.security);
    assert.equal(security("/Windows/INF/oem0.inf"), before.get("/Windows/INF/cnetbox.inf")?.security);
    const besides = "/Windows/System32/drivers";
    assert.equal(security(`${besides}/cstor.sys`), before.get(`${besides}/cstorbox.sys`)?.security);
    const catalog = [...before.keys()].find((path) => path.startsWith(`${catalogs}/`)) ?? "";
    assert.equal(security(`${catalogs}/oem0.cat`), before.get(catalog)?.security);

    hiveText(result, 1, "SYSTEM", here.path("hives"));
    const system = here.path("hives/SYSTEM");
    const id = "\\DriverDatabase\\DeviceIds\\PCI\\VEN_C0DE&DEV_4001&SUBSYS_0008C0DE";
    assert.match(
      execFileSync("hivexget", [system, id], { encoding: "utf8" }),
      /"oem1\.inf"=hex\(3\):01,ff,00,00/,
    );
    assert.equal(hiveValue(system, "\\ControlSet001\\Services\\cstor", "Start"), "0");
    assert.equal(
      hiveValue(system, "\\ControlSet001\\Services\\cstor", "ImagePath"),
      "System32\\drivers\\cstor.sys",
    );
    assert.equal(
      hiveValue(system, "\\ControlSet001\\Services\\cstor", "DisplayName"),
      "@oem1.inf,%Device%;Contoso Storage Controller",
    );
  });

  it("takes out what it published: files and hives are as they were", async () => {
    const here = rig();
    await writeDriverPackage(here.path("drivers/stor"));
    await writeDriverPackage(here.path("drivers/net"), { name: "cnet", kind: "net" });
    await done(lineOf(here, { from: "drivers" }));
    const published = here.path("out/test.wim");
    const without = { file: here.path("out/without.wim"), compress: "keep", images: "all" } as const;
    // The same INF with another driver is not what was published.
    await writeDriverPackage(here.path("other"), { name: "cnet", kind: "net", bytes: 700 });
    const failed = await run(
      lineOf(
        here,
        { from: "other" },
        { line: "other", image: { file: published, index: 1 }, output: without },
      ),
    );
    assert.equal(failed.error?.code, "SERVICING_DRIVER_REFUSED");
    assert.match(failed.error?.message ?? "", /same INF already, oem0\.inf, with another .*remove oem0\.inf/);
    await done(
      lineOf(
        here,
        { remove: ["cnet.inf", "OEM1.inf"] },
        { line: "without", image: { file: published, index: 1 }, output: without },
      ),
    );
    const [before, after] = [await listing(image, 1), await listing(without.file, 1)];
    assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort());
    for (const [path, entry] of before)
      if (!/\/config\//.test(path))
        assert.deepEqual({ ...after.get(path), group: "" }, { ...entry, group: "" });
    for (const hive of ["SYSTEM", "SOFTWARE", "DRIVERS"])
      assert.equal(
        hiveText(without.file, 1, hive, here.path("after")),
        hiveText(image, 1, hive, here.path("before")),
        hive,
      );
  });

  it("takes out an older version and publishes the newer in one line, under the number that is free again", async () => {
    const here = rig();
    // Not all that lies among the drivers is started by a service.
    const inf = driverInf("storage")
      .replace("CopyFiles = @%name%.sys", "CopyFiles = @%name%.sys, @%name%fw.bin")
      .replace("%name%.sys = 1", "%name%.sys = 1\n%name%fw.bin = 1");
    const newer = inf.replace("1.8.0.3", "1.9.0.0");
    for (const [version, text] of [
      ["old", inf],
      ["new", newer],
    ] as const) {
      const sys = executable("amd64", "sys", Buffer.from(version));
      await writeDriverPackage(here.path(version), {
        inf: text,
        files: { "cstor.sys": sys, "cstorfw.bin": version },
      });
    }
    await done(lineOf(here, { from: "old" }));
    const published = here.path("out/test.wim");
    const output = { file: here.path("out/newer.wim"), compress: "keep", images: "all" } as const;
    for (const [line, remove] of [
      ["newer", ["CSTOR.inf"]],
      ["named", ["oem0.inf"]],
    ] as const) {
      const more = { line, image: { file: published, index: 1 }, output };
      const report = await done(lineOf(here, { from: "new", remove: [...remove] }, more));
      assert.deepEqual(report.warnings, []);
      const proof = tableOf(report, /^Read back/);
      assert.deepEqual(cells(proof, "published as"), ["oem0.inf"]);
      assert.deepEqual(cells(proof, "found from id to file"), ["yes"]);
      const stores = wimlib("dir", output.file, "1").match(
        /FileRepository\/cstor\.inf_amd64_[0-9a-f]{16}$/gm,
      );
      assert.equal(stores?.length, 1);
    }
    // Without taking it out, the image has the service already, and the newer one is left out.
    const kept = await done(
      lineOf(here, { from: ["old", "new"] }, { line: "kept", image: { file: published, index: 1 }, output }),
    );
    assert.match(
      kept.warnings.join(),
      /new\S*cstor\.inf starts .*left out: .*the image has the service cstor already/,
    );
    assert.doesNotMatch(kept.warnings.join(), /old\S*cstor\.inf/);
    assert.deepEqual(cells(tableOf(kept, /^Drivers$/), "goes").toSorted(), ["already there", "left out"]);
    assert.deepEqual(cells(tableOf(kept, /^Read back/), "found from id to file"), ["yes"]);
    // Nor is it taken out where the newer one cannot come.
    await writeDriverPackage(here.path("bad"), { inf: newer, catalog: "none" });
    const bad = lineOf(
      here,
      { from: "bad", remove: ["cstor.inf"] },
      { image: { file: published, index: 1 } },
    );
    await assert.rejects(prepare(bad, {}), { code: "SERVICING_DRIVER_UNREPLACED" });
  });

  /** A copy of the sample that says it is another Windows. */
  function otherWindows(here: Rig, properties: Readonly<Record<string, number>>): string {
    const file = here.path("other.wim");
    copyFileSync(image, file);
    for (const [name, value] of Object.entries(properties))
      wimlib("info", file, "1", "--image-property", `WINDOWS/${name}=${value}`);
    return file;
  }

  it("publishes for a Windows 7, whose hives have no DriverDatabase, and takes it out again", async () => {
    const here = rig();
    const seven = otherWindows(here, { "VERSION/MAJOR": 6, "VERSION/MINOR": 1, "VERSION/BUILD": 7601 });
    const devices = "\\ControlSet001\\Control\\CriticalDeviceDatabase";
    editHive(
      here,
      seven,
      "SYSTEM",
      "cd \\DriverDatabase",
      "del",
      "cd \\ControlSet001\\Control",
      "add CriticalDeviceDatabase",
      `cd ${devices}`,
      "add pci#ven_c0de&dev_5001",
    );
    wimlib("update", seven, "1", "--command=delete /Windows/System32/config/DRIVERS");
    await writeDriverPackage(here.path("drivers/stor"));
    await writeDriverPackage(here.path("drivers/net"), { name: "cnet", kind: "net" });
    const claiming = driverInf("storage").replaceAll("DEV_400", "DEV_500");
    await writeDriverPackage(here.path("drivers/claim"), { name: "cclaim", inf: claiming });
    const of = { image: { file: seven, index: 1 } };
    const report = await done(lineOf(here, { from: "drivers" }, of));
    const table = tableOf(report, /^Drivers$/);
    const goes = cells(table, "driver").map((name, at) => [name, cells(table, "goes")[at]]);
    assert.deepEqual(Object.fromEntries(goes), {
      "cclaim.inf": "left out",
      "cnet.inf": "staged",
      "cstor.inf": "published",
    });
    assert.match(
      report.warnings.find((text) => text.includes("cclaim")) ?? "",
      /the image has the critical device PCI#VEN_C0DE&DEV_5001 already/,
    );
    const proof = tableOf(report, /^Read back/);
    assert.deepEqual(cells(proof, "published as"), ["oem0.inf"]);
    assert.deepEqual(cells(proof, "found from id to file"), ["yes"]);
    const result = here.path("out/test.wim");
    assert.match(wimlib("dir", result, "1"), /oem0\.cat/);
    hiveText(result, 1, "SYSTEM", here.path("hives"));
    const device = `${devices}\\PCI#VEN_C0DE&DEV_4001&SUBSYS_0008C0DE`;
    assert.equal(hiveValue(here.path("hives/SYSTEM"), device, "Service"), "cstor");
    assert.equal(
      hiveValue(here.path("hives/SYSTEM"), device, "ClassGUID"),
      "{4D36E97B-E325-11CE-BFC1-08002BE10318}",
    );

    const without = { file: here.path("out/without.wim"), compress: "keep", images: "all" } as const;
    const again = await done(
      lineOf(
        here,
        { from: "drivers/stor", remove: ["oem0.inf"] },
        { line: "again", image: { file: result, index: 1 }, output: without },
      ),
    );
    assert.deepEqual(again.warnings, []);
    assert.deepEqual(cells(tableOf(again, /^Read back/), "published as"), ["oem0.inf"]);
    const taking = { line: "without", image: { file: result, index: 1 }, output: without };
    await done(lineOf(here, { remove: ["CSTOR.inf"] }, taking));
    const [before, after] = [await listing(seven, 1), await listing(without.file, 1)];
    // What Windows Setup gets of the network driver stays.
    const left = [...after.keys()].filter((path) => !/\/Setup\/Servicing|\/unattend\.xml$/.test(path));
    assert.deepEqual(left.sort(), [...before.keys()].sort());
    for (const hive of ["SYSTEM", "SOFTWARE"])
      assert.equal(
        hiveText(without.file, 1, hive, here.path("after")),
        hiveText(seven, 1, hive, here.path("before")),
        hive,
      );
  });

  for (const [machine, number, header] of [
    ["x86", 0, "00,ff,00,00"],
    ["arm64", 12, "00,ff,0c,00"],
  ] as const)
    it(`publishes for ${machine}`, async () => {
      const here = rig();
      const other = otherWindows(here, { ARCH: number });
      await writeDriverPackage(here.path("drivers"), { machine });
      const report = await done(lineOf(here, { from: "drivers" }, { image: { file: other, index: 1 } }));
      const proof = tableOf(report, /^Read back/);
      assert.deepEqual(cells(proof, "found from id to file"), ["yes"]);
      const [folder = ""] = cells(proof, "driver store folder");
      assert.match(folder, new RegExp(`^cstor\\.inf_${machine}_[0-9a-f]{16}$`));
      const text = hiveText(here.path("out/test.wim"), 1, "SYSTEM", here.path("hives"));
      const key = text.slice(text.indexOf(`DriverPackages\\${folder}]`));
      assert.match(key, new RegExp(`"Version"=hex\\(3\\):${header},00,00,00,00,7b,e9,36,4d`));
    });

  it("writes into the control set that is current, and names that are not English", async () => {
    const here = rig();
    const other = otherWindows(here, {});
    editHive(
      here,
      other,
      "SYSTEM",
      "cd \\Select",
      "setval 1",
      "Current",
      "dword:2",
      "cd \\",
      "add ControlSet002",
      "cd \\ControlSet002",
      "add Services",
    );
    const text = `\ufeff${driverInf("storage").replaceAll("4002", "ÄÖ漢")}`;
    await writeDriverPackage(here.path("drivers"), { name: "cstörß", inf: text });
    const report = await done(lineOf(here, { from: "drivers" }, { image: { file: other, index: 1 } }));
    assert.deepEqual(cells(tableOf(report, /^Read back/), "found from id to file"), ["yes"]);
    const all = hiveText(here.path("out/test.wim"), 1, "SYSTEM", here.path("hives"));
    assert.equal(hiveValue(here.path("hives/SYSTEM"), "\\ControlSet002\\Services\\cstörß", "Start"), "0");
    assert.doesNotMatch(all, /ControlSet001\\Services\\cst.?r.?\]/);
  });

  it("refuses a hive with changes in its log, and leaves no result", async () => {
    const here = rig();
    const other = otherWindows(here, {});
    const hive = here.path("SYSTEM");
    wimlib(
      "extract",
      other,
      "1",
      "/Windows/System32/config/SYSTEM",
      `--dest-dir=${here.folder}`,
      "--no-acls",
    );
    const bytes = readFileSync(hive);
    bytes.writeUInt32LE(bytes.readUInt32LE(8) + 1, 4);
    bytes.writeUInt32LE(headerChecksum(bytes), 508);
    writeFileSync(hive, bytes);
    wimlib("update", other, "1", `--command=add ${hive} /Windows/System32/config/SYSTEM`);
    await writeDriverPackage(here.path("drivers"));
    const report = await run(lineOf(here, { from: "drivers" }, { image: { file: other, index: 1 } }));
    assert.equal(report.error?.code, "SERVICING_HIVE_DIRTY");
    assert.deepEqual(filesBelow(here.path("out")), []);
  });

  it("leaves out what would replace a file in any folder, or what another plugin adds, and publishes the rest", async () => {
    const here = rig();
    const other = otherWindows(here, {});
    here.write({ "cstor.dll": "of Windows" });
    const dll = here.path("cstor.dll");
    // That in the subfolder is in nobody's way.
    for (const path of ["cstor.dll", "drivers/etc/cgood.sys"])
      wimlib("update", other, "1", `--command=add ${dll} /Windows/System32/${path}`);
    const inf = driverInf("storage");
    await writeDriverPackage(here.path("first/stor"), {
      inf: inf
        .replace("CopyFiles = @%name%.sys", "CopyFiles = @%name%.sys, Libraries")
        .replace("[DestinationDirs]", "[Libraries]\n%name%.dll\n\n[DestinationDirs]\nLibraries = 11")
        .replace("%name%.sys = 1", "%name%.sys = 1\n%name%.dll = 1")
        .replaceAll("DEV_400", "DEV_500"),
      files: { "cstor.sys": executable("amd64", "sys", Buffer.from("data")), "cstor.dll": "another" },
    });
    await writeDriverPackage(here.path("first/good"), { name: "cgood" });
    await writeDriverPackage(here.path("second/good"), {
      name: "cgood",
      inf: inf.replace("1.8.0.3", "1.9.0.0"),
    });
    await writeDriverPackage(here.path("second/net"), { name: "cnet", kind: "net" });
    const plugins = ["first", "second"].map((from) => drivers({ from }));
    const report = await done(here.line({ image: { file: other, index: 1 }, plugins }));
    assert.deepEqual(
      report.warnings.map((text) => /\((the image|cgood\.inf) has ([^;)]*)/.exec(text)?.[0]),
      ["(the image has \\Windows\\System32\\cstor.dll already", "(cgood.inf has the service cgood already"],
    );
    const proof = tableOf(report, /^Read back/);
    assert.deepEqual(cells(proof, "driver").toSorted(), ["cgood.inf", "cnet.inf"]);
    assert.deepEqual(cells(proof, "found from id to file"), ["yes", "yes"]);
  });

  it("says which driver it does not find, and leaves no result", async () => {
    const here = rig();
    const report = await run(lineOf(here, { remove: ["oem7.inf"] }));
    assert.equal(report.error?.code, "SERVICING_DRIVER_ABSENT");
    assert.match(report.error?.message ?? "", /oem7\.inf/);
    const inbox = await run(lineOf(here, { remove: ["cnetbox.inf"] }));
    assert.equal(inbox.error?.code, "SERVICING_DRIVER_INBOX");
    assert.deepEqual(filesBelow(here.path("out")), []);
  });

  it("puts boot-critical drivers into Winre.wim and a boot.wim, and proves it there", async () => {
    const here = rig();
    await writeDriverPackage(here.path("drivers/stor"));
    await writeDriverPackage(here.path("drivers/net"), { name: "cnet", kind: "net" });
    const boot = join(sample, "boot.wim");
    const digest = sha256(boot);
    const list = here.write({
      "devices.txt":
        "PCI\\VEN_C0DE&DEV_4001\nPCI\\VEN_C0DE&DEV_3001&SUBSYS_0001C0DE\nPCI\\VEN_C0DE&DEV_9999\n",
    });
    const report = await done(
      lineOf(here, {
        from: "drivers",
        winre: true,
        setup: { from: boot, to: "out/boot.wim" },
        devices: list,
      }),
    );
    assert.equal(sha256(boot), digest);
    for (const title of [/^Read back: drivers of WinRE/, /^Read back: drivers of Windows Setup/])
      assert.deepEqual(cells(tableOf(report, title), "driver"), ["cstor.inf"]);
    const devices = tableOf(report, /^Devices: 2 of 3/);
    assert.deepEqual(cells(devices, "WinRE"), ["yes", "no", "no"]);
    assert.deepEqual(cells(devices, "Setup"), ["yes", "no", "no"]);
    assert.deepEqual(cells(tableOf(report, /^Devices without a driver: 1/), "device"), [
      "PCI\\VEN_C0DE&DEV_9999",
    ]);

    const result = here.path("out/test.wim");
    wimlib("extract", result, "1", "/Windows/System32/Recovery/Winre.wim", `--dest-dir=${here.path("re")}`);
    const recovery = here.path("re/Winre.wim");
    assert.match(wimlib("dir", recovery, "1"), /System32\/drivers\/cstor\.sys/);
    assert.match(wimlib("info", recovery, "--header"), /Boot Index\s*= 1/);
    const serviced = here.path("out/boot.wim");
    assert.doesNotMatch(wimlib("dir", serviced, "1"), /cstor\.|oem0/);
    assert.match(wimlib("dir", serviced, "2"), /System32\/drivers\/cstor\.sys/);
    assert.match(wimlib("info", serviced, "--header"), /Boot Index\s*= 2/);
    wimlib("verify", serviced);
  });

  it("leaves out what an image cannot take, each with its reason, and adds the rest", async () => {
    const here = rig();
    await writeDriverPackage(here.path("drivers/good"));
    await writeDriverPackage(here.path("drivers/unsigned"), { name: "cuns", catalog: "none" });
    await writeDriverPackage(here.path("drivers/foreign"), { name: "cfor", catalog: "other" });
    await writeDriverPackage(here.path("drivers/tampered"), { name: "ctam", catalog: "tampered" });
    await writeDriverPackage(here.path("drivers/arm"), { name: "carm", machine: "arm64" });
    await writeDriverPackage(here.path("drivers/lacking"), { name: "clack", files: {} });
    await writeDriverPackage(here.path("drivers/later"), {
      name: "clater",
      inf: driverInf("net").replaceAll("NTamd64", "NTamd64.10.0...99999"),
    });
    await writeDriverPackage(here.path("drivers/machine"), {
      name: "cmach",
      files: { "cmach.sys": executable("arm64", "sys", Buffer.from("data")) },
    });
    here.write({
      "drivers/malformed/bad.inf": '[Version\nSignature = "$Windows',
      "drivers/malformed/binary.inf": "\0\u0001\u0002",
      "drivers/empty/readme.txt": "no INF here",
    });
    const report = await done(lineOf(here, { from: "drivers" }));
    assert.deepEqual(cells(tableOf(report, /^Drivers$/), "driver"), ["cstor.inf"]);
    const said = (name: string, reason: RegExp): void => {
      const found = report.warnings.filter((text) => text.includes(name));
      assert.equal(found.length, 1, `${name}: ${found.join("\n")}`);
      assert.match(found[0] ?? "", reason);
    };
    said("cuns.inf", /cuns\.inf is not signed/);
    said("cfor.inf", /cfor\.inf is not as it was signed/);
    said("ctam.inf", /ctam\.inf is not as it was signed/);
    said("carm.inf", /installs nothing on amd64, only for arm64/);
    said("clack.inf", /clack\.sys, not to be found in its folder/);
    said("clater.inf", /installs nothing on .*NTamd64\.10\.0\.\.\.99999/);
    said("cmach.inf", /cmach\.sys is a driver for arm64/);
    said("bad.inf", /bad\.inf/);
    said("binary.inf", /binary\.inf/);

    const strict = lineOf(here, { from: "drivers", strict: true }, { line: "strict" });
    await assert.rejects(prepare(strict, {}), { code: "SERVICING_DRIVER_REFUSED" });
    await assert.rejects(prepare(lineOf(here, { from: "drivers/empty" }), {}), {
      code: "SERVICING_INPUT_NOT_FOUND",
    });
  });

  it("publishes a driver of two thousand devices, and leaves no hive of many times its size", async () => {
    const here = rig();
    const ids = Array.from(
      { length: 2000 },
      (_, at) => `%Device% = Install, PCI\\VEN_C0DE&DEV_4003&SUBSYS_${at}`,
    );
    const text = driverInf("storage").replace("%Device% = Install, PCI", `${ids.join("\n")}\n$&`);
    await writeDriverPackage(here.path("drivers"), { inf: text });
    const report = await done(lineOf(here, { from: "drivers" }));
    const proof = tableOf(report, /^Read back/);
    assert.deepEqual(cells(proof, "ids"), ["2003"]);
    assert.deepEqual(cells(proof, "found from id to file"), ["yes"]);
    hiveText(here.path("out/test.wim"), 1, "SYSTEM", here.path("hives"));
    assert.ok(statSync(here.path("hives/SYSTEM")).size < 2_000_000);
  });

  it("publishes an unsigned driver where that is wanted", async () => {
    const here = rig();
    await writeDriverPackage(here.path("drivers"), { catalog: "none" });
    const report = await done(lineOf(here, { from: "drivers", forceUnsigned: true }));
    assert.deepEqual(cells(tableOf(report, /^Read back/), "found from id to file"), ["yes"]);
    assert.doesNotMatch(wimlib("dir", here.path("out/test.wim"), "1"), /oem0\.cat/);
  });

  it("stages what only Windows can install, unless Windows needs it to start", async () => {
    const here = rig();
    const including = driverInf("storage").replace(
      "[Install]\n",
      "[Install]\nInclude = machine.inf\nNeeds = PCI_DRV\n",
    );
    const installing = `${driverInf("net")}\n[Install.CoInstallers]\nAddReg = Co\n[Co]\nHKR,,CoInstallers32,0x00010000,"c.dll"\n`;
    await writeDriverPackage(here.path("drivers/stor"), { name: "cboot", inf: including });
    await writeDriverPackage(here.path("drivers/co"), { name: "cco", kind: "net", inf: installing });
    // The image has a service and a file of that name, which another driver owns.
    await writeDriverPackage(here.path("drivers/inbox"), { name: "cstorbox" });
    await writeDriverPackage(here.path("drivers/net"), { name: "cnetbox", kind: "net" });
    const report = await done(lineOf(here, { from: "drivers" }));
    const table = tableOf(report, /^Drivers$/);
    const goes = cells(table, "driver").map((name, at) => [name, cells(table, "goes")[at]]);
    assert.deepEqual(Object.fromEntries(goes), {
      "cboot.inf": "left out",
      "cco.inf": "staged",
      "cnetbox.inf": "published",
      "cstorbox.inf": "left out",
    });
    assert.deepEqual(cells(tableOf(report, /^Read back/), "installing"), ["when it meets the device"]);
    // Before everything else that is said.
    assert.match(
      report.warnings.slice(0, 2).join("\n"),
      /cboot\.inf starts Windows, and is left out: a device that needs it does not start \(\[Install\] includes machine\.inf/,
    );
    const { plan } = await prepare(lineOf(here, { from: "drivers" }), {});
    const reasons = (inf: string): string =>
      plan.items
        .filter(({ operation }) => operation.type === "Add-Driver" && basename(operation.driver) === inf)
        .flatMap(({ considered }) => considered.map(({ because }) => because))
        .join("\n");
    assert.match(reasons("cboot.inf"), /cannot be published without Windows: .*machine\.inf/);
    assert.match(reasons("cboot.inf"), /needed to start Windows, and this road adds it only when/);
    assert.match(reasons("cstorbox.inf"), /the image has the service cstorbox already/);
    assert.match(reasons("cco.inf"), /has co-installers/);
  });

  it("adds one of ten thousand copies", async function () {
    this.timeout(180_000);
    const here = rig();
    await writeDriverPackage(here.path("drivers/first"), { bytes: 64 });
    const files = readdirSync(here.path("drivers/first"));
    for (let at = 0; at < 9_999; at++) {
      const folder = here.path(`drivers/copy${at}`);
      mkdirSync(folder);
      for (const name of files) linkSync(here.path("drivers/first", name), join(folder, name));
    }
    const { plan } = await prepare(lineOf(here, { from: "drivers" }), {});
    assert.equal(plan.items.length, 1);
    const [first = "", count] = tableOf(plan, /^Copies that are not added again: 9999, /).rows[0] ?? [];
    assert.deepEqual([first, count], ["cstor.inf", "9999"]);
    assert.deepEqual(plan.warnings, []);
  });

  it("publishes no more than so many packages, and stages the others", async () => {
    const here = rig();
    for (const { name, count } of [
      { name: "wide", count: publishedLimit.ids },
      { name: "cnet", count: 2 },
    ]) {
      const ids = Array.from({ length: count }, (_, at) => `%Device% = Install, ${name}\\${at}`);
      const inf = driverInf("net").replace(/^%Device% = Install, .*$/m, ids.join("\n"));
      await writeDriverPackage(here.path(`drivers/${name}`), { name, inf });
    }
    await writeDriverPackage(here.path("drivers/stor"));
    const report = await done(lineOf(here, { from: "drivers" }));
    const table = tableOf(report, /^Drivers$/);
    assert.deepEqual(cells(table, "driver"), ["cnet.inf", "cstor.inf", "wide.inf"]);
    assert.deepEqual(cells(table, "goes"), ["published", "published", "staged"]);
  });

  it("says on DISM's engine what DISM does", async () => {
    const here = rig();
    const including = driverInf("storage").replace(
      "[Install]\n",
      "[Install]\nInclude = machine.inf\nNeeds = PCI_DRV\n",
    );
    await writeDriverPackage(here.path("drivers/stor"), { name: "cboot", inf: including });
    const list = here.write({ "devices.txt": "PCI\\VEN_C0DE&DEV_4001\n" });
    const options = { from: "drivers", winre: true, devices: list } as const;
    const { plan } = await prepare(lineOf(here, options), { engine: "dism" });
    assert.deepEqual(plan.warnings, []);
    assert.deepEqual(cells(tableOf(plan, /^Drivers$/), "goes"), ["added"]);
    const [row = []] = tableOf(plan, /^Devices: 1 of 1/).rows;
    assert.deepEqual(row.slice(-3), ["added", "no", "yes"]);
    assert.deepEqual(
      plan.items.map(({ operation }) => operation.type),
      ["Add-Driver", "Service-WinRE"],
    );
  });

  it("keeps what lines have in common once, and says of each image what was read back", async () => {
    const here = rig();
    const driver = executable("amd64", "sys", randomBytes(300_000));
    const files = { "cstor.sys": driver };
    await writeDriverPackage(here.path("shared/stor"), { files });
    await writeDriverPackage(here.path("shared/again"), { files });
    await writeDriverPackage(here.path("net"), { name: "cnet", kind: "net", files: { "cnet.sys": driver } });
    const report = await done(
      lineOf(here, { from: ["shared", "net"] }, { image: { file: image, index: "all" } }),
    );
    assert.deepEqual(
      (report.tables ?? []).flatMap(({ title }) => (title.startsWith("Read back") ? [title] : [])),
      ["Read back: drivers of Windows (image 1)", "Read back: drivers of Windows (image 2)"],
    );
    // In each image it lies in two packages of the driver store and in System32; random bytes cannot be compressed.
    const [{ bytes = 0 } = {}] = report.artifacts;
    assert.ok(bytes - report.sourceBytes > 300_000 && bytes - report.sourceBytes < 500_000, String(bytes));

    // The lines of a workspace have it once in the store, and in the WIM of all of them.
    copyFileSync(image, here.path("install.wim"));
    here.write({
      "one/servicing.config.ts": memberConfig("one", '["../shared"]'),
      "two/servicing.config.ts": memberConfig("two", '["../shared", "../net"]'),
      "servicing.config.ts": `
        import { defineConfig } from "servicing";
        export default defineConfig({ lines: ["*/servicing.config.ts"], output: { file: "out/all.wim" } });`,
    });
    const ran = servicing(["run"], here.folder);
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    const more = statSync(here.path("out/all.wim")).size - statSync(image).size;
    assert.ok(more > 300_000 && more < 500_000, String(more));
    const kept = filesBelow(storeIn(here.folder)).map((name) => statSync(join(storeIn(here.folder), name)));
    const packs = new Set(kept.filter(({ size }) => size > 300_000).map(({ ino }) => ino));
    assert.equal(packs.size, 1);
  });

  it("speaks of Windows Setup only where it differs", async () => {
    const here = rig();
    await writeDriverPackage(here.path("drivers/net"), { name: "cnet", kind: "net" });
    await writeDriverPackage(here.path("drivers/arm"), { name: "carm", machine: "arm64" });
    const setup = { from: join(sample, "boot.wim"), to: "out/boot.wim" };
    const { plan } = await prepare(lineOf(here, { from: "drivers", setup, winre: true }), {});
    assert.equal(plan.warnings.length, 2, plan.warnings.join("\n"));
    assert.match(plan.warnings[0] ?? "", /carm\.inf cannot be added to install\.wim:1/);
    assert.match(
      plan.warnings[1] ?? "",
      /boot\.wim:2 .* gets no driver, so out\/boot\.wim is as .*boot\.wim is/,
    );
  });

  it("keeps the newest of drivers for the same devices where that is wanted", async () => {
    const here = rig();
    const older = driverInf("net").replace("06/15/2024,2.4.1.0", "06/15/2020,1.0.0.0");
    await writeDriverPackage(here.path("drivers/new"), { name: "cnew", kind: "net" });
    await writeDriverPackage(here.path("drivers/old"), { name: "cold", kind: "net", inf: older });
    const report = await done(lineOf(here, { from: "drivers", newestOnly: true }));
    assert.deepEqual(cells(tableOf(report, /^Drivers$/), "driver"), ["cnew.inf"]);
    const left = tableOf(report, /^Packages left out for better ones: 1/);
    assert.match(left.rows[0]?.join(" ") ?? "", /cold\.inf.*cnew\.inf.* is newer/);
  });

  it("finds its drivers in a delta as well", async () => {
    const here = rig();
    await writeDriverPackage(here.path("drivers"));
    const output = {
      file: here.path("out/test.delta.wim"),
      kind: "delta",
      compress: "keep",
      images: "all",
    } as const;
    const report = await done(lineOf(here, { from: "drivers" }, { output }));
    assert.deepEqual(cells(tableOf(report, /^Read back/), "found from id to file"), ["yes"]);
  });

  it("reads a result back by `servicing verify`, and says what is missing from it", async () => {
    const here = rig();
    copyFileSync(image, here.path("install.wim"));
    await writeDriverPackage(here.path("drivers/stor"));
    here.write({ "servicing.config.ts": publishing("") });
    const early = servicing(["verify"], here.folder);
    assert.equal(early.code, 1, early.stdout + early.stderr);
    assert.match(early.stdout, /SERVICING_RESULT_MISSING/);
    const ran = servicing(["run"], here.folder);
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.match(ran.stdout, /Read back: drivers of Windows/);
    const again = servicing(["run"], here.folder);
    assert.match(again.stdout, /unchanged[^]*Read back: drivers of Windows/);
    const good = servicing(["verify"], here.folder);
    assert.equal(good.code, 0, good.stdout + good.stderr);
    assert.match(good.stdout, /laptop holds what was published[^]*cstor\.inf +oem0\.inf +3 +yes/);
    assert.match(good.stdout, /try a first boot on reference hardware/);

    here.write({ "servicing.config.ts": publishing(', bootTested: ["cstor.inf@1.8.0.3"]') });
    const tested = servicing(["verify"], here.folder);
    assert.doesNotMatch(tested.stdout, /try a first boot|was not made of what/);

    const result = here.path("out/laptop.wim");
    copyFileSync(result, here.path("good.wim"));
    const broken = (wanted: RegExp, spoil: () => void): void => {
      copyFileSync(here.path("good.wim"), result);
      spoil();
      const bad = servicing(["verify", "--json"], here.folder);
      assert.equal(bad.code, 1);
      const [found] = JSON.parse(bad.stdout) as [{ ok: boolean; error: { code: string; message: string } }];
      assert.equal(found.ok, false);
      assert.equal(found.error.code, "SERVICING_DRIVER_UNPROVEN");
      assert.match(found.error.message, wanted);
    };
    const without = (path: string): void =>
      void wimlib("update", result, "1", `--command=delete /Windows/${path}`);
    broken(/PCI\\VEN_C0DE&DEV_4001[^:]*: service: cstor starts .*cstor\.sys/, () =>
      without("System32/drivers/cstor.sys"),
    );
    broken(/published INF: the image has no \\Windows\\INF\\oem0\.inf/, () => without("INF/oem0.inf"));
    broken(/catalogue: the image has no .*oem0\.cat/, () =>
      without(`System32/CatRoot/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}/oem0.cat`),
    );
    const foreign = here.path("cstor.sys");
    writeFileSync(foreign, executable("arm64", "sys", Buffer.from("data")));
    broken(/files: the image has another \S*cstor\.sys[^]*architecture: \S*cstor\.sys is for arm64/, () =>
      wimlib("update", result, "1", `--command=add ${foreign} /Windows/System32/drivers/cstor.sys`),
    );
    const spoilt = (wanted: RegExp, ...lines: readonly string[]): void =>
      broken(wanted, () => editHive(here, result, "SYSTEM", ...lines));
    spoilt(
      /PCI\\VEN_C0DE&DEV_4002: device id: .* does not name oem0\.inf/,
      "cd \\DriverDatabase\\DeviceIds\\PCI\\VEN_C0DE&DEV_4002",
      "del",
    );
    spoilt(
      /published INF: DriverInfFiles has no oem0\.inf/,
      "cd \\DriverDatabase\\DriverInfFiles\\oem0.inf",
      "del",
    );
    const [folder = ""] = /cstor\.inf_amd64_[0-9a-f]{16}/.exec(good.stdout) ?? [];
    const home = `cd \\DriverDatabase\\DriverPackages\\${folder}`;
    spoilt(/package: its Version is , not 00ff0900/, home, "setval 1", "@", "string:oem0.inf");
    spoilt(
      /configuration: the package has no configuration Install/,
      `${home}\\Configurations\\Install`,
      "del",
    );
    spoilt(/service: there is no service cstor/, "cd \\ControlSet001\\Services\\cstor", "del");
  });

  it("keeps a boot.wim that is there when the line fails, and never writes to its own source", async () => {
    const here = rig();
    await writeDriverPackage(here.path("drivers"));
    const boot = here.path("boot.wim");
    copyFileSync(join(sample, "boot.wim"), boot);
    const digest = sha256(boot);
    await assert.rejects(prepare(lineOf(here, { from: "drivers", setup: { from: boot, to: boot } }), {}), {
      code: "SERVICING_NO_ROUTE",
    });
    linkSync(boot, here.path("link.wim"));
    const linked = lineOf(here, { from: "drivers", setup: { from: boot, to: "link.wim" } });
    await assert.rejects(run(linked), { code: "SERVICING_OUTPUT_IS_SOURCE" });
    assert.equal(sha256(boot), digest);
    const none = lineOf(here, { from: "drivers", setup: { from: boot, to: "out/boot.wim", index: 3 } });
    await assert.rejects(prepare(none, {}), { code: "SERVICING_IMAGE_INDEX" });
    // An earlier result, and a line that fails after the export: nobody may delete it.
    const earlier = here.write({ "out/boot.wim": "earlier" });
    const failing: Plugin = {
      name: "failing",
      apply: ({ hooks }) =>
        hooks.deploy.tap("failing", (deploy) =>
          deploy.call("fails", () => Promise.reject(new Error("on purpose"))),
        ),
    };
    const plugins = [failing, drivers({ from: "drivers", setup: { from: boot, to: earlier } })];
    assert.equal((await run(lineOf(here, {}, { plugins }))).ok, false);
    assert.equal(readFileSync(earlier, "utf8"), "earlier");
  });
});
