import { statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import prettyBytes from "pretty-bytes";
import type { Act } from "../engine.ts";
import { failure } from "../error.ts";

/**
 * What others wrote since the start counts as well, and an export that runs out of room ends in a cryptic code.
 * @throws SERVICING_DISK_FULL
 */
export async function room({ folder, file }: Extract<Act, { act: "room" }>): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const [needed, free] = [statSync(file).size, bavail * bsize];
  if (needed > free)
    throw failure("SERVICING_DISK_FULL", { folder, needed: prettyBytes(needed), free: prettyBytes(free) });
}
