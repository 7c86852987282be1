import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { built } from "./edition.ts";
import { emptyHive } from "./empty-hive.ts";
import { run } from "./tool.ts";

/** Folder of the registry texts. */
const texts = join(import.meta.dirname, "hives");

export interface HiveSource {
  /** The hive's path in the image. */
  readonly path: string;
  /** What the keys of its texts begin with. */
  readonly prefix: string;
  /** Registry texts, merged in this order. */
  readonly texts: readonly string[];
}

const config = "\\Windows\\System32\\config";

/** The hives of an image; `edition` is the text that tells one edition from another. */
export function hivesOf(edition: string): readonly HiveSource[] {
  return [
    ...(["COMPONENTS", "DRIVERS", "SAM", "SECURITY", "SYSTEM"] as const).map((name) => ({
      path: `${config}\\${name}`,
      prefix: `HKEY_LOCAL_MACHINE\\${name}`,
      texts: [`${name.toLowerCase()}.reg`],
    })),
    {
      path: `${config}\\SOFTWARE`,
      prefix: "HKEY_LOCAL_MACHINE\\SOFTWARE",
      texts: ["software.reg", edition],
    },
    { path: `${config}\\DEFAULT`, prefix: "HKEY_USERS\\.DEFAULT", texts: ["default.reg"] },
    { path: "\\Users\\Default\\NTUSER.DAT", prefix: "HKEY_CURRENT_USER", texts: ["ntuser.reg"] },
  ];
}

/** Makes a hive in `folder` and returns its file. */
export async function makeHive(hive: HiveSource, folder: string): Promise<string> {
  const name = hive.path.slice(hive.path.lastIndexOf("\\") + 1);
  const file = join(folder, `${name}-${hive.texts.map((text) => basename(text, ".reg")).join("-")}`);
  await mkdir(folder, { recursive: true });
  await writeFile(file, emptyHive(name, built));
  const merged = hive.texts.map((text) => join(texts, text));
  await run("hivexregedit", ["--merge", "--prefix", hive.prefix, file, ...merged]);
  return file;
}
