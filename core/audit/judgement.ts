import { type ServicingError, failure } from "../error.ts";
import type { FaultTable } from "../fault-table.ts";
import { canonicalCode, codeText, faultOf } from "../formats/dism-fault.ts";
import { dpinstFault } from "../formats/dpinst-code.ts";
import { isGeneralized } from "../formats/image-state.ts";
import { installerFaults } from "../formats/installer-fault.ts";
import type { SetupLog } from "../formats/setupact-log.ts";
import type { AuditJob, JobStep } from "./job.ts";
import type { JobOutcome, StepOutcome } from "./outcome.ts";
import { sysprepReason } from "./sysprep-reason.ts";

/** Everything that a reference device left behind. */
export interface Evidence {
  /** What was captured, a path of the host. */
  readonly captured: string;
  readonly job: AuditJob;
  readonly outcome: JobOutcome;
  /** Of Windows Setup, and of Sysprep. */
  readonly setup?: SetupLog | undefined;
  readonly sysprep?: SetupLog | undefined;
  /** Where the image's state is written, each that was found. */
  readonly states: readonly string[];
  /** Of the Windows volume, in MiB. */
  readonly space?: { readonly size: number; readonly free: number } | undefined;
  /** What the logs of a step say last, by its number from 1; of the job itself without one. */
  lastLines(step?: number): string;
  /** Where a log is on the host. */
  log(step?: number): string;
  /** Where Sysprep's log, and that of Windows Setup, are on the host. */
  readonly sysprepLog: string;
  readonly setupLog: string;
}

/** With less than so many MiB free, a disk is full. */
const full = 32;
/** ERROR_DISK_FULL, which 0x80070070 wraps. */
const diskFull = 112;

/** Why nothing may be made of what was captured; undefined where it is as it should be. */
export function judgement(evidence: Evidence, faults: FaultTable): ServicingError | undefined {
  const { outcome } = evidence;
  const failed = outcome.steps.find(
    ({ fate, optional }) => !optional && ["failed", "hung", "missing", "tries"].includes(fate),
  );
  return (
    ofAnotherJob(evidence) ??
    ofDisk(evidence, failed) ??
    ofNoJob(evidence) ??
    (failed === undefined ? undefined : ofStep(evidence, failed, faults)) ??
    ofApps(evidence) ??
    ofEnd(evidence) ??
    ofImage(evidence)
  );
}

function ofAnotherJob({ captured, job, outcome: { id } }: Evidence): ServicingError | undefined {
  return id === undefined || id === job.id
    ? undefined
    : failure("SERVICING_HANDOVER", { file: captured, found: id.slice(0, 64), wanted: job.id });
}

function ofNoJob({ outcome, setup, setupLog, lastLines, log }: Evidence): ServicingError | undefined {
  if (outcome.id !== undefined) return undefined;
  return failure("SERVICING_AUDIT_UNFINISHED", {
    reason: "it never began; Windows did not come to the audit mode",
    lastLines: setup?.lastLines.join("\n") ?? lastLines(),
    log: setup === undefined ? log() : setupLog,
  });
}

function ofDisk(
  { outcome, space, log }: Evidence,
  failed: StepOutcome | undefined,
): ServicingError | undefined {
  const at = failed?.number;
  const says = (reason: string): ServicingError => failure("SERVICING_DEVICE_FULL", { reason, log: log(at) });
  if (failed?.exitCode !== undefined && canonicalCode(failed.exitCode) === diskFull)
    return says(`${failed.title} ended with ${codeText(failed.exitCode)}`);
  if (outcome.unwritten && !outcome.finished) return says("the job could not write down its state");
  return !outcome.finished && space !== undefined && space.free < full
    ? says(`${space.free} MiB of ${space.size} are free`)
    : undefined;
}

function ofStep(evidence: Evidence, outcome: StepOutcome, faults: FaultTable): ServicingError {
  const { number, title, fate, exitCode } = outcome;
  const step = evidence.job.steps[number - 1] as JobStep;
  const common = { title, lastLines: evidence.lastLines(number), log: evidence.log(number) };
  if (fate === "hung") return failure("SERVICING_AUDIT_HUNG", { ...common, minutes: step.minutes });
  if (fate === "tries")
    return failure("SERVICING_AUDIT_RESTARTS", {
      ...common,
      restarts: evidence.outcome.starts,
      reason: common.lastLines,
    });
  if (fate === "missing")
    return failure("SERVICING_AUDIT_STEP", {
      ...common,
      shown: "it ended well, and what its `check` names is not there",
      cause: "",
      remedy: "Correct the `check`, or the arguments of what should install it.",
    });
  const fault =
    exitCode === undefined
      ? undefined
      : ((isDpinst(step) ? dpinstFault(exitCode) : undefined) ?? faultOf(exitCode, faultsOf(step, faults)));
  const code = exitCode === undefined ? "no exit code" : `exit code ${codeText(exitCode)}`;
  return failure("SERVICING_AUDIT_STEP", {
    ...common,
    shown: fault === undefined || fault.name.startsWith("0x") ? code : `${code} (${fault.name})`,
    cause: fault?.cause ?? "",
    remedy: fault?.remedy ?? "Look up the exit code where the program is documented.",
  });
}

function isDpinst({ commands }: JobStep): boolean {
  return commands.some((command) => command.do === "run" && command.codes === "dpinst");
}

/** What is said of the programs that a step starts comes after what is said of all: the last wins. */
function faultsOf({ commands }: JobStep, faults: FaultTable): ReturnType<FaultTable["of"]> {
  const programs = commands.flatMap((command) =>
    command.do === "run" ? [typeof command.file === "string" ? command.file : command.file.path] : [],
  );
  return [...installerFaults, ...programs.flatMap((program) => faults.of(program))];
}

function ofApps({ outcome: { apps }, log }: Evidence): ServicingError | undefined {
  return apps.length === 0 ? undefined : failure("SERVICING_AUDIT_APPS", { apps, log: log() });
}

function ofEnd({ outcome, lastLines, log }: Evidence): ServicingError | undefined {
  if (outcome.finished) return undefined;
  if (outcome.encrypted) {
    const reason = sysprepReason({ of: "bitlocker" });
    return failure("SERVICING_SYSPREP", { ...reason, lastLines: lastLines(), log: log() });
  }
  if (outcome.gaveUp !== undefined && /restart|started/i.test(outcome.gaveUp)) {
    const reason = [outcome.gaveUp, ...outcome.pending].join("\n");
    const title = "The job";
    return failure("SERVICING_AUDIT_RESTARTS", { title, restarts: outcome.starts, reason, log: log() });
  }
  const open = outcome.steps.find(({ fate }) => fate === "begun");
  return failure("SERVICING_AUDIT_UNFINISHED", {
    reason:
      outcome.gaveUp ??
      (open === undefined
        ? "it was ended between two steps"
        : `it was ended in step ${open.number}, ${open.title}`),
    lastLines: lastLines(open?.number),
    log: log(open?.number),
  });
}

/** What the image says of itself counts: Sysprep writes errors into its logs that do not matter as well. */
function ofImage({ states, sysprep, sysprepLog }: Evidence): ServicingError | undefined {
  if (states.length > 0 && states.every((state) => isGeneralized(state))) return undefined;
  const [first] = sysprep?.failures ?? [];
  const lastLines = sysprep?.lastLines.join("\n") ?? "";
  if (first !== undefined) {
    return failure("SERVICING_SYSPREP", { ...sysprepReason(first), lastLines, log: sysprepLog });
  }
  const found = states.find((state) => !isGeneralized(state)) ?? "not there";
  return failure("SERVICING_IMAGE_STATE", { found, lastLines, log: sysprepLog });
}
