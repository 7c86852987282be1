import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Invocation } from "../cli-commands.ts";
import { isServicingError } from "../error.ts";
import { nearPaths } from "../near-path.ts";
import { loadProject } from "../project.ts";
import { isAlive, ownerOf } from "../work-folder.ts";

/** Run folders younger than this stay: the last runs are what people look at. */
const keptMilliseconds = 7 * 24 * 60 * 60 * 1000;

export async function run({ flags, stdout }: Invocation): Promise<number> {
  const stale = await staleFolders(await places(flags));
  if (!flags.dryRun) for (const folder of stale) await rm(folder, { recursive: true, force: true });
  if (flags.json) {
    stdout.write(`${JSON.stringify({ removed: !flags.dryRun, folders: stale }, undefined, 2)}\n`);
    return 0;
  }
  const verb = flags.dryRun ? "would remove" : "removed";
  stdout.write(
    stale.length === 0
      ? "Nothing to remove.\n"
      : stale.map((folder) => `${verb} ${nearPaths(folder, process.cwd())}\n`).join(""),
  );
  return 0;
}

interface Places {
  readonly work: readonly string[];
  readonly runs: readonly string[];
}

/** Of the config where there is one, else of the folder itself. */
async function places(flags: Invocation["flags"]): Promise<Places> {
  try {
    const { lines } = await loadProject(flags);
    return {
      work: [...new Set(lines.map((line) => line.work))],
      runs: [...new Set(lines.map((line) => line.runs))],
    };
  } catch (error) {
    if (!isServicingError(error) || error.code !== "SERVICING_CONFIG_NOT_FOUND") throw error;
    return {
      work: [join(flags.cwd, ".servicing", "work")],
      runs: [join(flags.cwd, ".servicing", "runs")],
    };
  }
}

/** Work folders whose process is gone, and run folders that are old and belong to no living process. */
export async function staleFolders(
  { work, runs }: Places,
  now = Date.now(),
  alive: (pid: number) => boolean = isAlive,
): Promise<readonly string[]> {
  const stale: string[] = [];
  for (const folder of await inside(work)) {
    const pid = ownerOf(folder);
    // Without a pid file it is no work folder of ours: `work` may be shared with others.
    if (pid !== undefined && !alive(pid)) stale.push(folder);
  }
  for (const folder of await inside(runs)) {
    const pid = ownerOf(folder);
    const { mtimeMs } = await stat(folder);
    if (now - mtimeMs > keptMilliseconds && (pid === undefined || !alive(pid))) stale.push(folder);
  }
  return stale;
}

async function inside(folders: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
    }),
  );
  return found.flat().sort();
}
