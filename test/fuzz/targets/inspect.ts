import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { artefactText } from "../../../core/artefact-text.ts";
import { failure } from "../../../core/error.ts";
import { inspect } from "../../../core/inspect.ts";
import type { Runner } from "../../../core/runner.ts";
import { emptyHive } from "../../../templates/sample/empty-hive.ts";
import type { Target } from "../target.ts";
import { ownFiles, promised, wide } from "../seeds.ts";
import { answerFiles } from "./answer-file.ts";
import { apps } from "./app.ts";
import { packages } from "./package.ts";
import { wims } from "./wim.ts";

const missing: Runner = {
  run: ({ run }) => Promise.reject(failure("SERVICING_TOOL_MISSING", { tool: run, why: "", install: "" })),
};

/** Whatever a file is, by its content. */
export const inspection: readonly Target[] = [
  {
    name: "inspect",
    async seeds() {
      const others = await Promise.all(
        [wims[0], apps[1], answerFiles[0]].map((target) => target?.seeds(undefined)),
      );
      return [
        ...others.flatMap((seeds) => seeds ?? []),
        ...ownFiles("templates/sample", /\.inf$/).flatMap((text) => [text, wide(text.toString())]),
        Buffer.from(emptyHive("SOFTWARE", new Date(0))),
        ...(await (packages[1]?.seeds(undefined) ?? [])),
        Buffer.from("d0cf11e0a1b11ae1", "hex"),
      ];
    },
    tokens: ["MSWIM\0\0\0", "MSCF", "PK\u0003\u0004", "regf", "[Version]", "<unattend>", "\n", " ", "[", "<"],
    async read(input, scratch) {
      const file = join(scratch, "input.inf");
      writeFileSync(file, input);
      const artefact = await inspect(file, { runner: missing });
      const text = artefactText(artefact);
      promised(
        // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
        !/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(text),
        "no text from outside steers a terminal",
      );
      JSON.stringify(artefact);
    },
  },
];
