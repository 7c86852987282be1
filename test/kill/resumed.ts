import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Event } from "../../core/event.ts";
import type { Plan, Step } from "../../core/step.ts";

type Kept = Step & { readonly fingerprint: string };

/** Steps that runs had finished, by their journals, though there is no checkpoint of what they came to. */
export function lostSteps(project: string, stored: ReadonlySet<string>): readonly string[] {
  return journalsBelow(project).flatMap((file) => {
    const planned = join(dirname(file), "plan.json");
    if (!existsSync(planned)) return [];
    const { steps } = JSON.parse(readFileSync(planned, "utf8")) as Plan;
    const finished = new Set(
      entriesOf(file).flatMap((entry) => (entry.outcome === "done" ? [entry.step] : [])),
    );
    return steps
      .filter((step) => isKept(step) && finished.has(step.id) && !stored.has(step.fingerprint))
      .map(({ title }) => `“${title}” was finished by ${dirname(file)}, and is not in the store`);
  });
}

export interface Resumed {
  /** How many steps were in the store when the run began, and how many of all it did not carry out. */
  readonly stored: number;
  readonly reused: number;
  readonly faults: readonly string[];
}

/** Whether a run carried out nothing of which there was a checkpoint when it began. */
export function resumed(events: readonly Event[], stored: ReadonlySet<string>): Resumed {
  const plans = new Map(
    events.flatMap((event) => (event.type === "planned" ? [[event.line, event.plan]] : [])),
  );
  const reports = events.flatMap((event) => (event.type === "reported" ? [event.report] : []));
  const faults: string[] = [];
  let [there, reused] = [0, 0];
  for (const { line, results } of reports) {
    const plan = plans.get(line) as Plan;
    const outcomes = new Map(results.map(({ step, outcome }) => [step, outcome]));
    for (const image of plan.targets) {
      const steps = plan.steps.filter((step) => step.image === image && step.fingerprint !== undefined);
      const last = steps.findLastIndex((step) => isKept(step) && stored.has(step.fingerprint));
      there += last + 1;
      for (const step of steps.slice(0, last + 1))
        if (outcomes.get(step.id) !== "reused")
          faults.push(`${line}: “${step.title}” was ${outcomes.get(step.id)}, though it was in the store`);
    }
    reused += results.filter(({ outcome }) => outcome === "reused").length;
  }
  return { stored: there, reused, faults };
}

function isKept(step: Step): step is Kept {
  return step.kept === true && step.fingerprint !== undefined;
}

function journalsBelow(folder: string): readonly string[] {
  const paths = readdirSync(folder, { recursive: true }) as string[];
  return paths.filter((path) => path.endsWith("journal.jsonl")).map((path) => join(folder, path));
}

/** The last may have been cut off. */
function entriesOf(file: string): readonly { readonly step?: unknown; readonly outcome?: unknown }[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((row) => {
      try {
        return [JSON.parse(row) as { readonly step?: unknown; readonly outcome?: unknown }];
      } catch {
        return [];
      }
    });
}
