import { commandLine } from "./command-line.ts";
import type { Command } from "./engine.ts";
import type { Event, RunReport } from "./event.ts";
import type { Plan, Step } from "./step.ts";

/** A plan as data alone: code left out, every command with the line that a person would type. Stable for machines. */
export function planValue(plan: Plan): unknown {
  return plain({
    ...plan,
    steps: plan.steps.map((step) => ({
      ...step,
      commands: step.commands.map(commandValue),
      undo: step.undo.map(commandValue),
    })),
  });
}

/** An event as data alone. The steps of later events are named by their id: the plan came first. */
export function eventValue(event: Event): unknown {
  const head = { type: event.type, line: event.line };
  switch (event.type) {
    case "planned":
      return { ...head, plan: planValue(event.plan) };
    case "started":
      return { ...head, step: stepValue(event.step) };
    case "progress":
      return { ...head, step: stepValue(event.step), percent: event.percent, what: event.what };
    case "output":
      return { ...head, step: stepValue(event.step), text: event.text };
    case "finished":
      return { ...head, step: stepValue(event.step), result: plain(event.result) };
    case "reported":
      return { ...head, report: plain(event.report) };
  }
}

/** What a run of several lines came to, as data alone. */
export function endedValue(report: RunReport): unknown {
  return { type: "ended", ...(plain(report) as object) };
}

function stepValue(step: Step): unknown {
  return { id: step.id, phase: step.phase, title: step.title };
}

function commandValue(command: Command): unknown {
  return { ...command, line: commandLine(command) };
}

/** Functions vanish, patterns become their source, everything else stays what it is. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, inner: unknown) => (inner instanceof RegExp ? inner.source : inner)),
  );
}
