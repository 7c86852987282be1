import { rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { captureList } from "../devices/capture-list.ts";
import type { Act } from "../engine.ts";
import { wimlibImagex } from "../engines/wimlib-command.ts";
import { inheritedProperties } from "../formats/wim-xml.ts";
import { references } from "../formats/wim-reference.ts";
import { makeFolder } from "../make-folder.ts";
import { openSource } from "../wim-file.ts";
import type { ActContext } from "./perform.ts";
import { place } from "./publish.ts";

/** One as the other, so that what is in both is copied as it lies there. */
const compression = "--compress=LZX";

/**
 * wimlib reads only what is not, by its times and size, as it was applied ("wimlib-imagex-capture(1)", --update-of), and
 * stores only what the file of the image has not.
 */
export async function captureVolume(
  { volume, file, index, to, work }: Extract<Act, { act: "capture volume" }>,
  context: ActContext,
): Promise<void> {
  await rm(work, { recursive: true, force: true });
  makeFolder(work, 0o700);
  try {
    const [list, only] = [join(work, "capture.ini"), join(work, "only.wim")];
    await writeFile(list, captureList());
    const run = async (...args: readonly string[]) => {
      await context.runner.run(wimlibImagex(...args), context);
    };
    const against = [`--delta-from=${file}`, `--update-of=${file}:${index}`];
    await run("capture", volume, only, "captured", `--config=${list}`, compression, ...against);
    await standAlone({ captured: only, file, index, to, work }, context, references(file));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

interface Captured {
  /** A WIM of one image. */
  readonly captured: string;
  /** Whose image was applied. */
  readonly file: string;
  readonly index: number;
  readonly to: string;
  /** A folder that is there. */
  readonly work: string;
}

/** Exports what was captured, and says of it what the image that was applied says of itself. */
export async function standAlone(
  { captured, file, index, to, work }: Captured,
  context: ActContext,
  refs: readonly string[] = [],
): Promise<void> {
  const run = (...args: readonly string[]) => context.runner.run(wimlibImagex(...args), context);
  const whole = join(work, "whole.wim");
  await run("export", captured, "1", whole, compression, ...refs);
  const before = openSource(file).images[index - 1];
  const after = openSource(whole).images[0];
  const properties = before === undefined || after === undefined ? [] : inheritedProperties(before, after);
  if (properties.length > 0)
    await run("info", whole, "1", ...properties.map((property) => `--image-property=${property}`));
  makeFolder(dirname(to));
  await place({ file: whole, to });
}
