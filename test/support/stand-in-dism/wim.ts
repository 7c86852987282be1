import { execFile } from "node:child_process";
import { existsSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const start = promisify(execFile);

export interface WimImage {
  readonly index: number;
  readonly name: string;
  readonly description: string;
  readonly bytes: number;
  /** The texts of its XML by name, the first of each; nested names alone: `ARCH`, `EDITIONID`, `BUILD`. */
  text(name: string): string;
  readonly languages: readonly string[];
}

/** Runs wimlib-imagex, which does to image files what the stand-in is asked for. */
export async function wimlib(args: readonly string[], input?: string): Promise<string> {
  const running = start("wimlib-imagex", [...args], {
    encoding: "latin1",
    maxBuffer: 64 << 20,
    env: { ...process.env, LC_ALL: "C.UTF-8", WIMLIB_IMAGEX_IGNORE_CASE: "1" },
  });
  // It may have ended before it would have read anything.
  running.child.stdin?.on("error", () => undefined).end(input ?? "");
  return (await running).stdout;
}

export async function imagesOf(file: string): Promise<readonly WimImage[]> {
  const xml = Buffer.from(await wimlib(["info", file, "--xml"]), "latin1").toString("utf16le");
  return [...xml.matchAll(/<IMAGE INDEX="(\d+)">(.*?)<\/IMAGE>/gs)].map(([, index = "", body = ""]) => {
    const text = (name: string): string =>
      plain(new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1] ?? "");
    return {
      index: Number(index),
      name: text("NAME"),
      description: text("DESCRIPTION"),
      bytes: Number(text("TOTALBYTES") || 0),
      text,
      languages: [...body.matchAll(/<LANGUAGE>([^<]*)</g)].map((match) => match[1] ?? ""),
    };
  });
}

function plain(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}

/** Size and time of everything below a folder, links not followed: what changes between two of these has been written. */
export function stampsOf(folder: string): Record<string, string> {
  const stamps: Record<string, string> = {};
  const walk = (below: string): void => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      const stat = lstatSync(join(folder, path), { bigint: true });
      stamps[path] = entry.isDirectory() ? "folder" : `${stat.size} ${stat.mtimeNs} ${stat.ino}`;
      if (entry.isDirectory()) walk(path);
    }
  };
  if (existsSync(folder)) walk("");
  return stamps;
}

/** Writes back what has changed in a folder since it was applied; all else of the image stays as it is. */
export async function writeBack(
  file: string,
  index: number,
  folder: string,
  before: Readonly<Record<string, string>>,
): Promise<void> {
  const now = stampsOf(folder);
  const gone = Object.keys(before).filter((path) => !(path in now));
  const written = Object.keys(now).filter((path) => now[path] !== before[path]);
  const commands = [
    ...outermost(gone).map((path) => `delete --recursive --force ${quoted(`/${path}`)}`),
    ...outermost(written).map((path) => `add ${quoted(join(folder, path))} ${quoted(`/${path}`)}`),
  ];
  if (commands.length > 0) await wimlib(["update", file, String(index)], `${commands.join("\n")}\n`);
}

function outermost(paths: readonly string[]): readonly string[] {
  const all = new Set(paths);
  return paths.filter((path) => {
    const parts = path.split("/");
    return !parts.slice(1).some((_, at) => all.has(parts.slice(0, at + 1).join("/")));
  });
}

function quoted(path: string): string {
  return path.includes("'") ? `"${path}"` : `'${path}'`;
}
