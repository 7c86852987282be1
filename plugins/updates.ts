import { array, boolean, optional, strictObject, string, union, type InferInput } from "valibot";
import {
  addUpdate,
  checkOptions,
  chooseUpdates,
  readUpdates,
  updateTables,
  type Plugin,
  type UpdateChoice,
} from "../core/index.ts";

const schema = strictObject({
  from: union([string(), array(string())]),
  winre: optional(boolean(), true),
  cleanup: optional(boolean(), false),
});

export interface UpdatesOptions extends InferInput<typeof schema> {
  /** Folders, globs or paths of .msu and .cab files. */
  readonly from: string | string[];
  /** Updates the recovery environment by the Safe OS dynamic updates among them. */
  readonly winre?: boolean | undefined;
  /** Removes components that the updates have superseded. */
  readonly cleanup?: boolean | undefined;
}

/**
 * Adds updates to the images that they are for, in the order that Windows wants ("media-dynamic-update",
 * "checkpoint-cumulative-updates"). Those for media are added by the media plugin.
 */
export function updates(options: UpdatesOptions): Plugin {
  const { from, winre, cleanup } = checkOptions("updates", schema, options);
  return {
    name: "updates",
    apply({ hooks }) {
      const told = new Map<number, UpdateChoice>();
      hooks.modify.tapPromise("updates", async (builder) => {
        const choice = chooseUpdates(await readUpdates(from, builder), builder.image);
        told.set(builder.image.index, choice);
        for (const { file, because } of choice.leftOut) builder.warn(`${file} is left out: ${because}`);
        if (winre && choice.winre.length > 0)
          builder.add({
            type: "Service-WinRE",
            drivers: [],
            packages: choice.winre,
            cleanup: true,
            export: true,
            title: choice.winre.length === 1 ? "1 package" : `${choice.winre.length} packages`,
            // Safe OS updates beside others are no reason to end a line that cannot add them.
            optional: true,
          });
        builder.add(...choice.windows.map(addUpdate));
        if (cleanup) builder.add({ type: "Cleanup-Image" });
      });
      hooks.plan.tap("updates", (plan) => {
        const tables = updateTables(plan, told, { by: "updates", winre });
        return tables.length === 0 ? plan : { ...plan, tables: [...(plan.tables ?? []), ...tables] };
      });
    },
  };
}
