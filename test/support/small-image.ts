import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { emptyHive } from "../../templates/sample/empty-hive.ts";
import { descriptorOf } from "../../templates/sample/security-descriptor.ts";
import type { WimFile, WimFolder } from "../../templates/sample/wim-tree.ts";
import { writeWim } from "../../templates/sample/wim-writer.ts";

const time = new Date("2024-10-01T12:00:00Z");
const security = descriptorOf("O:SYG:SYD:(A;OICI;FA;;;SY)(A;OICI;FR;;;BU)");

const file = (name: string, data: Uint8Array): WimFile => ({ name, security, data });
const folder = (name: string, ...entries: readonly (WimFile | WimFolder)[]): WimFolder => ({
  name,
  security,
  entries,
});

export interface SmallImage {
  readonly name?: string;
  readonly edition?: string;
  readonly version?: readonly [number, number, number, number];
  readonly languages?: readonly string[];
}

/** A WIM with what servicing needs of a Windows and no more: a few files, hives with nothing in them, and what its XML says. */
export async function smallImage(path: string, images: readonly SmallImage[] = [{}]): Promise<string> {
  const hive = emptyHive("SOFTWARE", time);
  const windows = folder(
    "Windows",
    file("win.ini", Buffer.from("[fonts]\r\n")),
    folder(
      "System32",
      folder("config", file("SOFTWARE", hive), file("SYSTEM", hive)),
      file("ntoskrnl.exe", Buffer.from("MZ")),
    ),
  );
  const plain = `${path}.plain`;
  await writeWim(plain, {
    images: images.map((image, at) => ({
      name: image.name ?? `Small ${at + 1}`,
      time,
      facts: { WINDOWS: factsOf(image) },
      tree: folder("", windows),
    })),
  });
  execFileSync("wimlib-imagex", ["export", plain, "all", path, "--compress=LZX"], { stdio: "ignore" });
  rmSync(plain);
  return path;
}

function factsOf({
  edition = "Professional",
  version = [10, 0, 26100, 1742],
  languages = ["en-US"],
}: SmallImage) {
  const [MAJOR, MINOR, BUILD, SPBUILD] = version;
  return {
    ARCH: 9,
    PRODUCTNAME: "Small",
    EDITIONID: edition,
    INSTALLATIONTYPE: "Client",
    LANGUAGES: { LANGUAGE: languages[0] ?? "en-US", DEFAULT: languages[0] ?? "en-US" },
    VERSION: { MAJOR, MINOR, BUILD, SPBUILD, SPLEVEL: 0 },
    SYSTEMROOT: "WINDOWS",
  };
}
