import { existsSync } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncFile, syncFolder } from "../durable-file.ts";
import type { Act } from "../engine.ts";

/**
 * Renames a finished folder into place when the disk has all of it. What an earlier run made there is moved aside first,
 * since no system renames over a folder, and removed at the end.
 */
export async function placeFolder({ folder, to }: Extract<Act, { act: "place folder" }>): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) await syncFile(join(entry.parentPath, entry.name));
  await syncFolder(folder);
  const old = `${folder}.old`;
  await rm(old, { recursive: true, force: true });
  if (existsSync(to)) await rename(to, old);
  try {
    await rename(folder, to);
  } catch (error) {
    if (existsSync(old)) await rename(old, to);
    throw error;
  }
  await syncFolder(dirname(to));
  await rm(old, { recursive: true, force: true });
}
