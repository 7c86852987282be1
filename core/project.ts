import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, extname, relative, resolve, sep } from "node:path";
import { failure } from "./error.ts";
import type { Collection, Line, LineConfig, WorkspaceConfig } from "./line.ts";
import { samePlace } from "./output-file.ts";
import { completeCollection, completeLine, runsIn } from "./config-defaults.ts";
import { loadConfig } from "./config-file.ts";
import {
  isLineLike,
  isObject,
  isWorkspace,
  lineProblems,
  namesImage,
  workspaceProblems,
} from "./config-schema.ts";
import type { Task, TaskMember, TaskTree } from "./task.ts";

/** What a config declares, complete and checked. */
export interface Project {
  /** The config. */
  readonly file: string;
  readonly folder: string;
  /** Of the folders of its runs, where a run of several lines is reported. */
  readonly runs: string;
  readonly lines: readonly Line[];
  /** What a workspace makes of the results of all lines. */
  readonly collection?: Collection;
  /** Named exports that are tasks or functions. */
  readonly tasks: readonly TaskTree[];
  /** Its lines belong together: what they have in common is put first, whichever of them is run. */
  readonly workspace: boolean;
  /** What `run` runs when nothing is named: the default export, or every line of a workspace. */
  readonly default?: TaskTree;
}

const extensions = ["ts", "mts", "js", "mjs", "cjs", "json"];

/**
 * Finds the config, in `cwd` or above it, and loads all that it declares.
 * @throws SERVICING_CONFIG_NOT_FOUND, SERVICING_CONFIG_UNREADABLE and SERVICING_CONFIG_INVALID, the last with every problem.
 */
export async function loadProject(options: {
  readonly cwd: string;
  readonly config?: string | undefined;
}): Promise<Project> {
  const { file, exports } = await findConfig(options.cwd, options.config);
  const draft = new Draft(file);
  if (isWorkspace(exports["default"])) await draft.workspace(exports["default"]);
  return draft.project(exports);
}

/** Cosmiconfig finds and loads the file, by a loader of ours that keeps the place of an error and all named exports. */
async function findConfig(
  cwd: string,
  named: string | undefined,
): Promise<{ readonly file: string; readonly exports: Exports }> {
  const { cosmiconfig } = await import("cosmiconfig");
  const home = homedir();
  const within = cwd === home || cwd.startsWith(home + sep);
  const explorer = cosmiconfig("servicing", {
    searchPlaces: extensions.map((extension) => `servicing.config.${extension}`),
    loaders: Object.fromEntries(extensions.map((extension) => [`.${extension}`, loadConfig])),
    searchStrategy: "global",
    stopDir: within ? home : resolve(cwd, "/"),
    cache: false,
  });
  if (named !== undefined) {
    const file = resolve(cwd, named);
    const fault = !existsSync(file)
      ? "there is no such file"
      : extensions.includes(extname(file).slice(1))
        ? undefined
        : `it ends in none of .${extensions.join(", .")}`;
    if (fault !== undefined) throw failure("SERVICING_CONFIG_UNREADABLE", { file, reason: fault });
    return { file, exports: (await explorer.load(file))?.config as Exports };
  }
  const result = await explorer.search(cwd);
  const above = result !== null && !relative(dirname(result.filepath), cwd).startsWith("..");
  if (!above) throw failure("SERVICING_CONFIG_NOT_FOUND", { cwd });
  return { file: result.filepath, exports: result.config as Exports };
}

type Exports = Readonly<Record<string, unknown>>;

/** Gathers lines and problems while a config and its members are read. */
class Draft {
  readonly #file: string;
  readonly #problems: string[] = [];
  readonly #lines = new Map<LineConfig, Line>();
  readonly #origins = new Map<string, string>();
  readonly #refused = new Set<unknown>();

  constructor(file: string) {
    this.#file = file;
  }

  async workspace(config: unknown): Promise<void> {
    const problems = workspaceProblems(config);
    if (problems.length > 0 || !isWorkspace(config)) {
      this.#problems.push(...problems);
      return;
    }
    const { default: glob } = await import("fast-glob");
    const folder = dirname(this.#file);
    for (const [index, pattern] of config.lines.entries()) {
      const files = await glob(pattern.replaceAll("\\", "/"), {
        cwd: folder,
        absolute: true,
        ignore: ["**/node_modules/**"],
      });
      if (files.length === 0) this.#problems.push(`lines[${index}]: no config matches "${pattern}"`);
      for (const file of files.toSorted().map((found) => resolve(found))) {
        if (file !== this.#file) await this.#member(file);
      }
    }
  }

  async #member(file: string): Promise<void> {
    const exports = await loadConfig(file);
    const shown = relative(dirname(this.#file), file);
    if (isWorkspace(exports["default"])) {
      this.#problems.push(`${shown}: is a workspace, which cannot be inside another`);
      return;
    }
    const lines = Object.entries(exports).filter(([name, value]) => name === "default" || isLineLike(value));
    if (lines.length === 0) this.#problems.push(`${shown}: exports no line`);
    for (const [name, value] of lines) this.#line(value, file, name, `${shown}: `);
  }

  project(exports: Readonly<Record<string, unknown>>): Project {
    const whole = exports["default"];
    const workspace = isWorkspace(whole);
    const named = Object.entries(exports).filter(([name]) => name !== "default" && name !== "module.exports");
    for (const [name, value] of named) if (isLineLike(value)) this.#line(value, this.#file, name, `${name}.`);
    if (isLineLike(whole)) this.#line(whole, this.#file, "default", "");
    const tasks = named
      .filter(([, value]) => isTask(value) || typeof value === "function")
      .map(([name, value]) => this.#tree(value as TaskMember, name, name));
    const entry =
      whole === undefined || workspace ? undefined : this.#tree(whole as TaskMember, "default", "default");
    if (whole === undefined && named.length === 0) this.#problems.push("exports neither a line nor a task");
    const lines = [...new Set(this.#lines.values())];
    const collection = isWorkspace(whole) ? this.#collection(whole, lines) : undefined;
    this.#refuseTwins(tasks, lines, collection);
    if (this.#problems.length > 0) {
      throw failure("SERVICING_CONFIG_INVALID", { file: this.#file, problems: this.#problems });
    }
    const together: TaskTree = {
      kind: "parallel",
      name: "all lines",
      members: lines.map((line) => ({ kind: "line", name: line.line, line })),
    };
    const all: TaskTree =
      collection === undefined
        ? together
        : {
            kind: "series",
            name: "",
            members: [together, { kind: "collection", name: collection.name, collection }],
          };
    const fallback = workspace ? all : entry;
    return {
      file: this.#file,
      folder: dirname(this.#file),
      runs: runsIn(dirname(this.#file)),
      workspace,
      lines,
      tasks,
      ...(collection === undefined ? {} : { collection }),
      ...(fallback === undefined ? {} : { default: fallback }),
    };
  }

  #tree(member: TaskMember, name: string, at: string): TaskTree {
    if (typeof member === "function")
      return { kind: "function", name: name || member.name || "function", run: member };
    if (isTask(member)) {
      return {
        kind: member.task,
        name,
        members: member.members.map((inner, index) => this.#tree(inner, "", `${at}[${index}]`)),
      };
    }
    const line = this.#line(member, this.#file, name, at === "default" ? "" : `${at}.`);
    return line === undefined
      ? { kind: "series", name, members: [] }
      : { kind: "line", name: line.line, line };
  }

  /** The same config object is the same line, wherever it is named. */
  #line(config: unknown, file: string, name: string, prefix: string): Line | undefined {
    const known = this.#lines.get(config as LineConfig);
    if (known !== undefined || this.#refused.has(config)) return known;
    const problems = lineProblems(config);
    if (!namesImage(config)) problems.push("image.file: is missing; name the .wim to service");
    if (problems.length === 0) {
      const merged = mergeLine(config as LineConfig);
      if (merged.output?.kind === "delta" && merged.output.images === "all")
        problems.push('output.images: a delta holds the serviced images only; leave it out or say "targets"');
      const title = merged.line ?? (name === "default" ? basename(dirname(file)) : name);
      if (title === "") problems.push("line: is missing; a line inside a task needs a name");
      if (problems.length === 0) {
        const line = completeLine(merged, title.replaceAll(/[^\w.-]/g, "-"), file);
        const earlier = this.#origins.get(line.line);
        if (earlier !== undefined) {
          problems.push(`line: "${line.line}" is the name of another line already, in ${earlier}`);
        }
        const twin = [...this.#lines.values()].find(({ output }) => output.file === line.output.file);
        if (twin !== undefined) {
          problems.push(`output.file: ${line.output.file} is what the line "${twin.line}" writes already`);
        }
        this.#origins.set(line.line, file);
        this.#lines.set(config as LineConfig, line);
      }
    }
    if (problems.length > 0) this.#refused.add(config);
    this.#problems.push(...problems.map((text) => prefix + text));
    return this.#lines.get(config as LineConfig);
  }

  #refuseTwins(tasks: readonly TaskTree[], lines: readonly Line[], collection: Collection | undefined): void {
    for (const task of tasks) {
      if (lines.some((line) => line.line === task.name)) {
        this.#problems.push(`${task.name}: is the name of a line as well as of a task`);
      }
    }
    const twin = [...lines.map(({ line }) => line), ...tasks.map(({ name }) => name)].find(
      (name) => name === collection?.name,
    );
    if (twin !== undefined)
      this.#problems.push(
        `output.file: "${twin}" is the name of a line or task already; call the file otherwise`,
      );
  }

  #collection(config: WorkspaceConfig, lines: readonly Line[]): Collection | undefined {
    if (typeof config.output?.file !== "string") return undefined;
    const made = completeCollection(config.output, lines, this.#file);
    const { file } = made.output;
    for (const { line, output, image } of lines) {
      if (samePlace(file, output.file))
        this.#problems.push(`output.file: ${file} is what the line "${line}" writes already`);
      if (samePlace(file, image.file))
        this.#problems.push(`output.file: ${file} is the image of the line "${line}"`);
    }
    return made;
  }
}

function isTask(value: unknown): value is Task {
  return (
    isObject(value) &&
    (value["task"] === "series" || value["task"] === "parallel") &&
    Array.isArray(value["members"])
  );
}

/** What a line says wins over what it extends; the plugins of the base come first; a name is not inherited. */
export function mergeLine(config: LineConfig): LineConfig {
  if (config.extends === undefined) return config;
  const { extends: base, ...own } = config;
  const { line: _, ...inherited } = mergeLine(base);
  const image = { ...inherited.image, ...own.image } as LineConfig["image"];
  return {
    ...inherited,
    ...own,
    ...(image?.file === undefined ? {} : { image }),
    output: { ...inherited.output, ...own.output },
    plugins: [...(inherited.plugins ?? []), ...(own.plugins ?? [])],
    deploy: [...(inherited.deploy ?? []), ...(own.deploy ?? [])],
  };
}

/** The lines and tasks of these names; nothing named: the default. @throws SERVICING_UNKNOWN_LINE and SERVICING_USAGE. */
export function chosen(project: Project, names: readonly string[]): TaskTree {
  const everything = new Map<string, TaskTree>([
    ...project.tasks.map((task) => [task.name, task] as const),
    ...project.lines.map((line) => [line.line, { kind: "line", name: line.line, line }] as const),
  ]);
  if (names.length === 0) {
    if (project.default !== undefined) return project.default;
    throw failure("SERVICING_USAGE", {
      reason: `${project.file} has no default export; name what to run: ${[...everything.keys()].join(", ")}`,
    });
  }
  const members = names.map((name) => {
    const tree = everything.get(name) ?? (name === "default" ? project.default : undefined);
    if (tree === undefined) throw failure("SERVICING_UNKNOWN_LINE", { name, known: [...everything.keys()] });
    return tree;
  });
  return members.length === 1 ? members[0]! : { kind: "parallel", name: "", members };
}
