import { copyFile, mkdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { built } from "./edition.ts";
import { run } from "./tool.ts";

const texts = join(import.meta.dirname, "packages");

type Member = { readonly name: string } & (
  | { readonly text: string }
  | { readonly file: string }
  | { readonly say: string }
);

/** A feature in a package of its own. */
export async function makeFeaturePackage(file: string, work: string): Promise<void> {
  await cabinet(file, work, [
    { name: "update.mum", text: "contoso-sample.mum" },
    { name: "contoso-sample-component.manifest", text: "contoso-component.manifest" },
    { name: "contoso-sample.txt", say: "Installed by the Contoso sample feature.\r\n" },
  ]);
}

/** What a language pack is to whoever reads its manifest; there is not a word of French in it. */
export async function makeLanguagePack(file: string, work: string): Promise<void> {
  await cabinet(file, work, [
    { name: "update.mum", text: "language-pack.mum" },
    { name: "sample-language-component.manifest", text: "language-component.manifest" },
  ]);
}

/** An update of the classic kind: a cabinet with the package, an answer file that installs it, and its properties. */
export async function makeUpdate(file: string, work: string): Promise<void> {
  const inner = join(work, "Windows-KB5000001-x64.cab");
  await cabinet(inner, join(work, "inner"), [
    { name: "update.mum", text: "kb5000001.mum" },
    { name: "contoso-fix.txt", say: "Fixed.\r\n" },
  ]);
  await cabinet(file, join(work, "outer"), [
    { name: "Windows-KB5000001-x64.cab", file: inner },
    { name: "Windows-KB5000001-x64.xml", text: "kb5000001.xml" },
    { name: "Windows-KB5000001-x64-pkgProperties.txt", text: "kb5000001-pkgProperties.txt" },
  ]);
}

async function cabinet(file: string, work: string, members: readonly Member[]): Promise<void> {
  await mkdir(work, { recursive: true });
  for (const member of members) {
    const to = join(work, member.name);
    if ("file" in member) await copyFile(member.file, to);
    else
      await writeFile(
        to,
        "say" in member ? member.say : windowsText(await readFile(join(texts, member.text), "utf8")),
      );
    await utimes(to, built, built);
  }
  await run("gcab", ["--create", "--zip", "--nopath", file, ...members.map((member) => member.name)], work);
}

function windowsText(text: string): string {
  return text.replaceAll("\n", "\r\n");
}
