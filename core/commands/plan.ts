import { showsColour } from "../colour.ts";
import type { Invocation } from "../cli-commands.ts";
import { explain } from "../explain.ts";
import { fatesOf } from "../fate.ts";
import { planValue } from "../json.ts";
import type { Collection, Line } from "../line.ts";
import { chosen, loadProject } from "../project.ts";
import { tableWidth } from "../table-text.ts";
import type { Plan } from "../step.ts";
import { leaves, sideBySide } from "../task.ts";

export async function run({ flags, positionals, signal, stdout, env }: Invocation): Promise<number> {
  const project = await loadProject(flags);
  const tree = chosen(project, positionals);
  const lines = leaves(tree).flatMap((leaf) => (leaf.kind === "line" ? [leaf.line] : []));
  const { prepareTogether } = await import("../line-plan.ts");
  const { knownOf } = await import("../line-known.ts");
  const { lockDifferences } = await import("../lock-file.ts");
  const options = { signal, ...(flags.engine === undefined ? {} : { engine: flags.engine }) };
  const prepared = new Map(
    sideBySide(tree).flatMap((group) => [
      ...prepareTogether(group, options, project.workspace ? project.lines : []),
    ]),
  );
  const plans: Plan[] = [];
  const planned = new Map<Line, Plan>();
  for (const line of lines) {
    const one = await (prepared.get(line) as NonNullable<ReturnType<typeof prepared.get>>);
    const lock = lockDifferences(line.folder, line.line, one.inputs);
    const fates = fatesOf(one.plan, knownOf(line, one, flags.fresh));
    const plan = { ...one.plan, fates, ...(lock === undefined ? {} : { lock }) };
    plans.push(plan);
    planned.set(line, plan);
  }
  for (const leaf of leaves(tree))
    if (leaf.kind === "collection") plans.push(await collected(leaf.collection, planned, flags.fresh));
  if (flags.json) {
    stdout.write(`${JSON.stringify(plans.map(planValue), undefined, 2)}\n`);
  } else {
    const colour = showsColour(stdout, env);
    const view = { colour, cwd: process.cwd(), why: flags.why, width: tableWidth(stdout) };
    stdout.write(`${plans.map((plan) => explain(plan, view)).join("\n\n")}\n`);
  }
  return 0;
}

async function collected(
  collection: Collection,
  plans: ReadonlyMap<Line, Plan>,
  fresh: boolean,
): Promise<Plan> {
  const { memberOf, prepareCollection, resultThere } = await import("../collection-run.ts");
  const members = collection.lines.map((line) => {
    const plan = plans.get(line) as Plan;
    return memberOf(line, plan, resultThere(line, plan));
  });
  return prepareCollection(collection, members, fresh).plan;
}
