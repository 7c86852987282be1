import { readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncFile, syncFolder } from "../durable-file.ts";
import type { Act } from "../engine.ts";
import { failure } from "../error.ts";
import { titledElement } from "../formats/wim-title.ts";
import { compareImageXml } from "../formats/wim-xml.ts";
import { replacedName } from "../unfinished-name.ts";
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

/**
 * The same of a folder. What is there goes aside first, since no system renames a folder over another that is not empty;
 * whoever is stopped in between has it put back by {@link restoreFolder}.
 */
export async function placeFolder({
  folder,
  to,
}: {
  readonly folder: string;
  readonly to: string;
}): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) await syncFile(join(entry.parentPath, entry.name));
  const aside = replacedName(to);
  await rm(aside, { recursive: true, force: true });
  if (await isThere(to)) await rename(to, aside);
  await rename(folder, to);
  await syncFolder(dirname(to));
  await rm(aside, { recursive: true, force: true });
}

export async function restoreFolder({ to }: { readonly to: string }): Promise<void> {
  const aside = replacedName(to);
  if (!(await isThere(aside))) return;
  if (await isThere(to)) await rm(aside, { recursive: true, force: true });
  else await rename(aside, to);
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
