import { createHash, randomBytes } from "node:crypto";
import { rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Act } from "../engine.ts";
import { failure } from "../error.ts";
import { withFile } from "../file-source.ts";
import { resourceFlag } from "../formats/wim.ts";
import { hasFolderStreams } from "../formats/wim-contents.ts";
import { flatMetadata, isDirectory } from "../formats/wim-metadata.ts";
import { branchParts, carrierParts } from "../formats/wim-parts.ts";
import { compareVersions } from "../formats/version.ts";
import { makeFolder } from "../make-folder.ts";
import type { RunOptions } from "../runner.ts";
import { openSource } from "../wim-file.ts";
import { metadataHash, withBranch } from "./open-branch.ts";
import { firstPack } from "./pack.ts";
import type { ActContext } from "./perform.ts";
import { writeAround } from "./write-around.ts";

const nothing = Buffer.alloc(0);

type BranchContext = RunOptions & Pick<ActContext, "runner" | "warn">;

/**
 * Makes a branch: a WIM with one image whose files are all in another. It costs the image's metadata, not its files,
 * and the source stays as it is because nothing ever writes to it.
 */
export async function branch(act: Extract<Act, { act: "branch" }>, context: BranchContext): Promise<void> {
  const wim = openSource(act.file);
  const blob = wim.metadata[act.index - 1];
  const element = wim.images[act.index - 1];
  if (blob === undefined || element === undefined)
    throw failure("SERVICING_IMAGE_INDEX", {
      file: act.file,
      wanted: String(act.index),
      choices: wim.images.map((_, at) => String(at + 1)),
    });
  makeFolder(dirname(act.branch));
  const metadata = join(dirname(act.branch), `metadata-${act.index}`);
  if ((blob.flags & resourceFlag.compressed) === 0) {
    await writeAround(metadata, nothing, { ...blob, file: act.file }, nothing);
  } else {
    const carrier = `${act.branch}.carrier`;
    const tree = flatMetadata([{ name: `metadata-${act.index}`, hash: blob.hash }]);
    const parts = carrierParts(randomBytes(16), wim.header, blob, tree, sha1(tree));
    await writeAround(
      carrier,
      Buffer.concat([parts.before, tree]),
      { file: act.file, offset: blob.offset, size: blob.size },
      parts.after,
    );
    await context.runner.run(
      {
        run: "wimlib-imagex",
        args: [
          "extract",
          carrier,
          "1",
          `/metadata-${act.index}`,
          `--dest-dir=${dirname(act.branch)}`,
          "--no-acls",
        ],
        writes: true,
      },
      context,
    );
    rmSync(carrier);
  }
  const bytes = statSync(metadata).size;
  // wimlib compares the hash of what it decompresses; what was copied as it is, nobody has looked at yet.
  const fault =
    bytes !== blob.originalSize
      ? `has ${bytes} bytes, not ${blob.originalSize}`
      : withFile(metadata, metadataHash).toString("hex") === blob.hash
        ? undefined
        : "is not what its hash says";
  if (fault !== undefined)
    throw failure("SERVICING_IMAGE_CORRUPT", {
      file: act.file,
      reason: `the metadata of its image ${act.index} ${fault}`,
    });
  const parts = branchParts(randomBytes(16), wim.header, element, { bytes, hash: blob.hash });
  await writeAround(act.branch, parts.before, { file: metadata, offset: 0, size: bytes }, parts.after);
  rmSync(metadata);
  await firstPack(act.branch, wim.header);
  await warnOfDirectoryStreams(act, context);
}

/**
 * wimlib before 1.14.2 writes folders that have named data streams in a form that DISM refuses.
 * Source: wimlib, NEWS of 1.14.2.
 */
async function warnOfDirectoryStreams(
  act: Extract<Act, { act: "branch" }>,
  context: BranchContext,
): Promise<void> {
  const found = withBranch(act.branch, act.file, ({ metadata: tree, source }) => {
    if (!hasFolderStreams(source, tree.root.offset)) return undefined;
    for (const { path, entry } of tree.walk())
      if (isDirectory(entry) && entry.streams.length > 0) return path;
    return undefined;
  });
  if (found === undefined) return;
  const { stdout } = await context.runner.run(
    { run: "wimlib-imagex", args: ["--version"], writes: false },
    context,
  );
  const version = /wimlib (\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? "0";
  if (compareVersions(version, "1.14.2") < 0)
    context.warn(
      `image ${act.index} has folders with named streams (${found}); DISM refuses those as wimlib ${version} writes them, use 1.14.2 or later`,
    );
}

function sha1(bytes: Uint8Array): string {
  return createHash("sha1").update(bytes).digest("hex");
}
