import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Act } from "../engine.ts";
import { otherStart, startFile } from "../engines/deployment-folder.ts";
import { failure } from "../error.ts";
import { makeFolder } from "../make-folder.ts";
import { folderEntries } from "../media-source.ts";
import { bootPath, take } from "./media-file.ts";
import { payloadKind } from "./payload.ts";
import type { ActContext } from "./perform.ts";

/** What UEFI and Windows' boot manager read to start a boot.wim ("winpe-create-usb-bootable-drive"). */
const wanted = /^(?:boot(?:\/.*)?|efi(?:\/.*)?|bootmgr(?:\.efi)?|sources|sources\/boot\.wim)$/;
const started = "efi/boot/bootx64.efi";

/** @throws SERVICING_MEDIA_INVALID, SERVICING_INPUT_NOT_FOUND, and what servicing boot.wim throws */
export async function gatherBootFiles(
  { from, script, to, work }: Extract<Act, { act: "gather boot files" }>,
  context: ActContext,
): Promise<void> {
  const isFolder = (await payloadKind(from, "media that start WinPE")) === "folder";
  await rm(work, { recursive: true, force: true });
  makeFolder(work, 0o700);
  try {
    const media = isFolder ? from : join(work, "media");
    if (!isFolder) await unpack(from, media, context);
    const entries = (await folderEntries(media)).map((entry) => ({
      ...entry,
      name: entry.path.toLowerCase(),
    }));
    const boot = entries.find(({ name }) => name === bootPath);
    const missing = [started, bootPath].find((path) => !entries.some(({ name }) => name === path));
    if (boot === undefined || missing !== undefined)
      throw failure("SERVICING_MEDIA_INVALID", { from, reason: `they have no ${missing}` });
    makeFolder(to);
    for (const { path, name, folder } of entries) {
      if (!wanted.test(name) || name === bootPath) continue;
      await take(join(media, path), join(to, name), folder);
    }
    await context.carryOut({
      act: "service",
      file: join(media, boot.path),
      index: 1,
      alone: true,
      to: join(to, bootPath),
      work: join(work, "boot"),
      changes: [
        { change: "delete", path: otherStart, optional: true },
        { change: "write", to: startFile, text: script },
      ],
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function unpack(iso: string, to: string, context: ActContext): Promise<void> {
  const names = ["boot", "efi", "bootmgr", "bootmgr.efi", "sources/boot.wim"].map((name) => `-i!${name}`);
  await context.runner.run(
    { run: "7z", args: ["x", "-y", "-bd", "-ssc-", `-o${to}`, ...names, "--", iso], writes: true },
    context,
  );
}
