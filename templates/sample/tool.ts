import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/** The system's tools that the sample is built with, and the Debian package of each. */
const packages = {
  gcab: "gcab",
  hivexregedit: "libwin-hivex-perl",
  mkntfs: "ntfs-3g",
  "wimlib-imagex": "wimtools",
  wixl: "wixl",
} as const;

export type Tool = keyof typeof packages;

/** Debian keeps mkntfs in a folder that only root has on its path. */
const path = [process.env["PATH"] ?? "", "/usr/sbin", "/sbin"].join(delimiter);

const execute = promisify(execFile);

/** Runs a tool, without a shell, and returns what it prints. Dates are UTC and messages English. */
export async function run(tool: Tool, args: readonly string[], cwd?: string): Promise<string> {
  const { stdout } = await execute(tool, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, PATH: path, TZ: "UTC", LC_ALL: "C.UTF-8" },
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

export class MissingTools extends Error {
  constructor(tools: readonly Tool[]) {
    const names = [...new Set(tools.map((tool) => packages[tool]))];
    super(
      `The sample cannot be built without ${tools.join(", ")}: install the Debian ${
        names.length === 1 ? "package" : "packages"
      } ${names.join(", ")}.`,
    );
    this.name = "MissingTools";
  }
}

/** @throws MissingTools, which names them all. */
export function requireTools(tools: readonly Tool[]): void {
  const missing = [...new Set(tools)].filter((tool) => !isInstalled(tool));
  if (missing.length > 0) throw new MissingTools(missing);
}

function isInstalled(tool: Tool): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return folder !== "";
    } catch {
      return false;
    }
  });
}
