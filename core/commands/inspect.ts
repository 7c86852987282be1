import { join, resolve } from "node:path";
import type { Artefact } from "../artefact.ts";
import type { Invocation } from "../cli-commands.ts";
import type { Runner } from "../runner.ts";

export async function run({ flags, positionals, signal, stdout }: Invocation): Promise<number> {
  const [{ inspect, tellOf }, { createFacts }, { storeFolder }] = await Promise.all([
    import("../inspect.ts"),
    import("../facts.ts"),
    import("../store-folder.ts"),
  ]);
  const facts = createFacts(join(storeFolder(undefined), "facts"));
  const options = { runner, signal, facts };
  const paths = positionals.map((path) => resolve(flags.cwd, path));
  if (flags.json) {
    const artefacts: Artefact[] = [];
    for (const path of paths) artefacts.push(await inspect(path, options));
    stdout.write(`${JSON.stringify(artefacts.length === 1 ? artefacts[0] : artefacts, undefined, 2)}\n`);
    return 0;
  }
  const texts: string[] = [];
  for (const path of paths) texts.push(await tellOf(path, textOf, options));
  stdout.write(`${texts.join("\n\n")}\n`);
  return 0;
}

// Both are loaded when they are wanted: nothing is started for most inputs, and nothing put in words twice.

const runner: Runner = {
  async run(process, options) {
    const { createRunner } = await import("../runner.ts");
    return createRunner().run(process, options);
  },
};

async function textOf(artefact: Artefact): Promise<string> {
  const { artefactText } = await import("../artefact-text.ts");
  return artefactText(artefact).trimEnd();
}
