import { posix, win32 } from "node:path";

/** The rules of the host that a path is of, whichever host plans: Windows' where it has a drive letter or a backslash. */
export function pathsOf(path: string): typeof posix {
  return /^[A-Za-z]:|\\/.test(path) ? win32 : posix;
}
