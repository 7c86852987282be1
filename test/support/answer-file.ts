import { readFileSync } from "node:fs";
import { join } from "node:path";
import { namespaces } from "../../core/formats/answer-file-tree.ts";
import type { FindingCode } from "../../core/formats/answer-file-lint/finding.ts";
import { lintAnswerFile, type LintOptions } from "../../core/formats/answer-file-lint/lint.ts";

/** A component of an answer file, with everything that the schema requires. */
export function component(name: string, settings: string, architecture = "amd64"): string {
  return `<component name="${name}" processorArchitecture="${architecture}" publicKeyToken="31bf3856ad364e35" language="neutral" versionScope="nonSxS" xmlns:wcm="${namespaces.wcm}">${settings}</component>`;
}

/** An answer file of these passes. */
export function answerFile(passes: Readonly<Record<string, string>>, before = ""): string {
  const blocks = Object.entries(passes).map(
    ([pass, components]) => `<settings pass="${pass}">${components}</settings>`,
  );
  return `<?xml version="1.0" encoding="utf-8"?>\n<unattend xmlns="${namespaces.unattend}">${before}${blocks.join("")}</unattend>`;
}

export function codesOf(text: string, options: LintOptions = {}): readonly FindingCode[] {
  return lintAnswerFile(text, "a.xml", options).map(({ code }) => code);
}

/** The answer files of a corpus, as its index names them. */
export function answerFilesOf(
  folder: string,
): readonly { readonly name: string; readonly path: string; readonly bytes: Buffer }[] {
  return readFileSync(join(folder, "INDEX.tsv"), "utf8")
    .split("\n")
    .flatMap((row) => /^unattend\tunattend\/([^\t]+)/.exec(row)?.[1] ?? [])
    .map((name) => {
      const path = join(folder, "unattend", name);
      return { name, path, bytes: readFileSync(path) };
    });
}
