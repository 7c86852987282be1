import { copyFile, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Act } from "../engine.ts";
import { failure } from "../error.ts";
import { sha256Of } from "../file-bytes.ts";
import { makeFolder } from "../make-folder.ts";
import type { ActContext } from "./perform.ts";

/** @throws SERVICING_INPUT_CHANGED where the copy is not what the file is, by then */
export async function copyOrSplit(
  { file, to, bytes, otherwise }: Extract<Act, { act: "copy or split" }>,
  context: ActContext,
): Promise<void> {
  makeFolder(dirname(to));
  if ((await stat(file)).size > bytes) {
    for (const process of otherwise) await context.carryOut(process);
    return;
  }
  await rm(to, { force: true });
  await copyFile(file, to);
  const [original, copy] = [await sha256Of(file, context.signal), await sha256Of(to, context.signal)];
  if (original.sha256 !== copy.sha256) throw failure("SERVICING_INPUT_CHANGED", { path: file });
}
