import { open } from "node:fs/promises";
import { withFile } from "../file-source.ts";
import { blobEntrySize, blobTable, readHeader, resourceFlag } from "../formats/wim.ts";
import type { Patch } from "../formats/wim-patch.ts";
import { metadataHash, type OpenBranch, withBranch } from "./open-branch.ts";

/** Writes patches over the metadata, whose hash is then wrong: until the branch is sealed, or by {@link rehash}. */
export async function patchBranch(
  branch: string,
  source: string,
  make: (open: OpenBranch) => readonly Patch[],
): Promise<void> {
  const { patches, offset } = withBranch(branch, source, (opened) => ({
    patches: make(opened),
    offset: opened.offset,
  }));
  await writePatches(
    branch,
    patches.map(({ offset: at, bytes }) => ({ offset: offset + at, bytes })),
  );
}

/** Of an entry of the blob table. Source: as of the WIM container. */
const hashField = 30;

/** Brings the hash of a branch's metadata up to date, for wimlib, which compares it. */
export async function rehash(branch: string, source: string): Promise<void> {
  const bytes = withBranch(branch, source, (opened) => metadataHash(opened.source));
  const offset = withFile(branch, (file) => {
    const header = readHeader(file);
    const at = [...blobTable(file, header)].findIndex(({ flags }) => (flags & resourceFlag.metadata) !== 0);
    return header.blobTable.offset + at * blobEntrySize + hashField;
  });
  await writePatches(branch, [{ offset, bytes }]);
}

async function writePatches(file: string, patches: readonly Patch[]): Promise<void> {
  if (patches.length === 0) return;
  const handle = await open(file, "r+");
  try {
    for (const { offset, bytes } of patches) await handle.write(bytes, 0, bytes.length, offset);
  } finally {
    await handle.close();
  }
}
