import { statSync } from "node:fs";
import { findExecutable } from "./executable.ts";
import type { Facts } from "./facts.ts";
import type { Runner } from "./runner.ts";
import { tools } from "./tools.ts";

/** Versions of tools, of those that are installed and tell one; asked again when the file that is started has changed. */
export async function toolVersions(
  names: readonly string[],
  facts: Facts,
  runner: Runner,
  signal?: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const versions: Record<string, string> = {};
  for (const name of names) {
    const args = tools.find((tool) => tool.name === name)?.version;
    const file = findExecutable(name);
    if (args === undefined || file === undefined) continue;
    const { size, mtimeMs, ino } = statSync(file);
    const key = `version ${file} ${size} ${mtimeMs} ${ino}`;
    const known = facts.read(key);
    if (typeof known === "string") {
      versions[name] = known;
      continue;
    }
    const { stdout } = await runner.run({ run: file, args, writes: false }, { signal });
    const found = /\(using wimlib (\d+(?:\.\d+)+)|(\d+(?:\.\d+)+)/.exec(stdout);
    versions[name] = found?.[1] ?? found?.[2] ?? "unknown";
    facts.write(key, versions[name]);
  }
  return versions;
}
