import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { driverRoads } from "../../../core/engines/setup-driver.ts";
import { missingFiles } from "../../../core/inspect/driver.ts";
import { writeCommandScript } from "../../../core/formats/command-script.ts";
import { infLimit, readInf, stringsOf } from "../../../core/formats/inf/document.ts";
import { deviceIdsOf, driverOf, readDriver } from "../../../core/formats/inf/driver.ts";
import { readInstallation, type InfWindows } from "../../../core/formats/inf/installation.ts";
import { pathOf, sourceFiles } from "../../../core/formats/inf/source-files.ts";
import type { ImageInfo } from "../../../core/image.ts";
import type { Target } from "../target.ts";
import { corpusFiles, ownFiles, promised, wide } from "../seeds.ts";

const infs = (corpus: string | undefined): readonly Buffer[] => {
  const own = ownFiles("templates/sample", /\.inf$/);
  return [
    ...own,
    ...own.slice(0, 1).map((text) => wide(text.toString())),
    ...corpusFiles(corpus, "inf", /\.(?:inf|inx)$/i),
  ];
};
const tokens = [
  "[",
  "]",
  "[Version]",
  "[Manufacturer]",
  "[SourceDisksFiles]",
  "[SourceDisksNames]",
  "[SourceDisksNames.amd64]",
  "[Strings]",
  "[Strings.0407]",
  "[DefaultInstall.NTamd64]",
  "%",
  "%%",
  "%a%",
  "%a%=%b%,%a%",
  '"',
  '""',
  "\\",
  "\\\n",
  ";",
  ",",
  "=",
  "\u001a",
  "\0",
  "\r",
  "\n",
  'Signature="$Windows NT$"',
  "NTamd64.10.0...26100",
  "ntx86",
  "DriverVer=01/01/2024,1.2.3.4",
  "..\\..\\",
  "CatalogFile.ntamd64=",
  "HKR,,CoInstallers32",
  "Include=",
  "Needs=",
  "constructor",
  "__proto__",
  "[__proto__]",
];

/** Filled in as a build does it: a template names no architecture. */
const stamped = (corpus: string | undefined): readonly Buffer[] =>
  infs(corpus).map((bytes) =>
    Buffer.from(
      bytes.toString("latin1").replaceAll("$ARCH$", "amd64").replaceAll("INX_PLATFORM_DRIVERS_DIR", "12"),
      "latin1",
    ),
  );

const everyWindows: readonly InfWindows[] = [
  { architecture: "amd64", major: 10, minor: 0, build: 26100, productType: 1 },
  { architecture: "arm64", major: 10, minor: 0, build: 22631, productType: 1 },
  { architecture: "amd64", major: 6, minor: 3, build: 9600, productType: 3, suiteMask: 0x110 },
  { architecture: "x86", major: 6, minor: 1, build: 7601, productType: 1 },
];

export const drivers: readonly Target[] = [
  {
    name: "inf",
    seeds: infs,
    tokens,
    declares: () => false,
    read(input) {
      const driver = readDriver(input);
      promised(driver.diagnostics.length <= 300, "diagnostics are few");
      promised(input.length <= infLimit, "inputs are as large as an INF may be");
      return [deviceIdsOf(driver), deviceIdsOf(driver, "amd64")];
    },
  },
  {
    name: "inf-installation",
    seeds: stamped,
    tokens: [
      ...tokens,
      ".NTamd64",
      ".NT",
      ".Services]",
      ".HW]",
      "[DestinationDirs]\nDefaultDestDir=12\n",
      "CopyFiles=@a.sys\n",
      "AddReg=",
      "AddService=a,2,a,a\n",
      "HKR,,a,0x00010001,1\n",
      "HKLM,a,b,0x00010000,c,d\n",
      ",0x000B0001,",
      ",0x10",
      "FeatureScore=",
      "%12%\\",
    ],
    declares: () => false,
    read(input) {
      return everyWindows.map((windows) => {
        const { models, sections, others, diagnostics } = readInstallation(input, windows);
        promised(diagnostics.length <= 200, "diagnostics are few");
        const names = new Set(sections.map((section) => section.name));
        promised(names.size === sections.length, "a section is given once");
        promised(
          models.every((model) => model.section === undefined || names.has(model.section)),
          "a model has its section",
        );
        const entries = sections.flatMap(
          ({ copies, driverRegistry, deviceRegistry, services, others: left }) => [
            copies.length,
            driverRegistry.length,
            deviceRegistry.length,
            services.length,
            ...services.map(
              ({ registry, dependencies, eventLog }) =>
                registry.length + dependencies.length + (eventLog?.registry.length ?? 0),
            ),
            left.length,
          ],
        );
        promised(entries.reduce((sum, count) => sum + count, 0) <= 2_000_000, "entries are bounded");
        promised(
          sections.every((section) => section.featureScore >= 0 && section.featureScore <= 0xff),
          "a feature score is a byte",
        );
        return others;
      });
    },
  },
  {
    name: "inf-files",
    seeds: infs,
    tokens,
    declares: () => false,
    read(input, scratch) {
      const folder = join(scratch, "driver", "inf");
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(scratch, "driver", "outside.sys"), "");
      const document = readInf(input);
      const strings = stringsOf(document);
      const driver = driverOf(document, strings);
      const inf = join(folder, "a.inf");
      const missing = missingFiles({ inf, document, strings, driver, listings: new Map() });
      for (const architecture of driver.architectures)
        for (const file of sourceFiles(document, strings, architecture))
          if (file.folder.split("\\").includes("..") && missing.length < 9000)
            promised(missing.includes(pathOf(file)), "nothing is found outside of the folder");
    },
  },
  {
    name: "inf-script",
    seeds: infs,
    tokens: [...tokens, 'Provider="a & b"', "^", "!", "%PATH%", "&", "|", ">"],
    read(input) {
      const { provider, className, version } = readDriver(input);
      const title = `a.inf (${provider}, ${className}, ${version})`;
      const road = driverRoads["Add-Driver"];
      if (!("lower" in road)) return;
      const image = { architecture: "amd64", version: "10.0.26100.1" } as ImageInfo;
      const { specialize = [] } = road.lower(
        { type: "Add-Driver", driver: "/d/a.inf", title },
        image,
        "applied",
      );
      const script = writeCommandScript({
        name: "specialize",
        logs: "\\Windows\\Logs",
        commands: specialize,
      });
      const odd = script.split("\r\n").find((line) => line.length > 8191 || /[\0\r\n]/.test(line));
      promised(odd === undefined, "each command is a line that cmd.exe takes");
    },
  },
];
