import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** A path below a folder, whatever the case of the names that are there; those that are not there are as they are written. */
export function inside(folder: string, ...names: readonly string[]): string {
  let at = folder;
  for (const name of names.flatMap((each) => each.split(/[\\/]/)).filter((each) => each !== "")) {
    const exact = join(at, name);
    const found =
      existsSync(exact) || !existsSync(at)
        ? undefined
        : readdirSync(at).find((each) => each.toLowerCase() === name.toLowerCase());
    at = join(at, found ?? name);
  }
  return at;
}
