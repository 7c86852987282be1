import { join, resolve } from "node:path";
import type { Invocation } from "../cli-commands.ts";

export async function run({ flags, positionals, signal, stdout }: Invocation): Promise<number> {
  const [{ inspect }, { artefactText }, { createRunner }, { createFacts }, { storeFolder }] =
    await Promise.all([
      import("../inspect.ts"),
      import("../artefact-text.ts"),
      import("../runner.ts"),
      import("../facts.ts"),
      import("../store-folder.ts"),
    ]);
  const facts = createFacts(join(storeFolder(undefined), "facts"));
  const options = { runner: createRunner(), signal, facts };
  const artefacts = [];
  for (const path of positionals) artefacts.push(await inspect(resolve(flags.cwd, path), options));
  stdout.write(
    flags.json
      ? `${JSON.stringify(artefacts.length === 1 ? artefacts[0] : artefacts, undefined, 2)}\n`
      : `${artefacts.map((artefact) => artefactText(artefact).trimEnd()).join("\n\n")}\n`,
  );
  return 0;
}
