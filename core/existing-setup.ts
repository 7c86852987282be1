import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { references } from "./formats/wim-reference.ts";
import type { ImageInfo } from "./image.ts";
import { onPath } from "./preflight.ts";
import type { Runner } from "./runner.ts";

/** What an image already tells Windows Setup: ours is merged into it rather than put over it. */
export interface ExistingSetup {
  readonly answerFile?: string;
  readonly setupComplete?: string;
}

const largest = 4 * 1024 * 1024;

/** Reads the two files out of an image; what is not there is absent. Without wimlib nothing can be known. */
export async function readExistingSetup(
  image: ImageInfo,
  runner: Runner,
  signal: AbortSignal | undefined,
): Promise<ExistingSetup> {
  if (!onPath("wimlib-imagex")) return {};
  const folder = await mkdtemp(join(tmpdir(), "servicing-"));
  try {
    await runner.run(
      {
        run: "wimlib-imagex",
        args: [
          "extract",
          image.file,
          String(image.index),
          "/Windows/Panther/unattend.xml",
          "/Windows/Setup/Scripts/SetupComplete.cmd",
          ...references(image.file).slice(1),
          `--dest-dir=${folder}`,
          "--nullglob",
          "--no-acls",
          "--no-attributes",
        ],
        env: { WIMLIB_IMAGEX_IGNORE_CASE: "1" },
        writes: false,
      },
      { signal },
    );
    const answerFile = await text(join(folder, "unattend.xml"));
    const setupComplete = await text(join(folder, "SetupComplete.cmd"));
    return {
      ...(answerFile === undefined ? {} : { answerFile }),
      ...(setupComplete === undefined ? {} : { setupComplete }),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function text(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || found.size > largest) return undefined;
  return readFile(file, "utf8");
}
