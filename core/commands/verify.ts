import { showsColour } from "../colour.ts";
import type { Invocation } from "../cli-commands.ts";
import { isDone } from "../fate.ts";
import { chosen, loadProject } from "../project.ts";
import { verificationText } from "../report.ts";
import { tableWidth } from "../table-text.ts";
import { leaves } from "../task.ts";

export async function run({ flags, positionals, signal, stdout, env }: Invocation): Promise<number> {
  const project = await loadProject(flags);
  const [{ prepare }, { knownOf }, { verifyLine }, { createRunner }] = await Promise.all([
    import("../line-plan.ts"),
    import("../line-known.ts"),
    import("../line-verify.ts"),
    import("../runner.ts"),
  ]);
  const options = { signal, ...(flags.engine === undefined ? {} : { engine: flags.engine }) };
  const found = [];
  for (const leaf of leaves(chosen(project, positionals))) {
    if (leaf.kind !== "line") continue;
    const prepared = await prepare(leaf.line, options);
    const current = isDone(prepared.plan, knownOf(leaf.line, prepared));
    found.push(await verifyLine(prepared.plan, current, { runner: createRunner(), signal }));
  }
  const shown = { colour: showsColour(stdout, env), cwd: process.cwd(), width: tableWidth(stdout) };
  stdout.write(
    flags.json
      ? `${JSON.stringify(found, undefined, 2)}\n`
      : `${found.map((each) => verificationText(each, shown)).join("\n\n")}\n`,
  );
  return found.every(({ ok }) => ok) ? 0 : 1;
}
