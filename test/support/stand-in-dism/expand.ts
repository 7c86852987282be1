import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Host } from "./host.ts";

const start = promisify(execFile);

/** What expand.exe does with one file of a cabinet, `expand cabinet -F:name folder` ("expand"); Wine's own takes no `-F`. */
export async function runExpand(
  argv: readonly string[],
  host: Host,
  print: (text: string) => void,
): Promise<number> {
  host.heard.push({ program: "expand.exe", argv });
  const [cabinet = "", option = "", folder = ""] = argv;
  const name = /^[-/]F:(.+)$/i.exec(option)?.[1];
  if (argv.length !== 3 || name === undefined) return 1;
  try {
    await start("cabextract", ["-q", "-F", name, "-d", host.place(folder), host.place(cabinet)]);
    print("Expanding Files Complete ...\n");
    return 0;
  } catch {
    print("Can't open input file\n");
    return 1;
  }
}
