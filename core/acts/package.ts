import { copyFile, link, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Act } from "../engine.ts";
import { cabinetDirectory, entryNamed, expand, type Tools, unreadable } from "../inspect/unpack.ts";
import { readPart } from "../inspect/file.ts";
import { filesOfWim } from "../inspect/wim-files.ts";
import { makeFolder } from "../make-folder.ts";
import type { ActContext } from "./perform.ts";

/** Links them, which takes no room, or copies them where they lie on another disk. */
export async function gatherPackages({ files, to }: Extract<Act, { act: "gather packages" }>): Promise<void> {
  await rm(to, { recursive: true, force: true });
  makeFolder(to);
  for (const file of files) {
    const name = join(to, basename(file));
    await link(file, name).catch(() => copyFile(file, name));
  }
}

/** Largest servicing stack, in bytes; the real ones have some 20 MB. */
const memberLimit = 512 * 1024 * 1024;

/** @throws SERVICING_INPUT_UNREADABLE, SERVICING_TOOL_MISSING */
export async function unpackPackage(
  act: Extract<Act, { act: "unpack package" }>,
  context: ActContext,
): Promise<void> {
  const { package: file, member, to, work } = act;
  await rm(work, { recursive: true, force: true });
  makeFolder(work);
  try {
    const folder = join(work, "unpacked");
    const magic = Buffer.from(await readPart(file, 0, 5)).toString("latin1");
    const unpacked =
      magic === "MSWIM"
        ? await filesOfWim(file, context).extract(member, folder, memberLimit)
        : await fromCabinet(file, member, folder, context);
    makeFolder(dirname(to));
    await rename(unpacked, to);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function fromCabinet(file: string, member: string, folder: string, tools: Tools): Promise<string> {
  const entry = entryNamed(member, await cabinetDirectory(file), file);
  if (entry === undefined) throw unreadable(file, `it holds no ${member}`);
  if (entry.bytes > memberLimit) throw unreadable(file, `its ${member} is larger than ${memberLimit} bytes`);
  return expand(file, entry.name, folder, tools);
}
