import { copyFile, open, readFile, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { deviceLogs } from "../audit/device-logs.ts";
import { type Evidence, judgement } from "../audit/judgement.ts";
import { type AuditJob, jobLogs, jobState } from "../audit/job.ts";
import { fateText, jobOutcome, type JobOutcome } from "../audit/outcome.ts";
import { judgeAnswer } from "../confirmation.ts";
import type { Act } from "../engine.ts";
import { isServicingError } from "../error.ts";
import { withFile } from "../file-source.ts";
import { codeText } from "../formats/dism-fault.ts";
import { openHive } from "../formats/hive.ts";
import { imageStateIn, imageStateOf } from "../formats/image-state.ts";
import { freeOf } from "../formats/recovery-volume.ts";
import { readSetupLog, type SetupLog } from "../formats/setupact-log.ts";
import { decodeText } from "../formats/text.ts";
import { makeFolder } from "../make-folder.ts";
import { clean } from "../plain-text.ts";
import { lastLines } from "../process-output.ts";
import { deviceFiles } from "./device-files.ts";
import type { ActContext } from "./perform.ts";
import { within } from "./volume.ts";

type CheckDevice = Extract<Act, { act: "check device" }>;
type Files = ReadonlyMap<string, string>;

const readOfText = 1024 * 1024;

/**
 * Reads what a reference device did out of what was captured of it, tells it, and refuses what is not as it should be.
 * @throws SERVICING_AUDIT_UNFINISHED, SERVICING_HANDOVER, SERVICING_DEVICE_FULL, SERVICING_AUDIT_STEP, SERVICING_AUDIT_HUNG,
 * SERVICING_AUDIT_RESTARTS, SERVICING_AUDIT_APPS, SERVICING_SYSPREP, SERVICING_IMAGE_STATE, SERVICING_NOT_CONFIRMED
 */
export async function checkDevice(act: CheckDevice, context: ActContext): Promise<void> {
  const { captured, job, volume } = act;
  const to = resolve(dirname(context.log), act.to);
  makeFolder(to);
  await within(join(to, "reading"), async () => {
    const files = await deviceFiles(captured, join(to, "reading"), context);
    const logs = await keptLogs(files, to);
    const outcome = jobOutcome(job, await stateOf(files));
    const lines = new Map<string, string>();
    for (const [path, log] of logs)
      if (path.startsWith(`${jobLogs}\\`)) lines.set(log, lastLines(await textOf(log, readOfText)));
    const log = (step?: number): string => join(to, "audit", logName(step));
    const evidence: Evidence = {
      captured,
      job,
      outcome,
      sysprep: await setupLog(logs, deviceLogs.sysprepErrors, deviceLogs.sysprep),
      setup: await setupLog(logs, deviceLogs.setupErrors, deviceLogs.setup),
      states: await statesOf(files, context),
      space: volume === undefined ? undefined : await spaceOf(volume, context),
      log,
      lastLines: (step) => lines.get(log(step)) ?? "",
      sysprepLog: join(to, "sysprep", "setupact.log"),
      setupLog: join(to, "setup", "setupact.log"),
    };
    context.table?.(tableOf(outcome));
    const error = judgement(evidence, context.faults);
    if (error !== undefined) throw error;
    warnOf(outcome, log, context);
    confirm(job, outcome, context);
  });
}

/** Copies the logs of a device to where those of the run are. */
async function keptLogs(files: Files, to: string): Promise<Files> {
  const kept = new Map<string, string>();
  const places: readonly (readonly [string, string])[] = [
    [jobLogs, "audit"],
    ["\\Windows\\System32\\Sysprep\\Panther", "sysprep"],
    ["\\Windows\\Panther", "setup"],
  ];
  for (const [folder, name] of places) {
    await rm(join(to, name), { recursive: true, force: true });
    for (const [path, host] of files) {
      if (!path.startsWith(`${folder}\\`)) continue;
      makeFolder(join(to, name));
      const own = join(to, name, path.slice(folder.length + 1));
      await copyFile(host, own);
      kept.set(path, own);
    }
  }
  return kept;
}

function logName(step: number | undefined): string {
  return step === undefined ? "job.log" : `${String(step).padStart(3, "0")}.log`;
}

async function stateOf(files: Files): Promise<ReadonlyMap<string, string>> {
  const state = new Map<string, string>();
  for (const [path, host] of files)
    if (path.startsWith(`${jobState}\\`))
      state.set(path.slice(jobState.length + 1), await textOf(host, readOfText));
  return state;
}

/** Of both logs: what failed, which the one for errors has alone, and what the other says last. */
async function setupLog(logs: Files, errors: string, all: string): Promise<SetupLog | undefined> {
  const found = [];
  for (const path of [all, errors]) {
    const file = logs.get(path);
    if (file !== undefined) found.push(readSetupLog(await readFile(file)));
  }
  const [first, second] = found;
  if (first === undefined) return undefined;
  const failures = first.failures.length > 0 ? first.failures : (second?.failures ?? []);
  return { failures, lastLines: first.lastLines.map((line) => clean(line)) };
}

async function statesOf(files: Files, { warn }: ActContext): Promise<readonly string[]> {
  const [ini, hive] = [files.get(deviceLogs.state), files.get(deviceLogs.software)];
  const states = [ini === undefined ? undefined : imageStateIn(await endOf(ini, readOfText))];
  try {
    if (hive !== undefined)
      states.push(withFile(hive, (source) => imageStateOf(openHive(source, deviceLogs.software))));
  } catch (error) {
    if (!isServicingError(error)) throw error;
    warn(`the ImageState of the registry could not be read: ${error.message}`);
  }
  return states.filter((state) => state !== undefined);
}

async function spaceOf(volume: string, context: ActContext): Promise<Evidence["space"]> {
  const query = { run: "ntfsinfo", args: ["--mft", volume], writes: false };
  const { stdout } = await context.runner.run(query, context);
  return freeOf(stdout);
}

function tableOf({ steps }: JobOutcome): Parameters<NonNullable<ActContext["table"]>>[0] {
  return {
    title: "What the reference device did",
    columns: ["step", "title", "outcome", "exit code", "seconds"],
    rows: steps.map((step) => [
      String(step.number),
      step.title,
      fateText(step),
      step.exitCode === undefined ? "" : codeText(step.exitCode),
      String(step.seconds ?? ""),
    ]),
  };
}

function warnOf(outcome: JobOutcome, log: (step: number) => string, { warn }: ActContext): void {
  for (const step of outcome.steps)
    if (step.optional && !["done", "present"].includes(step.fate)) {
      const code = step.exitCode === undefined ? "" : ` with exit code ${codeText(step.exitCode)}`;
      warn(`${step.title} may fail and did${code} (${fateText(step)}); see ${log(step.number)}`);
    }
  if (outcome.unchecked.length > 0)
    warn(`the reference device could not look at ${outcome.unchecked.join(" and ")} before it generalized`);
  if (outcome.pending.length > 0)
    warn(
      `Windows still waited for a restart when the steps were done: ${outcome.pending.map((line) => clean(line)).join(", ")}`,
    );
}

function confirm(job: AuditJob, { steps, answers }: JobOutcome, { warn }: ActContext): void {
  for (const [at, { title, commands }] of job.steps.entries()) {
    if (steps[at]?.fate !== "done") continue;
    for (const [place, command] of commands.entries()) {
      if (command.do !== "run" || command.confirm === undefined) continue;
      const answer = answers.find((each) => each.step === at + 1 && each.command === place + 1);
      judgeAnswer(command.confirm, answer?.text ?? "", { title, command: programOf(command.file) }, warn);
    }
  }
}

function programOf(file: string | { readonly path: string }): string {
  return typeof file === "string" ? file : file.path;
}

async function textOf(file: string, most: number): Promise<string> {
  return decodeText(await endOf(file, most)).text;
}

/** The end of a file, from an even place on. */
async function endOf(file: string, most: number): Promise<Buffer> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const from = 2 * Math.ceil(Math.max(0, size - most) / 2);
    const bytes = Buffer.alloc(size - from);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
