import { posix, win32 } from "node:path";
import { packageIdentity } from "../../../core/formats/answer-file-servicing.ts";
import {
  cabinetEntryBytes,
  cabinetNameFault,
  readCabinetEntries,
  readCabinetHeader,
} from "../../../core/formats/cabinet.ts";
import { readPackageManifest } from "../../../core/formats/package.ts";
import { decodeText } from "../../../core/formats/text.ts";
import { compareVersions } from "../../../core/formats/version.ts";
import { classOfIdentity, levelOf, packageClass, setupFilesIn } from "../../../core/formats/package-class.ts";
import { readCompDb } from "../../../core/formats/comp-db.ts";
import { storedCabinet } from "../../support/cabinet.ts";
import { compDb, updateManifest } from "../../support/package-fixture.ts";
import type { Target } from "../target.ts";
import { ownFiles, promised, wide, xmlTokens } from "../seeds.ts";

const names = [
  "update.mum",
  "Windows11.0-KB5000001-x64.cab",
  "..\\..\\x",
  "\\x",
  "C:\\x",
  "a:b",
  "nul",
  "amd64_contoso_1/a.dll",
  "..",
];

export const packages: readonly Target[] = [
  {
    name: "package",
    seeds: () => [
      ...ownFiles("templates/sample/packages", /\.mum$/),
      Buffer.from(updateManifest({})),
      wide(updateManifest({}).replace("utf-8", "utf-16")),
    ],
    tokens: [
      "assembly",
      "assemblyIdentity",
      "package",
      "parent",
      "update",
      "selectable",
      'language="*"',
      "kbid=1",
      ...xmlTokens,
    ],
    read(input) {
      const manifest = readPackageManifest(decodeText(input).text, "update.mum");
      const { identity, version, parents } = manifest;
      void [
        classOfIdentity(identity),
        packageClass(manifest, names),
        levelOf(version),
        packageIdentity(identity),
      ];
      for (const parent of parents) compareVersions(version, parent.identity.split("~").at(-1) ?? "");
      promised(compareVersions(version, version) === 0, "a version is as high as itself");
    },
  },
  {
    name: "comp-db",
    seeds: () => [Buffer.from(compDb({})), Buffer.from(compDb({ type: "Build" }))],
    tokens: ["CompDB", "Features", "Feature", "OSVersion", "10.0.26100.1742", "KB5043080", ...xmlTokens],
    read(input) {
      const found = readCompDb(decodeText(input).text, "LCUCompDB.xml");
      promised(found === undefined || /^(?:[\d.]+)?$/.test(found.baseline), "a baseline is a version");
      void setupFilesIn([decodeText(input).text]);
    },
  },
  {
    name: "cabinet",
    declares: () => false,
    seeds: () => [
      storedCabinet(names.slice(0, 2).map((name) => ({ name, data: Buffer.from("content") }))),
      storedCabinet([{ name: "update.mum", data: Buffer.from(updateManifest({})) }]),
      ...names.map((name) => storedCabinet([{ name: "update.mum" }, { name, bytes: 3 }])),
    ],
    tokens: ["MSCF", ...names],
    read(input) {
      const header = readCabinetHeader(input);
      if (header === undefined) return;
      const directory = input.subarray(
        header.filesOffset,
        header.filesOffset + header.files * cabinetEntryBytes,
      );
      const entries = readCabinetEntries(directory, header.files);
      promised(entries === undefined || entries.length === header.files, "as many files as were counted");
      for (const { name } of entries ?? [])
        if (cabinetNameFault(name) === undefined)
          promised(isBelow("/folder", name), "what may be unpacked lies in its folder");
    },
  },
];

/** To either system. */
function isBelow(folder: string, name: string): boolean {
  const paths = [
    posix.join(folder, name),
    posix.join(folder, name.replaceAll("\\", "/")),
    win32.resolve(`C:${folder}`, name),
  ];
  return paths.every((path) => /^(?:C:)?[\\/]folder(?:[\\/]|$)/.test(path));
}
