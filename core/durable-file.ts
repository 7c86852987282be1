import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Writes a file so that under its name there is never a part of it, not after a power cut either.
 * @throws what the system says: a full disk often tells only on the sync
 */
export async function writeDurably(file: string, text: string): Promise<void> {
  await written(file, text, true);
  await syncFolder(dirname(file));
}

/** The same for what can be done without after a power cut, at a small part of the price. */
export function writeAtomically(file: string, text: string): Promise<void> {
  return written(file, text, false);
}

async function written(file: string, text: string, sync: boolean): Promise<void> {
  const draft = `${file}.new`;
  try {
    const handle = await open(draft, "w", 0o600);
    try {
      await handle.writeFile(text);
      if (sync) await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** @throws what the system says of data that it could not keep, which it says once: ENOSPC, EIO */
export async function syncFile(file: string): Promise<void> {
  // Windows syncs only what is open for writing ("FlushFileBuffers").
  const handle = await open(file, process.platform === "win32" ? "r+" : "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The names in a folder. Windows flushes no handle of a folder ("FlushFileBuffers" wants one for writing), and need not. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } catch (error) {
    // The file system has no such thing for folders, which is no loss of data. Source: fsync(2).
    if (!["EINVAL", "ENOTSUP"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  } finally {
    await handle.close();
  }
}
