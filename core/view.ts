import prettyMilliseconds from "pretty-ms";
import type { Paint } from "./colour.ts";
import { isServicingError } from "./error.ts";
import type { Event, StepResult } from "./event.ts";
import { eventValue } from "./json.ts";
import type { Phase } from "./operation.ts";
import type { Plan, Step } from "./step.ts";

/** Shows a run. It runs nothing, and the exit code is never its business. */
export interface View {
  show(event: Event): void;
  /** A line that could not start, or a function that ended. */
  ended(name: string, error?: Error): void;
  /** Ends the drawing, so that others may write. */
  close(): Promise<void>;
}

export interface ViewOptions {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly output: NodeJS.WriteStream | NodeJS.WritableStream;
  readonly env: NodeJS.ProcessEnv;
  readonly paint: Paint;
  /** Lines and functions that will run, in order. */
  readonly names: readonly string[];
}

/** JSON lines when asked for, the live tree on a terminal, plain lines everywhere else. */
export async function createView(options: ViewOptions): Promise<View> {
  if (options.json) return jsonView((text) => options.output.write(text));
  const terminal = "isTTY" in options.output && options.output.isTTY;
  const plain =
    !terminal || options.verbose || (options.env["CI"] ?? "") !== "" || options.env["TERM"] === "dumb";
  if (plain) return lineView((text) => options.output.write(text), options);
  const { treeView } = await import("./tree-view.ts");
  return treeView(options.names);
}

/** One JSON value per event and line. */
export function jsonView(write: (text: string) => void): View {
  return {
    show: (event) => write(`${JSON.stringify(eventValue(event))}\n`),
    ended: () => undefined,
    close: () => Promise.resolve(),
  };
}

/** `line › phase › step  50%`, for logs: a line per step and per quarter of its progress. */
export function lineView(
  write: (text: string) => void,
  options: { readonly paint: Paint; readonly verbose: boolean },
): View {
  const plans = new Map<string, Plan>();
  const ticks = new Map<string, number>();
  const broken = new Set<string>();
  const { paint } = options;
  const ahead = new Map<string, Plan["phases"]>();
  /** Says which phases a line goes through without a step before it comes to one, or to its end; why, once. */
  const pass = (line: string, until?: Phase): void => {
    const phases = ahead.get(line) ?? [];
    const at = phases.findIndex(({ phase }) => phase === until);
    const passed = phases.slice(0, at === -1 ? phases.length : at).filter(({ steps }) => steps === 0);
    ahead.set(line, at === -1 ? [] : phases.slice(at));
    for (const reason of new Set(passed.flatMap(({ because }) => because ?? []))) {
      const names = passed.filter(({ because }) => because === reason).map(({ phase }) => phase);
      write(`${line} › ${names.join(", ")}  ${paint("dim", `skipped: ${reason}`)}\n`);
    }
  };
  const say = (event: Event, step: Step, rest: string): void =>
    write(`${event.line} › ${step.phase} › ${step.title}${rest}\n`);
  return {
    show(event) {
      switch (event.type) {
        case "planned":
          plans.set(event.line, event.plan);
          ahead.set(event.line, event.plan.phases);
          return;
        case "started":
          pass(event.line, event.step.phase);
          ticks.set(`${event.line}\0${event.step.id}`, 0);
          if (options.verbose) say(event, event.step, "  started");
          return;
        case "progress": {
          const key = `${event.line}\0${event.step.id}`;
          const tick = Math.floor(event.percent / 25) * 25;
          if (tick <= (ticks.get(key) ?? 0) || tick >= 100) return;
          ticks.set(key, tick);
          say(event, event.step, `  ${tick}%`);
          return;
        }
        case "output":
          if (options.verbose) write(event.text.endsWith("\n") ? event.text : `${event.text}\n`);
          return;
        case "finished":
          if (event.result.outcome === "failed") broken.add(event.line);
          say(event, event.step, `  ${outcomeText(event.result, paint, broken.has(event.line))}`);
          return;
        case "reported": {
          const done = new Set(event.report.results.map((result) => result.step));
          if (event.report.ok) return pass(event.line);
          for (const step of plans.get(event.line)?.steps ?? []) {
            if (!done.has(step.id)) say(event, step, `  ${paint("dim", "not started")}`);
          }
        }
      }
    },
    ended(name, error) {
      write(
        `${name}  ${error === undefined ? paint("green", "done") : `${paint("red", "failed")}: ${isServicingError(error) ? error.code : error.message}`}\n`,
      );
    },
    close: () => Promise.resolve(),
  };
}

/** One line: the report tells the whole of a failure at the end. */
function outcomeText(result: StepResult, paint: Paint, broken: boolean): string {
  const time = prettyMilliseconds(result.milliseconds);
  switch (result.outcome) {
    case "done":
      return `${paint("green", "done")} in ${time}`;
    case "reused":
      return paint("dim", "reused");
    case "skipped":
      return paint("dim", broken ? "not started" : "skipped");
    case "cancelled":
      return `${paint("yellow", "cancelled")} after ${time}`;
    case "failed":
      return `${paint("red", "failed")} after ${time}${result.error === undefined ? "" : `: ${result.error.code}`}`;
  }
}
