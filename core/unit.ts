import type { DeviceWork } from "./device-work.ts";
import type { Command, Engine, Target } from "./engine.ts";
import { commandsOf, undoOf } from "./engine-commands.ts";
import type { ImageInfo } from "./image.ts";
import type { Declared } from "./lifecycle.ts";
import type { Operation, Phase } from "./operation.ts";
import { operationTitle } from "./operation-title.ts";
import type { FinishedSetup } from "./setup-finish.ts";
import type { Item } from "./step.ts";

/** The smallest thing that steps are cut between: one operation on one image, or a plugin's own code. */
export interface Unit {
  readonly phase: Phase;
  readonly image: number;
  readonly title: string;
  readonly items: readonly string[];
  readonly strategy: "offline" | "online" | "setup";
  /** Absent for a plugin's own code, of which nothing is known. */
  readonly operation?: Operation;
  readonly commands: readonly Command[];
  readonly undo: readonly Command[];
}

/** What units are made from. */
export interface Routed {
  readonly declared: readonly Declared[];
  readonly items: readonly Item[];
  /** What the items that go by way of Windows Setup come to, by the index of the image. */
  readonly finished: ReadonlyMap<number, FinishedSetup>;
  readonly engine: Engine;
  /** By the index of the image: what a reference device does for it, where it does anything. */
  readonly devices: ReadonlyMap<number, DeviceWork>;
}

/**
 * What is asked for one image in one phase, in the order in which it was asked, what Windows Setup gets at the end: where
 * the image goes to a reference device first, whose Windows would take it for its own, after that.
 */
export function unitsOf(phase: Phase, image: ImageInfo, target: Target, routed: Routed): readonly Unit[] {
  const items = new Map(routed.items.map((item) => [item.id, item] as const));
  const own = routed.declared.flatMap((wish) => ownUnit(wish, phase, image, target, items, routed.engine));
  const device = routed.devices.get(image.index);
  if (phase === "modify" && device !== undefined)
    return [...own, ...device.before.map((operation) => deviceUnit(operation, phase, image, target, routed))];
  if (phase === "capture" && device !== undefined)
    return [
      ...own,
      ...device.after.map((operation) => deviceUnit(operation, phase, image, target, routed)),
      ...setupUnits(phase, image, target, routed),
    ];
  return phase === "modify" ? [...own, ...setupUnits(phase, image, target, routed)] : own;
}

function deviceUnit(
  operation: Operation,
  phase: Phase,
  image: ImageInfo,
  target: Target,
  { engine }: Routed,
): Unit {
  return {
    phase,
    image: image.index,
    title: operation.title ?? operationTitle(operation),
    items: [],
    strategy: "offline",
    operation,
    commands: commandsOf(operation, "offline", target, engine),
    undo: [],
  };
}

function ownUnit(
  wish: Declared,
  phase: Phase,
  image: ImageInfo,
  target: Target,
  items: ReadonlyMap<string, Item>,
  engine: Engine,
): readonly Unit[] {
  if (wish.image !== image.index) return [];
  if (!("operation" in wish.wish)) {
    if (wish.phase !== phase) return [];
    const { title, run } = wish.wish;
    const commands = [{ act: "call", title, run }] as const;
    const named = `${wish.by}: ${title}`;
    return [{ phase, image: image.index, title: named, items: [], strategy: "offline", commands, undo: [] }];
  }
  const item = items.get(wish.id);
  if (item?.verdict === undefined || item.phase !== phase || item.verdict.strategy === "setup") return [];
  const { operation, verdict } = item;
  return [
    {
      phase,
      image: image.index,
      title: operationTitle(operation),
      items: [item.id],
      strategy: item.verdict.strategy,
      operation,
      // Those of the device are the job's.
      commands: verdict.strategy === "online" ? [] : commandsOf(operation, "offline", target, engine),
      undo: verdict.strategy === "offline" ? undoOf(operation, target, engine) : [],
    },
  ];
}

/** The answer file, the scripts and the payload, which the engine writes into the image as it writes any file. */
function setupUnits(
  phase: Phase,
  image: ImageInfo,
  target: Target,
  { finished, engine }: Routed,
): readonly Unit[] {
  return (finished.get(image.index)?.operations ?? []).map(({ operation, items }) => ({
    phase,
    image: image.index,
    title: operationTitle(operation),
    items,
    strategy: "setup",
    operation,
    commands: commandsOf(operation, "offline", target, engine),
    undo: [],
  }));
}
