import { open } from "node:fs/promises";
import { dirname } from "node:path";
import prettyBytes from "pretty-bytes";
import type { Act } from "../engine.ts";
import { failure } from "../error.ts";
import { neededFor } from "../formats/disk-layout.ts";
import { partitionTable, sfdiskScript, tableDifferences } from "../formats/partition-table.ts";
import { imageTitle } from "../image.ts";
import { makeFolder } from "../make-folder.ts";
import { openWim, readWim } from "../wim-file.ts";
import type { ActContext } from "./perform.ts";

const bytesOfMebibyte = 1024 * 1024;

export async function allocate({ file, bytes }: Extract<Act, { act: "allocate" }>): Promise<void> {
  makeFolder(dirname(file));
  const handle = await open(file, "w");
  try {
    await handle.truncate(bytes);
  } finally {
    await handle.close();
  }
}

/**
 * Writes the partition table of a disk, and reads it back by the same tool's other words.
 * @throws SERVICING_DISK_TOO_SMALL, SERVICING_DISK_UNPROVEN
 */
export async function partition(
  { disk, partitions, file, index }: Extract<Act, { act: "partition" }>,
  context: ActContext,
): Promise<void> {
  const image = readWim(file).images.find((each) => each.index === index);
  const content = openWim(file).metadata[index - 1]?.hash;
  if (image === undefined || content === undefined)
    throw failure("SERVICING_IMAGE_INDEX", { file, wanted: String(index), choices: [] });
  const { size = 0 } = partitions.find(({ role }) => role === "windows") ?? {};
  const needed = neededFor(image.totalBytes);
  if (size < needed)
    throw failure("SERVICING_DISK_TOO_SMALL", {
      image: imageTitle(image),
      needed: prettyBytes(needed * bytesOfMebibyte),
      given: prettyBytes(size * bytesOfMebibyte),
    });
  const table = partitionTable(partitions, content);
  const quiet = ["--quiet", "--no-reread", "--no-tell-kernel"];
  await context.runner.run(
    { run: "sfdisk", args: [...quiet, disk], stdin: sfdiskScript(table), writes: true },
    context,
  );
  await context.runner.run({ run: "sfdisk", args: ["--verify", disk], writes: false }, context);
  const { stdout } = await context.runner.run(
    { run: "sfdisk", args: ["--json", disk], writes: false },
    context,
  );
  const problems = tableDifferences(stdout, table);
  if (problems.length > 0) throw failure("SERVICING_DISK_UNPROVEN", { file: disk, problems });
}
