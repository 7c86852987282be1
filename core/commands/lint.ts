import { resolve } from "node:path";
import type { Invocation } from "../cli-commands.ts";
import { showsColour } from "../colour.ts";
import { lintAnswerFile, type LintOptions } from "../formats/answer-file-lint/lint.ts";
import { decodeText } from "../formats/text.ts";
import { readWhole } from "../inspect/file.ts";
import { statOf } from "../inspect/input.ts";
import { answerFileImage } from "../inspect/lint-image.ts";
import { lintSummary, lintText, type LintedFile } from "../lint-view.ts";
import { nearPaths } from "../near-path.ts";
import { createRunner } from "../runner.ts";

/** Bytes of the largest answer file that is read: four mebibytes of characters, in whatever encoding. */
const largest = 16 * 1024 * 1024;

/** 1 where a file has an error. A file that cannot be read ends the command after those before it were shown. */
export async function run({ flags, positionals, signal, stdout, env }: Invocation): Promise<number> {
  const absolute = (path: string): string => resolve(flags.cwd, path);
  const image =
    flags.image === undefined
      ? {}
      : await answerFileImage(flags.image, absolute, { runner: createRunner(), signal });
  const files: LintedFile[] = [];
  for (const path of positionals) {
    signal.throwIfAborted();
    const linted = await lintFile(absolute(path), image);
    files.push(linted);
    if (!flags.json) stdout.write(nearPaths(lintText(linted, showsColour(stdout, env)), process.cwd()));
  }
  if (flags.json) stdout.write(`${JSON.stringify(files, undefined, 2)}\n`);
  else stdout.write(lintSummary(files));
  return files.some(({ findings }) => findings.some(({ severity }) => severity === "error")) ? 1 : 0;
}

async function lintFile(file: string, options: LintOptions): Promise<LintedFile> {
  await statOf(file, "an answer file");
  const { text, encoding } = decodeText(await readWhole(file, largest));
  return { file, findings: lintAnswerFile(text, file, { ...options, encoding }) };
}
