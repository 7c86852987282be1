import { existsSync } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Act } from "../engine.ts";
import { failure } from "../error.ts";
import { sha256Of } from "../file-bytes.ts";
import { partitionFor } from "../formats/recovery-volume.ts";
import { imageTitle, winre } from "../image.ts";
import { makeFolder } from "../make-folder.ts";
import { overwrite } from "./file.ts";
import type { ActContext } from "./perform.ts";

/** @throws SERVICING_IMAGE_PATH_MISSING where the image has no recovery environment */
export async function keepDigest(
  { file, to }: Extract<Act, { act: "keep digest" }>,
  { signal, target }: Pick<ActContext, "signal" | "target">,
): Promise<void> {
  if ((await keptIn(to)) !== undefined) return;
  if (!existsSync(file))
    throw failure("SERVICING_IMAGE_PATH_MISSING", {
      image: target === undefined ? "the image" : imageTitle(target.image),
      path: winre,
    });
  makeFolder(dirname(to));
  await writeFile(to, (await sha256Of(file, signal)).sha256);
}

export async function takeOver(
  { from, to, otherwise }: Extract<Act, { act: "take over" }>,
  context: ActContext,
): Promise<void> {
  await keepDigest({ act: "keep digest", file: to.file, to: to.digest }, context);
  const [one, other] = [await keptIn(from.digest), await keptIn(to.digest)];
  if (one === undefined || one !== other) {
    context.warn(`${to.file} was another than ${from.file}, so it is serviced by itself`);
    for (const command of otherwise) await context.carryOut(command);
    return;
  }
  const [wanted, found] = [
    await sha256Of(from.file, context.signal),
    await sha256Of(to.file, context.signal),
  ];
  if (wanted.sha256 !== found.sha256) await overwrite({ act: "overwrite", from: from.file, to: to.file });
}

async function keptIn(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

const mebibyte = 1024 * 1024;

/** @throws SERVICING_RECOVERY_TOO_SMALL; where only the room for later updates is lacking, that is a warning */
export async function checkRecovery(
  { file, partition }: Extract<Act, { act: "check recovery" }>,
  context: Pick<ActContext, "warn">,
): Promise<void> {
  const size = Math.ceil((await stat(file)).size / mebibyte);
  const needed = partitionFor(size);
  if (partition >= needed) return;
  if (size >= partition) throw failure("SERVICING_RECOVERY_TOO_SMALL", { partition, size, needed });
  context.warn(
    `Winre.wim has ${size} MiB now, and the recovery partition ${partition} MiB: Windows updates it only with more room; set its size to ${needed} MiB`,
  );
}
