import { existsSync } from "node:fs";
import { chmod, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { draftIn, sweepDrafts } from "./draft-folder.ts";
import { syncFile } from "./durable-file.ts";
import { createFacts, type Facts } from "./facts.ts";
import { makeFolder } from "./make-folder.ts";
import { acquireWaiting, tryAcquire } from "./process-lock.ts";
import type { Kept } from "./store-space.ts";

/**
 * Disks with an image on them, by the fingerprint of what they hold, shared by all lines and runs on a machine. Each
 * appears whole, by a rename, and is never written again: overlays refer to it.
 */
export interface BaseDisks {
  readonly facts: Facts;
  /** Where the disk is; `make` makes it at a path of a folder of its own, unless it is there. One maker works at a time. */
  take(
    id: string,
    make: (disk: string, work: string) => Promise<void>,
    io: { readonly signal: AbortSignal; onWait(process: number): void },
  ): Promise<string>;
  list(): Promise<readonly Kept[]>;
  remove(id: string): Promise<void>;
  /** Removes what runs that are no more had begun, and their locks. */
  sweep(): Promise<void>;
}

const extension = ".raw";
const nameOfDisk = /^([\da-f]{64})\.raw$/;
const sectorOfStat = 512;

export function baseDisks(folder: string): BaseDisks {
  const place = (id: string): string => join(folder, `${id}${extension}`);
  const making = join(folder, "making");
  const locks = join(folder, "locks");

  async function made(id: string, make: (disk: string, work: string) => Promise<void>): Promise<void> {
    sweepDrafts(making);
    const draft = draftIn(making);
    try {
      makeFolder(draft, 0o700);
      const disk = join(draft, `disk${extension}`);
      await make(disk, draft);
      await chmod(disk, 0o444);
      await syncFile(disk);
      await rename(disk, place(id));
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }

  return {
    facts: createFacts(join(folder, "facts"), () => draftIn(making)),

    async take(id, make, { signal, onWait }) {
      makeFolder(locks, 0o700);
      const what = "makes a disk with an image on it";
      const lock = await acquireWaiting(join(locks, id), what, { signal, onWait: ({ pid }) => onWait(pid) });
      try {
        if (!existsSync(place(id))) await made(id, make);
        const now = new Date();
        await utimes(place(id), now, now).catch(() => undefined);
        return place(id);
      } finally {
        lock.release();
      }
    },

    async list() {
      const names = await readdir(folder).catch(() => []);
      const found: Kept[] = [];
      for (const name of names.toSorted()) {
        const id = nameOfDisk.exec(name)?.[1];
        const stats = id === undefined ? undefined : await stat(join(folder, name)).catch(() => undefined);
        if (id === undefined || stats === undefined) continue;
        const bytes = stats.blocks * sectorOfStat;
        found.push({ id, files: [{ inode: `${stats.dev} ${stats.ino}`, bytes }], used: stats.mtimeMs });
      }
      return found;
    },

    remove: (id) => rm(place(id), { force: true }),

    async sweep() {
      sweepDrafts(making);
      const names = await readdir(locks).catch(() => []);
      for (const id of new Set(names.flatMap((name) => /^[\da-f]{64}/.exec(name)?.[0] ?? []))) {
        const lock = await tryAcquire(join(locks, id), "removes the lock of a process that is gone");
        if ("release" in lock) lock.release();
      }
    },
  };
}
