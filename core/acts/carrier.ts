import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import type { Process } from "../engine.ts";
import { wimlibProgress } from "../engines/wimlib-command.ts";
import { headerSize, type Resource, resourceFlag } from "../formats/wim.ts";
import { flatMetadata } from "../formats/wim-metadata.ts";
import { carrierImage, whole, wimFrame } from "../formats/wim-parts.ts";
import { copyRange, type FileRange, writeAt } from "../file-bytes.ts";

/** Bytes of a file that a carrier has as a file of its own. */
export interface CarriedFile extends FileRange {
  readonly hash: string;
}

/**
 * Makes of a WIM that is not compressed one whose only image lists these blobs of it as files: wimlib exports images, not
 * blobs. Nothing is copied; the new tree and tables come after what is there.
 */
export async function carry(file: string, blobs: ReadonlyMap<string, Resource>): Promise<void> {
  const handle = await open(file, "r+");
  try {
    const held = [...blobs].map(([hash, blob]) => ({ ...blob, hash }));
    await finish(handle, (await handle.stat()).size, held, []);
  } finally {
    await handle.close();
  }
}

/**
 * Of a carrier that is exported together with packs: the last in order, so that what it holds comes after what those do.
 * Metadata holds times, and is not of the same size in every run. Source: as for packGuid.
 */
const lastGuid = Buffer.alloc(16, 0xff);

/** Writes a carrier of its own: of parts of other files, and of blobs that other WIMs have. */
export async function writeCarrier(
  to: string,
  files: readonly CarriedFile[],
  elsewhere: readonly string[],
): Promise<void> {
  const handle = await open(to, "w+");
  const held = new Map<string, Resource & { readonly hash: string }>();
  let end = headerSize;
  try {
    for (const { hash, ...range } of files) {
      if (held.has(hash)) continue;
      held.set(hash, { ...whole(end, range.size), hash });
      await copyRange(range, handle, end);
      end += range.size;
    }
    await finish(handle, end, [...held.values()], elsewhere);
  } finally {
    await handle.close();
  }
}

/** Writes tree and tables at the end, and the header that leads to them. */
async function finish(
  handle: FileHandle,
  end: number,
  held: readonly (Resource & { readonly hash: string })[],
  elsewhere: readonly string[],
): Promise<void> {
  const hashes = [...held.map(({ hash }) => hash), ...elsewhere];
  const tree = flatMetadata(hashes.map((hash, at) => ({ name: `${at}`, hash })));
  const treeHash = createHash("sha1").update(tree).digest("hex");
  const frame = wimFrame({
    guid: lastGuid,
    images: [carrierImage],
    resources: [{ ...whole(end, tree.length, resourceFlag.metadata), hash: treeHash }, ...held],
    tableOffset: end + tree.length,
  });
  await writeAt(handle, [tree, frame.table, frame.xml], end);
  await writeAt(handle, [frame.header], 0);
}

export function exporting(carrier: string, to: string, options: readonly string[]): Process {
  return {
    run: "wimlib-imagex",
    args: ["export", carrier, "1", to, ...options],
    progress: wimlibProgress,
    writes: true,
  };
}
