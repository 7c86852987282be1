import { existsSync } from "node:fs";
import { lstat, rm } from "node:fs/promises";
import type { Act } from "../engine.ts";
import { failure } from "../error.ts";
import { sha256Of } from "../file-bytes.ts";
import { makeFolder } from "../make-folder.ts";
import { readWim } from "../wim-file.ts";
import { bootPath, spelled, take } from "./media-file.ts";
import type { ActContext } from "./perform.ts";

/** Files of Windows Setup that have to be the same on the media as in boot.wim ("media-dynamic-update"). */
export const setupFiles: ReadonlySet<string> = new Set(["setup.exe", "setuphost.exe"]);

/** @throws SERVICING_COMMAND_FAILED, SERVICING_MEDIA_UNFIT for a link, which would lead anywhere on this machine */
export async function matchSetupFiles(
  act: Extract<Act, { act: "match setup files" }>,
  context: ActContext,
): Promise<void> {
  const sources = act.mounted ?? (await extracted(act.media, act.work, context));
  for (const name of setupFiles) {
    const [from, to] = [
      await spelled(sources, `sources/${name}`),
      await spelled(act.media, `sources/${name}`),
    ];
    // Where the media have no such file, Setup never started from there.
    const found = await lstat(from).catch(() => undefined);
    if (found === undefined || !existsSync(to)) continue;
    if (!found.isFile()) {
      const reason = `sources\\${name} of its boot.wim is no file`;
      throw failure("SERVICING_MEDIA_UNFIT", { to: act.media, reason });
    }
    if ((await sha256Of(from)).sha256 === (await sha256Of(to)).sha256) continue;
    await take(from, to, false);
    context.warn(`sources\\${name} of the media was another than in boot.wim: it is boot.wim's now`);
  }
  if (act.mounted === undefined) await rm(act.work, { recursive: true, force: true });
}

async function extracted(media: string, work: string, context: ActContext): Promise<string> {
  const boot = await spelled(media, bootPath);
  const { images, bootIndex } = readWim(boot);
  const index = bootIndex > 0 ? bootIndex : Math.min(2, images.length);
  await rm(work, { recursive: true, force: true });
  makeFolder(work, 0o700);
  // As patterns, since a path that is none has to be there.
  const names = [...setupFiles].map((name) => `/sources/${name.replace(/e$/, "?")}`);
  await context.runner.run(
    {
      run: "wimlib-imagex",
      args: [
        "extract",
        boot,
        String(index),
        ...names,
        "--nullglob",
        `--dest-dir=${work}`,
        "--preserve-dir-structure",
        "--no-acls",
        "--no-attributes",
      ],
      env: { WIMLIB_IMAGEX_IGNORE_CASE: "1" },
      writes: true,
    },
    context,
  );
  return work;
}
