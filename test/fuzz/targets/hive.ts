import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { findExecutable } from "../../../core/executable.ts";
import { bufferSource } from "../../../core/formats/bytes.ts";
import { decodeValue, type HiveKey, openHive } from "../../../core/formats/hive.ts";
import { headerChecksum } from "../../../core/formats/hive-cells.ts";
import { compactHive } from "../../../core/formats/hive-compact.ts";
import { compareHives, hiveRepairs } from "../../../core/formats/hive-compare.ts";
import { hiveScript } from "../../../core/formats/hive-script.ts";
import { decodeData } from "../../../core/formats/registry-value.ts";
import { resolveControlSet } from "../../../core/formats/registry.ts";
import { emptyHive } from "../../../templates/sample/empty-hive.ts";
import type { Target } from "../target.ts";
import { corpusFiles, promised, written } from "../seeds.ts";

const changes = [
  { key: "Contoso\\Line", name: "Name", value: { type: "REG_SZ", data: "office" } },
  { key: "Plain\\B", name: "Number", value: { type: "REG_DWORD", data: 7 } },
  { key: "Plain\\Größe", name: "" },
  { key: "Gone" },
] as const;

const commands = [
  "add Select",
  "cd Select",
  "setval 1",
  "Current",
  "dword:1",
  "cd \\",
  "add Gone",
  "add Plain",
  "cd Plain",
  "setval 4",
  "@",
  "string:default",
  "Number",
  "dword:9",
  "List",
  "hex:7:6100000062000000",
  "Long",
  `hex:3:${"ab".repeat(600)}`,
  "add B",
  "add Größe",
  "add 名前",
  "cd 名前",
  "add deeper",
  "commit",
];

let made: readonly Buffer[] = [];

/** Besides an empty hive one that hivexsh filled, where it is installed. */
async function hivesOf(corpus: string | undefined): Promise<readonly Buffer[]> {
  const filled = findExecutable("hivexsh") === undefined ? [] : [await written(fill)];
  made = [
    Buffer.from(emptyHive("SOFTWARE", new Date(0))),
    ...filled,
    ...corpusFiles(corpus, "hives", /^[^.]+$/, 4),
  ];
  return made;
}

function fill(file: string): void {
  writeFileSync(file, emptyHive("SYSTEM", new Date(0)));
  execFileSync("hivexsh", ["-w", file], { input: `${commands.join("\n")}\n` });
}

/** Nothing is read behind a wrong checksum. */
function mend(input: Buffer): void {
  if (input.length >= 512) input.writeUInt32LE(headerChecksum(input), 508);
}

const tokens = [
  "nk",
  "vk",
  "sk",
  "lf",
  "lh",
  "li",
  "ri",
  "db",
  "regf",
  "hbin",
  "Select",
  "Current",
  Buffer.from("20000000", "hex"),
  Buffer.from("ffffffff", "hex"),
  Buffer.from("f8ffffff", "hex"),
];

/** All that is said of a key and of what is below it, but no more than a few thousand keys. */
function readAll(key: HiveKey, left: { keys: number }): void {
  left.keys -= 1;
  if (left.keys < 0) return;
  promised(key.path.length >= 0, "a key has a path");
  void [key.className, key.security(), key.index(), key.hasEmptyList()];
  for (const value of key.values()) promised(decodeValue(value).type !== undefined, "a value has a type");
  for (const subkey of key.subkeys()) readAll(subkey, left);
}

export const hives: readonly Target[] = [
  {
    name: "hive",
    seeds: hivesOf,
    tokens,
    mend,
    read(input) {
      const hive = openHive(bufferSource(input), "SOFTWARE");
      hive.key("plain\\GRÖSSE");
      readAll(hive.rootKey, { keys: 4096 });
      if (hive.key("Select") !== undefined) resolveControlSet(hive, "CurrentControlSet\\Services");
    },
  },
  {
    name: "hive-compare",
    seeds: hivesOf,
    tokens,
    mend,
    read(input) {
      const after = openHive(bufferSource(input), "after");
      const { script, expected } = hiveScript(after, changes);
      promised(script?.endsWith("commit\n") ?? true, "a script ends with commit");
      for (const seed of made.slice(0, 2))
        compareHives(openHive(bufferSource(seed), "before"), after, expected);
      compareHives(after, after, []);
      const compact = compactHive(bufferSource(input), "after");
      if (compact !== undefined) {
        const copy = openHive(bufferSource(Buffer.concat(compact)), "copy");
        const unlike = compareHives(after, copy, []);
        promised(unlike.length === 0, `a compact hive holds the same: ${unlike.join(", ")}`);
      }
      for (const { offset, bytes } of hiveRepairs(after, expected))
        promised(offset >= 0 && offset + bytes.length <= input.length, "a repair lies within the hive");
    },
  },
  {
    name: "registry-value",
    seeds: () => [
      Buffer.from("\u0001a\0b\0\0", "utf16le"),
      Buffer.from("\u0007a\0b\0\0", "utf16le"),
      Buffer.alloc(9),
    ],
    tokens: ["\0", "\0\0", "a"],
    read: (input) => decodeData(input[0] ?? 0, input.subarray(1)),
  },
];
