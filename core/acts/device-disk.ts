import { closeSync, constants, openSync } from "node:fs";
import { chmod, link, rename, rm, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { baseDisks } from "../base-disks.ts";
import type { Act, Command } from "../engine.ts";
import { bytesOfMebibyte, partitionOf, qemuProgress, rawDisk } from "../engines/raw-disk.ts";
import { failure } from "../error.ts";
import { hashOf } from "../fingerprint.ts";
import { leastDisk, type PlacedPartition } from "../formats/disk-layout.ts";
import { makeFolder } from "../make-folder.ts";
import { packageVersion } from "../own-package.ts";
import { toolVersions } from "../tool-version.ts";
import { unfinishedName } from "../unfinished-name.ts";
import { openSource } from "../wim-file.ts";
import { volumeWithJob } from "./job-volume.ts";
import { carriedOut } from "./carry-out.ts";
import type { ActContext } from "./perform.ts";
import { within } from "./volume.ts";

type DeviceDisk = Extract<Act, { act: "device disk" }>;

/**
 * Makes the disk of a reference device: a qcow2 overlay with the files of a job, of a disk with the image on it that is
 * made once and kept. Everything of the overlay is read back before it has its name.
 * @throws SERVICING_DISK_TOO_SMALL, SERVICING_DISK_UNPROVEN, SERVICING_IMAGE_PATH
 */
export async function deviceDisk(act: DeviceDisk, context: ActContext): Promise<void> {
  const { to, work } = act;
  const windows = act.partitions.find(({ role }) => role === "windows");
  if (windows === undefined) throw new TypeError("a device's disk has a partition of Windows");
  makeFolder(dirname(to), 0o700);
  const base = await besides(await baseDisk(act, context), to);
  const overlay = unfinishedName(to);
  await within(work, async () => {
    const run = (...args: readonly string[]): Promise<void> => carriedOut([qemuImg(...args)], context);
    const place = partitionOf(base, windows);
    const volume = join(work, "windows.ntfs");
    await run("convert", "-p", "--image-opts", "-O", "raw", place, volume);
    await volumeWithJob({ ...act, volume }, context);
    await rm(overlay, { force: true });
    await run("create", "-q", "-f", "qcow2", "-F", "raw", "-b", basename(base), overlay);
    await chmod(overlay, 0o600);
    await differences(volume, overlay, windows, { work, base }, context);
    await run("check", "-q", "-f", "qcow2", overlay);
    // `compare` takes what lies in a base below such a part for zeros (QEMU 7.2), so that the part is copied out for it.
    const found = join(work, "found.ntfs");
    await run("convert", "-p", "--image-opts", "-O", "raw", partOf(overlay, windows), found);
    await run("compare", "-q", "-f", "raw", "-F", "raw", volume, found);
    await rename(overlay, to);
  });
}

/**
 * What differs from the base alone: `rebase` compares an overlay's old base with its new one cluster by cluster, and
 * `commit` writes into the new one what it found. Source: qemu-img(1).
 */
async function differences(
  volume: string,
  overlay: string,
  windows: PlacedPartition,
  { work, base }: { readonly work: string; readonly base: string },
  context: ActContext,
): Promise<void> {
  const changed = join(work, "changed.qcow2");
  // What was never written is read in no time where no cache comes between: it is most of such a volume.
  const direct = [volume, overlay, base].every((file) => opensDirectly(file));
  const cache = direct ? ["-t", "none", "-T", "none"] : [];
  await carriedOut(
    [
      qemuImg("create", "-q", "-f", "qcow2", "-F", "raw", "-b", volume, changed),
      qemuImg("rebase", "-p", ...cache, "-f", "qcow2", "-F", "raw", "-b", asJson(overlay, windows), changed),
      qemuImg("commit", "-p", "-f", "qcow2", changed),
    ],
    context,
  );
}

/** Not every file system can: open(2), "O_DIRECT". */
function opensDirectly(file: string): boolean {
  try {
    closeSync(openSync(file, constants.O_RDONLY | constants.O_DIRECT));
    return true;
  } catch {
    return false;
  }
}

function asJson(overlay: string, { start, size }: PlacedPartition): string {
  const file = { driver: "qcow2", file: { driver: "file", filename: overlay } };
  const part = { driver: "raw", offset: start * bytesOfMebibyte, size: size * bytesOfMebibyte, file };
  return `json:${JSON.stringify(part)}`;
}

/** The same in the notation of `--image-opts`, in which a comma in a value is written twice. */
function partOf(overlay: string, { start, size }: PlacedPartition): string {
  const name = overlay.replaceAll(",", ",,");
  const [offset, bytes] = [start * bytesOfMebibyte, size * bytesOfMebibyte];
  return `driver=raw,offset=${offset},size=${bytes},file.driver=qcow2,file.file.driver=file,file.file.filename=${name}`;
}

/** A name of the base beside its overlay, so that the base stays for as long as that does, whatever is removed elsewhere. */
async function besides({ id, file }: Base, to: string): Promise<string> {
  const own = join(dirname(to), `${id.slice(0, 16)}.raw`);
  await rm(own, { force: true });
  await link(file, own).catch(() => symlink(file, own));
  return own;
}

interface Base {
  readonly id: string;
  readonly file: string;
}

/** Named by the hash of the image's metadata, which names each of its files, and by what else the disk follows from. */
async function baseDisk({ file, index, partitions, disks }: DeviceDisk, context: ActContext): Promise<Base> {
  const { runner, signal } = context;
  const content = openSource(file).metadata[index - 1]?.hash;
  if (content === undefined)
    throw failure("SERVICING_IMAGE_INDEX", { file, wanted: String(index), choices: [] });
  const kept = baseDisks(disks);
  const versions = await toolVersions(["wimlib-imagex", "mformat", "qemu-img"], kept.facts, runner, signal);
  const id = hashOf("disk", packageVersion(), versions, content, partitions);
  const megabytes = leastDisk(partitions, 0);
  const making = (disk: string, work: string): Promise<void> =>
    carriedOut(rawDisk({ disk, megabytes, partitions, file, index, contents: false, work }), context);
  const onWait = (process: number): void =>
    context.onOutput?.(`waiting for process ${process}, which makes the disk with this image on it\n`);
  return { id, file: await kept.take(id, making, { signal, onWait }) };
}

function qemuImg(...args: readonly string[]): Command {
  return { run: "qemu-img", args, progress: qemuProgress, writes: true };
}
