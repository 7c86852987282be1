import { existsSync } from "node:fs";
import { failure } from "../error.ts";
import type { LintImages } from "../formats/answer-file-lint/image.ts";
import { fileBytesIn } from "../formats/tool-listing.ts";
import { references } from "../formats/wim-reference.ts";
import { readImageXml } from "../formats/wim-xml.ts";
import { findExecutable } from "../executable.ts";
import { openWim, readWim } from "../wim-file.ts";
import { winre } from "../image.ts";
import type { Tools } from "./unpack.ts";

export interface AnswerFileImage {
  readonly image: LintImages;
  /** Size of the image's winre.wim; undefined where it has none, or nobody could look. */
  readonly winreBytes?: number;
}

/**
 * What `install.wim`, `install.wim:2` or `install.wim:Windows 11 Pro` names; `absolute` resolves the path in it.
 * @throws SERVICING_IMAGE_INDEX, and what reading a WIM throws
 */
export async function answerFileImage(
  text: string,
  absolute: (path: string) => string,
  tools: Tools,
): Promise<AnswerFileImage> {
  const [, path = text, wanted] = existsSync(absolute(text)) ? [] : (/^(.+):([^:\\/]+)$/s.exec(text) ?? []);
  const file = absolute(path);
  const { images } = readWim(file);
  const chosen = images.find(({ index, name }) => String(index) === wanted || name === wanted);
  if (wanted !== undefined && chosen === undefined) {
    const choices = images.map(({ index, name }) => (name === "" ? String(index) : `${index} or "${name}"`));
    throw failure("SERVICING_IMAGE_INDEX", { file, wanted, choices });
  }
  const descriptions = openWim(file).images.map((element) => readImageXml(element).description);
  const index = chosen?.index ?? (images.length === 1 ? 1 : undefined);
  const winreBytes = index === undefined ? undefined : await winreSize(file, index, tools);
  return {
    image: {
      images: images.map((one, at) => ({ ...one, description: descriptions[at] ?? "" })),
      ...(index === undefined ? {} : { chosen: index }),
    },
    ...(winreBytes === undefined ? {} : { winreBytes }),
  };
}

/** wimlib is optional on Windows; without it the size is not known. */
async function winreSize(
  file: string,
  index: number,
  { runner, signal }: Tools,
): Promise<number | undefined> {
  if (findExecutable("wimlib-imagex") === undefined) return undefined;
  const path = `--path=${winre.replaceAll("\\", "/")}`;
  const { stdout } = await runner.run(
    {
      run: "wimlib-imagex",
      args: ["dir", file, String(index), path, "--detailed", ...references(file).slice(1)],
      env: { WIMLIB_IMAGEX_IGNORE_CASE: "1" },
      writes: false,
      // 49: the image has no such file.
      success: [0, 49],
    },
    { signal },
  );
  return fileBytesIn(stdout);
}
