import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { catalog, signer } from "./catalog.ts";
import { filler } from "./filler.ts";
import { executable } from "./pe.ts";
import { utf16 } from "./utf16.ts";

const texts = join(import.meta.dirname, "drivers");

interface Package {
  readonly folder: string;
  readonly inf: string;
  readonly files: readonly { readonly name: string; readonly machine: "amd64" | "arm64" }[];
  readonly catalog?: string;
}

const packages: readonly Package[] = [
  {
    folder: "contoso-net",
    inf: "cnet.inf",
    files: [{ name: "cnet.sys", machine: "amd64" }],
    catalog: "cnet.cat",
  },
  {
    folder: "contoso-storage",
    inf: "cstor.inf",
    files: [{ name: "cstor.sys", machine: "amd64" }],
    catalog: "cstor.cat",
  },
  {
    folder: "contoso-audio",
    inf: "caudio.inf",
    files: [
      { name: "caudio.sys", machine: "amd64" },
      { name: "caudioci.dll", machine: "amd64" },
    ],
    catalog: "caudio.cat",
  },
  { folder: "arm64-only", inf: "cnetarm.inf", files: [{ name: "cnetarm.sys", machine: "arm64" }] },
  { folder: "no-signature", inf: "broken.inf", files: [] },
];

/** Driver packages, one folder each: INF files as Windows writes them, in UTF-16, drivers that return at once, catalogues. */
export async function makeDrivers(folder: string): Promise<void> {
  for (const { folder: name, inf, files, catalog: signed } of packages) {
    const to = join(folder, name);
    await mkdir(to, { recursive: true });
    const contents = [
      { name: inf, bytes: utf16(await readFile(join(texts, name, inf), "utf8")) },
      ...files.map((file) => {
        const kind = file.name.endsWith(".dll") ? "dll" : "sys";
        return { name: file.name, bytes: executable(file.machine, kind, filler(file.name, 10_000)) };
      }),
    ];
    for (const file of contents) await writeFile(join(to, file.name), file.bytes);
    if (signed !== undefined)
      await writeFile(join(to, signed), catalog(contents, { signer: signer("Contoso Sample Signing") }));
  }
  await cp(join(texts, "README.txt"), join(folder, "README.txt"));
}
