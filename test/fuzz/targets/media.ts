import { bufferSource } from "../../../core/formats/bytes.ts";
import { readBootCatalogue } from "../../../core/formats/el-torito.ts";
import { listFault, readListing } from "../../../core/formats/media.ts";
import { mediaOf } from "../../../core/media.ts";
import { bootDisc } from "../../support/boot-disc.ts";
import type { Target } from "../target.ts";
import { promised } from "../seeds.ts";

const rule = "------------------- ----- ------------ ------------  ------------------------";
const listing = [
  rule,
  "2026-11-28 21:52:03 D....                            efi",
  "2026-11-28 21:52:03 .....            2         2048  efi/boot/bootx64.efi",
  "2026-11-28 21:52:03 .....   5368709120   5368709120  sources/install.wim",
  rule,
].join("\n");

export const media: readonly Target[] = [
  {
    name: "media-listing",
    seeds: () => [Buffer.from(listing)],
    tokens: ["\n", "D....", ".....", "/", "..", "/../", "C:", `\n${rule}\n`, "sources/boot.wim"],
    declares: (error) => error instanceof RangeError,
    read(input) {
      const entries = readListing(input.toString("utf8"));
      mediaOf({ from: "/x.iso", kind: "iso", entries });
      if (listFault(entries) !== undefined) return;
      for (const { path } of entries)
        promised(!/^\/|(?:^|\/)\.\.(?:\/|$)|[\\:\0]/.test(path), "a path stays in its folder");
    },
  },
  {
    name: "boot-catalogue",
    // The reader looks at two sectors of it; the others need not be mutated.
    seeds: () => [bootDisc().subarray(17 * 2048, 21 * 2048)],
    tokens: [
      "EL TORITO SPECIFICATION",
      Buffer.from([0x90, 0xef]),
      Buffer.from([0x91, 0xef]),
      Buffer.from([0x88]),
    ],
    declares: (error) => error instanceof RangeError,
    read(input) {
      const disc = Buffer.concat([Buffer.alloc(17 * 2048), input]);
      for (const { sectors, offset } of readBootCatalogue(bufferSource(disc)))
        promised(
          sectors < 65_536 && offset >= 0 && Number.isSafeInteger(offset),
          "it is somewhere on a disc",
        );
    },
  },
];
