import type { Collection, Line, LineConfig } from "./line.ts";

/** A plain function of a config. It gets the signal that Ctrl-C aborts. */
export type TaskFunction = (context: { readonly signal: AbortSignal }) => unknown;

export type TaskMember = LineConfig | Task | TaskFunction;

/** Lines, functions and other tasks, one after another or side by side. Made by `series` and `parallel`. */
export interface Task {
  readonly task: "series" | "parallel";
  readonly members: readonly TaskMember[];
}

/** One after another; the first failure ends it. */
export function series(...members: readonly TaskMember[]): Task {
  return Object.freeze({ task: "series" as const, members });
}

/** Side by side; a failure lets the others finish. `--parallel` bounds how many lines run at once. */
export function parallel(...members: readonly TaskMember[]): Task {
  return Object.freeze({ task: "parallel" as const, members });
}

/** A task after loading: named by its export, its lines complete. */
export type TaskTree =
  | { readonly kind: "line"; readonly name: string; readonly line: Line }
  | { readonly kind: "function"; readonly name: string; readonly run: TaskFunction }
  /** One file of the results of a workspace's lines. */
  | { readonly kind: "collection"; readonly name: string; readonly collection: Collection }
  | { readonly kind: "series" | "parallel"; readonly name: string; readonly members: readonly TaskTree[] };

export type TaskLeaf = Exclude<TaskTree, { readonly members: unknown }>;

/** What runs the leaves of a tree. None of the functions rejects: false is a failure, and they keep its reason. */
export interface TaskRunner {
  readonly signal: AbortSignal;
  /** How many lines run at once. */
  readonly parallel: number;
  line(line: Line): Promise<boolean>;
  call(name: string, run: TaskFunction): Promise<boolean>;
  gather(collection: Collection): Promise<boolean>;
}

/** Runs a tree; true when all of it succeeded. What several tasks name runs once. */
export function runTask(tree: TaskTree, runner: TaskRunner): Promise<boolean> {
  const begun = new Map<unknown, Promise<boolean>>();
  const slot = slots(runner.parallel);
  const once = (key: unknown, run: () => Promise<boolean>): Promise<boolean> => {
    const earlier = begun.get(key);
    if (earlier !== undefined) return earlier;
    const promise = run();
    begun.set(key, promise);
    return promise;
  };
  const visit = async (node: TaskTree): Promise<boolean> => {
    if (runner.signal.aborted) return false;
    switch (node.kind) {
      case "line":
        return once(node.line, () =>
          slot(async () => !runner.signal.aborted && (await runner.line(node.line))),
        );
      case "function":
        return once(node.run, () => runner.call(node.name, node.run));
      case "collection":
        return once(node.collection, () => runner.gather(node.collection));
      case "series":
        for (const member of node.members) if (!(await visit(member))) return false;
        return true;
      case "parallel":
        return (await Promise.all(node.members.map(visit))).every(Boolean);
    }
  };
  return visit(tree);
}

/** What a tree runs, in order, each once. */
export function leaves(tree: TaskTree): readonly TaskLeaf[] {
  if (!("members" in tree)) return [tree];
  const all = tree.members.flatMap(leaves);
  return all.filter((leaf, index) => all.findIndex((other) => keyOf(other) === keyOf(leaf)) === index);
}

/** What is the same wherever it is named. */
function keyOf(leaf: TaskLeaf): unknown {
  switch (leaf.kind) {
    case "line":
      return leaf.line;
    case "function":
      return leaf.run;
    case "collection":
      return leaf.collection;
  }
}

/** Lines that are run side by side, as groups: nothing that the config says comes between them. */
export function sideBySide(tree: TaskTree): readonly (readonly Line[])[] {
  if (tree.kind === "line") return [[tree.line]];
  if (!("members" in tree)) return [];
  const own = tree.members.flatMap((member) => (member.kind === "line" ? [member.line] : []));
  const inner = tree.members.filter((member) => member.kind !== "line").flatMap(sideBySide);
  const groups = tree.kind === "parallel" ? [own] : own.map((line) => [line]);
  return [...groups.filter((group) => group.length > 0), ...inner];
}

/** The tree as text: `├─`, `└─`, as `tasks` prints it. */
export function treeText(tree: TaskTree): string {
  return [label(tree), ...branches(tree)].join("\n");
}

function branches(tree: TaskTree): readonly string[] {
  if (!("members" in tree)) return [];
  return tree.members.flatMap((member, index) => {
    const last = index === tree.members.length - 1;
    const below = branches(member).map((line) => `${last ? "   " : "│  "}${line}`);
    return [`${last ? "└─ " : "├─ "}${label(member)}`, ...below];
  });
}

function label(tree: TaskTree): string {
  switch (tree.kind) {
    case "line":
      return `${tree.name} (line)`;
    case "function":
    case "collection":
      return `${tree.name} (${tree.kind})`;
    case "series":
    case "parallel":
      return tree.name === "" ? tree.kind : `${tree.name} (${tree.kind})`;
  }
}

/** Runs at most `count` at once, in the order of asking. */
function slots(count: number): <T>(run: () => Promise<T>) => Promise<T> {
  let free = count;
  const waiting: (() => void)[] = [];
  return async (run) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
