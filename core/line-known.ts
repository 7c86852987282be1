import type { Known } from "./fate.ts";
import type { Line } from "./line.ts";
import { near } from "./line-inputs.ts";
import type { Prepared } from "./line-plan.ts";
import { type LineRecord, missedOutput, readRecord } from "./line-record.ts";

/** What the machine knows of a line before it runs; with `fresh`, nothing of it counts. */
export function knownOf(
  line: Line,
  { plan, inputs, store }: Prepared,
  fresh = false,
): Known & { readonly record?: LineRecord | undefined } {
  const record = fresh ? undefined : readRecord(line.records, line.line);
  return {
    record,
    inputs,
    missed: record === undefined ? undefined : missedOutput(record, plan),
    stored: (fingerprint) => !fresh && store.has(fingerprint),
    near: (path) => near(line.folder, path),
  };
}
