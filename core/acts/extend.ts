import { createHash } from "node:crypto";
import type { Extend } from "../engine.ts";
import { failure } from "../error.ts";
import { headerFlag, headerSize, type Resource } from "../formats/wim.ts";
import { countedTable } from "../formats/wim-index.ts";
import { wimFrame } from "../formats/wim-parts.ts";
import { openSource, type WimFile } from "../wim-file.ts";
import {
  addedOf,
  asMetadata,
  imageOf,
  layout,
  referencesOf,
  refuseOthers,
  withMetadata,
  writeResult,
} from "./assemble.ts";
import { packsOf, sourceBlobs, withTableOf } from "./pack.ts";
import type { ActContext } from "./perform.ts";

/** Of the bytes before the tables: more that nothing refers to, and the images are exported instead. */
const mostUnused = 0.05;

/**
 * Makes a WIM that stands by itself out of a copy of the source, which some file systems make for nothing: what was added
 * is written behind it, as it is in the packs, and new tables after that. What only the images of the source referred to
 * stays unused in the file, as it does when a WIM is changed in place; where that is much, `otherwise` is carried out.
 * @throws SERVICING_IMAGE_CORRUPT where a file is neither in the source nor in a pack
 */
export async function extend(act: Extend, context: ActContext): Promise<void> {
  const source = openSource(act.source);
  const packs = act.branches.flatMap(packsOf);
  const references = referencesOf(act, packs);
  const kept = keptOf(act, source, references.source);
  if (kept.unused > mostUnused * (kept.end - headerSize)) {
    for (const process of act.otherwise) await context.carryOut(process);
    return;
  }
  const images = act.branches.map(imageOf);
  await withMetadata(act, images, packs, context, async (metadata) => {
    const added = layout(addedOf(packs, references.packs), kept.end);
    const own = layout(metadata, added.end);
    const frame = wimFrame({
      flags: source.header.flags & headerFlag.reparsePointFix,
      compressionOf: source.header,
      guid: guidOf(source, own.entries),
      images: images.map(({ element }) => element),
      resources: [...asMetadata(own.entries), ...added.entries],
      further: kept.table,
      tableOffset: own.end,
      ...(act.boot === undefined ? {} : { boot: act.boot }),
    });
    const base = { file: act.source, end: kept.end };
    const copies = [...added.copies, ...own.copies];
    context.digested?.(act.to, await writeResult(act.to, base, copies, frame, own.end, context.signal));
  });
  refuseOthers(act.to, images);
}

/** What of the source is still referred to: its entries with their new counts, where they end, and what lies between. */
function keptOf(
  act: Extend,
  source: WimFile,
  references: Uint32Array,
): { readonly table: Buffer; readonly end: number; readonly unused: number } {
  const index = sourceBlobs(act.source);
  const { table, end, bytes } = withTableOf(act.source, (bytesOf) =>
    countedTable(bytesOf, source.header, index, references),
  );
  if (end > source.bytes)
    throw failure("SERVICING_IMAGE_CORRUPT", {
      file: act.source,
      reason: "the content of one of its files lies beyond its end",
    });
  return { table, end, unused: end - headerSize - bytes };
}

/** Names the content, so that the same result has the same name. */
function guidOf(source: WimFile, metadata: readonly (Resource & { readonly hash: string })[]): Buffer {
  const hash = createHash("sha256").update(source.header.guid);
  for (const each of metadata) hash.update(each.hash);
  return hash.digest().subarray(0, 16);
}
