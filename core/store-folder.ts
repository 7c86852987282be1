import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where checkpoints are kept: as the environment says, as the config says, or in the user's cache folder. */
export function storeFolder(
  configured: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const named = env["SERVICING_STORE"] ?? "";
  if (named !== "") return resolve(named);
  return configured ?? join(cacheFolder(env, platform), "servicing");
}

/** Disks with an image on them, of the reference devices: in the folder of the store. */
export function disksFolder(store: string): string {
  return join(store, "disks");
}

/** Sources: XDG Base Directory Specification; Apple, File System Programming Guide; Windows, FOLDERID_LocalAppData. */
function cacheFolder(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (platform === "win32") return env["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local");
  if (platform === "darwin") return join(homedir(), "Library", "Caches");
  const named = env["XDG_CACHE_HOME"] ?? "";
  return named.startsWith("/") ? named : join(homedir(), ".cache");
}
