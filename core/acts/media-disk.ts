import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, link, open, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Act, Process } from "../engine.ts";
import { splitImage } from "../engines/wimlib-command.ts";
import { failure } from "../error.ts";
import { fat32Fault, layoutFor, partitionTable } from "../formats/fat32.ts";
import { makeFolder } from "../make-folder.ts";
import { folderEntries } from "../media-source.ts";
import type { ActContext } from "./perform.ts";

/**
 * Links or copies a media folder, with its image in parts where FAT32 could not hold it, or only just.
 * @throws SERVICING_MEDIA_UNFIT
 */
export async function stageMedia(
  { from, to, megabytes }: Extract<Act, { act: "stage media" }>,
  context: ActContext,
): Promise<void> {
  const entries = await folderEntries(from);
  // A solid image cannot be parted, and is refused where it is too large.
  const large = entries.filter(
    ({ path, bytes }) => /^sources\/install\.wim$/i.test(path) && bytes > megabytes * 1024 * 1024,
  );
  const reason = fat32Fault(entries.filter((entry) => !large.includes(entry)));
  if (reason !== undefined) throw failure("SERVICING_MEDIA_UNFIT", { to: from, reason });
  await rm(to, { recursive: true, force: true });
  makeFolder(to, 0o700);
  for (const entry of entries) {
    context.signal.throwIfAborted();
    const place = join(to, entry.path);
    if (entry.folder) makeFolder(place);
    else if (!large.includes(entry)) await linked(join(from, entry.path), place);
  }
  for (const { path } of large) {
    const parts = join(to, path.replace(/\.wim$/i, ".swm"));
    await context.runner.run(splitImage(join(from, path), parts, megabytes), context);
  }
  // A single file of the image is never parted, so that a part may be as large as that.
  const fault = fat32Fault(await folderEntries(to));
  if (fault !== undefined) throw failure("SERVICING_MEDIA_UNFIT", { to: from, reason: fault });
}

async function linked(from: string, to: string): Promise<void> {
  makeFolder(dirname(to));
  await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_FICLONE));
}

/**
 * Makes a file that is a disk with an MBR and one FAT32 partition, and copies a folder into it; neither root nor a loop
 * device is needed. mcopy leaves out what is too large and says that all is well, so that the disk is read back afterwards.
 */
export async function writeDisk(
  { from, to, label }: Extract<Act, { act: "write disk" }>,
  context: ActContext,
): Promise<void> {
  const entries = await folderEntries(from);
  const layout = layoutFor(entries);
  const serial = createHash("sha256").update(`${label} ${layout.sectors}`).digest("hex").slice(0, 8);
  makeFolder(dirname(to));
  const disk = await open(to, "w");
  try {
    await disk.truncate(layout.offset + layout.sectors * 512);
  } finally {
    await disk.close();
  }
  const volume = `${to}@@${layout.offset}`;
  const geometry = ["-h", "255", "-s", "63", "-H", String(layout.offset / 512)];
  const size = ["-T", String(layout.sectors), "-c", String(layout.clusterSectors)];
  const names = (await readdir(from)).toSorted().map((name) => join(from, name));
  const tools = { env: { TZ: "UTC" }, writes: true };
  const run = (command: Process) => context.runner.run(command, context);
  await run({
    run: "sfdisk",
    args: ["--quiet", "--no-reread", "--no-tell-kernel", to],
    stdin: partitionTable(layout, serial),
    writes: true,
  });
  await run({
    run: "mformat",
    args: ["-i", volume, "-F", "-v", label, "-N", serial, ...geometry, ...size, "::"],
    ...tools,
  });
  await run({ run: "mcopy", args: ["-i", volume, "-s", "-m", "-Q", ...names, "::/"], ...tools });
  if ((await stat(to)).size !== layout.offset + layout.sectors * 512)
    throw failure("SERVICING_MEDIA_UNPROVEN", { file: to, problems: ["it is not as long as it was to be"] });
}
