import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { filler } from "./filler.ts";
import { executable } from "./pe.ts";
import { utf16 } from "./utf16.ts";

const texts = join(import.meta.dirname, "drivers");

interface Package {
  readonly folder: string;
  readonly inf: string;
  readonly files: readonly { readonly name: string; readonly machine: "amd64" | "arm64" }[];
}

const packages: readonly Package[] = [
  { folder: "contoso-net", inf: "cnet.inf", files: [{ name: "cnet.sys", machine: "amd64" }] },
  { folder: "contoso-storage", inf: "cstor.inf", files: [{ name: "cstor.sys", machine: "amd64" }] },
  {
    folder: "contoso-audio",
    inf: "caudio.inf",
    files: [
      { name: "caudio.sys", machine: "amd64" },
      { name: "caudioci.dll", machine: "amd64" },
    ],
  },
  { folder: "arm64-only", inf: "cnetarm.inf", files: [{ name: "cnetarm.sys", machine: "arm64" }] },
  { folder: "no-signature", inf: "broken.inf", files: [] },
];

/** Driver packages, one folder each: INF files as Windows writes them, in UTF-16, and drivers that return at once. */
export async function makeDrivers(folder: string): Promise<void> {
  for (const { folder: name, inf, files } of packages) {
    const to = join(folder, name);
    await mkdir(to, { recursive: true });
    await writeFile(join(to, inf), utf16(await readFile(join(texts, name, inf), "utf8")));
    for (const file of files) {
      const kind = file.name.endsWith(".dll") ? "dll" : "sys";
      await writeFile(join(to, file.name), executable(file.machine, kind, filler(file.name, 10_000)));
    }
  }
  await cp(join(texts, "README.txt"), join(folder, "README.txt"));
}
