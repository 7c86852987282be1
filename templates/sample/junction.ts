import type { WimFolder } from "./wim-tree.ts";

const mountPointTag = 0xa0000003;

/** A junction to a folder of the same volume, as Windows writes it: `C:\Users`. */
export function junction(target: string): NonNullable<WimFolder["reparse"]> {
  const substitute = Buffer.from(`\\??\\${target}\0`, "utf16le");
  const print = Buffer.from(`${target}\0`, "utf16le");
  const head = Buffer.alloc(8);
  head.writeUInt16LE(0, 0);
  head.writeUInt16LE(substitute.length - 2, 2);
  head.writeUInt16LE(substitute.length, 4);
  head.writeUInt16LE(print.length - 2, 6);
  return { tag: mountPointTag, data: Buffer.concat([head, substitute, print]) };
}
