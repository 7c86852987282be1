import { join } from "node:path";
import { commandLine } from "./command-line.ts";
import { writeAtomically } from "./durable-file.ts";
import { restoring } from "./engines/wimlib.ts";
import type { Artifact, Event, Report, StepResult } from "./event.ts";
import { problemOf } from "./execute.ts";
import { type FileDigest, sha256Of } from "./file-bytes.ts";
import { isSplit, partsOf } from "./line-record.ts";
import { type Phase, phases } from "./operation.ts";
import { bytesOf } from "./output-check.ts";
import type { Plan, Step } from "./step.ts";

/** Says of a step that it did not have to be carried out. */
export function reused(step: Step, line: string, emit: (event: Event) => void): StepResult {
  const result = { step: step.id, outcome: "reused", milliseconds: 0 } as const;
  emit({ type: "started", line, step });
  emit({ type: "finished", line, step, result });
  return result;
}

/** The result of a plan. @param digest of it as it is now, where that is known */
export async function artifact({ output, source }: Plan, digest?: FileDigest): Promise<Artifact> {
  const { file, kind } = output;
  const restore = kind === "delta" ? { restore: commandLine(restoring(file, source.file)) } : {};
  return { file, ...(digest ?? (await sha256Of(file))), ...restore };
}

/** What was made of the result, with its size as it is now. */
export function delivered(plan: Plan): Pick<Report, "delivered"> {
  const made = plan.items.flatMap(({ phase, operation, verdict }) => {
    if (phase !== "deploy" || verdict === undefined || !("to" in operation)) return [];
    const files = isSplit(operation) ? partsOf(operation.to) : [operation.to];
    return [{ file: operation.to, bytes: files.reduce((sum, file) => sum + bytesOf(file), 0) }];
  });
  return made.length === 0 ? {} : { delivered: made };
}

/** Says a report, and keeps it in its run folder, where there is one. */
export async function kept(report: Report, emit: (event: Event) => void): Promise<Report> {
  let final = report;
  if (final.folder === "") {
    emit({ type: "reported", line: final.line, report: final });
    return final;
  }
  try {
    await writeAtomically(join(final.folder, "report.json"), `${JSON.stringify(final, undefined, 2)}\n`);
  } catch (error) {
    // On a full disk it can still be said, if not kept.
    const warning = `report.json could not be written: ${problemOf(error).message}`;
    final = { ...final, warnings: [...final.warnings, warning] };
  }
  emit({ type: "reported", line: final.line, report: final });
  return final;
}

export function phaseTimes(plan: Plan, results: Report["results"]): Report["phases"] {
  const times = new Map<Phase, number>();
  for (const result of results) {
    const step = plan.steps.find(({ id }) => id === result.step);
    if (step !== undefined && result.outcome !== "skipped")
      times.set(step.phase, (times.get(step.phase) ?? 0) + result.milliseconds);
  }
  return phases.flatMap((phase) =>
    times.has(phase) ? [{ phase, milliseconds: times.get(phase) as number }] : [],
  );
}
