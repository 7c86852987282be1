import { type Dirent, existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import fastGlob from "fast-glob";
import { failure } from "./error.ts";

/**
 * Absolute paths that match, sorted. A folder that is really there is meant as it is spelled, whatever characters of globs
 * its name holds: `drivers/Intel(R) Net [x64]`. With extensions, a folder stands for the files below it that have one.
 * @throws SERVICING_INPUT_NOT_FOUND where one of the patterns matches nothing, SERVICING_INPUT_UNREADABLE
 */
export async function inputFiles(
  folder: string,
  patterns: string | readonly string[],
  wanted: string,
  extensions?: readonly string[],
): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const pattern of [patterns].flat()) {
    const named = await matching(folder, pattern);
    const files = extensions === undefined ? named : below(named, extensions);
    if (files.length === 0) throw failure("SERVICING_INPUT_NOT_FOUND", { path: pattern, wanted, folder });
    for (const file of files) found.add(file);
  }
  return [...found].sort();
}

// Links that patterns find are not followed further: who has two of them to a folder above has no end of paths.
const options = { absolute: true, caseSensitiveMatch: false, followSymbolicLinks: false } as const;

/** The longest start of a pattern that exists is no pattern. */
async function matching(folder: string, pattern: string): Promise<readonly string[]> {
  if (pattern === "") return [];
  const parts = pattern.replaceAll("\\", "/").split("/");
  for (let count = parts.length; count >= 0; count -= 1) {
    const start = resolve(folder, `${parts.slice(0, count).join("/")}${count === 1 ? "/" : ""}`);
    if (!existsSync(start)) continue;
    const rest = parts.slice(count).filter((part) => part !== "");
    return rest.length === 0
      ? [start]
      : fastGlob(rest.join("/"), { ...options, cwd: start, onlyFiles: false }).catch((error: Error) => {
          throw unreadable(start, error);
        });
  }
  return [];
}

function below(paths: readonly string[], extensions: readonly string[]): readonly string[] {
  const endings = extensions.map((extension) => `.${extension.toLowerCase()}`);
  const files = paths.flatMap((path) => (statSync(path).isDirectory() ? filesBelow(path) : [path]));
  return files.filter((file) => endings.some((ending) => file.toLowerCase().endsWith(ending)));
}

/** Each folder once, by the path that leads through the fewest links; what begins with a dot is hidden. */
function filesBelow(root: string): readonly string[] {
  const files: string[] = [];
  const seen = new Set<string>();
  const folders = [root];
  const links: string[] = [];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop() ?? links.shift()) {
    const real = realpathSync.native(folder);
    if (seen.has(real)) continue;
    seen.add(real);
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.name.startsWith(".")) continue;
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) files.push(path);
      else if (isFolder(path)) links.push(path);
      else if (existsSync(path)) files.push(path);
    }
  }
  return files;
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw unreadable(folder, error as Error);
  }
}

/** False for links that lead nowhere, or to themselves. */
function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

function unreadable(path: string, cause: Error): Error {
  return failure("SERVICING_INPUT_UNREADABLE", { path, reason: cause.message }, { cause });
}
