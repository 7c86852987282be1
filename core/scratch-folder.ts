import { readlinkSync } from "node:fs";
import { lstat, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownIdentity, standing } from "./process-identity.ts";

/** Of Linux: numbers of processes mean nothing in another container, which may have the same folder for temporary files. */
const space = processSpace();
let swept: Promise<void> | undefined;

/**
 * Gives a folder for temporary files and removes it after use. Its name says whose it is, so that what a killed process
 * left, which may be as large as a package, goes when the next one wants such a folder.
 */
export async function inScratch<T>(use: (folder: string) => Promise<T>): Promise<T> {
  swept ??= sweepScratch();
  await swept;
  const folder = await mkdtemp(join(tmpdir(), `servicing-${space}-${process.pid}-`));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes the scratch folders of processes of this user that are gone. */
export async function sweepScratch(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names) {
    const [, of, pid] = /^servicing-(\d+)-(\d{1,10})-\w{6}$/.exec(name) ?? [];
    if (of !== space || pid === undefined || !isDead(Number(pid))) continue;
    const folder = join(tmpdir(), name);
    const found = await lstat(folder).catch(() => undefined);
    // Anybody may make a folder of that name there, and could swap what is in it while it is removed.
    if (found?.isDirectory() !== true || found.uid !== (process.getuid?.() ?? found.uid)) continue;
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

function isDead(pid: number): boolean {
  return standing({ ...ownIdentity(), pid, started: "" }) === "dead";
}

function processSpace(): string {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
  } catch {
    return "0";
  }
}
