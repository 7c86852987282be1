import type { Code } from "./error.ts";
import type { Phase } from "./operation.ts";
import type { Plan, Step } from "./step.ts";
import type { Table } from "./table.ts";

/** "reused": it did not have to be carried out, since the store, or the result itself, holds what it comes to. */
export type Outcome = "done" | "reused" | "failed" | "cancelled" | "skipped";

export interface Problem {
  readonly code: Code;
  readonly message: string;
  readonly remedy: string;
  /** The command that failed, ready to paste. */
  readonly command?: string;
  /** What logs of the program say of it, line by line: `CBS.log: Error: …`. */
  readonly evidence?: readonly string[];
  readonly log?: string;
}

export interface StepResult {
  readonly step: string;
  readonly outcome: Outcome;
  readonly milliseconds: number;
  readonly log?: string;
  readonly error?: Problem;
}

export interface Artifact {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Of a delta: the command that makes a whole image of it, ready to paste. */
  readonly restore?: string;
}

/** What a line came to. */
export interface Report {
  readonly line: string;
  readonly ok: boolean;
  readonly outcome: Outcome;
  readonly milliseconds: number;
  readonly results: readonly StepResult[];
  readonly error?: Problem;
  readonly artifacts: readonly Artifact[];
  /** What `deploy` made of the result: files, folders, and a split image by its first part; absent where it made nothing. */
  readonly delivered?: readonly { readonly file: string; readonly bytes: number }[];
  readonly sourceBytes: number;
  /** Items by route: `offline`, `online`, `setup`. */
  readonly routes: Readonly<Record<string, number>>;
  readonly phases: readonly { readonly phase: Phase; readonly milliseconds: number }[];
  readonly warnings: readonly string[];
  /** What plugins told of their part when the line was planned, and what was found when the result was read back. */
  readonly tables?: readonly Table[];
  /** Folder of the logs of this run. */
  readonly folder: string;
}

/** What a run of several lines came to. */
export interface RunReport {
  readonly ok: boolean;
  readonly milliseconds: number;
  /** Of all lines. */
  readonly steps: { readonly done: number; readonly reused: number };
  /** Of those that began, in the order in which the config names them. */
  readonly lines: readonly Report[];
  /** Of lines and functions that have no report. */
  readonly errors: readonly (Pick<Problem, "code" | "message" | "remedy"> & { readonly line: string })[];
  /** Folder of this report, as report.json; "" where nothing was run. */
  readonly folder: string;
}

/** Everything that a run says. Views subscribe to it; none of them runs work or decides the exit code. */
export type Event = { readonly line: string } & (
  | { readonly type: "planned"; readonly plan: Plan }
  | { readonly type: "started"; readonly step: Step }
  | { readonly type: "progress"; readonly step: Step; readonly percent: number; readonly what: string }
  | { readonly type: "output"; readonly step: Step; readonly text: string }
  | { readonly type: "finished"; readonly step: Step; readonly result: StepResult }
  | { readonly type: "reported"; readonly report: Report }
);
