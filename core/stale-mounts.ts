import { existsSync, readdirSync } from "node:fs";
import { isMountBelow, mountedImages } from "./dism-mount.ts";
import { failure } from "./error.ts";
import { findExecutable } from "./executable.ts";
import type { MountedImage } from "./formats/dism-output/image.ts";
import type { Runner } from "./runner.ts";

/**
 * Lets go of what DISM still has mounted below a work folder, whose process is gone: made accessible again where Windows
 * was restarted meanwhile, discarded, and DISM's own records of it cleaned up. To be called by who has the folder, before
 * that is emptied: what is mounted would be emptied with it.
 * @throws SERVICING_WORK_MOUNTED where something stays mounted
 */
export async function releaseMounts(work: string, runner: Runner): Promise<readonly string[]> {
  if (!mayHaveMounts(work)) return [];
  // Where DISM does not answer, this user can have mounted nothing by it.
  const own = async (): Promise<readonly MountedImage[]> =>
    (await mountedImages(runner, undefined, {}).catch(() => [])).filter(({ mountDir }) =>
      isMountBelow(mountDir, work),
    );
  const found = await own();
  if (found.length === 0) return [];
  const quietly = (...args: readonly string[]): Promise<unknown> =>
    runner.run({ run: "dism.exe", args: ["/English", ...args], writes: true }).catch(() => undefined);
  // An image inside of another first.
  for (const { mountDir, status } of found.toSorted((a, b) => b.mountDir.length - a.mountDir.length)) {
    if (/remount/i.test(status)) await quietly("/Remount-Image", `/MountDir:${mountDir}`);
    await quietly("/Unmount-Image", `/MountDir:${mountDir}`, "/Discard");
  }
  if ((await own()).length > 0) await quietly("/Cleanup-Mountpoints");
  const left = await own();
  if (left.length > 0)
    throw failure("SERVICING_WORK_MOUNTED", {
      work,
      mounts: left.map(({ mountDir }) => mountDir),
      unmount: left
        .map(({ mountDir }) => `dism /Unmount-Image "/MountDir:${mountDir}" /Discard`)
        .join(" && "),
    });
  return found.map(
    ({ mountDir, file, index }) =>
      `${file}:${index ?? "?"} was still mounted at ${mountDir}, and was discarded`,
  );
}

/** It costs a query, so there has to be a DISM, and a folder in which mounts could be. */
function mayHaveMounts(work: string): boolean {
  return (
    existsSync(work) &&
    readdirSync(work, { withFileTypes: true }).some((entry) => entry.isDirectory()) &&
    findExecutable("dism.exe") !== undefined
  );
}
