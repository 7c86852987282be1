import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/** Where programs are looked for. Debian leaves out the folder of sfdisk for who is not root. */
export function searchPath(env: NodeJS.ProcessEnv = process.env): string {
  const path = env["PATH"] ?? env["Path"] ?? "";
  return process.platform === "win32" ? path : [path, "/usr/sbin", "/sbin"].join(delimiter);
}

/** The file that a tool of this name is started from, where the PATH leads to one; a path is only looked at. */
export function findExecutable(tool: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const windows = process.platform === "win32";
  const endings = windows ? ["", ...(env["PATHEXT"] ?? ".EXE;.CMD").split(";")] : [""];
  const folders = /[\\/]/.test(tool) ? [""] : searchPath(env).split(delimiter);
  return folders
    .flatMap((folder) => endings.map((ending) => resolve(join(folder, `${tool}${ending}`))))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
