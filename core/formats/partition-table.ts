import { createHash } from "node:crypto";
import { gptTypes, type PlacedPartition } from "./disk-layout.ts";

const sectorsOfMebibyte = 2048;

/** The names that diskpart gives. */
const names = {
  system: "EFI system partition",
  msr: "Microsoft reserved partition",
  windows: "Basic data partition",
  recovery: "Basic data partition",
} as const;

/** Bits 0 and 63: the platform needs it, no drive letter (PARTITION_INFORMATION_GPT), in the words of sfdisk(8). */
const attributes = { recovery: "RequiredPartition GUID:63" } as const;

interface Entry {
  readonly start: number;
  readonly size: number;
  readonly type: string;
  readonly uuid: string;
  readonly name: string;
  readonly attrs?: string;
}

/** A GPT as it is asked for: numbers are sectors of 512 bytes. */
export interface PartitionTable {
  readonly id: string;
  readonly entries: readonly Entry[];
}

/** @param content what the disk is made of: the same content in the same partitions gets the same GUIDs */
export function partitionTable(partitions: readonly PlacedPartition[], content: string): PartitionTable {
  const seed = JSON.stringify([content, partitions]);
  return {
    id: guid(`${seed} disk`),
    entries: partitions.map(({ role, start, size }) => ({
      start: start * sectorsOfMebibyte,
      size: size * sectorsOfMebibyte,
      type: gptTypes[role].toUpperCase(),
      uuid: guid(`${seed} ${role}`),
      name: names[role],
      ...(role === "recovery" ? { attrs: attributes.recovery } : {}),
    })),
  };
}

/** For the standard input of sfdisk. */
export function sfdiskScript({ id, entries }: PartitionTable): string {
  const fields = entries.map(({ start, size, type, uuid, name, attrs }) =>
    [
      `start=${start}, size=${size}, type=${type}, uuid=${uuid}, name="${name}"`,
      ...(attrs === undefined ? [] : [`attrs="${attrs}"`]),
    ].join(", "),
  );
  return ["label: gpt", `label-id: ${id}`, "unit: sectors", "first-lba: 2048", "", ...fields, ""].join("\n");
}

/** What `sfdisk --json` says of a disk that is not as it was asked for, as sentences. */
export function tableDifferences(json: string, wanted: PartitionTable): readonly string[] {
  const found = tableOf(json);
  if (found === undefined) return ["sfdisk does not say what partitions it has"];
  const { label, id, partitions } = found;
  return [
    ...(label === "gpt" ? [] : [`its partition table is ${String(label)}, not gpt`]),
    ...(same(id, wanted.id) ? [] : [`its GUID is ${String(id)}, not ${wanted.id}`]),
    ...(partitions.length === wanted.entries.length
      ? []
      : [`it has ${partitions.length} partitions, not ${wanted.entries.length}`]),
    ...wanted.entries.flatMap((entry, at) =>
      (["start", "size", "type", "uuid", "name", "attrs"] as const)
        .filter((field) => !same(partitions[at]?.[field], entry[field]))
        .map(
          (field) =>
            `${field} of partition ${at + 1} is ${String(partitions[at]?.[field])}, not ${String(entry[field])}`,
        ),
    ),
  ];
}

/** Sectors of the largest partition that a Windows can be on, as `sfdisk --json` tells of a disk. */
export function largestWindows(json: string): { readonly start: number; readonly size: number } | undefined {
  const all = (tableOf(json)?.partitions ?? [])
    .filter(({ type }) => String(type).toLowerCase() === gptTypes.windows)
    .map(({ start, size }) => ({ start: Number(start), size: Number(size) }))
    .filter(({ start, size }) => Number.isSafeInteger(start) && Number.isSafeInteger(size));
  return all.toSorted((a, b) => b.size - a.size)[0];
}

interface Found {
  readonly label: unknown;
  readonly id: unknown;
  readonly partitions: readonly Readonly<Record<string, unknown>>[];
}

function tableOf(json: string): Found | undefined {
  try {
    const { partitiontable: table } = JSON.parse(json) as { partitiontable: Found };
    return Array.isArray(table.partitions) ? table : undefined;
  } catch {
    return undefined;
  }
}

function same(found: unknown, wanted: unknown): boolean {
  return String(found).toUpperCase() === String(wanted).toUpperCase();
}

/** Version 8, of one's own making (RFC 9562). */
function guid(text: string): string {
  const bytes = createHash("sha256").update(text).digest();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex", 0, 16).toUpperCase();
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
