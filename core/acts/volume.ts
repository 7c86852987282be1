import { mkdir, rm } from "node:fs/promises";
import { devNull } from "node:os";
import { join } from "node:path";
import type { Act } from "../engine.ts";
import { applyImage, wimlibImagex } from "../engines/wimlib-command.ts";
import { wimlibUpdate } from "../engines/wimlib.ts";
import { failure } from "../error.ts";
import { freeAdvised, freeOf } from "../formats/recovery-volume.ts";
import type { Dentry } from "../formats/wim-metadata.ts";
import { treeDifferences } from "../formats/wim-difference.ts";
import { references } from "../formats/wim-reference.ts";
import { winre } from "../image.ts";
import { makeFolder } from "../make-folder.ts";
import { quoted } from "./batch.ts";
import { branch } from "./branch.ts";
import { withBranch } from "./open-branch.ts";
import type { ActContext } from "./perform.ts";

type CompareVolume = Extract<Act, { act: "compare volume" }>;
type ApplyRecovery = Extract<Act, { act: "apply recovery" }>;

const shown = 20;

/**
 * Captures a volume as a delta of the image that was applied to it, which takes the tree alone, and compares the trees.
 * @throws SERVICING_DISK_UNPROVEN
 */
export async function compareVolume(act: CompareVolume, context: ActContext): Promise<void> {
  const { volume, file, index } = act;
  await within(act.work, async () => {
    const wanted = join(act.work, "wanted.wim");
    const found = join(act.work, "found.wim");
    await branch({ act: "branch", file, index, branch: wanted }, context);
    await captureVolume(act, found, act.contents ? [] : [`--update-of=${file}:${index}`], context);
    const problems = withBranch(wanted, file, (left) =>
      withBranch(found, found, (right) => treeDifferences(left.source, right.source, shown)),
    );
    if (problems.length > 0) throw failure("SERVICING_DISK_UNPROVEN", { file: volume, problems });
  });
}

/** Captures a volume into a WIM that is not compressed; only what `file` has not is stored. */
export async function captureVolume(
  { volume, file }: Pick<CompareVolume, "volume" | "file">,
  to: string,
  options: readonly string[],
  context: ActContext,
): Promise<void> {
  const all = [`--config=${devNull}`, "--compress=none", `--delta-from=${file}`, ...options];
  await context.runner.run(wimlibImagex("capture", volume, to, "volume", ...all), context);
}

const folder = "\\Recovery\\WindowsRE";

/**
 * Puts Winre.wim where "deploy-windows-re" has it copied to, with its attributes and its security descriptor: by a branch
 * of the image in which it is all that is left, so that nothing but itself is decompressed.
 * @throws SERVICING_DISK_UNPROVEN
 */
export async function applyRecovery(act: ApplyRecovery, context: ActContext): Promise<void> {
  const { file, index, volume, work } = act;
  await within(work, async () => {
    const only = join(work, "recovery.wim");
    await branch({ act: "branch", file, index, branch: only }, context);
    const { wanted, others } = withBranch(only, file, ({ metadata }) => ({
      wanted: metadata.lookup(winre),
      others: [...metadata.children(metadata.root)].map(({ name }) => name),
    }));
    if (wanted === undefined) {
      context.warn(`the recovery partition stays empty: the image has no ${winre}`);
      return;
    }
    const tree = join(work, "tree");
    await mkdir(join(tree, "WindowsRE"), { recursive: true });
    await context.runner.run(wimlibUpdate(only, leaving(wanted, others, tree)), context);
    const apply = applyImage(only, 1, volume);
    await context.runner.run({ ...apply, args: [...apply.args, ...references(file)] }, context);
    await checkRecovery(act, wanted, context);
    await warnOfSpace(volume, context);
  });
}

/** The file moves away from Windows, which then goes; the volume gets folders as a copy would make them. */
function leaving({ name }: Dentry, others: readonly string[], tree: string): string {
  const windows = winre.split("\\")[1]?.toLowerCase();
  return [
    ...others
      .filter((other) => other.toLowerCase() !== windows)
      .map((other) => `delete ${quoted(`/${other}`)} --recursive`),
    `add ${quoted(tree)} /Recovery`,
    `rename ${slashed(winre)} ${slashed(`${folder}\\${name}`)}`,
    `delete /Windows --recursive`,
    "",
  ].join("\n");
}

function slashed(path: string): string {
  return quoted(path.replaceAll("\\", "/"));
}

async function checkRecovery(
  { volume, file, work }: ApplyRecovery,
  wanted: Dentry,
  context: ActContext,
): Promise<void> {
  const back = join(work, "found.wim");
  await captureVolume({ volume, file }, back, [], context);
  const found = withBranch(back, back, ({ metadata }) => metadata.lookup(`${folder}\\${wanted.name}`));
  if (found?.hash === wanted.hash && found.attributes === wanted.attributes) return;
  const problems = [
    `${folder}\\${wanted.name} is ${found === undefined ? "missing" : "not what the image has"}`,
  ];
  throw failure("SERVICING_DISK_UNPROVEN", { file: volume, problems });
}

async function warnOfSpace(volume: string, context: ActContext): Promise<void> {
  const { stdout } = await context.runner.run(
    { run: "ntfsinfo", args: ["--mft", volume], writes: false },
    context,
  );
  const found = freeOf(stdout);
  if (found === undefined) return;
  const advised = freeAdvised(found.size);
  if (found.free < advised)
    context.warn(
      `the recovery partition has ${found.free} MiB free of ${found.size}, and Windows wants ${advised} for its updates: make it larger`,
    );
}

export async function within(work: string, use: () => Promise<void>): Promise<void> {
  await rm(work, { recursive: true, force: true });
  makeFolder(work, 0o700);
  try {
    await use();
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
