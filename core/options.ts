import { type BaseIssue, getDotPath, safeParse, type GenericSchema, type InferOutput } from "valibot";
import { failure } from "./error.ts";
import { didYouMean } from "./suggestion.ts";

/** Checks what a config gives a plugin. @throws SERVICING_PLUGIN_OPTIONS with every problem and its path. */
export function checkOptions<S extends GenericSchema>(
  plugin: string,
  schema: S,
  options: unknown,
): InferOutput<S> {
  const result = safeParse(schema, options);
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => {
    const path = getDotPath(issue);
    const keys = (issue.path ?? []).map(({ key }) => key);
    const known = (): readonly string[] => knownAt(schema as Shape, keys.slice(0, -1));
    const message = objectProblem(issue, String(keys.at(-1)), known) ?? issue.message;
    return `${plugin}${path === null ? "" : `.${path}`}: ${message}`;
  });
  throw failure("SERVICING_PLUGIN_OPTIONS", { plugin, problems });
}

function objectProblem(
  { type, expected, received }: BaseIssue<unknown>,
  key: string,
  known: () => readonly string[],
): string | undefined {
  if (type !== "strict_object") return undefined;
  if (expected === "never") return `unknown option${didYouMean(key, known())}`;
  return received === "undefined" ? "is missing" : undefined;
}

/** The schemas that others are made of, as far as options are. */
interface Shape {
  readonly entries?: Readonly<Record<string, Shape>>;
  /** Of an array. */
  readonly item?: Shape;
  /** Of an option that may be absent. */
  readonly wrapped?: Shape;
  readonly pipe?: readonly Shape[];
  /** Of a schema that depends on what it is given. */
  readonly getter?: (input: unknown) => Shape;
  /** Of a union. */
  readonly options?: readonly Shape[];
}

/** The names of an object's options, found by its path. */
function knownAt(schema: Shape, path: readonly unknown[]): readonly string[] {
  const chosen = schema.getter === undefined ? [] : [schema.getter({}), schema.getter([])];
  const either = Array.isArray(schema.options) ? (schema.options as readonly Shape[]) : [];
  const inner = [schema.wrapped, schema.pipe?.[0], ...chosen, ...either];
  const nested = inner.flatMap((each) => (each === undefined || each === schema ? [] : knownAt(each, path)));
  if (nested.length > 0 || path.length === 0) return [...nested, ...Object.keys(schema.entries ?? {})];
  const next = schema.item ?? schema.entries?.[String(path[0])];
  return next === undefined ? [] : knownAt(next, path.slice(1));
}
