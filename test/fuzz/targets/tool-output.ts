import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { diagnose } from "../../../core/commands/doctor.ts";
import { wimlibUpdate } from "../../../core/engines/wimlib.ts";
import { imaging } from "../../../core/engines/dism-command.ts";
import { inspect } from "../../../core/inspect.ts";
import { lastLines, outputTail, progressReader, withoutRedraws } from "../../../core/process-output.ts";
import type { Runner } from "../../../core/runner.ts";
import type { ImageInfo } from "../../../core/image.ts";
import type { Target } from "../target.ts";
import { corpusFiles, promised, wimOf } from "../seeds.ts";

const listing = "/\n/Windows11.0-KB5000001-x64.cab\n/Windows11.0-KB5000001-x64.psf\n";
const detailed = `----------
Full Path           = "/Windows11.0-KB5000001-x64.cab"
Attributes          = 0x20
Uncompressed size        = 12 bytes
`;
const table = "Property\tValue\r\ns72\tl0\r\nProperty\tProperty\r\nProductCode\t{1}\r\nProductName\tAgent\r\nProductVersion\t1.0\r\n";

/** A process that prints the input, whatever was asked of it. */
function printing(input: Buffer): Runner {
  return { run: () => Promise.resolve({ exitCode: 0, stdout: input.toString("utf8"), stderr: "" }) };
}

/** A WIM of one image that names no Windows, as an update is. */
let container: Uint8Array = Buffer.alloc(0);

const image = { file: "/a.wim", index: 1 } as ImageInfo;
const target = { kind: "mounted", image, work: "C:\\w", mountDir: "C:\\m" } as Parameters<typeof imaging>[0];
const patterns = [
  wimlibUpdate("/a.wim", "").progress ?? [],
  imaging(target, "/Get-WimInfo").progress ?? [],
].flat();

export const toolOutput: readonly Target[] = [
  {
    name: "tool-progress",
    seeds: (corpus) => [
      Buffer.from("Archiving file data: 1343 MiB of 1393 MiB (96%) done\rArchiving file data: 1393 MiB of 1393 MiB (100%) done\n"),
      Buffer.from("[===                         5.0%                          ] \r\n[=====100.0%=====] \r\nThe operation completed successfully.\r\n"),
      ...corpusFiles(corpus, "dism-output", /./),
    ],
    tokens: ["(100%)", "(", "%)", "[", "=", "100.0%", "\r", "\n", "\r\n", " ", "999%"],
    declares: () => false,
    read(input) {
      const text = input.toString("utf8");
      for (const pattern of patterns) {
        const reader = progressReader(pattern, (percent) => promised(percent >= 0 && percent <= 999, "a percentage is one"));
        const half = Math.floor(text.length / 2);
        for (const part of [text.slice(0, half), text.slice(half)]) reader(part);
      }
      const kept = withoutRedraws(text);
      promised(kept.length <= text.length && !/\r(?!\n)/.test(kept), "no redraw is kept");
      const tail = outputTail();
      tail.add(text);
      promised(lastLines(tail.text()).split("\n").length <= 8, "the last lines are eight at most");
    },
  },
  {
    name: "tool-tables",
    async seeds() {
      container = await wimOf({ images: [{ name: "a", time: new Date(0), tree: { name: "", entries: [] } }] });
      return [listing, detailed, listing + detailed, table, "wimlib-imagex 1.13.6 (using wimlib 1.13.6)\n"].map((text) =>
        Buffer.from(text),
      );
    },
    tokens: ["/", "\n", "\t", "Uncompressed size = ", "Full Path", "ProductCode", "update.mum", ".cab", "..", "-", "1", "1.", "9".repeat(30)],
    async read(input, scratch) {
      const runner = printing(input);
      const [msi, wim] = [join(scratch, "a.msi"), join(scratch, "a.msu")];
      writeFileSync(msi, Buffer.from("d0cf11e0a1b11ae1", "hex"));
      writeFileSync(wim, container);
      const asked = await Promise.allSettled([inspect(msi, { runner }), inspect(wim, { runner })]);
      await diagnose({
        platform: "linux",
        node: "24",
        system: () => Promise.resolve("debian"),
        find: (tool) => tool,
        ask: () => Promise.resolve(input.toString("utf8")),
        elevated: () => Promise.resolve(true),
      });
      for (const one of asked) if (one.status === "rejected") throw one.reason;
    },
  },
];
