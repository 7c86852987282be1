import { wimlibUpdate } from "../../../core/engines/wimlib.ts";
import { imaging } from "../../../core/engines/dism-command.ts";
import { dismOutput } from "../../../core/formats/dism-output.ts";
import { troublesIn } from "../../../core/formats/dism-log.ts";
import { fileSystemIn, unfitDriveIn } from "../../../core/formats/fsutil.ts";
import { localised } from "../../support/dism-localised.ts";
import { fileBytesIn, propertiesIn, rootNamesIn, versionIn } from "../../../core/formats/tool-listing.ts";
import { partitionsOf, placedOn } from "../../../core/formats/disk-layout.ts";
import { partitionTable, tableDifferences } from "../../../core/formats/partition-table.ts";
import { freeOf } from "../../../core/formats/recovery-volume.ts";
import { compareVersions } from "../../../core/formats/version.ts";
import { lastLines, outputTail, progressReader, withoutRedraws } from "../../../core/process-output.ts";
import type { ImageInfo } from "../../../core/image.ts";
import type { Target } from "../target.ts";
import { corpusFiles, promised } from "../seeds.ts";

const listing = "/\n/Windows11.0-KB5000001-x64.cab\n/Windows11.0-KB5000001-x64.psf\n";
const detailed = `----------
Full Path           = "/Windows11.0-KB5000001-x64.cab"
Attributes          = 0x20
Uncompressed size        = 12 bytes
`;
const table =
  "Property\tValue\r\ns72\tl0\r\nProperty\tProperty\r\nProductCode\t{1}\r\nProductName\tAgent\r\nProductVersion\t1.0\r\n";

const volume = "\tCluster Size: 4096\n\tVolume Size in Clusters: 253439\n\tFree Clusters: 245000 (96.7%)\n";
const wanted = partitionTable(placedOn(32_768, partitionsOf("uefi")), "");
const partitions = JSON.stringify({
  partitiontable: { label: "gpt", id: wanted.id, partitions: wanted.entries },
});

const image = { file: "/a.wim", index: 1 } as ImageInfo;
const target = {
  kind: "mounted",
  image,
  work: "C:\\w",
  file: "C:\\w.wim",
  index: 1,
  mountDir: "C:\\m",
} as Parameters<typeof imaging>[0];
const patterns = [
  wimlibUpdate("/a.wim", "").progress ?? [],
  imaging(target, "/Get-WimInfo").progress ?? [],
].flat();

export const toolOutput: readonly Target[] = [
  {
    name: "tool-progress",
    seeds: (corpus) => [
      Buffer.from(
        "Archiving file data: 1343 MiB of 1393 MiB (96%) done\rArchiving file data: 1393 MiB of 1393 MiB (100%) done\n",
      ),
      Buffer.from(
        "[===                         5.0%                          ] \r\n[=====100.0%=====] \r\nThe operation completed successfully.\r\n",
      ),
      ...corpusFiles(corpus, "dism-output", /./),
    ],
    tokens: ["(100%)", "(", "%)", "[", "=", "100.0%", "\r", "\n", "\r\n", " ", "999%"],
    declares: () => false,
    read(input) {
      const text = input.toString("utf8");
      for (const pattern of patterns) {
        const reader = progressReader(pattern, (percent) =>
          promised(percent >= 0 && percent <= 999, "a percentage is one"),
        );
        const half = Math.floor(text.length / 2);
        for (const part of [text.slice(0, half), text.slice(half)]) reader(part);
      }
      const settled = withoutRedraws();
      const kept = settled(text) + settled("\n");
      promised(kept.length <= text.length + 1 && !/\r(?!\n)/.test(kept), "no redraw is kept");
      const tail = outputTail();
      tail.add(text);
      promised(lastLines(tail.text()).split("\n").length <= 8, "the last lines are eight at most");
    },
  },
  {
    name: "dism-output",
    seeds: (corpus) => [
      ...localised.map(({ output }) => Buffer.from(output)),
      Buffer.from("2024-10-09 08:21:11, Error                 CBS    Failed to resolve package\r\n"),
      ...corpusFiles(corpus, "dism-output", /./),
    ],
    tokens: [
      " : ",
      ": ",
      "：",
      "\n",
      "\r",
      "\n\n",
      "\t",
      " | ",
      "-----",
      "Index",
      "Error: ",
      "0x8",
      "<undefined>",
      "~",
    ],
    declares: () => false,
    read(input) {
      const text = input.toString("utf8");
      for (const read of Object.values(dismOutput)) {
        const found = read(text);
        if (Array.isArray(found)) promised(found.length <= text.length, "a record is made of characters");
      }
      for (const { identifier } of dismOutput.associations(text))
        promised(identifier !== "", "an association is of something");
      promised(troublesIn(text, "").length <= 12, "an error has a dozen lines of a log");
      fileSystemIn(text);
      unfitDriveIn(text);
      const code = dismOutput.error(text)?.code ?? 0;
      promised(code >= 0 && code < 2 ** 32, "a code has 32 bits");
    },
  },
  {
    name: "tool-tables",
    seeds: () =>
      [listing, detailed, listing + detailed, table, "wimlib-imagex 1.13.6 (using wimlib 1.13.6)\n"].map(
        (text) => Buffer.from(text),
      ),
    tokens: [
      "/",
      "\n",
      "\t",
      "Uncompressed size = ",
      "Full Path = ",
      "ProductCode",
      "update.mum",
      ".cab",
      "..",
      "1.",
      "9".repeat(30),
    ],
    declares: () => false,
    read(input) {
      const text = input.toString("utf8");
      propertiesIn(text);
      for (const name of rootNamesIn(text))
        promised(!/[/\n]/.test(name), "a name is that of a file in the root");
      const bytes = fileBytesIn(text);
      promised(bytes === undefined || Number.isFinite(bytes), "a size is a number");
      compareVersions(versionIn(text) ?? "0", "1.14.2");
    },
  },
  {
    name: "tool-disks",
    seeds: () => [volume, partitions].map((text) => Buffer.from(text)),
    tokens: ["Free Clusters: ", "null", "[", "{", '"partitions"', '"attrs"', "9".repeat(30), "-1", ","],
    declares: () => false,
    read(input) {
      const text = input.toString("utf8");
      const found = freeOf(text);
      promised(found === undefined || found.free >= 0, "what is free is no less than nothing");
      const differences = tableDifferences(text, wanted);
      promised(differences.length < 100, "differences are of the fields that are asked for");
    },
  },
];
