import { join } from "node:path";
import prettyBytes from "pretty-bytes";
import prettyMilliseconds from "pretty-ms";
import { type Paint, painter } from "./colour.ts";
import type { Problem, Report, RunReport } from "./event.ts";
import { nearPaths } from "./near-path.ts";
import type { Verification } from "./line-verify.ts";
import { setupText } from "./setup-text.ts";
import type { Plan } from "./step.ts";
import { tableText } from "./table-text.ts";

/**
 * What a line came to, as text for people.
 * The plan, where there is one, tells the phase and title of the step that failed and who asked for it.
 */
export function reportText(
  report: Report,
  options: {
    readonly colour?: boolean;
    readonly plan?: Plan | undefined;
    /** Paths below it are shown as they are typed there, save in commands. */
    readonly cwd?: string | undefined;
    /** Says of each step whether it ran, and why. */
    readonly why?: boolean;
    /** Of tables, in characters. */
    readonly width?: number | undefined;
  } = {},
): string {
  const paint = painter(options.colour ?? false);
  const head = headline(report, paint);
  const near = (text: string): string => nearPaths(text, options.cwd);
  const facts = [
    ...artifacts(report),
    ...deliveries(report),
    ...roads(report),
    ...(report.ok ? device(options.plan) : []),
    ...steps(report),
    ...(options.why === true ? reasons(options.plan) : []),
    ...phases(report),
    ...report.warnings.map((warning) => ["warning", paint("yellow", warning)] as const),
    ...(report.folder === "" ? [] : [["logs", report.folder] as const]),
  ];
  return [
    head,
    ...(report.error === undefined ? [] : failureLines(report, report.error, options.plan, near)),
    ...facts.map(
      ([name, text]) => `  ${paint("dim", name.padEnd(8))}  ${name === "whole" ? text : near(text)}`,
    ),
    ...tables(report, near, options.width),
  ].join("\n");
}

function tables(
  { tables: all = [] }: Pick<Report, "tables">,
  near: (text: string) => string,
  width: number | undefined,
): readonly string[] {
  return all.flatMap((table) => ["", near(tableText(table, { width }))]);
}

/** What was found when a line's results were read back, as text for people. */
export function verificationText(
  found: Verification,
  options: {
    readonly colour?: boolean;
    readonly cwd?: string | undefined;
    /** Of tables, in characters. */
    readonly width?: number | undefined;
  } = {},
): string {
  const paint = painter(options.colour ?? false);
  const near = (text: string): string => nearPaths(text, options.cwd);
  const name = paint("bold", found.line);
  return [
    found.ok
      ? `${paint("green", "✔")} ${name} holds what was published`
      : `${paint("red", "✖")} ${name} failed`,
    ...(found.error === undefined ? [] : problemLines(found.error, near).map((line) => `  ${line}`)),
    ...found.files.map((file) => `  ${paint("dim", "read    ")}  ${near(file)}`),
    ...found.warnings.map((text) => `  ${paint("dim", "warning ")}  ${paint("yellow", near(text))}`),
    ...tables(found, near, options.width),
  ].join("\n");
}

function headline(report: Report, paint: Paint): string {
  const time = prettyMilliseconds(report.milliseconds);
  const name = paint("bold", report.line);
  if (!report.ok) return `${paint("red", "✖")} ${name} ${report.outcome} after ${time}`;
  // A dry run is the only one that succeeds and skips everything.
  if (report.outcome === "skipped")
    return `${paint("green", "✔")} ${name} planned in ${time}; nothing was changed`;
  if (isUnchanged(report)) return `${paint("green", "✔")} ${name} unchanged: nothing to do (${time})`;
  return `${paint("green", "✔")} ${name} done in ${time}`;
}

function isUnchanged({ results }: Report): boolean {
  return results.length > 0 && results.every(({ outcome }) => outcome === "reused");
}

/** Nothing where nothing was reused: then all of it ran. */
function steps(report: Report): readonly (readonly [string, string])[] {
  const count = (wanted: string): number => report.results.filter(({ outcome }) => outcome === wanted).length;
  if (count("reused") === 0 || isUnchanged(report)) return [];
  return [["steps", `${count("reused")} reused, ${count("done")} run`]];
}

function reasons(plan: Plan | undefined): readonly (readonly [string, string])[] {
  return (plan?.fates ?? []).flatMap(({ step, runs, because }) => {
    const title = plan?.steps.find(({ id }) => id === step)?.title ?? step;
    return because.map((text) => ["why", `${title} ${runs ? "runs" : "is reused"}: ${text}`] as const);
  });
}

/** What several lines came to, one line of text each, those included that could not start. */
export function linesText(
  names: readonly string[],
  run: Pick<RunReport, "lines" | "errors" | "steps" | "folder">,
  options: { readonly colour?: boolean; readonly cwd?: string | undefined } = {},
): string {
  const paint = painter(options.colour ?? false);
  const width = Math.max(...[...names, ...run.errors.map(({ line }) => line)].map((name) => name.length));
  const row = (ok: boolean, name: string, text: string): string =>
    `  ${ok ? paint("green", "✔") : paint("red", "✖")} ${name.padEnd(width)}  ${text}`;
  const done = run.lines.filter(({ ok }) => ok).length;
  const ran = run.lines.map((report) => {
    const [result] = report.artifacts;
    const state = isUnchanged(report) ? "unchanged" : report.outcome;
    const text =
      result === undefined ? "" : `  ${nearPaths(result.file, options.cwd)} (${prettyBytes(result.bytes)})`;
    return row(report.ok, report.line, `${state} in ${prettyMilliseconds(report.milliseconds)}${text}`);
  });
  const others = run.errors.map(({ line, code }) => row(false, line, code));
  const head = `${done} of ${names.length} done; ${run.steps.done} steps run, ${run.steps.reused} reused`;
  const file =
    run.folder === "" ? [] : [`  report  ${nearPaths(join(run.folder, "report.json"), options.cwd)}`];
  return [paint("bold", head), ...ran, ...others, ...file].join("\n");
}

function artifacts(report: Report): readonly (readonly [string, string])[] {
  return report.artifacts.flatMap(({ file, bytes, sha256, restore }) => {
    const before = report.sourceBytes > 0 ? `${prettyBytes(report.sourceBytes)} → ` : "";
    return [
      ["result", `${file} (${before}${prettyBytes(bytes)})`],
      ["sha256", sha256],
      ...(restore === undefined ? [] : [["whole", restore] as const]),
    ] as const;
  });
}

function deliveries({ delivered = [] }: Report): readonly (readonly [string, string])[] {
  return delivered.map(({ file, bytes }) => ["made", `${file} (${prettyBytes(bytes)})`] as const);
}

const roadTexts = {
  offline: "in the image",
  online: "on the reference device",
  setup: "by Windows Setup on the device",
  "left out": "left out",
} as const;

function roads(report: Report): readonly (readonly [string, string])[] {
  const parts = Object.entries(roadTexts)
    .map(([road, text]) => ({ count: report.routes[road] ?? 0, text }))
    .filter(({ count }) => count > 0)
    .map(({ count, text }) => `${count} ${text}`);
  return parts.length === 0 ? [] : [["items", parts.join(", ")]];
}

function device(plan: Plan | undefined): readonly (readonly [string, string])[] {
  return plan === undefined ? [] : setupText(plan).map((text) => ["device", text] as const);
}

function phases(report: Report): readonly (readonly [string, string])[] {
  const parts = report.phases
    .filter(({ milliseconds }) => milliseconds > 0)
    .map(({ phase, milliseconds }) => `${phase} ${prettyMilliseconds(milliseconds)}`);
  return parts.length === 0 ? [] : [["time", parts.join(", ")]];
}

function failureLines(
  report: Report,
  error: Problem,
  plan: Plan | undefined,
  near: (text: string) => string,
): readonly string[] {
  const failed = report.results.find(
    (result) => result.outcome === "failed" || result.outcome === "cancelled",
  );
  const step = plan?.steps.find((candidate) => candidate.id === failed?.step);
  const asked = [
    ...new Set(plan?.items.filter((item) => step?.items.includes(item.id)).map((item) => item.by)),
  ];
  const where = step === undefined ? [] : [`  ${report.line} › ${step.phase} › ${step.title}`];
  const log = error.log ?? failed?.log;
  return [
    ...where,
    ...(asked.length === 0 ? [] : [`  asked for by ${asked.join(", ")}`]),
    ...problemLines(error, near).map((line) => `  ${line}`),
    ...(log === undefined ? [] : [`  log: ${near(log)}`]),
  ];
}

/** Code and message, the remedy, and the command to paste. */
function problemLines(problem: Problem, near: (text: string) => string): readonly string[] {
  return [
    ...near(`${problem.code}: ${problem.message}`).split("\n"),
    ...(problem.evidence ?? []).map((line) => `  ${line}`),
    `→ ${near(problem.remedy)}`,
    ...(problem.command === undefined ? [] : ["Again by hand:", `  ${problem.command}`]),
  ];
}
