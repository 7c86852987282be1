import { readFile, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import type { Act } from "../engine.ts";
import { failure } from "../error.ts";
import { withFile } from "../file-source.ts";
import { type BootEntry, readBootCatalogue } from "../formats/el-torito.ts";
import { bootCatalogue, differences, first, readListing, readTally } from "../formats/media.ts";
import { folderEntries } from "../media-source.ts";
import type { ActContext } from "./perform.ts";

type VerifyVolume = Extract<Act, { act: "verify volume" }>;

/** Windows' own have 4 KiB and 1.4 MiB. */
const largestBootImage = 64 * 1024 * 1024;

/**
 * Reads an ISO or a disk by a tool that did not write it: every name and every content is the folder's, and what an ISO
 * boots is the files that it was to boot.
 * @throws SERVICING_MEDIA_UNPROVEN
 */
export async function verifyVolume(act: VerifyVolume, context: ActContext): Promise<void> {
  const { file, folder } = act;
  const { runner } = context;
  const options = ["-scrcSHA256", "-sccUTF-8", "-bd", `-x!${bootCatalogue}`];
  const volume = await runner.run({ run: "7z", args: ["t", ...options, "--", file], writes: false }, context);
  const all = `${folder}${sep}*`;
  const wanted = await runner.run({ run: "7z", args: ["h", ...options, "--", all], writes: false }, context);
  const [found, meant] = [readTally(volume.stdout), readTally(wanted.stdout)];
  const problems = found === undefined || found !== meant ? [...(await named(act, context))] : [];
  problems.push(...(await bootProblems(act)));
  if (problems.length > 0) throw failure("SERVICING_MEDIA_UNPROVEN", { file, problems: first(problems) });
}

/** What is different, in names and sizes as far as those tell it. */
async function named({ file, folder }: VerifyVolume, context: ActContext): Promise<readonly string[]> {
  const { stdout } = await context.runner.run(
    { run: "7z", args: ["l", "-sccUTF-8", "--", file], writes: false },
    context,
  );
  const found = readListing(stdout).filter(({ path }) => path !== bootCatalogue);
  const told = differences(await folderEntries(folder), found);
  return told.length > 0 ? told : [`contents or names are not those of ${folder}`];
}

async function bootProblems({ file, folder, bios, uefi }: VerifyVolume): Promise<readonly string[]> {
  const wanted = [
    ...(bios === undefined ? [] : [{ platform: "bios", path: bios } as const]),
    ...(uefi === undefined ? [] : [{ platform: "uefi", path: uefi } as const]),
  ];
  if (wanted.length === 0) return [];
  const found = withFile(file, readBootCatalogue);
  const problems: string[] = [];
  if (found.length !== wanted.length) problems.push(`it boots in ${found.length} ways, not ${wanted.length}`);
  for (const [at, { platform, path }] of wanted.entries()) {
    const image = join(folder, path);
    if ((await stat(image)).size > largestBootImage) problems.push(`${path} is too large to be booted`);
    else if (!boots(found[at], platform, await readFile(image), file))
      problems.push(`${path} is not what ${platform} boots`);
  }
  return problems;
}

function boots(
  entry: BootEntry | undefined,
  platform: BootEntry["platform"],
  image: Buffer,
  file: string,
): boolean {
  if (entry?.platform !== platform || !entry.bootable || entry.sectors === 0) return false;
  return withFile(file, (source) => image.equals(source.read(entry.offset, image.length)));
}
