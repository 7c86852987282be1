import { realpathSync } from "node:fs";
import { mountQuery } from "./engines/dism-command.ts";
import type { Mount } from "./engine.ts";
import { failure } from "./error.ts";
import { mountedImagesIn, type MountedImage } from "./formats/dism-output/image.ts";
import { isBelow, pathsOf } from "./host-path.ts";
import type { RunOptions, Runner } from "./runner.ts";

/** Everything that DISM has mounted on this host. @throws as the runner */
export async function mountedImages(
  runner: Runner,
  log: string | undefined,
  options: RunOptions,
): Promise<readonly MountedImage[]> {
  const { stdout } = await runner.run(mountQuery(log), options);
  return mountedImagesIn(stdout);
}

/**
 * DISM that is told to service a folder which is a mount no longer has serviced the host instead, so a mount has to be
 * what it was, by folder, file, index, access and state.
 * @param when for the message: "before dism.exe /Add-Package"
 * @throws SERVICING_MOUNT_LOST
 */
export function refuseLost(mount: Mount, found: readonly MountedImage[], when: string): void {
  const reason = lostBecause(mount, found);
  if (reason !== undefined) throw failure("SERVICING_MOUNT_LOST", { mountDir: mount.mountDir, reason, when });
}

function lostBecause(mount: Mount, found: readonly MountedImage[]): string | undefined {
  const entry = found.find(({ mountDir }) => isSamePath(mountDir, mount.mountDir));
  if (entry === undefined) return "nothing is mounted there";
  if (!isSamePath(entry.file, mount.file)) return `${entry.file} is mounted there, not ${mount.file}`;
  if (entry.index !== mount.index) return `image ${entry.index ?? "?"} is mounted there, not ${mount.index}`;
  if (entry.writable === false) return "it is mounted read-only";
  return /^ok$/i.test(entry.status) ? undefined : `its status is ${entry.status}`;
}

/** Whether a mount folder is in a folder, by either name of both. */
export function isMountBelow(mountDir: string, folder: string): boolean {
  return isBelow(mountDir, folder) || isBelow(real(mountDir), real(folder));
}

/**
 * Whether DISM printed a path: in whatever case, with or without a last backslash, long where it was given as short names.
 * Letters that its code page or ours has not are not compared.
 */
export function isSamePath(printed: string, path: string): boolean {
  const ways = [path, real(path)].map(plain);
  return [plain(printed), plain(real(printed))].some((each) => ways.includes(each) || readsAs(each, ways));
}

/** No path of Windows has a question mark, which stands for such a letter as well. */
function readsAs(printed: string, ways: readonly string[]): boolean {
  if (!/[\uFFFD?]/.test(printed)) return false;
  return ways.some((way) => skeleton(way) === skeleton(printed));
}

function plain(path: string): string {
  const rules = pathsOf(path);
  const normal = rules.normalize(path).replace(/(?<=[^:\\/])[\\/]+$/, "");
  return rules.sep === "\\" ? normal.toLowerCase() : normal;
}

function real(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}

function skeleton(path: string): string {
  return path.replaceAll(/(?:[^\u0020-\u007e]|\?)+/g, "?");
}
