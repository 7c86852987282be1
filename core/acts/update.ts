import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Act } from "../engine.ts";
import { failure } from "../error.ts";
import type { Dentry, Metadata } from "../formats/wim-metadata.ts";
import { adoptSecurity, detach, replaceContent, separate } from "../formats/wim-patch.ts";
import { parseRegistryKey } from "../formats/registry.ts";
import { imageTitle } from "../image.ts";
import { makeFolder } from "../make-folder.ts";
import { wimlibUpdate } from "../engines/wimlib.ts";
import { withBranch } from "./open-branch.ts";
import { patchBranch } from "./patch-branch.ts";
import { type Batch, batchOf } from "./batch.ts";
import type { ActContext } from "./perform.ts";
import { editHives } from "./registry.ts";
import { plainChanges } from "./plain-change.ts";
import { seal } from "./seal.ts";

const staging = "$servicing-staging";

/**
 * Carries out all changes in one `wimlib-imagex update` of a branch.
 *
 * wimlib's `add` over an existing file makes a new one, without the security descriptor, attributes, short name, named
 * streams and links of the old. So new content for an existing file is added under a staging folder, and then the
 * branch's metadata, which is uncompressed, is patched: the old entry, and every other link to it, gets the hash of the
 * new content, and the staging folder is taken out. At last the branch is sealed.
 */
export async function update(act: Extract<Act, { act: "update" }>, context: ActContext): Promise<void> {
  const target = context.target;
  if (target?.kind !== "branch") throw new TypeError("a branch can only be updated where one is the target");
  const title = imageTitle(target.image);
  const source = target.image.file;
  const scratch = join(dirname(act.branch), "update");
  makeFolder(scratch, 0o700);
  try {
    const batch = await withBranch(act.branch, source, async ({ metadata }) => {
      const opened = { ...context, branch: act.branch, image: target.image, scratch };
      const changes = await plainChanges(act.changes, metadata, opened);
      const registry = changes.filter((change) => change.change === "registry");
      const files = changes.filter((change) => change.change !== "registry");
      const hives = await editHives(registry, metadata, opened);
      return batchOf(files, hives, metadata, {
        image: title,
        scratch,
        staging,
        hives: registry.map(({ key }) => parseRegistryKey(key).hive.path),
      });
    });
    if (batch.script === "") return;
    await context.runner.run(wimlibUpdate(act.branch, batch.script), context);
    await settle(act.branch, source, batch, title);
    await seal(act.branch, source, context);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Brings what was staged to its place and checks that everything that was asked for is there. */
async function settle(branch: string, source: string, batch: Batch, title: string): Promise<void> {
  const staged = withBranch(branch, source, ({ metadata }) =>
    batch.replacements.map((replacement) => ({
      ...replacement,
      hash: existing(metadata, `\\${staging}\\${replacement.staged}`, title).hash,
    })),
  );
  await patchBranch(branch, source, ({ metadata, source: bytes }) => detach(metadata, bytes, staging));
  await patchBranch(branch, source, ({ metadata }) => [
    ...replaceContent(
      metadata,
      staged.map(({ path, hash, modified }) => ({ entry: existing(metadata, path, title), hash, modified })),
    ),
    ...adoptSecurity(metadata, batch.made, batch.like),
    ...separate(metadata, batch.made),
  ]);
  withBranch(branch, source, ({ metadata }) => {
    for (const path of batch.additions) existing(metadata, path, title);
    for (const { path, hash } of staged)
      if (existing(metadata, path, title).hash !== hash)
        throw failure("SERVICING_IMAGE_PATH_MISSING", { image: title, path: `${path} with its new content` });
  });
}

function existing(metadata: Metadata, path: string, image: string): Dentry {
  const entry = metadata.lookup(path);
  if (entry === undefined) throw failure("SERVICING_IMAGE_PATH_MISSING", { image, path });
  return entry;
}
