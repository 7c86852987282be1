import { showsColour } from "../colour.ts";
import type { Invocation } from "../cli-commands.ts";
import { explain } from "../explain.ts";
import { planValue } from "../json.ts";
import { chosen, loadProject } from "../project.ts";
import { leaves } from "../task.ts";

export async function run({ flags, positionals, signal, stdout, env }: Invocation): Promise<number> {
  const project = await loadProject(flags);
  const lines = leaves(chosen(project, positionals)).filter((leaf) => leaf.kind === "line");
  const { planLine } = await import("../line-plan.ts");
  const plans = [];
  for (const { line } of lines) {
    plans.push(
      await planLine(line, { signal, ...(flags.engine === undefined ? {} : { engine: flags.engine }) }),
    );
  }
  if (flags.json) {
    stdout.write(`${JSON.stringify(plans.map(planValue), undefined, 2)}\n`);
  } else {
    const colour = showsColour(stdout, env);
    stdout.write(`${plans.map((plan) => explain(plan, { colour, cwd: process.cwd() })).join("\n\n")}\n`);
  }
  return 0;
}
