import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import fastGlob from "fast-glob";
import { failure } from "./error.ts";

/**
 * Absolute paths that match, sorted. A folder that is really there is meant as it is spelled, whatever characters of globs
 * its name holds: `drivers/Intel(R) Net [x64]`. With extensions, a folder stands for the files below it that have one.
 * @throws SERVICING_INPUT_NOT_FOUND
 */
export async function inputFiles(
  folder: string,
  patterns: string | readonly string[],
  wanted: string,
  extensions?: readonly string[],
): Promise<readonly string[]> {
  const list = [patterns].flat();
  const named = (await Promise.all(list.map((pattern) => matching(folder, pattern)))).flat();
  const found = extensions === undefined ? named : await below(named, extensions);
  if (found.length === 0)
    throw failure("SERVICING_INPUT_NOT_FOUND", { path: list.join(", "), wanted, folder });
  return [...new Set(found)].sort();
}

const options = { absolute: true, caseSensitiveMatch: false } as const;

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
      : fastGlob(rest.join("/"), { ...options, cwd: start, onlyFiles: false });
  }
  return [];
}

async function below(paths: readonly string[], extensions: readonly string[]): Promise<readonly string[]> {
  const endings = extensions.map((extension) => `.${extension.toLowerCase()}`);
  const files = await Promise.all(
    paths.map((path) =>
      statSync(path).isDirectory() ? fastGlob("**/*", { ...options, cwd: path }) : [path],
    ),
  );
  return files.flat().filter((file) => endings.some((ending) => file.toLowerCase().endsWith(ending)));
}
