import { rename } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFile, syncFolder } from "../durable-file.ts";
import type { Act } from "../engine.ts";
import { failure } from "../error.ts";
import { titledElement } from "../formats/wim-title.ts";
import { compareImageXml } from "../formats/wim-xml.ts";
import { openSource, openWim } from "../wim-file.ts";

/**
 * The last step of a result: its XML metadata is compared with its sources', then it is synced and renamed into place,
 * so that under its final name there is never anything but a whole image.
 * @throws SERVICING_IMAGE_XML_CHANGED
 */
export async function publish(act: Extract<Act, { act: "publish" }>): Promise<void> {
  const result = openWim(act.file);
  const files = new Set(act.images.map(({ file }) => file));
  const elements = new Map([...files].map((file) => [file, openSource(file).images] as const));
  const differences = act.images.flatMap(({ file, index, name }, at) => {
    const before = elements.get(file)?.[index - 1];
    const after = result.images[at];
    if (before === undefined || after === undefined) return [`image ${index} is missing`];
    const wanted = name === undefined ? before : titledElement(before, name);
    return compareImageXml(wanted, after, act.byWindows).map((difference) => `image ${index}: ${difference}`);
  });
  if (result.images.length !== act.images.length)
    differences.push(`it holds ${result.images.length} images, not ${act.images.length}`);
  if (differences.length > 0) throw failure("SERVICING_IMAGE_XML_CHANGED", { file: act.to, differences });
  await place(act);
}

/** Renames a file over what is there, when the disk has all of it. */
export async function place({ file, to }: { readonly file: string; readonly to: string }): Promise<void> {
  await syncFile(file);
  await rename(file, to);
  await syncFolder(dirname(to));
}
