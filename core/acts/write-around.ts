import { open } from "node:fs/promises";
import { copyRange, type FileRange, writeAt } from "../file-bytes.ts";

/** Writes a file that is a part of another with something before and after it. */
export async function writeAround(
  to: string,
  before: Buffer,
  middle: FileRange,
  after: Buffer,
): Promise<void> {
  const file = await open(to, "w");
  try {
    await writeAt(file, [before], 0);
    await copyRange(middle, file, before.length);
    await writeAt(file, [after], before.length + middle.size);
  } finally {
    await file.close();
  }
}
