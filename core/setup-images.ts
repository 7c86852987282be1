import { onlineItems } from "./device-work.ts";
import { decodeText } from "./formats/text.ts";
import type { ImageInfo } from "./image.ts";
import { readWhole } from "./inspect/file.ts";
import { contributions } from "./plan.ts";
import type { Terrain } from "./route.ts";
import { type Existing, type FinishedSetup, finishSetup } from "./setup-finish.ts";
import type { Item } from "./step.ts";

/** Bytes of the largest answer file that is looked at: four mebibytes of characters, in whatever encoding. */
const answerFileLimit = 16 * 1024 * 1024;

/** What the items that take the setup road come to, for each image that has any. */
export async function finishImages(
  items: readonly Item[],
  images: readonly ImageInfo[],
  terrain: Terrain,
  readSetup: (image: ImageInfo) => Promise<Existing>,
): Promise<ReadonlyMap<number, FinishedSetup>> {
  const finished = new Map<number, FinishedSetup>();
  for (const image of images) {
    const lowered = contributions(items, image, terrain);
    if (lowered.length === 0) continue;
    const { shadows = [], ...existing } = await readSetup(image);
    const answerFile = lowered.find(({ contribution }) => contribution.answerFile !== undefined)?.contribution
      .answerFile;
    const base =
      answerFile === undefined
        ? {}
        : { baseAnswerFile: decodeText(await readWhole(answerFile, answerFileLimit)).text };
    // Where a reference device is, the answer file of the audit mode takes their place first.
    const left =
      onlineItems(items, image).length > 0 ? [] : shadows.filter((path) => !isRemoved(path, image, items));
    finished.set(
      image.index,
      finishSetup(lowered, image, { ...existing, ...base, shadows: left }, terrain.deployment),
    );
  }
  return finished;
}

function isRemoved(path: string, image: ImageInfo, items: readonly Item[]): boolean {
  return items.some(
    ({ image: index, operation }) =>
      index === image.index &&
      operation.type === "Remove-File" &&
      `${path}\\`.toLowerCase().startsWith(`${operation.path}\\`.toLowerCase()),
  );
}
