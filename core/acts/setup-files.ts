import { existsSync } from "node:fs";
import { lstat, rm } from "node:fs/promises";
import type { Act } from "../engine.ts";
import { failure } from "../error.ts";
import { sha256Of } from "../file-bytes.ts";
import { makeFolder } from "../make-folder.ts";
import { folderEntries } from "../media-source.ts";
import { readWim } from "../wim-file.ts";
import { bootPath, spelled, take } from "./media-file.ts";
import type { ActContext } from "./perform.ts";

/** Files of Windows Setup that have to be the same on the media as in boot.wim ("media-dynamic-update"). */
const setupFiles = ["sources/setup.exe", "sources/setuphost.exe"];

/** What boot.wim has of what the firmware starts, and the names that it has on media. */
const bootManagers: readonly (readonly [from: string, on: RegExp])[] = [
  [
    "Windows/Boot/EFI/bootmgfw.efi",
    /^efi\/(?:[^/]+\/)*(?:bootmgfw|bootx64|bootaa64|bootia32|bootarm)\.efi$/i,
  ],
  ["Windows/Boot/EFI/bootmgr.efi", /^(?:efi\/(?:[^/]+\/)*)?bootmgr\.efi$/i],
];

/** Whether a file of media, of this path, may come from its boot.wim. */
export function isOfBootWim(
  path: string,
  { bootManager = false }: { readonly bootManager?: boolean },
): boolean {
  return (
    setupFiles.includes(path.toLowerCase()) || (bootManager && bootManagers.some(([, on]) => on.test(path)))
  );
}

/** @throws SERVICING_COMMAND_FAILED, SERVICING_MEDIA_UNFIT for a link, which would lead anywhere on this machine */
export async function matchSetupFiles(
  act: Extract<Act, { act: "match setup files" }>,
  context: ActContext,
): Promise<void> {
  const pairs = [
    ...setupFiles.map((path) => [path, path] as const),
    ...(act.bootManager === true ? await managersOf(act.media) : []),
  ];
  const inside = act.mounted ?? (await extracted(act.media, act.work, pairs, context));
  for (const [source, path] of pairs) {
    const [from, to] = [await spelled(inside, source), await spelled(act.media, path)];
    // Where the media have no such file, nothing ever started from there.
    const found = await lstat(from).catch(() => undefined);
    if (found === undefined || !existsSync(to)) continue;
    if (!found.isFile()) {
      const reason = `${windows(source)} of its boot.wim is no file`;
      throw failure("SERVICING_MEDIA_UNFIT", { to: act.media, reason });
    }
    if ((await sha256Of(from)).sha256 === (await sha256Of(to)).sha256) continue;
    await take(from, to, false);
    context.warn(`${windows(path)} of the media was another than in boot.wim: it is boot.wim's now`);
  }
  if (act.mounted === undefined) await rm(act.work, { recursive: true, force: true });
}

async function managersOf(media: string): Promise<readonly (readonly [string, string])[]> {
  const files = (await folderEntries(media)).filter(({ folder }) => !folder);
  return bootManagers.flatMap(([from, on]) =>
    files.filter(({ path }) => on.test(path)).map(({ path }) => [from, path] as const),
  );
}

function windows(path: string): string {
  return path.replaceAll("/", "\\");
}

async function extracted(
  media: string,
  work: string,
  pairs: readonly (readonly [string, string])[],
  context: ActContext,
): Promise<string> {
  const boot = await spelled(media, bootPath);
  const { images, bootIndex } = readWim(boot);
  const index = bootIndex > 0 ? bootIndex : Math.min(2, images.length);
  await rm(work, { recursive: true, force: true });
  makeFolder(work, 0o700);
  // As patterns, since a path that is none has to be there.
  const names = [...new Set(pairs.map(([source]) => `/${source.replace(/.$/, "?")}`))];
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
