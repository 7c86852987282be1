import { join } from "node:path";
import { built } from "./edition.ts";
import { filler } from "./filler.ts";
import { hivesOf, makeHive } from "./hive.ts";
import { executable } from "./pe.ts";
import type { WimFolder } from "./wim-tree.ts";
import { preinstallationTree } from "./windows-tree.ts";
import { writeWim } from "./wim-writer.ts";

/** A recovery image as a WIM of one image, which it boots. */
export async function makeRecovery(file: string, work: string): Promise<void> {
  const tree = await preinstallation(work, ["\\sources\\recovery\\recenv.exe"]);
  const images = [image("Sample Windows Recovery Environment", "Sample of a recovery image", tree)];
  await writeWim(file, { images, boot: 1 });
}

/** boot.wim as installation media have it: Windows PE, and Windows Setup, which it boots. */
export async function makeBoot(file: string, work: string): Promise<void> {
  const images = [
    image("Microsoft Windows PE (amd64)", "Sample of Windows PE", await preinstallation(work, [])),
    image(
      "Microsoft Windows Setup (amd64)",
      "Sample of Windows Setup",
      await preinstallation(work, ["\\setup.exe", "\\sources\\setup.exe"]),
    ),
  ];
  await writeWim(file, { images, boot: 2 });
}

async function preinstallation(work: string, programs: readonly string[]): Promise<WimFolder> {
  const files = new Map<string, string>();
  for (const hive of hivesOf("software-core.reg"))
    if (/(?:SYSTEM|SOFTWARE|DRIVERS)$/.test(hive.path))
      files.set(hive.path, await makeHive(hive, join(work, "preinstallation")));
  const named = programs.map((path) => {
    const name = path.slice(path.lastIndexOf("\\") + 1);
    return [path, executable("amd64", "exe", filler(name, 4_000))] as const;
  });
  return preinstallationTree(new Map(named), files);
}

function image(name: string, description: string, tree: WimFolder) {
  const version = { MAJOR: 10, MINOR: 0, BUILD: 26100, SPBUILD: 1742, SPLEVEL: 0 };
  const windows = {
    ARCH: 9,
    PRODUCTNAME: "Microsoft® Windows® Operating System",
    EDITIONID: "WindowsPE",
    INSTALLATIONTYPE: "WindowsPE",
    PRODUCTTYPE: "WinNT",
    LANGUAGES: { LANGUAGE: "en-US", DEFAULT: "en-US" },
    VERSION: version,
  };
  return { name, time: built, facts: { WINDOWS: windows, DESCRIPTION: description, FLAGS: "9" }, tree };
}
