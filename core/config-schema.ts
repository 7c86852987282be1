import * as v from "valibot";
import type { ReferenceDevice } from "./device.ts";
import { isDeviceName } from "./formats/image-path.ts";
import type { LineConfig, WorkspaceConfig } from "./line.ts";
import type { Plugin } from "./plugin.ts";
import { didYouMean } from "./suggestion.ts";

const text = v.pipe(v.string("must be a text"), v.nonEmpty("must not be empty"));
const oneOf = <const T extends readonly string[]>(...choices: T) =>
  v.picklist(choices, (issue) => {
    const given = typeof issue.input === "string" ? issue.input : "";
    return `must be one of ${choices.map((choice) => `"${choice}"`).join(", ")}${didYouMean(given, choices)}`;
  });

const plugins = v.array(
  v.custom<Plugin>(isPlugin, "is not a plugin ({ name, apply })"),
  "must be an array of plugins",
);

const image = {
  file: v.optional(text),
  index: v.optional(
    v.custom<number | string>(
      (index) =>
        (Number.isInteger(index) && Number(index) > 0) || (typeof index === "string" && index !== ""),
      'must be a number from 1, a name, an edition id or "all"',
    ),
  ),
  architecture: v.optional(oneOf("x86", "amd64", "arm", "arm64")),
};

const output = {
  kind: v.optional(oneOf("wim", "delta")),
  file: v.optional(text),
  compress: v.optional(oneOf("keep", "none", "fast", "max", "recovery")),
  images: v.optional(oneOf("all", "targets")),
  verify: v.optional(v.boolean("must be true or false")),
};

const line = {
  line: v.optional(
    v.pipe(
      v.string("must be a text"),
      v.regex(/^[A-Za-z0-9][\w.-]{0,99}$/, "must be letters, digits, dots, dashes and underscores"),
      // Files and folders are named after the line.
      v.check((name) => !isDeviceName(name), "is the name of a device on Windows"),
      v.check((name) => !name.endsWith("."), "must not end with a dot, which Windows drops"),
    ),
  ),
  // Checked by checkLine itself, which also bounds its depth.
  extends: v.optional(v.any()),
  image: v.optional(v.strictObject(image)),
  output: v.optional(v.strictObject(output)),
  engine: v.optional(oneOf("auto", "dism", "wimlib")),
  prefer: v.optional(
    v.pipe(
      v.array(oneOf("offline", "online", "setup"), "must be an array"),
      v.nonEmpty("must name a road"),
      v.check((roads) => new Set(roads).size === roads.length, "names a road twice"),
    ),
  ),
  deployment: v.optional(oneOf("applied", "winpe", "media")),
  device: v.optional(
    v.custom<ReferenceDevice>(isDevice, "is not a reference device: use qemu(), hyperV() or physical()"),
  ),
  plugins: v.optional(plugins),
  deploy: v.optional(plugins),
  work: v.optional(text),
  store: v.optional(text),
};

const collection = {
  file: output.file,
  compress: output.compress,
  verify: output.verify,
};

const workspace = {
  output: v.optional(v.strictObject(collection)),
  lines: v.pipe(v.array(text, "must be an array of globs"), v.nonEmpty("must name a config")),
};

const lineSchema = v.strictObject(line);
const workspaceSchema = v.strictObject(workspace);

/** Keys by the path of the object that they are of. */
type Keys = Readonly<Record<string, readonly string[]>>;

const lineKeys = { "": Object.keys(line), image: Object.keys(image), output: Object.keys(output) };
const workspaceKeys = { "": Object.keys(workspace), output: Object.keys(collection) };

/** Every problem of a line config, each with its path; none: the config is one. */
export function lineProblems(
  config: unknown,
  at: readonly string[] = [],
  seen: readonly unknown[] = [],
): string[] {
  const problems = problemsOf(lineSchema, config, at, lineKeys);
  const base = isObject(config) ? config["extends"] : undefined;
  if (base === undefined) return problems;
  const path = [...at, "extends"];
  if (seen.includes(base) || base === config) return [...problems, `${path.join(".")}: extends itself`];
  if (isWorkspace(base)) return [...problems, `${path.join(".")}: is a workspace, which no line can extend`];
  return [...problems, ...lineProblems(base, path, [...seen, config])];
}

/** Whether the line, or what it extends, names an image. */
export function namesImage(config: unknown, seen: readonly unknown[] = []): boolean {
  if (!isObject(config) || seen.includes(config)) return false;
  const own = config["image"];
  return (isObject(own) && own["file"] !== undefined) || namesImage(config["extends"], [...seen, config]);
}

export function workspaceProblems(config: unknown): string[] {
  const problems = problemsOf(workspaceSchema, config, [], workspaceKeys);
  const made = isObject(config) ? config["output"] : undefined;
  return isObject(made) && made["file"] === undefined
    ? [...problems, "output.file: is missing; name the .wim to make of all lines"]
    : problems;
}

export function isWorkspace(config: unknown): config is WorkspaceConfig {
  return isObject(config) && "lines" in config;
}

/** Whether an export looks like a line rather than a value that the config merely shares. */
export function isLineLike(config: unknown): config is LineConfig {
  return (
    isObject(config) && ("image" in config || (isObject(config["extends"]) && isLineLike(config["extends"])))
  );
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPlugin(value: unknown): boolean {
  return isObject(value) && typeof value["name"] === "string" && typeof value["apply"] === "function";
}

function isDevice(value: unknown): boolean {
  return (
    isObject(value) && ["apply", "run", "capture", "undo"].every((each) => typeof value[each] === "function")
  );
}

function problemsOf(schema: v.GenericSchema, config: unknown, at: readonly string[], known: Keys): string[] {
  if (!isObject(config))
    return [`${at.join(".") || "default export"}: must be an object made with defineConfig`];
  const result = v.safeParse(schema, config);
  return (result.issues ?? []).map((issue) => problem(issue, at, known));
}

function problem(issue: v.BaseIssue<unknown>, at: readonly string[], known: Keys): string {
  const path = (issue.path ?? []).map((part) => part.key as string | number);
  const where = pathText([...at, ...path]);
  if (issue.expected === "never") {
    const siblings = known[path.slice(0, -1).join(".")] ?? [];
    return `${where}: unknown key${didYouMean(String(path.at(-1)), siblings)}`;
  }
  if (issue.kind === "schema" && issue.type === "strict_object") return `${where}: must be an object`;
  return `${where}: ${issue.message}`;
}

/** `plugins[2].from`. */
function pathText(path: readonly (string | number)[]): string {
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join("");
}
