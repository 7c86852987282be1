import { existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import prettyBytes from "pretty-bytes";
import type { WimFile, WimFolder } from "../../templates/sample/wim-tree.ts";
import { writeWim } from "../../templates/sample/wim-writer.ts";
import { fileContent, fileSizes } from "./content.ts";
import { command, say } from "./measure.ts";

export interface Size {
  readonly files: number;
  readonly bytes: number;
}

/** LZX at its default level would take minutes, for a few hundredths less. */
export const compressions = { xpress: "XPRESS", lzx: "LZX:20" } as const;
export type Compression = keyof typeof compressions;

/** One file in so many does not compress at all: archives, pictures. */
const packedEvery = 20;
const filesPerFolder = 11.6;

/**
 * Images of one generated tree, one for each compression. They are the same bytes in every run, whichever machine makes
 * them; with `keep` they stay, in a folder named by what they are made from, for the next run.
 */
export async function makeBases(
  folder: string,
  size: Size,
  wanted: readonly Compression[],
  keep: boolean,
): Promise<Readonly<Record<Compression, string>>> {
  const name = `base-1-${size.files}-${size.bytes / 1_000_000}MB`;
  const home = keep ? join(tmpdir(), "servicing-bench-bases", name) : join(folder, name);
  mkdirSync(home, { recursive: true });
  const bases = { xpress: join(home, "xpress.wim"), lzx: join(home, "lzx.wim") };
  const missing = wanted.filter((compression) => !existsSync(bases[compression]));
  if (missing.length > 0) {
    const raw = join(folder, `${name}.wim`);
    await writeWim(raw, {
      images: [
        { name: "Generated", time: new Date(0), facts: { WINDOWS: { ARCH: 9 } }, tree: generated(size) },
      ],
    });
    for (const compression of missing) {
      const unfinished = `${bases[compression]}.unfinished`;
      const compress = `--compress=${compressions[compression]}`;
      rmSync(unfinished, { force: true });
      await command("wimlib-imagex", ["export", raw, "1", unfinished, compress]);
      renameSync(unfinished, bases[compression]);
    }
    rmSync(raw);
  }
  for (const compression of wanted) {
    const file = bases[compression];
    // Everything is measured with a warm cache.
    await command("dd", [`if=${file}`, "of=/dev/null", "bs=1M"]);
    const before = prettyBytes(size.bytes);
    say(
      `base: ${size.files.toLocaleString("en")} files, ${before}, ${compression} ${prettyBytes(statSync(file).size)}`,
    );
  }
  return bases;
}

/** `\\Windows` with folders of folders of a dozen files each. */
function generated({ files, bytes }: Size): WimFolder {
  const sizes = fileSizes(files, bytes, 3);
  const groups = Math.max(1, Math.round(Math.sqrt(files / filesPerFolder)));
  const folders = groups * groups;
  function* leaf(folder: number): Generator<WimFile> {
    const [first, end] = [folder, folder + 1].map((at) => Math.floor((at * files) / folders));
    for (let file = first ?? 0; file < (end ?? 0); file += 1)
      yield {
        name: `component ${file}.dll`,
        data: () => fileContent(file, sizes[file] ?? 0, file % packedEvery === 0 ? 1 : 0),
      };
  }
  function* group(at: number): Generator<WimFolder> {
    for (let folder = at * groups; folder < (at + 1) * groups; folder += 1)
      yield { name: `folder ${folder}`, entries: leaf(folder) };
  }
  const tree = Array.from({ length: groups }, (_, at) => ({ name: `group ${at}`, entries: group(at) }));
  return { name: "", entries: [{ name: "Windows", entries: tree }] };
}

/** @throws where the file system of the folder is in memory or has less room than that */
export async function checkRoom(folder: string, needed: number): Promise<void> {
  const { bavail, bsize, type } = await statfs(folder);
  const free = bavail * bsize;
  say(`needs ${prettyBytes(needed)} in ${folder}; ${prettyBytes(free)} are free`);
  if (free < needed) throw new Error(`${folder} has too little room; TMPDIR names another folder`);
  if (type === 0x01021994) say(`${folder} is in memory: times of disks will be shorter than they are`);
}
