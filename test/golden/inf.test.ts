import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import glob from "fast-glob";
import { readInf, stringsOf } from "../../core/formats/inf/document.ts";
import { driverOf, isInfSignature } from "../../core/formats/inf/driver.ts";
import { installationOf, type InfWindows, type InstallSection } from "../../core/formats/inf/installation.ts";
import { distinctDiagnostics } from "../../core/formats/inf/line.ts";
import { corpus } from "../support/corpus.ts";

const file = resolve(import.meta.dirname, "inf/corpus.tsv");
const columns = [
  "file",
  "stamped",
  "packages",
  "kind",
  "architecture",
  "models",
  "hardware",
  "compatible",
  "sections",
  "services",
  "files",
  "registry",
  "software",
  "others",
  "diagnostics",
  "checked",
] as const;
type Row = Readonly<Record<(typeof columns)[number], string>>;

/**
 * Counted by reading the files, not by what is under test: packages, models, hardware ids, compatible ids, install
 * sections, services, files, values in the registry, software and components, directives that are left over, and
 * diagnostics. Templates are counted as if they were stamped for amd64.
 */
const counted: Readonly<Record<string, string>> = {
  "virtio-win+kvm-guest-drivers-windows/Q35/SMBus/smbus.inf": "1 3 3 0 1 0 0 0 0 0 0",
  "virtio-win+kvm-guest-drivers-windows/fwcfg/qemufwcfg.inf": "1 1 1 0 1 0 0 0 0 0 0",
  "virtio-win+kvm-guest-drivers-windows/vioscsi/vioscsi.inx": "1 2 2 2 1 1 1 13 0 0 0",
  "virtio-win+kvm-guest-drivers-windows/viostor/viostor.inx": "1 2 2 2 1 1 1 12 0 0 0",
  "virtio-win+kvm-guest-drivers-windows/stdvga/stdvga.inx": "1 1 1 0 1 1 1 0 0 0 0",
  "virtio-win+kvm-guest-drivers-windows/pvpanic/pvpanic/pvpanic.inf": "1 2 2 0 1 1 1 0 0 0 0",
  "virtio-win+kvm-guest-drivers-windows/viosock/sys/viosock.inx": "1 2 2 2 1 2 3 4 0 0 0",
  "virtio-win+kvm-guest-drivers-windows/NetKVM/NotifyObject/vioprot.inf": "1 1 1 0 1 1 0 5 0 1 0",
  "nefarius+ViGEmBus/sys/ViGEmBus.inf": "1 1 1 0 1 1 2 1 0 0 1",
  "raspberrypi+windows-drivers/drivers/mailbox/bcm2836/RPIQ.inf": "1 2 2 0 1 1 1 0 0 0 1",
  "raspberrypi+windows-drivers/drivers/usb/bcm2711/rpiuxflt/rpiuxflt.inx": "1 1 1 0 1 1 1 3 0 0 1",
  "ms-iot+rpi-iotcore/drivers/sd/bcm2836/rpisdhc/rpisdhc.inf": "1 1 1 0 1 1 1 5 0 0 1",
  "ms-iot+iot-adk-addonkit/Workspace/Source-x64/BSP/CustomMBMx64/Packages/CustomMBMx64.GPIO/iaiogpio.inf":
    "1 1 1 1 1 1 1 0 0 1 0",
  "microsoft+Windows-driver-samples/general/toaster/toastpkg/inf/autorun.inf": "0 0 0 0 0 0 0 0 0 0 1",
  "microsoft+Windows-driver-samples/general/toaster/toastpkg/inf/toastpkg.inf": "1 1 1 0 1 1 1 1 0 2 0",
  "microsoft+Windows-driver-samples/network/trans/stmedit/sys/stmedit.inf": "1 0 0 0 1 0 1 0 0 1 0",
  "microsoft+Windows-driver-samples/prm/PrmFunc/prmfuncsample.inf": "1 1 1 0 1 1 1 0 0 0 0",
  "microsoft+Windows-driver-samples/general/DCHU/osrfx2_DCHU_extension_tight/osrfx2_DCHU_extension/osrfx2_DCHU_extension.inx":
    "1 1 1 0 1 0 0 2 1 1 0",
  "microsoft+Windows-driver-samples/general/DCHU/osrfx2_DCHU_extension_tight/osrfx2_DCHU_component/osrfx2_DCHU_component.inx":
    "1 1 1 0 1 0 1 0 1 0 1",
  "microsoft+Windows-driver-samples/general/DCHU/osrfx2_DCHU_base/osrfx2_DCHU_base/osrfx2_DCHU_base.inx":
    "1 1 1 0 1 1 3 2 0 6 1",
  "microsoft+Windows-driver-samples/storage/miniports/lsi_u3/src/lsi_u3.inf": "1 2 2 0 1 1 1 4 0 1 0",
  "microsoft+Windows-driver-samples/filesys/miniFilter/nullFilter/nullFilter.inf": "1 0 0 0 1 1 1 4 0 1 0",
  "microsoft+Windows-driver-samples/gnss/gnssUmdf/gnssUmdf.inf": "1 1 1 0 1 0 1 0 0 2 0",
  "microsoft+Windows-driver-samples/general/echo/umdf2/driver/AutoSync/echoum.inx": "1 1 1 0 1 0 1 0 0 2 0",
  "microsoft+Windows-driver-samples/wia/wiadriverex/usd/WiaDriver.inx": "1 1 1 1 1 0 6 22 0 7 0",
  "microsoft+Windows-driver-samples/network/ndis/netvmini/6x/630/netvmini630.inf": "1 5 5 0 1 1 1 33 0 4 0",
  "microsoft+Windows-driver-samples/serial/serial/serial.inx": "1 2 2 2 1 1 1 2 0 0 1",
  "ms-iot+rpi-iotcore/drivers/mailbox/bcm2836/RPIQ.inf": "1 0 0 0 0 0 0 0 0 0 2",
  "microsoft+Windows-driver-samples/network/ndis/ndisprot_kmdf/60/ndisprot.inx": "1 1 1 0 1 1 1 8 0 1 1",
  "microsoft+Windows-driver-samples/sd/miniport/sdhc/sdhc.inx": "1 7 7 0 1 1 1 4 0 1 0",
  "microsoft+Windows-driver-samples/sensors/ADXL345Acc/ADXL345Acc.inx": "1 1 1 0 1 0 1 0 0 5 1",
  "microsoft+Windows-driver-samples/audio/Acx/Samples/AudioCodec/Driver/AudioCodec.inf":
    "1 1 1 0 1 1 1 0 0 6 1",
  "microsoft+Windows-driver-samples/network/netadaptercx/netvadapter/um/netvadapterum.inf":
    "1 4 4 0 3 0 3 167 0 57 1",
};

const preferred = ["amd64", "arm64", "x86", "arm"] as const;

/** As a build for amd64 fills a template in; undefined where there is nothing to fill in. */
function stamped(bytes: Buffer): Buffer | undefined {
  const wide = bytes[0] === 0xff && bytes[1] === 0xfe;
  const encoding = wide ? "utf16le" : "latin1";
  const text = bytes.toString(encoding);
  const filled = text.replaceAll("$ARCH$", "amd64").replaceAll("INX_PLATFORM_DRIVERS_DIR", "12");
  return filled === text ? undefined : Buffer.from(filled, encoding);
}

const sum = (sections: readonly InstallSection[], of: (section: InstallSection) => number): number =>
  sections.reduce((total, section) => total + of(section), 0);

function row(path: string, bytes: Buffer, isStamped: boolean): Row {
  const inf = readInf(bytes);
  const strings = stringsOf(inf);
  const driver = driverOf(inf, strings);
  const architecture = preferred.find((each) => driver.architectures.includes(each));
  const windows: InfWindows = {
    architecture: architecture ?? "amd64",
    major: 10,
    minor: 0,
    build: 26100,
    productType: 1,
  };
  const { models, sections, others, diagnostics } = installationOf(inf, strings, windows);
  const noted = distinctDiagnostics([...driver.diagnostics, ...diagnostics]);
  const isPackage = isInfSignature(driver.signature);
  const counts = [
    isPackage ? 1 : 0,
    models.length,
    models.filter((model) => model.hardwareId !== "").length,
    models.reduce((total, model) => total + model.compatibleIds.length, 0),
    sections.length,
    sum(sections, (one) => one.services.length),
    sum(sections, (one) => one.copies.length),
    sum(
      sections,
      (one) =>
        one.driverRegistry.length +
        one.deviceRegistry.length +
        one.services.reduce(
          (all, each) => all + each.registry.length + (each.eventLog?.registry.length ?? 0),
          0,
        ),
    ),
    sum(sections, (one) => one.software.length + one.components.length),
    others.length +
      sum(
        sections,
        (one) => one.others.length + one.services.reduce((all, each) => all + each.others.length, 0),
      ),
    noted.length,
  ].map(String);
  const byHand = counted[path];
  // The row of a template that was not filled in was not counted.
  const isChecked = byHand !== undefined && (isStamped || stamped(bytes) === undefined);
  if (isChecked) assert.equal(counts.join(" "), byHand, path);
  const [
    packages,
    modelCount,
    hardware,
    compatible,
    sectionCount,
    services,
    files,
    registry,
    software,
    left,
    slips,
  ] = counts;
  return {
    file: path,
    stamped: isStamped ? "amd64" : "-",
    packages: packages!,
    kind: isPackage ? driver.kind : "-",
    architecture: architecture ?? "-",
    models: modelCount!,
    hardware: hardware!,
    compatible: compatible!,
    sections: sectionCount!,
    services: services!,
    files: files!,
    registry: registry!,
    software: software!,
    others: left!,
    diagnostics: slips!,
    checked: isChecked ? "by reading" : "-",
  };
}

const note = `# What every INF of the corpus comes to on Windows 11, build 26100, of the first architecture that it is for.
# A template has two rows: as it is, and stamped for amd64. "checked" rows were counted by reading the file.
# "registry" are the values of the driver, the device, its services and their event logs; "others" the directives whose
# effect is not known. Written anew by UPDATE_GOLDEN=1.
`;

describe("golden: INF files of others", () => {
  it("come to as many models, ids, sections, services, files and values as before", function () {
    this.timeout(30_000);
    const folder = join(corpus(this), "inf");
    const paths = glob.sync("**/*.{inf,inx}", { cwd: folder, caseSensitiveMatch: false }).sort();
    assert.ok(paths.length > 150, `${paths.length} files`);
    const rows = paths.flatMap((path) => {
      const bytes = readFileSync(join(folder, path));
      const filled = stamped(bytes);
      return [row(path, bytes, false), ...(filled === undefined ? [] : [row(path, filled, true)])];
    });
    assert.equal(rows.filter((one) => one.checked === "by reading").length, Object.keys(counted).length);
    const table = [columns.join("\t"), ...rows.map((one) => columns.map((column) => one[column]).join("\t"))];
    const text = `${note}${table.join("\n")}\n`;
    if (process.env["UPDATE_GOLDEN"] === "1") {
      mkdirSync(resolve(file, ".."), { recursive: true });
      writeFileSync(file, text);
    }
    assert.ok(existsSync(file), "corpus.tsv is missing; run with UPDATE_GOLDEN=1");
    assert.equal(text, readFileSync(file, "utf8"));
  });
});
