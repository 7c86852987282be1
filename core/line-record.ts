import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import * as v from "valibot";
import { writeAtomically } from "./durable-file.ts";
import type { Artifact } from "./event.ts";
import { hashOf } from "./fingerprint.ts";
import type { LineInputs } from "./line-inputs.ts";
import { lineInputs } from "./lock-file.ts";
import { makeFolder } from "./make-folder.ts";
import type { Operation, OperationType } from "./operation.ts";
import type { Plan } from "./step.ts";
import type { Table } from "./table.ts";
import { splitParts } from "./wim-file.ts";

/** What a line came to the last time that it succeeded. */
export interface LineRecord {
  /** Of the result; absent where it cannot be known. */
  readonly fingerprint?: string;
  readonly inputs?: LineInputs;
  /** Of what is made of several lines: SHA-256 of the result of each. */
  readonly lines?: Readonly<Record<string, string>>;
  readonly artifacts: readonly Artifact[];
  /** Every file that came of it, with what the file system said of it. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Its own warnings, which hold as long as its result does. */
  readonly warnings: readonly string[];
  /** What was found when it was read back. */
  readonly tables?: readonly Table[];
  /** For people. */
  readonly finished: string;
}

const texts = v.array(v.string());
const textByName = v.record(v.string(), v.string());
const lineRecord = v.object({
  fingerprint: v.exactOptional(v.string()),
  inputs: v.exactOptional(lineInputs),
  lines: v.exactOptional(textByName),
  artifacts: v.array(
    v.object({
      file: v.string(),
      bytes: v.number(),
      sha256: v.string(),
      restore: v.exactOptional(v.string()),
    }),
  ),
  outputs: textByName,
  warnings: texts,
  tables: v.exactOptional(
    v.array(
      v.object({ title: v.string(), columns: texts, rows: v.array(texts), notes: v.exactOptional(texts) }),
    ),
  ),
  finished: v.string(),
});

/** Undefined where there is none, or none that can be read: it is found out again. */
export function readRecord(folder: string, line: string): LineRecord | undefined {
  try {
    return v.parse(lineRecord, JSON.parse(readFileSync(fileOf(folder, line), "utf8")));
  } catch {
    return undefined;
  }
}

export async function writeRecord(folder: string, line: string, record: LineRecord): Promise<void> {
  makeFolder(folder);
  await writeAtomically(fileOf(folder, line), `${JSON.stringify(record, undefined, 1)}\n`);
}

function fileOf(folder: string, line: string): string {
  return join(folder, `${line}.json`);
}

/** Operations that make or change the file or folder `to`. */
const deliveries: ReadonlySet<OperationType> = new Set([
  "Export-Driver",
  "Append-Image",
  "Capture-FFU",
  "Export-Image",
  "Capture-Image",
  "Service-Image",
  "New-Media",
  "New-ISO",
  "New-USB",
  "New-DeploymentFolder",
  "New-Disk",
]);

/** The files and folders that a plan makes, as they are now; undefined where not all of them can be named or found. */
export function outputsOf(plan: Plan): Readonly<Record<string, string>> | undefined {
  const files = [plan.output.file];
  for (const { phase, operation, verdict } of plan.items) {
    if (verdict === undefined || !(phase === "deploy" || operation.type === "Export-Driver")) continue;
    if (isSplit(operation)) files.push(...partsOf(operation.to));
    else if (changesFile(operation)) files.push(operation.file);
    else if (deliveries.has(operation.type) && "to" in operation) files.push(operation.to);
    else return undefined;
  }
  const outputs: Record<string, string> = {};
  for (const file of files) {
    const stamp = stampOf(file);
    if (stamp === undefined) return undefined;
    outputs[file] = stamp;
  }
  return outputs;
}

/** Operations that make `to` and further parts beside it. */
export function isSplit(
  operation: Operation,
): operation is Operation<"Split-Image"> | Operation<"Split-FFU"> {
  return operation.type === "Split-Image" || operation.type === "Split-FFU";
}

/** Operations that put a changed file in the place of `file`. */
function changesFile(
  operation: Operation,
): operation is Operation<"Delete-Image"> | Operation<"Optimize-FFU"> {
  return operation.type === "Delete-Image" || operation.type === "Optimize-FFU";
}

/** Parts are numbered without a gap. */
export function partsOf(first: string): readonly string[] {
  const most = splitParts(first, 1000);
  const count = most.findIndex((part) => stampOf(part) === undefined);
  return most.slice(0, Math.max(count, 1));
}

function stampOf(file: string): string | undefined {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
  if (stats?.isDirectory() === true) return folderStamp(file);
  if (stats === undefined || !stats.isFile()) return undefined;
  return [stats.size, stats.mtimeNs, stats.ctimeNs, stats.ino].join(" ");
}

/** Of the names of all files in a folder, and what the file system says of each. */
function folderStamp(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return hashOf(files.map((file) => [relative(folder, file), stampOf(file) ?? ""]));
}

/** The first output that is not as the record says; undefined where all are. */
export function missedOutput(record: LineRecord, plan: Plan): string | undefined {
  const now = outputsOf(plan);
  const files = new Set([plan.output.file, ...Object.keys(record.outputs), ...Object.keys(now ?? {})]);
  if (now === undefined) return [...files].find((file) => stampOf(file) === undefined) ?? plan.output.file;
  return [...files].find((file) => record.outputs[file] !== now[file]);
}
