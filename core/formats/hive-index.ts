import { foldName } from "./hive.ts";
import type { HiveKey, SubkeyEntry } from "./hive.ts";

/** Bytes to be written over those of a file. */
export interface Patch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * What has to be written over the lists of a key's subkeys so that Windows finds each of them: it expects them in the
 * order of their upper-case names and looks them up by a hash of it. hivex has both wrong for names beyond ASCII.
 */
export function indexRepairs(key: HiveKey): Patch[] {
  const slots = key.index();
  const folded = new Map(slots.map((entry) => [entry, foldName(entry.name)]));
  const sorted = slots.toSorted((a, b) => compare(folded.get(a)!, folded.get(b)!));
  return slots.flatMap((slot, position): Patch[] => {
    const entry = sorted[position]!;
    const hint = hintOf(slot.list, entry.name);
    if (slot.cell === entry.cell && slot.hint === hint) return [];
    const bytes = Buffer.alloc(slot.list === "li" ? 4 : 8);
    bytes.writeUInt32LE(entry.cell);
    if (slot.list !== "li") bytes.writeUInt32LE(hint, 4);
    return [{ offset: slot.at, bytes }];
  });
}

function hintOf(list: SubkeyEntry["list"], name: string): number {
  if (list === "li") return 0;
  if (list === "lh") {
    const folded = foldName(name);
    let hash = 0;
    for (let index = 0; index < folded.length; index++) {
      hash = (Math.imul(hash, 37) + folded.charCodeAt(index)) >>> 0;
    }
    return hash;
  }
  const first = Array.from({ length: 4 }, (_, index) => name.charCodeAt(index) || 0);
  return first.some((unit) => unit > 0xff) ? 0 : Buffer.from(first).readUInt32LE();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
