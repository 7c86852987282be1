import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { createRunner } from "../../core/runner.ts";
import { inside } from "../support/stand-in-dism/inside.ts";

/** An image as somebody sees it who has no part in servicing it: its files in a folder, and what DISM says of it. */
export interface Seen {
  readonly folder: string;
  /** A path inside the image, whatever its case. */
  at(path: string): string;
  /** What DISM answers, in English. */
  ask(...words: readonly string[]): Promise<string>;
  /** A text of an offline hive; undefined where it is not there. */
  registry(hive: string, key: string, name: string): Promise<string | undefined>;
  /** Looks into a WIM inside the image. */
  into(path: string): Promise<Seen>;
}

const windows = process.platform === "win32";

/** By wimlib, and by DISM on Windows, where there is no wimlib. */
export async function look(file: string, index: number, scratch: string): Promise<Seen> {
  const folder = mkdtempSync(join(scratch, "seen-"));
  if (windows) await dism("/Apply-Image", `/ImageFile:${file}`, `/Index:${index}`, `/ApplyDir:${folder}`);
  else
    execFileSync("wimlib-imagex", ["apply", file, `${index}`, folder, "--no-acls", "--no-attributes"], {
      stdio: "ignore",
    });
  const at = (path: string): string => inside(folder, path);
  return {
    folder,
    at,
    ask: (...words) => dism(`/Image:${folder}`, ...words),
    registry: (hive, key, name) =>
      windows ? byReg(at(hive), key, name) : Promise.resolve(byHivex(at(hive), key, name)),
    into: (path) => look(at(path), 1, scratch),
  };

  async function dism(...words: readonly string[]): Promise<string> {
    const own = join(scratch, "dism");
    mkdirSync(own, { recursive: true });
    const globals = ["/English", `/LogPath:${join(scratch, "dism.log")}`, `/ScratchDir:${own}`];
    const [first = "", ...rest] = words;
    const args = first.startsWith("/Image:") ? [first, ...globals, ...rest] : [...globals, ...words];
    return (await createRunner().run({ run: "dism.exe", args, writes: false })).stdout;
  }
}

async function reg(...args: readonly string[]): Promise<string> {
  const command = { run: "reg.exe", args, success: [0, 1], writes: false };
  return (await createRunner().run(command)).stdout;
}

async function byReg(hive: string, key: string, name: string): Promise<string | undefined> {
  const loaded = "HKLM\\servicing-contract";
  await reg("load", loaded, hive);
  try {
    const text = await reg("query", `${loaded}\\${key}`, "/v", name);
    return /REG_\w+\s+(.*?)\s*$/m.exec(text)?.[1];
  } finally {
    await reg("unload", loaded);
  }
}

function byHivex(hive: string, key: string, name: string): string | undefined {
  try {
    return execFileSync("hivexget", [hive, `\\${key}`, name], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trimEnd();
  } catch {
    return undefined;
  }
}
