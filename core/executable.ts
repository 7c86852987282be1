import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/** Where systems keep the tools of administrators, which work on image files for anybody: sfdisk, mkntfs. */
const system = ["/usr/sbin", "/sbin"];

/** The PATH, and on it, last, what not every user has there. */
export function searchPath(env: NodeJS.ProcessEnv = process.env): string {
  const path = env["PATH"] ?? env["Path"] ?? "";
  if (process.platform === "win32") return path;
  const known = path.split(delimiter);
  return [...known, ...system.filter((folder) => !known.includes(folder))].join(delimiter);
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
