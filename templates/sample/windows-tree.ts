import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { utf16 } from "./utf16.ts";
import type { Edition } from "./edition.ts";
import { filler } from "./filler.ts";
import { junction } from "./junction.ts";
import { executable } from "./pe.ts";
import { protections } from "./protections.ts";
import { TreeBuilder } from "./tree-builder.ts";
import { drivers, fonts, infs, system32, timeZones, translated } from "./windows-programs.ts";
import { attribute, type WimFolder } from "./wim-tree.ts";

/** Folder of the texts that go into the tree as they are. */
const texts = join(import.meta.dirname, "windows");
const version = "10.0.26100.1742";
const token = "31bf3856ad364e35";
const concealed = attribute.hidden | attribute.system;

/** Where Windows keeps the catalogues of what is signed by one. */
const catalogs = "\\Windows\\System32\\CatRoot\\{F750E6C3-38EE-11D1-85E5-00C04FC295EE}";

/** In-box driver packages and their folders in the driver store, which the hives name as well. */
const inbox = { cnetbox: "8b41d27e06f5c39a", cstorbox: "5f3a1c0b9d8e7264" };

/** The tree of an installed and generalised Windows, as far as servicing looks at it. Hives and recovery image come as files. */
export async function windowsTree(edition: Edition, files: ReadonlyMap<string, string>): Promise<WimFolder> {
  const tree = new TreeBuilder(protections);
  programs(tree);
  await inboxDrivers(tree);
  components(tree, edition);
  await setup(tree);
  volume(tree);
  for (const [path, file] of files) {
    const hive = path.startsWith("\\Users\\") ? attribute.hidden | attribute.archive : attribute.archive;
    tree.file(path, await readFile(file), { attributes: hive });
  }
  return tree.root();
}

/** The tree of a Windows PE, as far as drivers are added to it. */
export async function preinstallationTree(
  own: ReadonlyMap<string, Uint8Array>,
  files: ReadonlyMap<string, string>,
): Promise<WimFolder> {
  const tree = new TreeBuilder(protections);
  await inboxDrivers(tree);
  for (const [path, bytes] of own) tree.file(path, bytes);
  for (const [path, file] of files) tree.file(path, await readFile(file), { attributes: attribute.archive });
  return tree.root();
}

function programs(tree: TreeBuilder): void {
  for (const name of system32) {
    linked(tree, `\\Windows\\System32\\${name}`, program(name, 8_000 + 900 * name.length));
  }
  for (const name of ["explorer.exe", "notepad.exe", "regedit.exe"]) {
    const paths = name === "notepad.exe" ? ["\\Windows\\System32\\notepad.exe"] : [];
    linked(tree, `\\Windows\\${name}`, program(name, 30_000), paths);
  }
  for (const name of drivers) {
    linked(tree, `\\Windows\\System32\\drivers\\${name}`, executable("amd64", "sys", filler(name, 12_000)));
  }
  for (const name of translated) {
    tree.file(`\\Windows\\System32\\en-US\\${name}`, executable("amd64", "dll", filler(name, 3_000)));
  }
  for (const name of fonts) tree.file(`\\Windows\\Fonts\\${name}`, filler(name, 20_000));
  for (const name of timeZones) tree.file(`\\Windows\\Globalization\\Time Zone\\${name}`, filler(name, 500));
  tree.file("\\Windows\\System32\\drivers\\etc\\hosts", "# 127.0.0.1 localhost\n");
  tree.file("\\Windows\\System32\\license.rtf", "{\\rtf1 This sample is not Windows.}\n");
  tree.file("\\Windows\\win.ini", "; for 16-bit app support\n[fonts]\n[extensions]\n");
  tree.folder("\\Windows\\Fonts", { attributes: attribute.readOnly | attribute.system });
  tree.folder("\\Windows\\Temp");
}

function program(name: string, size: number): Uint8Array {
  return executable("amd64", name.endsWith(".dll") ? "dll" : "exe", filler(name, size));
}

/** One file of several names: where it is used, and in the component store. */
function linked(tree: TreeBuilder, path: string, data: Uint8Array, also: readonly string[] = []): void {
  const name = path.slice(path.lastIndexOf("\\") + 1);
  const stem = name.slice(0, name.lastIndexOf(".")).toLowerCase();
  const component = `amd64_microsoft-windows-${stem}_${token}_${version}_none_${hash("sha256", name).slice(0, 16)}`;
  for (const one of [path, ...also, `\\Windows\\WinSxS\\${component}\\${name}`])
    tree.file(one, data, { link: path });
  tree.file(`\\Windows\\WinSxS\\Manifests\\${component}.manifest`, manifest(stem));
}

function manifest(stem: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v3" manifestVersion="1.0">
  ${identity(`Microsoft-Windows-${stem}`)}
</assembly>
`;
}

function identity(name: string, language = "neutral"): string {
  return `<assemblyIdentity name="${name}" version="${version}" processorArchitecture="amd64" language="${language}" publicKeyToken="${token}"/>`;
}

async function inboxDrivers(tree: TreeBuilder): Promise<void> {
  for (const [name, digits] of Object.entries(inbox)) {
    const inf = utf16(await readFile(join(texts, `${name}.inf`), "utf8"));
    const driver = executable("amd64", "sys", filler(`${name}.sys`, 15_000));
    const folder = `\\Windows\\System32\\DriverStore\\FileRepository\\${name}.inf_amd64_${digits}`;
    tree.file(`${folder}\\${name}.inf`, inf, { link: `${name}.inf` });
    tree.file(`\\Windows\\INF\\${name}.inf`, inf, { link: `${name}.inf` });
    tree.file(`${folder}\\${name}.sys`, driver);
    tree.file(`\\Windows\\System32\\drivers\\${name}.sys`, driver);
  }
  tree.file(
    `${catalogs}\\Contoso-Sample-Package~${token}~amd64~~${version}.cat`,
    filler("sample.cat", 3_000),
  );
  for (const name of infs) {
    tree.file(
      `\\Windows\\INF\\${name}`,
      utf16(`[Version]\nSignature = "$WINDOWS NT$"\nClass = System\n; ${name}\n`),
    );
  }
}

function components(tree: TreeBuilder, edition: Edition): void {
  const packages = [
    ["Microsoft-Windows-Foundation-Package", "neutral"],
    ["Microsoft-Windows-Client-LanguagePack-Package", "en-US"],
    [`Microsoft-Windows-${edition.id}Edition`, "neutral"],
  ] as const;
  for (const [name, language] of packages) {
    const part = language === "neutral" ? "" : language;
    tree.file(
      `\\Windows\\servicing\\Packages\\${name}~${token}~amd64~${part}~${version}.mum`,
      `<?xml version="1.0" encoding="utf-8"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v3" manifestVersion="1.0">
  ${identity(name, language)}
  <package identifier="${name}" releaseType="${part === "" ? "Foundation" : "Language Pack"}"/>
</assembly>
`,
    );
  }
  tree.file("\\Windows\\servicing\\TrustedInstaller.exe", program("TrustedInstaller.exe", 20_000));
  tree.file(`\\Windows\\${edition.id}.xml`, `<edition xmlns="urn:sample">${edition.id}</edition>\n`);
}

async function setup(tree: TreeBuilder): Promise<void> {
  tree.file("\\Windows\\Setup\\State\\State.ini", await readFile(join(texts, "State.ini"), "utf8"));
  tree.folder("\\Windows\\Setup\\Scripts");
  tree.file("\\Windows\\Panther\\setupact.log", "Image generalized.\n");
  tree.file("\\Windows\\System32\\Recovery\\ReAgent.xml", await readFile(join(texts, "ReAgent.xml"), "utf8"));
  tree.file("\\Windows\\System32\\Sysprep\\sysprep.exe", program("sysprep.exe", 15_000));
  tree.file("\\Windows\\System32\\oobe\\windeploy.exe", program("windeploy.exe", 15_000));
}

/** What lies beside \Windows: short names, junctions, hidden folders, names of other scripts. */
function volume(tree: TreeBuilder): void {
  tree.folder("\\Program Files", { shortName: "PROGRA~1", attributes: attribute.readOnly });
  tree.folder("\\Program Files\\Common Files", { shortName: "COMMON~1" });
  tree.file("\\Program Files\\Common Files\\Services\\contoso.bmp", filler("contoso.bmp", 2_000));
  tree.folder("\\Program Files\\WindowsApps", { attributes: attribute.hidden, shortName: "WINDOW~1" });
  tree.folder("\\Program Files (x86)", { shortName: "PROGRA~2", attributes: attribute.readOnly });
  tree.folder("\\ProgramData", {
    shortName: "PROGRA~3",
    attributes: attribute.hidden | attribute.notIndexed,
  });
  tree.folder("\\ProgramData\\Microsoft\\Windows\\Start Menu\\Programs");
  tree.folder("\\PerfLogs", { attributes: attribute.notIndexed });
  tree.folder("\\Users\\Default", { attributes: attribute.hidden });
  tree.folder("\\Users\\Default\\AppData\\Local\\Temp");
  tree.folder("\\Users\\Default\\Desktop", { attributes: attribute.readOnly });
  tree.folder("\\Users\\Public\\AccountPictures", { attributes: attribute.hidden });
  tree.file("\\Users\\desktop.ini", "[.ShellClassInfo]\n", { attributes: concealed | attribute.archive });
  tree.file("\\Users\\Public\\Documents\\Überblick – Größe.txt", "Grüße\n", { shortName: "BERBLI~1.TXT" });
  tree.file("\\Users\\Public\\Documents\\読んでください.txt", "こんにちは\n");
  tree.file("\\Users\\Public\\Downloads\\notes from the web.txt", "A file with a second stream.\n", {
    shortName: "NOTESF~1.TXT",
    streams: [{ name: "Zone.Identifier", data: Buffer.from("[ZoneTransfer]\r\nZoneId=3\r\n") }],
  });
  tree.file("\\Users\\Public\\empty.txt", undefined);
  tree.folder("\\Documents and Settings", {
    shortName: "DOCUME~1",
    attributes: concealed | attribute.notIndexed,
    reparse: junction("C:\\Users"),
  });
  tree.folder("\\Users\\All Users", {
    attributes: concealed | attribute.notIndexed,
    reparse: junction("C:\\ProgramData"),
  });
}
