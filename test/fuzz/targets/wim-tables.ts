import { bufferSource } from "../../../core/formats/bytes.ts";
import { blobTable, readHeader, WimFormatError } from "../../../core/formats/wim.ts";
import {
  contentsOf,
  eachContent,
  hasFolderStreams,
  withContents,
} from "../../../core/formats/wim-contents.ts";
import { countedTable, indexBlobs } from "../../../core/formats/wim-index.ts";
import { flatMetadata } from "../../../core/formats/wim-metadata.ts";
import { promised } from "../seeds.ts";
import { isDeclared, type Target } from "../target.ts";
import { metadataOf, wim } from "./wim.ts";

const hash = "0123456789abcdef0123456789abcdef01234567";
const declares = (error: unknown): boolean => error instanceof WimFormatError || isDeclared(error);

/** What results are made from: the tables of files, and trees that are counted without reading names. */
export const wimTables: readonly Target[] = [
  {
    name: "wim-table",
    seeds: async () => [await wim()],
    declares,
    read(input) {
      const source = bufferSource(input);
      const header = readHeader(source);
      const index = indexBlobs([{ source, header }]);
      const references = new Uint32Array(index.count).fill(1);
      const { table } = countedTable(source, header, index, references);
      promised(table.length <= header.blobTable.size, "no more entries than there were");
      let count = 0;
      for (const entry of blobTable(source, header)) {
        count += 1;
        promised(entry.hash.length === 40, "an entry has a hash");
      }
      promised(index.count <= count, "every blob that is numbered is in the table");
    },
  },
  {
    name: "wim-contents",
    seeds: async () => [...(await metadataOf(await wim())), flatMetadata([{ name: "a", hash }])],
    tokens: [Buffer.from("10000000", "hex"), Buffer.alloc(104)],
    declares,
    read(input) {
      const source = bufferSource(input);
      const root = Math.min(8, input.length);
      const contents = contentsOf(source, root, () => 1);
      promised(
        contents.folders + contents.files <= input.length / 102,
        "no more entries than there is room for",
      );
      let count = 0;
      eachContent(source, root, () => void (count += 1));
      promised(count <= contents.bytes, "every content was counted");
      hasFolderStreams(source, root);
      withContents("<IMAGE></IMAGE>", contents);
    },
  },
];
