import { rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { qemuValue } from "../devices/qemu-value.ts";
import type { Process } from "../engine.ts";
import { failure } from "../error.ts";
import { largestWindows } from "../formats/partition-table.ts";
import { makeFolder } from "../make-folder.ts";
import type { ActContext } from "./perform.ts";

const sector = 512;
/** A GPT with all of its entries, and more. */
const headBytes = 1024 * 1024;
const formats: Readonly<Record<string, string>> = { vhdx: "vhdx", qcow2: "qcow2", raw: "raw", img: "raw" };

/**
 * Copies the Windows partition of a disk image, the largest of its kind, to a file of its own.
 * @throws SERVICING_DISK_UNPROVEN where it has none
 */
export async function windowsPartition(
  disk: string,
  to: string,
  work: string,
  context: ActContext,
): Promise<void> {
  const format = formats[/\.(\w+)$/.exec(disk)?.[1]?.toLowerCase() ?? ""] ?? "raw";
  const run = async (command: Process) => (await context.runner.run(command, context)).stdout;
  const query = (command: string, args: readonly string[]) => run({ run: command, args, writes: false });
  const convert = (offset: number, bytes: number, file: string) => {
    const source = `file.driver=${format},file.file.driver=file,file.file.filename=${qemuValue(disk)}`;
    const region = `driver=raw,offset=${offset},size=${bytes},${source}`;
    return run({
      run: "qemu-img",
      args: ["convert", "-O", "raw", "--image-opts", region, file],
      writes: true,
    });
  };
  await rm(work, { recursive: true, force: true });
  makeFolder(work, 0o700);
  const head = join(work, "head.raw");
  const info = JSON.parse(await query("qemu-img", ["info", "--output=json", "-f", format, disk])) as {
    readonly "virtual-size": number;
  };
  await convert(0, headBytes, head);
  await truncate(head, info["virtual-size"]);
  const found = largestWindows(await query("sfdisk", ["--json", head]));
  if (found === undefined)
    throw failure("SERVICING_DISK_UNPROVEN", { file: disk, problems: ["it has no Windows partition"] });
  await convert(found.start * sector, found.size * sector, to);
}
