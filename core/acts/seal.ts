import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { writeAt } from "../file-bytes.ts";
import { guidOffset, type Resource, resourceFlag } from "../formats/wim.ts";
import { type Contents, contentsOf, withContents } from "../formats/wim-contents.ts";
import { branchParts } from "../formats/wim-parts.ts";
import { openSource, openWim } from "../wim-file.ts";
import { carry, exporting } from "./carrier.ts";
import { metadataHash, withBranch } from "./open-branch.ts";
import { blobsIn, compressionAs, nextPack, packGuid, packsOf, sourceBlobs, withTable } from "./pack.ts";
import type { ActContext } from "./perform.ts";
import { writeAround } from "./write-around.ts";

type SealContext = Pick<ActContext, "runner" | "signal" | "log" | "onProgress">;

/**
 * Brings a branch that was updated back to metadata alone: what it refers to and nothing else has goes into a new pack,
 * compressed as the source is, so that every later export copies it as it is. Its XML then says of the tree what is
 * true: wimlib, which saw no source when it updated the branch, could not count what lies there.
 */
export async function seal(branch: string, source: string, context: SealContext): Promise<void> {
  const packs = packsOf(branch);
  const [held, packed] = [sourceBlobs(source), blobsIn(packs)];
  const own = contentsOfBranch(branch);
  const added = new Map<string, Resource>();
  const contents = withBranch(branch, source, ({ metadata, source: bytes }) =>
    contentsOf(bytes, metadata.root.offset, (buffer, at) => {
      const size = held.size(buffer, at) ?? packed.size(buffer, at);
      if (size !== undefined) return size;
      const hash = buffer.toString("hex", at, at + 20);
      const blob = own.get(hash);
      if (blob !== undefined) added.set(hash, blob);
      return blob?.originalSize ?? 0;
    }),
  );
  const sealed = `${branch}.sealed`;
  await metadataAlone(branch, source, sealed, contents);
  if (added.size > 0) {
    const carrier = `${branch}.carrier`;
    await rename(branch, carrier);
    await carry(carrier, added);
    const pack = nextPack(packs, branch);
    const unfinished = `${pack}.unfinished`;
    await rm(unfinished, { force: true });
    const { header } = openSource(source);
    await context.runner.run(exporting(carrier, unfinished, compressionAs(header)), context);
    await identify(unfinished, packGuid(pack, header));
    await rename(unfinished, pack);
    await rm(carrier);
  }
  await rename(sealed, branch);
}

async function identify(wim: string, guid: Buffer): Promise<void> {
  const file = await open(wim, "r+");
  try {
    await writeAt(file, [guid], guidOffset);
  } finally {
    await file.close();
  }
}

/** What the update appended, uncompressed as the branch is. */
function contentsOfBranch(branch: string): ReadonlyMap<string, Resource> {
  return withTable(branch, (entries) => {
    const found = new Map<string, Resource>();
    for (const { hash, flags, size, offset, originalSize } of entries)
      if ((flags & resourceFlag.metadata) === 0) found.set(hash, { size, flags, offset, originalSize });
    return found;
  });
}

async function metadataAlone(branch: string, source: string, to: string, contents: Contents): Promise<void> {
  const { header, images, metadata } = openWim(branch);
  const [element, blob] = [images[0], metadata[0]];
  if (element === undefined || blob === undefined) throw new TypeError(`${branch} has no image`);
  const { size } = blob;
  const hash = withBranch(branch, source, ({ source: bytes }) => metadataHash(bytes)).toString("hex");
  const parts = branchParts(randomBytes(16), header, withContents(element, contents), { bytes: size, hash });
  await writeAround(to, parts.before, { file: branch, offset: blob.offset, size }, parts.after);
}
