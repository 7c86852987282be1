import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { packReferences, references } from "../formats/wim-reference.ts";
import type { HiveContext } from "./registry.ts";

/** Puts files of a branch, without their folders, into a folder of this machine. */
export async function extract(paths: readonly string[], folder: string, context: HiveContext): Promise<void> {
  await context.runner.run(
    {
      run: "wimlib-imagex",
      args: [
        "extract",
        context.branch,
        "1",
        ...paths.map((path) => path.replaceAll("\\", "/")),
        ...references(context.image.file),
        ...packReferences(context.branch),
        `--dest-dir=${folder}`,
        "--no-acls",
        "--no-attributes",
      ],
      env: { WIMLIB_IMAGEX_IGNORE_CASE: "1" },
      writes: true,
    },
    context,
  );
}

/** wimlib gives a file the name that it has in the image, whatever its case. */
export async function extracted(folder: string, path: string): Promise<string> {
  const name = path.split("\\").at(-1) as string;
  const names = await readdir(folder);
  return join(folder, names.find((each) => each.toLowerCase() === name.toLowerCase()) ?? name);
}
