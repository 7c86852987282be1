import { createHash } from "node:crypto";
import { open, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Act, Change } from "../engine.ts";
import { failure } from "../error.ts";
import { view } from "../formats/bytes.ts";
import {
  openMetadata,
  type Dentry,
  adoptSecurity,
  detach,
  type Metadata,
  type Patch,
  replaceContent,
} from "../formats/wim-metadata.ts";
import { type FileSource, openFile } from "../file-source.ts";
import { imageTitle } from "../image.ts";
import { wimlibUpdate } from "../engines/wimlib.ts";
import { openWim } from "../wim-file.ts";
import { type Addition, batchOf, type Replacement } from "./batch.ts";
import type { ActContext } from "./perform.ts";
import { editHives } from "./registry.ts";

const staging = "$servicing-staging";

/**
 * Carries out all changes in one `wimlib-imagex update` of a branch.
 *
 * wimlib's `add` over an existing file makes a new one, without the security descriptor, attributes, short name, named
 * streams and links of the old. So new content for an existing file is added under a staging folder, and then the
 * branch's metadata, which is uncompressed, is patched: the old entry, and every other link to it, gets the hash of the
 * new content, and the staging folder is taken out.
 */
export async function update(act: Extract<Act, { act: "update" }>, context: ActContext): Promise<void> {
  const target = context.target;
  if (target?.kind !== "branch") throw new TypeError("a branch can only be updated where one is the target");
  const title = imageTitle(target.image);
  const scratch = join(dirname(act.branch), "update");
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  try {
    using before = openBranch(act.branch);
    const registry = act.changes.filter((change) => change.change === "registry");
    const hives = await editHives(registry, before.metadata, {
      ...context,
      branch: act.branch,
      image: target.image,
      scratch,
    });
    const tree: readonly Change[] = [
      ...act.changes.filter((change) => change.change !== "registry"),
      ...hives,
    ];
    const batch = await batchOf(tree, before.metadata, { image: title, scratch, staging });
    if (batch.script === "") return;
    await context.runner.run(wimlibUpdate(act.branch, batch.script), context);
    await settle(act.branch, batch, title);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Brings what was staged to its place and checks that everything that was asked for is there. */
async function settle(
  branch: string,
  batch: { readonly additions: readonly Addition[]; readonly replacements: readonly Replacement[] },
  title: string,
): Promise<void> {
  const staged = batch.replacements.map((replacement) => {
    using after = openBranch(branch);
    return {
      ...replacement,
      hash: existing(after.metadata, `\\${staging}\\${replacement.staged}`, title).hash,
    };
  });
  if (staged.length > 0) await patch(branch, ({ metadata, source }) => detach(metadata, source, staging));
  await patch(branch, ({ metadata }) => [
    ...replaceContent(
      metadata,
      staged.map(({ path, hash, modified }) => ({ entry: existing(metadata, path, title), hash, modified })),
    ),
    ...adoptSecurity(
      metadata,
      batch.additions.map(({ path }) => path),
    ),
  ]);
  using after = openBranch(branch);
  for (const { path } of batch.additions) existing(after.metadata, path, title);
  for (const { path, hash } of staged)
    if (existing(after.metadata, path, title).hash !== hash)
      throw failure("SERVICING_IMAGE_PATH_MISSING", { image: title, path: `${path} with its new content` });
}

function existing(metadata: Metadata, path: string, image: string): Dentry {
  const entry = metadata.lookup(path);
  if (entry === undefined) throw failure("SERVICING_IMAGE_PATH_MISSING", { image, path });
  return entry;
}

interface OpenBranch extends Disposable {
  readonly metadata: Metadata;
  /** The metadata resource alone. */
  readonly source: { readonly size: number; read(offset: number, length: number): Uint8Array };
  readonly offset: number;
  /** Where the blob table keeps the hash of the metadata. */
  readonly hashOffset: number;
}

export function openBranch(branch: string): OpenBranch {
  const blob = openWim(branch).metadata[0];
  if (blob === undefined)
    throw failure("SERVICING_IMAGE_CORRUPT", { file: branch, reason: "it has no metadata" });
  const file: FileSource = openFile(branch);
  const source = {
    size: blob.size,
    read: (offset: number, length: number) =>
      file.read(blob.offset + offset, Math.min(length, blob.size - offset)),
  };
  return {
    metadata: openMetadata(source),
    source,
    offset: blob.offset,
    hashOffset: blob.tableOffset + 30,
    [Symbol.dispose]: () => file[Symbol.dispose](),
  };
}

async function patch(branch: string, make: (open: OpenBranch) => readonly Patch[]): Promise<void> {
  using opened = openBranch(branch);
  const patches = make(opened);
  if (patches.length === 0) return;
  await using file = await open(branch, "r+");
  for (const { offset, bytes } of patches) await file.write(bytes, 0, bytes.length, opened.offset + offset);
  using after = openBranch(branch);
  const hash = createHash("sha1");
  const step = 1024 * 1024;
  for (let at = 0; at < after.source.size; at += step) hash.update(view(after.source.read(at, step)));
  await file.write(hash.digest(), 0, 20, opened.hashOffset);
}
