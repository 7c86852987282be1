import { existsSync } from "node:fs";
import { perform } from "./acts/perform.ts";
import type { Act } from "./engine.ts";
import { failure, servicingError } from "./error.ts";
import type { Problem } from "./event.ts";
import { problemOf } from "./execute.ts";
import type { Runner } from "./runner.ts";
import { inScratch } from "./scratch-folder.ts";
import type { Plan } from "./step.ts";
import type { Table } from "./table.ts";

/** What was found when the results of a line were read back. */
export interface Verification {
  readonly line: string;
  readonly ok: boolean;
  readonly files: readonly string[];
  readonly tables: readonly Table[];
  readonly warnings: readonly string[];
  readonly error?: Problem;
}

type VerifyDrivers = Extract<Act, { act: "verify drivers" }>;

/**
 * Reads the results of a plan back, without changing anything.
 * @param current whether the result is what the plan says, as far as that is known
 */
export async function verifyLine(
  plan: Plan,
  current: boolean,
  { runner, signal }: { readonly runner: Runner; readonly signal: AbortSignal },
): Promise<Verification> {
  const acts = verifications(plan);
  const files = [...new Set([plan.output.file, ...acts.map(({ file }) => file)])];
  const tables: Table[] = [...(plan.tables ?? [])];
  const warnings = [
    ...(current ? [] : [`${plan.output.file} was not made of what the config says now: run the line again`]),
    ...(acts.length > 0 ? [] : ["the line publishes no drivers, so there is nothing to read back"]),
  ];
  const told = { line: plan.line, files, tables, warnings };
  try {
    const missing = files.find((file) => !existsSync(file));
    if (missing !== undefined) throw failure("SERVICING_RESULT_MISSING", { line: plan.line, file: missing });
    for (const act of acts)
      await inScratch((folder) =>
        perform(act, {
          runner,
          signal,
          log: `${folder}/log.txt`,
          target: undefined,
          warn: (text) => void warnings.push(text),
          table: (table) => void tables.push(table),
        }),
      );
    return { ok: true, ...told };
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, ...told, error: problemOf(servicingError(error)) };
  }
}

/** As the plan says, of the files as they are called now. */
function verifications({ steps }: Plan): readonly VerifyDrivers[] {
  const acts = steps.flatMap(({ commands }) => commands.flatMap((each) => ("act" in each ? [each] : [])));
  const names = new Map(
    acts.flatMap((act) =>
      act.act === "publish" || act.act === "place" ? [[act.file, act.to] as const] : [],
    ),
  );
  return acts.flatMap((act) =>
    act.act === "verify drivers" ? [{ ...act, file: names.get(act.file) ?? act.file }] : [],
  );
}
