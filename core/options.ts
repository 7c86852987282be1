import { getDotPath, safeParse, type GenericSchema, type InferOutput } from "valibot";
import { failure } from "./error.ts";

/** Checks what a config gives a plugin. Throws SERVICING_PLUGIN_OPTIONS with every problem and its path. */
export function checkOptions<S extends GenericSchema>(
  plugin: string,
  schema: S,
  options: unknown,
): InferOutput<S> {
  const result = safeParse(schema, options);
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => {
    const path = getDotPath(issue);
    return `${plugin}${path === null ? "" : `.${path}`}: ${issue.message}`;
  });
  throw failure("SERVICING_PLUGIN_OPTIONS", { plugin, problems });
}
