import { type Paint, painter, type Style } from "./colour.ts";
import type { Finding } from "./formats/answer-file-lint/finding.ts";
import type { Severity } from "./formats/answer-file-lint/finding-kind.ts";
import { clean } from "./plain-text.ts";

/** What was found in one file. */
export interface LintedFile {
  readonly file: string;
  readonly findings: readonly Finding[];
}

const styles: Readonly<Record<Severity, Style>> = { error: "red", warning: "yellow", note: "dim" };

/** The findings of one file for people: where and what, why it matters, and the fix. */
export function lintText({ file, findings }: LintedFile, colour: boolean): string {
  const paint = painter(colour);
  if (findings.length === 0) return `${file}: nothing found\n`;
  return findings.map((finding) => `${findingText(file, finding, paint)}\n`).join("");
}

function findingText(file: string, finding: Finding, paint: Paint): string {
  const { code, severity, line, column, what, why, page, fix } = finding;
  return [
    `${paint("bold", `${file}:${line}:${column}`)} ${paint(styles[severity], severity)} ${code}: ${clean(what)}`,
    `    ${why} ${paint("dim", `(${clean(page)})`)}`,
    `    ${paint("dim", "→")} ${clean(fix)}`,
    "",
  ].join("\n");
}

/** `2 errors, 1 warning, 0 notes in 3 files`. */
export function lintSummary(files: readonly LintedFile[]): string {
  const of = (severity: Severity): number =>
    files.reduce((sum, { findings }) => sum + findings.filter((one) => one.severity === severity).length, 0);
  const all = (["error", "warning", "note"] as const).map((severity) => counted(of(severity), severity));
  return `${all.join(", ")} in ${counted(files.length, "file")}\n`;
}

function counted(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
