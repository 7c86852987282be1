import { check, boolean, exactOptional, optional, picklist, pipe, strictObject, string } from "valibot";
import { checkOptions, type PhaseBuilder, type Plugin } from "../core/index.ts";

const checks = picklist(["checkHealth", "scanHealth", "restoreHealth"]);

const schema = pipe(
  strictObject({
    before: exactOptional(checks),
    after: exactOptional(checks),
    source: exactOptional(string()),
    limitAccess: optional(boolean(), false),
    optimizeBoot: optional(boolean(), false),
  }),
  check(
    ({ before, after, source, limitAccess }) =>
      [before, after].includes("restoreHealth") || (source === undefined && !limitAccess),
    "source and limitAccess are for restoreHealth, which is not asked for",
  ),
);

type Check = "checkHealth" | "scanHealth" | "restoreHealth";

export interface HealthOptions {
  /** What is done with the component store before everything else. */
  before?: Check;
  /** The same after everything else. */
  after?: Check;
  /** Where restoreHealth takes sound files from: a `Windows` folder, or `sources/sxs` of media. */
  source?: string;
  /** Leaves Windows Update out. */
  limitAccess?: boolean;
  /** Does ahead of time what the first start would do; last of all. */
  optimizeBoot?: boolean;
}

/** The component store before and after servicing ("repair-a-windows-image", "dism-optimize-image-command-line-options"). */
export function health(options: HealthOptions): Plugin {
  const { before, after, source, limitAccess, optimizeBoot } = checkOptions("health", schema, options);
  const repair = (done: Check, builder: PhaseBuilder): void =>
    builder.add({
      type: "Repair-Image",
      check: done,
      ...(done === "restoreHealth" && source !== undefined ? { source: builder.resolve(source) } : {}),
      ...(done === "restoreHealth" && limitAccess ? { limitAccess } : {}),
    });
  return {
    name: "health",
    apply({ hooks }) {
      if (before !== undefined)
        hooks.modify.tap({ name: "health", stage: -1000 }, (builder) => repair(before, builder));
      if (after !== undefined || optimizeBoot)
        hooks.modify.tap({ name: "health", stage: 1000 }, (builder) => {
          if (after !== undefined) repair(after, builder);
          if (optimizeBoot) builder.add({ type: "Optimize-Image", optional: true });
        });
    },
  };
}
