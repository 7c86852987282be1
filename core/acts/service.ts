import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Act, Command } from "../engine.ts";
import { wimlib } from "../engines/wimlib.ts";
import { failure } from "../error.ts";
import type { ImageInfo } from "../image.ts";
import { makeFolder } from "../make-folder.ts";
import { asSource } from "../phase-steps.ts";
import { readWim } from "../wim-file.ts";
import { branch } from "./branch.ts";
import type { ActContext } from "./perform.ts";
import { update } from "./update.ts";

/**
 * Makes a copy of a WIM in which one image has changes: a branch of it is updated, and all images, or it alone, are
 * exported in their order, compressed as they are.
 * @throws SERVICING_IMAGE_INDEX, and what an update throws
 */
export async function service(act: Extract<Act, { act: "service" }>, context: ActContext): Promise<void> {
  const wim = readWim(act.file);
  const image = wim.images.find(({ index }) => index === act.index);
  if (image === undefined)
    throw failure("SERVICING_IMAGE_INDEX", {
      file: act.file,
      wanted: String(act.index),
      choices: wim.images.map(({ index }) => String(index)),
    });
  makeFolder(act.work, 0o700);
  const target = wimlib.target(image, act.work);
  if (target.kind !== "branch") throw new TypeError("wimlib works on branches");
  const own = { ...context, target };
  try {
    await branch({ act: "branch", file: act.file, index: act.index, branch: target.branch }, own);
    await update({ act: "update", branch: target.branch, changes: act.changes }, own);
    makeFolder(dirname(act.to));
    await rm(act.to, { force: true });
    for (const each of act.alone === true ? [image] : wim.images) {
      const [command] = exported(each);
      if (command !== undefined && !("act" in command)) await context.runner.run(command, context);
    }
  } finally {
    await rm(act.work, { recursive: true, force: true });
  }

  function exported(each: ImageInfo): readonly Command[] {
    const road = wimlib.roads["Export-Image"].offline;
    if (road === undefined || "refused" in road) throw new TypeError("wimlib exports images");
    const operation = {
      type: "Export-Image",
      file: act.file,
      index: each.index,
      to: act.to,
      compress: asSource[wim.compression],
      ...(wim.bootIndex === each.index || act.alone === true ? { bootable: true } : {}),
      ...(wim.integrity ? { checkIntegrity: true } : {}),
    } as const;
    return road.commands(operation, own.target);
  }
}
