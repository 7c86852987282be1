import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname } from "node:path";

const file = findPackageJSON("..", import.meta.url) ?? "";

/** Folder of servicing's own package, where templates/ lies. */
export const packageFolder = dirname(file);

export function packageVersion(): string {
  return (JSON.parse(readFileSync(file, "utf8")) as { readonly version: string }).version;
}
