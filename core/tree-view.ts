import {
  Listr,
  type ListrTask,
  type ListrTaskWrapper,
  type DefaultRenderer,
  type SimpleRenderer,
} from "listr2";
import prettyMilliseconds from "pretty-ms";
import type { Event, StepResult } from "./event.ts";
import { operationTitle } from "./operation-title.ts";
import type { View } from "./view.ts";
import type { Plan, Step } from "./step.ts";

type Node = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof SimpleRenderer>;
type Branch = ListrTask<unknown, typeof DefaultRenderer>;

/** One line of the run: what its tasks in the tree wait for. */
interface Trunk {
  readonly planned: PromiseWithResolvers<Plan | undefined>;
  readonly ended: PromiseWithResolvers<void>;
  readonly steps: Map<string, Leaf>;
  node?: Node;
}

interface Leaf {
  readonly settled: PromiseWithResolvers<StepResult | undefined>;
  node?: Node;
  progress: string;
}

/**
 * Lines, phases and steps as a live tree.
 * Every task of it merely awaits what the events settle, so drawing cannot change the run; listr's own signal
 * handlers are off, since they would end the process before the undo.
 */
export function treeView(names: readonly string[], silent = false): View {
  const trunks = new Map(names.map((name) => [name, trunk()] as const));
  const listr = new Listr(
    [...trunks].map(([name, line]) => lineTask(name, line)),
    {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      silentRendererCondition: silent,
      rendererOptions: { collapseSubtasks: false, collapseErrors: false },
    },
  );
  const drawn = listr.run().catch(() => undefined);
  return {
    show(event) {
      const line = trunks.get(event.line);
      if (line !== undefined) settle(line, event);
    },
    ended(name, error) {
      const line = trunks.get(name);
      if (line === undefined) return;
      end(line, error);
    },
    async close() {
      for (const line of trunks.values()) end(line);
      await drawn;
    },
  };
}

function trunk(): Trunk {
  const line = {
    planned: Promise.withResolvers<Plan | undefined>(),
    ended: Promise.withResolvers<void>(),
    steps: new Map<string, Leaf>(),
  };
  line.ended.promise.catch(() => undefined);
  return line;
}

function settle(line: Trunk, event: Event): void {
  switch (event.type) {
    case "planned":
      for (const step of event.plan.steps) {
        line.steps.set(step.id, { settled: Promise.withResolvers(), progress: "" });
      }
      line.planned.resolve(event.plan);
      return;
    case "progress": {
      const leaf = line.steps.get(event.step.id);
      if (leaf === undefined) return;
      leaf.progress = `${event.step.title}  ${event.percent} %  ${event.what}`.trimEnd();
      if (leaf.node !== undefined) leaf.node.title = leaf.progress;
      return;
    }
    case "finished":
      line.steps.get(event.step.id)?.settled.resolve(event.result);
      return;
    case "reported": {
      const { report } = event;
      if (line.node !== undefined)
        line.node.title = `${report.line}  ${prettyMilliseconds(report.milliseconds)}`;
      end(line, report.ok ? undefined : new Error(`${report.line} ${report.outcome}`));
    }
  }
}

function end(line: Trunk, error?: Error): void {
  line.planned.resolve(undefined);
  for (const leaf of line.steps.values()) leaf.settled.resolve(undefined);
  if (error === undefined) line.ended.resolve();
  else line.ended.reject(error);
}

function lineTask(name: string, line: Trunk): Branch {
  return {
    title: name,
    task: async (_, node) => {
      line.node = node;
      node.output = "waiting";
      const plan = await line.planned.promise;
      node.output = "";
      if (plan === undefined) return line.ended.promise;
      const titles = new Map(plan.items.map(({ id, operation }) => [id, operationTitle(operation)]));
      return node.newListr(
        plan.phases
          .filter(({ steps }) => steps > 0)
          .map(({ phase }) => ({
            title: phase,
            task: (__: unknown, inner: Node) =>
              inner.newListr(
                plan.steps.filter((step) => step.phase === phase).map((step) => stepTask(step, line, titles)),
                { concurrent: false, exitOnError: true },
              ),
          })),
        { concurrent: false, exitOnError: true },
      );
    },
  };
}

/** Items that a step lists below its title while it runs. */
const listed = 12;

function stepTask(step: Step, line: Trunk, titles: ReadonlyMap<string, string>): Branch {
  const items = step.items.length > 1 ? step.items.map((id) => titles.get(id) ?? id) : [];
  const shown =
    items.length > listed ? [...items.slice(0, listed - 1), `and ${items.length - listed + 1} more`] : items;
  return {
    title: step.title,
    rendererOptions: { outputBar: shown.length, persistentOutput: true },
    task: async (_, node) => {
      const leaf = line.steps.get(step.id);
      if (leaf === undefined) return;
      leaf.node = node;
      if (leaf.progress !== "") node.title = leaf.progress;
      for (const item of shown) node.output = item;
      const result = await leaf.settled.promise;
      if (result === undefined) node.skip("not started");
      else if (result.outcome === "skipped") node.skip(step.title);
      else if (result.outcome === "reused") node.title = `${step.title}  reused`;
      else node.title = `${step.title}  ${prettyMilliseconds(result.milliseconds)}`;
      if (result?.error !== undefined) throw new Error(result.error.code);
    },
  };
}
