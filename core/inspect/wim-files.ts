import { mkdir, stat, writeFile } from "node:fs/promises";
import { withFile } from "../file-source.ts";
import { fileBytesIn, listedNamesIn, rootNamesIn } from "../formats/tool-listing.ts";
import { blobTable, readHeader } from "../formats/wim.ts";
import { refuseBomb, run, type Tools, unpacked, unreadable } from "./unpack.ts";

/** Files in the root of the first image of a WIM that is no image of Windows: an .msu, and what is in one. */
export interface WimFiles {
  names(): Promise<readonly string[]>;
  /**
   * One of them, of at most so many bytes, into a folder that is made.
   * @throws SERVICING_INPUT_UNREADABLE, SERVICING_TOOL_MISSING
   */
  extract(name: string, folder: string, most: number): Promise<string>;
}

/** By wimlib; on Windows, which has none, by DISM. @param file what is blamed for what cannot be read */
export function filesOfWim(wim: string, tools: Tools, file = wim): WimFiles {
  return process.platform === "win32" ? byDism(wim, tools, file) : byWimlib(wim, tools, file);
}

function byWimlib(wim: string, tools: Tools, file: string): WimFiles {
  const wimlib = (...args: readonly string[]): Promise<string> =>
    run({ run: "wimlib-imagex", args, env: { WIMLIB_IMAGEX_IGNORE_CASE: "1" } }, file, tools);
  return {
    names: async () => rootNamesIn(await wimlib("dir", wim, "1")),
    async extract(name, folder, most) {
      // From the table of the WIM's blobs, which wimlib goes by; its XML may say anything.
      const bytes = fileBytesIn(await wimlib("dir", wim, "1", `--path=/${name}`, "--detailed"));
      if (bytes === undefined) throw unreadable(file, `${name} in it is no file of a plausible size`);
      refuseLarger(file, name, bytes, most);
      await mkdir(folder);
      await wimlib("extract", wim, "1", `/${name}`, `--dest-dir=${folder}`, "--no-acls", "--no-attributes");
      return unpacked(folder, name, file);
    },
  };
}

/** What the package in an .msu holds beside its update.mum, of which there are too many to be named. */
const components = ["\\*.cat", "\\*.manifest", "\\*.mum", "\\*_*"];
const fewNames = 64;

/**
 * DISM applies all of an image save what a list excludes ("dism-configuration-list-and-wimscriptini-files-winnext").
 * Was never run on Windows.
 */
function byDism(wim: string, tools: Tools, file: string): WimFiles {
  const dism = (...args: readonly string[]): Promise<string> =>
    run({ run: "dism.exe", args: ["/English", ...args] }, file, tools);
  const names = async (): Promise<readonly string[]> =>
    listedNamesIn(await dism("/List-Image", `/ImageFile:${wim}`, "/Index:1"));
  return {
    names,
    async extract(name, folder, most) {
      await mkdir(folder);
      const unpacks = withFile(wim, (source) => {
        const blobs = [...blobTable(source, readHeader(source))];
        return { bytes: blobs.reduce((sum, { originalSize }) => sum + originalSize, 0), size: source.size };
      });
      refuseBomb(file, unpacks.bytes, unpacks.size);
      const others = (await names()).filter((one) => one.toLowerCase() !== name.toLowerCase());
      const excluded = others.length > fewNames ? components : others.map((one) => `\\${one}`);
      const list = ["[ExclusionList]", ...excluded, "", "[ExclusionException]", `\\${name}`, ""];
      const configuration = `${folder}.ini`;
      await writeFile(configuration, list.join("\r\n"));
      const where = [`/ImageFile:${wim}`, "/Index:1", `/ApplyDir:${folder}`];
      await dism("/Apply-Image", ...where, `/ConfigFile:${configuration}`, `/LogPath:${folder}.log`);
      const found = await unpacked(folder, name, file);
      refuseLarger(file, name, (await stat(found)).size, most);
      return found;
    },
  };
}

function refuseLarger(file: string, name: string, bytes: number, most: number): void {
  if (bytes > most) throw unreadable(file, `its ${name} would unpack to ${bytes} bytes, more than ${most}`);
}
