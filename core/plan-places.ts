import { realpathSync } from "node:fs";
import { changedBy } from "./change-check.ts";
import type { Command } from "./engine.ts";
import { placeOf } from "./input-digest.ts";
import { inputsOf } from "./operation-input.ts";
import { type Operation, type OperationType, phases } from "./operation.ts";
import { isBelow, samePlace } from "./output-file.ts";
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
  return carriedOut(plan).flatMap((item) =>
    readsOf(item.operation)
      .filter(({ path }) => !isMadeBefore(item, path, plan))
      .flatMap((read) => [read, ...ledTo(read)]),
  );
}

/** Whether something that an item reads is the plan's own result, or made by another item of the same phase or one before. */
export function isMadeBefore(item: Item, path: string, plan: Pick<Plan, "items" | "output">): boolean {
  return (
    (item.phase === "deploy" && samePlace(path, plan.output.file)) ||
    carriedOut(plan).some((other) => isBefore(other, item) && makes(other.operation, path))
  );
}

function carriedOut({ items }: Pick<Plan, "items">): readonly Item[] {
  return items.filter(({ verdict }) => verdict !== undefined);
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

function ledTo({ path }: Read): readonly Read[] {
  try {
    const real = realpathSync(path);
    return real === path ? [] : [{ path: real, whole: real }];
  } catch {
    return [];
  }
}

/** Where two of one phase follow each other as the engine has it, neither is known to come first. */
function isBefore(one: Item, other: Item): boolean {
  return one !== other && phases.indexOf(one.phase) <= phases.indexOf(other.phase);
}

function makes(operation: Operation, path: string): boolean {
  if (!("to" in operation) || unplaced.has(operation.type) || changedBy(operation) !== undefined)
    return false;
  return samePlace(operation.to, path) || isBelow(operation.to, path);
}

/** All names under which something is put in place or removed. */
export function namesOf({ to, passing, parts }: Place): readonly string[] {
  return [to, ...passing, ...parts];
}

/** The first of these reads that would be removed or changed by putting something in this place. */
export function removedBy(place: Place, reads: readonly Read[]): string | undefined {
  const names = namesOf(place);
  return reads.find(({ path, whole }) =>
    names.some((name) => samePlace(name, path) || isBelow(name, path) || isBelow(whole, name)),
  )?.path;
}
