import { posix, win32 } from "node:path";

/** The rules of the host that a path is of, whichever host plans: Windows' where it has a drive letter or a backslash. */
export function pathsOf(path: string): typeof posix {
  return /^[A-Za-z]:|\\/.test(path) ? win32 : posix;
}

/** Whether a path is a folder or in it, by the rules of the host that it is of. */
export function isBelow(path: string, folder: string): boolean {
  const { relative, isAbsolute, sep } = pathsOf(folder);
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
