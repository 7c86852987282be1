import { join } from "node:path";
import { writeAtomically } from "./durable-file.ts";
import type { ServicingError } from "./error.ts";
import type { Report, RunReport } from "./event.ts";
import { makeRunFolder } from "./run-folder.ts";

/** What became of something that has no report. */
export interface RunError {
  readonly line: string;
  readonly error: ServicingError;
}

/** Puts what lines came to into one report. @param names lines in the order of the config */
export function runReport(
  names: readonly string[],
  of: {
    readonly ok: boolean;
    readonly milliseconds: number;
    readonly reports: readonly Report[];
    readonly errors: readonly RunError[];
  },
): RunReport {
  const count = (wanted: string): number =>
    of.reports.flatMap(({ results }) => results).filter(({ outcome }) => outcome === wanted).length;
  const place = ({ line }: { readonly line: string }): number => names.indexOf(line);
  return {
    ok: of.ok,
    milliseconds: Math.round(of.milliseconds),
    steps: { done: count("done"), reused: count("reused") },
    lines: of.reports.toSorted((a, b) => place(a) - place(b)),
    errors: of.errors
      .toSorted((a, b) => place(a) - place(b))
      .map(({ line, error: { code, message, remedy } }) => ({ line, code, message, remedy })),
    folder: "",
  };
}

/** Keeps it in a run folder of its own, which is in what it gives. @throws what the system says */
export async function keepRunReport(runs: string, report: RunReport): Promise<RunReport> {
  const folder = await makeRunFolder(runs, "lines");
  const placed = { ...report, folder };
  await writeAtomically(join(folder, "report.json"), `${JSON.stringify(placed, undefined, 2)}\n`);
  return placed;
}
