import { existsSync } from "node:fs";
import { lstat, readdir, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { capturedFiles, deviceLogs } from "../audit/device-logs.ts";
import { jobLogs, jobState } from "../audit/job.ts";
import { stateName } from "../audit/outcome.ts";
import { isFile, type Metadata, noContent } from "../formats/wim-metadata.ts";
import { isBelow } from "../host-path.ts";
import { blobsIn } from "./pack.ts";
import { branch } from "./branch.ts";
import { withBranch } from "./open-branch.ts";
import type { ActContext } from "./perform.ts";

const mebibyte = 1024 * 1024;
const mostFiles = 5000;

/** Bytes of a file that are taken: whoever made the image may not mean well. */
function limitOf(path: string): number {
  if (path === deviceLogs.software) return 1024 * mebibyte;
  return path.startsWith(`${jobState}\\`) ? mebibyte : 64 * mebibyte;
}

/**
 * The files of a device that tell how it went, as files of this machine, by their paths there: out of what was captured, or
 * of a folder `captured.files` beside `captured.wim`, which a host without wimlib has them in.
 * @param work a folder that is there
 */
export async function deviceFiles(
  captured: string,
  work: string,
  context: ActContext,
): Promise<ReadonlyMap<string, string>> {
  const beside = capturedFiles(captured);
  return existsSync(beside) ? inFolder(beside, context) : inImage(captured, work, context);
}

async function inFolder(folder: string, context: ActContext): Promise<ReadonlyMap<string, string>> {
  const root = await realpath(folder);
  const hostOf = (path: string): string => join(root, ...path.split("\\"));
  const names = async (path: string): Promise<readonly string[]> => {
    const found = await readdir(hostOf(path)).catch(() => []);
    return found.filter((name) => stateName.test(name)).map((name) => `${path}\\${name}`);
  };
  const paths = [...Object.values(deviceLogs), ...(await names(jobState)), ...(await names(jobLogs))];
  const found = new Map<string, string>();
  for (const path of paths.slice(0, mostFiles)) {
    const real = await realpath(hostOf(path)).catch(() => undefined);
    if (real === undefined || !isBelow(real, root)) continue;
    const stats = await lstat(real);
    if (stats.isFile() && fits(path, stats.size, context)) found.set(path, real);
  }
  return found;
}

async function inImage(
  captured: string,
  work: string,
  context: ActContext,
): Promise<ReadonlyMap<string, string>> {
  const tree = join(work, "tree.wim");
  await branch({ act: "branch", file: captured, index: 1, branch: tree }, context);
  const blobs = blobsIn([captured]);
  const paths = withBranch(tree, captured, ({ metadata }) =>
    pathsIn(metadata).filter(({ path, hash }) =>
      fits(path, hash === noContent ? 0 : (blobs.size(Buffer.from(hash, "hex"), 0) ?? Infinity), context),
    ),
  );
  const to = join(work, "files");
  if (paths.length === 0) return new Map();
  const list = join(work, "files.txt");
  await writeFile(list, paths.map(({ real }) => `${real.replaceAll("\\", "/")}\n`).join(""));
  const options = ["--preserve-dir-structure", "--no-globs", "--no-acls", "--no-attributes"];
  const args = ["extract", captured, "1", `@${list}`, `--dest-dir=${to}`, ...options];
  await context.runner.run({ run: "wimlib-imagex", args, writes: true }, context);
  return new Map(paths.map(({ path, real }) => [path, join(to, ...real.split("\\"))]));
}

interface Found {
  readonly path: string;
  /** As the image writes it. */
  readonly real: string;
  readonly hash: string;
}

function pathsIn(metadata: Metadata): readonly Found[] {
  const of = (path: string): readonly Found[] => {
    const entry = metadata.lookup(path);
    if (entry === undefined || !isFile(entry)) return [];
    const names = metadata.trace(path).map(({ name }) => name);
    return [{ path, real: names.join("\\"), hash: entry.hash }];
  };
  const inside = (folder: string): readonly Found[] => {
    const entry = metadata.lookup(folder);
    if (entry === undefined || entry.reparsePoint) return [];
    const found: Found[] = [];
    for (const { name } of metadata.children(entry)) {
      if (found.length === mostFiles) break;
      if (stateName.test(name)) found.push(...of(`${folder}\\${name}`));
    }
    return found;
  };
  return [...Object.values(deviceLogs).flatMap(of), ...inside(jobState), ...inside(jobLogs)];
}

function fits(path: string, bytes: number, { warn }: ActContext): boolean {
  if (bytes <= limitOf(path)) return true;
  warn(`${path} of the reference device is too large to be read, or its content is missing`);
  return false;
}
