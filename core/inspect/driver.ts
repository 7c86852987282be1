import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Driver, SourceFile } from "../formats/inf/driver.ts";

/** Folders and files of a package that are looked for; no driver names as many. */
const folderLimit = 200;
const fileLimit = 10_000;

/**
 * Files that an INF names in [SourceDisksFiles] for an architecture that it supports, or as its catalogue,
 * and that do not lie where it says: Windows would refuse the package. In any case; `x.sy_` counts as `x.sys`.
 */
export async function missingFiles(inf: string, driver: Driver): Promise<readonly string[]> {
  const catalogs = Object.values(driver.catalogs).map((name) => ({ name, folder: "" }));
  const wanted = [...catalogs, ...driver.sourceFiles.filter((file) => isNeeded(file, driver))];
  const folders = new Map<string, ReadonlySet<string>>();
  const missing = new Set<string>();
  for (const { name, folder } of wanted.slice(0, fileLimit)) {
    let held = folders.get(folder.toLowerCase());
    if (held === undefined) {
      if (folders.size >= folderLimit) break;
      held = await namesIn(dirname(inf), folder.split("\\"));
      folders.set(folder.toLowerCase(), held);
    }
    const packed = name.toLowerCase().replace(/.$/, "_");
    if (!held.has(name.toLowerCase()) && !held.has(packed)) {
      missing.add(folder === "" ? name : `${folder}\\${name}`);
    }
  }
  return [...missing];
}

function isNeeded(file: SourceFile, driver: Driver): boolean {
  return file.architecture === undefined || driver.architectures.includes(file.architecture);
}

/** Names in a folder below the INF, in lower case; none where there is no such folder. */
async function namesIn(root: string, parts: readonly string[]): Promise<ReadonlySet<string>> {
  let folder = root;
  for (const part of parts.filter((one) => one !== "")) {
    const found = (await entriesOf(folder)).find(
      (entry) => entry.isDirectory() && entry.name.toLowerCase() === part.toLowerCase(),
    );
    if (found === undefined) return new Set();
    folder = join(folder, found.name);
  }
  return new Set((await entriesOf(folder)).map((entry) => entry.name.toLowerCase()));
}

async function entriesOf(folder: string) {
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}
