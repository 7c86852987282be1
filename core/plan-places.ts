import { realpathSync } from "node:fs";
import { changedBy } from "./change-check.ts";
import type { Command } from "./engine.ts";
import { placeOf } from "./input-digest.ts";
import { inputsOf } from "./operation-input.ts";
import { type Operation, type OperationType, phases } from "./operation.ts";
import { isAtOrIn, isBelow, placeOf as nameOf, samePlace } from "./output-file.ts";
import type { Item, Plan } from "./step.ts";
import { replacedName } from "./unfinished-name.ts";
import { splitParts } from "./wim-file.ts";

/** A file or folder outside of the work folder that a plan puts in its place. */
export interface Place {
  readonly to: string;
  /** Other names that are its until it is there: what they lead to is removed. */
  readonly passing: readonly string[];
  /** Further files that are written over where there are any. */
  readonly parts: readonly string[];
}

/** Most parts of a split file that are looked at. */
const mostParts = 100;

/** By the commands, so that nothing is missed that takes the place of something, and by what some write where it stays. */
export function placesOf({ steps, items, work }: Pick<Plan, "steps" | "items" | "work">): readonly Place[] {
  const outside = (path: string): boolean => !isBelow(work, path);
  const placed = steps.flatMap((step) => step.commands.flatMap(placedBy));
  const written = items.flatMap(({ operation, verdict }) =>
    verdict === undefined || !("to" in operation) || unplaced.has(operation.type)
      ? []
      : [{ to: operation.to, passing: [], parts: partsOf(operation) }],
  );
  return [...placed, ...written]
    .filter(({ to }) => outside(to))
    .map((place) => ({ ...place, passing: place.passing.filter(outside) }));
}

/** Operations whose `to` is a path inside the image, or a volume. */
const unplaced: ReadonlySet<OperationType> = new Set(["Copy-File", "Write-File", "Apply-Image"]);

function partsOf(operation: Operation & { readonly to: string }): readonly string[] {
  return operation.type === "Split-Image" || operation.type === "Split-FFU"
    ? splitParts(operation.to, mostParts).slice(1)
    : [];
}

function placedBy(command: Command): readonly Place[] {
  if (!("act" in command)) return [];
  switch (command.act) {
    case "place":
    case "publish":
      return [{ to: command.to, passing: [command.file], parts: [] }];
    case "place folder":
      return [{ to: command.to, passing: [command.folder, replacedName(command.to)], parts: [] }];
    case "unless prepared":
      return command.otherwise.flatMap(placedBy);
    default:
      return [];
  }
}

/** Something of the host that a plan reads. */
interface Read {
  readonly path: string;
  /** The folder that is read as a whole, where it is one. */
  readonly whole: string;
}

/** What a plan reads and has not made itself by then, links to it and what they lead to. */
export function readBefore(plan: Pick<Plan, "items" | "output">): readonly Read[] {
  const made = madeBefore(plan);
  return plan.items
    .filter(({ verdict }) => verdict !== undefined)
    .flatMap((item) =>
      readsOf(item.operation)
        .filter(({ path }) => !made(item, path))
        .flatMap((read) => [read, ...ledTo(read)]),
    );
}

/** Tells whether something that an item reads is the plan's own result, or made by another item of its phase or one before. */
export function madeBefore({
  items,
  output,
}: Pick<Plan, "items" | "output">): (item: Item, path: string) => boolean {
  const makers = items.filter(
    ({ operation, verdict }) =>
      verdict !== undefined &&
      "to" in operation &&
      !unplaced.has(operation.type) &&
      changedBy(operation) === undefined,
  );
  return (item, path) =>
    (item.phase === "deploy" && samePlace(path, output.file)) ||
    makers.some((other) => isBefore(other, item) && makes(other.operation, path));
}

function readsOf(operation: Operation): readonly Read[] {
  const inputs = inputsOf(operation).map((input) => ({ path: input.path, whole: placeOf(input) }));
  const others = [
    ...("file" in operation && changedBy(operation) === undefined ? [operation.file] : []),
    ...("image" in operation && operation.image !== undefined ? [operation.image] : []),
    ...(operation.type === "New-Media" && operation.boot !== undefined ? [operation.boot] : []),
    ...(operation.type === "New-ISO" || operation.type === "New-USB" ? [operation.from] : []),
  ];
  return [...inputs, ...others.map((path) => ({ path, whole: path }))];
}

function ledTo({ path, whole }: Read): readonly Read[] {
  try {
    const real = { path: realpathSync(path), whole: realpathSync(whole) };
    return real.path === path && real.whole === whole ? [] : [real];
  } catch {
    return [];
  }
}

/** Where two of one phase follow each other as the engine has it, neither is known to come first. */
function isBefore(one: Item, other: Item): boolean {
  return one !== other && phases.indexOf(one.phase) <= phases.indexOf(other.phase);
}

function makes(operation: Operation, path: string): boolean {
  return "to" in operation && isAtOrIn(nameOf(operation.to), nameOf(path));
}

/** All names under which something is put in place or removed. */
export function namesOf({ to, passing, parts }: Place): readonly string[] {
  return [to, ...passing, ...parts];
}

/**
 * Tells the first of these reads that would be removed or changed by putting something in a place. There may be thousands
 * of them, so that what their paths lead to is found out once.
 */
export function removals(reads: readonly Read[]): (place: Place) => string | undefined {
  const known = reads.map(({ path, whole }) => ({ path, name: nameOf(path), folder: nameOf(whole) }));
  return (place) => {
    const names = namesOf(place).map((name) => nameOf(name));
    return known.find(({ name, folder }) =>
      names.some((removed) => isAtOrIn(removed, name) || isAtOrIn(folder, removed)),
    )?.path;
  };
}
