import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { failure } from "./error.ts";
import { decodeText } from "./formats/text.ts";
import { references } from "./formats/wim-reference.ts";
import { type ImageInfo, imageTitle } from "./image.ts";
import { findExecutable } from "./executable.ts";
import type { Runner } from "./runner.ts";
import { inScratch } from "./scratch-folder.ts";
import { answerFilePath, type Existing, setupCompletePath } from "./setup-finish.ts";

const largest = 4 * 1024 * 1024;

/** Windows looks here before it looks at `\\Windows\\Panther` ("windows-setup-automation-overview"). */
const shadowing = ["unattend.xml", "autounattend.xml"].map((name) => `\\Windows\\Panther\\Unattend\\${name}`);

/**
 * Reads what an image already tells Windows Setup, so that ours is merged into it rather than put over it.
 * @throws SERVICING_INPUT_UNREADABLE for a file that is too large to be merged
 */
export async function readExistingSetup(
  image: ImageInfo,
  runner: Runner,
  signal: AbortSignal | undefined,
): Promise<Existing> {
  if (findExecutable("wimlib-imagex") === undefined) return { unread: "wimlib-imagex is not installed" };
  return inScratch(async (folder) => {
    await runner.run(
      {
        run: "wimlib-imagex",
        args: [
          "extract",
          image.file,
          String(image.index),
          ...[answerFilePath, setupCompletePath, ...shadowing].map((path) => path.replaceAll("\\", "/")),
          ...references(image.file).slice(1),
          `--dest-dir=${folder}`,
          "--preserve-dir-structure",
          "--nullglob",
          "--no-acls",
          "--no-attributes",
        ],
        env: { WIMLIB_IMAGEX_IGNORE_CASE: "1" },
        writes: false,
      },
      { signal },
    );
    const found = await filesBelow(folder);
    const bytes = async (path: string): Promise<Buffer | undefined> => {
      const file = found.get(path.toLowerCase());
      if (file === undefined) return undefined;
      if ((await stat(file)).size <= largest) return readFile(file);
      const reason = "it is larger than 4 MiB";
      throw failure("SERVICING_INPUT_UNREADABLE", { path: `${path} of ${imageTitle(image)}`, reason });
    };
    const answerFile = await bytes(answerFilePath);
    const setupComplete = await bytes(setupCompletePath);
    return {
      ...(answerFile === undefined ? {} : { answerFile: decodeText(answerFile).text }),
      ...(setupComplete === undefined ? {} : { setupComplete: setupComplete.toString("latin1") }),
      shadows: shadowing.filter((path) => found.has(path.toLowerCase())),
    };
  });
}

/** Host files by their path in the image, in lower case: wimlib gives them the case that the image has. */
async function filesBelow(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    files.map((file) => [`\\${relative(folder, file).split(sep).join("\\")}`.toLowerCase(), file]),
  );
}
