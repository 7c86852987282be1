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
  makeFolder(dirname(to));
  try {
    const [list, only] = [join(work, "capture.ini"), join(work, "only.wim")];
    await writeFile(list, captureList());
    const run = async (...args: readonly string[]) => {
      await context.runner.run(wimlibImagex(...args), context);
    };
    const against = [`--delta-from=${file}`, `--update-of=${file}:${index}`];
    await run("capture", volume, only, "captured", `--config=${list}`, compression, ...against);
    const before = openSource(file).images[index - 1];
    const after = openSource(only).images[0];
    const properties = before === undefined || after === undefined ? [] : inheritedProperties(before, after);
    if (properties.length > 0)
      await run("info", only, "1", ...properties.map((property) => `--image-property=${property}`));
    await rm(to, { force: true });
    await run("export", only, "1", to, compression, ...references(file));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
