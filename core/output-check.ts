import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { failure } from "./error.ts";
import { changedBy, readBy, refuseChange } from "./change-check.ts";
import { makeFolder } from "./make-folder.ts";
import type { Operation, OperationType } from "./operation.ts";
import { isBelow, samePlace } from "./output-file.ts";
import { placesOf, readBefore, removals } from "./plan-places.ts";
import type { Plan } from "./step.ts";
import { openSource, splitParts } from "./wim-file.ts";

/** By what the paths lead to, since links have many names. Of a split source no part may be lost either. */
export function refuseSource(file: string, from: string): void {
  if (!existsSync(file)) return;
  const output = statSync(file);
  for (const part of splitParts(from, openSource(from).header.parts)) {
    const source = statSync(part);
    if (realpathSync(part) === realpathSync(file) || (source.ino === output.ino && source.dev === output.dev))
      throw failure("SERVICING_OUTPUT_IS_SOURCE", { file });
  }
  if (output.isDirectory())
    throw failure("SERVICING_OUTPUT_UNWRITABLE", { folder: file, reason: "it is a folder, not a file" });
}

/**
 * Nothing that is read may be removed or written over under any name that a result or what is made of it has, nor while it
 * is made. @param own files of the project
 * @throws SERVICING_OUTPUT_IS_SOURCE
 */
export function refuseRemoval(
  plan: Pick<Plan, "steps" | "items" | "work" | "output">,
  sources: readonly string[],
  own: readonly string[],
): void {
  const parts = sources.flatMap((from) => splitParts(from, openSource(from).header.parts));
  const kept = [...parts, ...own].map((path) => ({ path, whole: path }));
  const removed = removals([...kept, ...readBefore(plan)]);
  for (const place of placesOf(plan)) {
    const input = removed(place);
    if (input !== undefined) throw failure("SERVICING_OUTPUT_IS_SOURCE", { file: place.to, input });
  }
}

/**
 * Refuses what lies under a name that something has until it is in its place: the run would remove it. To be called when
 * what a dead run left there was undone. @param left what a dead run of whatever line was making
 * @throws SERVICING_OUTPUT_NAME_TAKEN
 */
export function refuseTaken(
  plan: Pick<Plan, "steps" | "items" | "work">,
  left: ReadonlySet<string> = new Set(),
): void {
  for (const { to, passing } of placesOf(plan).filter((place) => !left.has(place.to)))
    for (const file of passing)
      if (lstatSync(file, { throwIfNoEntry: false }) !== undefined)
        throw failure("SERVICING_OUTPUT_NAME_TAKEN", { file, output: to });
}

/**
 * The same of what is made of a result, which is a source as well there. Only a folder that an earlier run made is
 * replaced.
 * @throws SERVICING_OUTPUT_IS_SOURCE, SERVICING_OUTPUT_SHARED, SERVICING_OUTPUT_UNWRITABLE
 */
export function refuseDeliveries(plan: Plan, sources: readonly string[]): void {
  refuseShared(plan);
  const operations = deliveries(plan);
  for (const operation of operations) {
    refuseChange(operation, operations, plan.output.file, sources);
    switch (operation.type) {
      case "Capture-Image":
      case "Capture-FFU":
      case "Export-Image":
      case "Split-Image":
      case "Split-FFU":
        for (const source of sources) refuseSource(operation.to, source);
        for (const input of [
          plan.output.file,
          ...readBy(operations),
          ...("file" in operation ? [operation.file] : []),
        ])
          if (samePlace(operation.to, input))
            throw failure("SERVICING_OUTPUT_IS_SOURCE", { file: operation.to });
        break;
      case "Service-Image":
        for (const source of [operation.file, ...sources]) refuseSource(operation.to, source);
        break;
      case "New-Disk":
        for (const source of sources) refuseSource(operation.to, source);
        if (samePlace(operation.to, plan.output.file))
          throw failure("SERVICING_OUTPUT_IS_SOURCE", { file: operation.to });
        break;
      case "New-DeploymentFolder":
        for (const source of [
          ...sources,
          plan.output.file,
          ...(operation.boot === undefined ? [] : [operation.boot]),
        ])
          if (isBelow(operation.to, source)) throw failure("SERVICING_OUTPUT_IS_SOURCE", { file: source });
        refuseOthersFolder(operation.to, "no run made it (it has no deploy.cmd)", isDeployment);
        break;
      case "Export-Driver":
        for (const source of [...sources, plan.output.file, ...readBy(operations)])
          if (samePlace(operation.to, source) || isBelow(operation.to, source))
            throw failure("SERVICING_OUTPUT_IS_SOURCE", { file: source });
        refuseOthersFolder(operation.to, "it holds other things than exported drivers", isDriverExport);
        writable(dirname(operation.to));
        break;
      default:
    }
  }
}

/** Operations that replace a folder as a whole. */
const folders: ReadonlySet<OperationType> = new Set(["New-DeploymentFolder", "New-Media", "Export-Driver"]);

/** Two items for one place: the later one would replace what the earlier one made, a folder all that is in it. */
function refuseShared({ items }: Plan): void {
  const made = items.flatMap(({ id, phase, operation, verdict }) =>
    (phase === "deploy" || operation.type === "Export-Driver") &&
    operation.type !== "Append-Image" &&
    verdict !== undefined &&
    "to" in operation
      ? [{ id, to: operation.to, folder: folders.has(operation.type) }]
      : [],
  );
  for (const one of made)
    for (const other of made)
      if (one !== other && (samePlace(one.to, other.to) || (one.folder && isBelow(one.to, other.to))))
        throw failure("SERVICING_OUTPUT_SHARED", { file: other.to, lines: [one.id, other.id] });
}

function deliveries({ items }: Plan): readonly Operation[] {
  return items.flatMap(({ operation, verdict }) => (verdict === undefined ? [] : [operation]));
}

function refuseOthersFolder(folder: string, strange: string, isOurs: (folder: string) => boolean): void {
  if (!existsSync(folder)) return;
  const isFolder = statSync(folder).isDirectory();
  if (isFolder && (readdirSync(folder).length === 0 || isOurs(folder))) return;
  const reason = isFolder ? `it is there already, and ${strange}` : "it is a file, not a folder";
  throw failure("SERVICING_OUTPUT_UNWRITABLE", { folder, reason });
}

function isDeployment(folder: string): boolean {
  return readdirSync(folder).includes("deploy.cmd");
}

/** A folder for each driver, with its INF. */
function isDriverExport(folder: string): boolean {
  return readdirSync(folder, { withFileTypes: true }).every(
    (entry) =>
      entry.isDirectory() && readdirSync(join(folder, entry.name)).some((name) => /\.inf$/i.test(name)),
  );
}

/**
 * Folders, and the bytes that are needed there for what is made of a result.
 * @param bytes of the result
 */
export function deliverySpace(plan: Plan, bytes: number): readonly (readonly [string, number])[] {
  return deliveries(plan).flatMap((operation): readonly (readonly [string, number])[] => {
    if (operation.type === "New-DeploymentFolder") return [[dirname(operation.to), bytes]];
    const changed = changedBy(operation);
    // It is changed as a copy. What is not there yet is made by the plan, and its size not known.
    if (changed !== undefined && !changed.folder) return [[dirname(changed.path), bytesOf(changed.path)]];
    if (operation.type !== "New-Disk") return [];
    const files = plan.source.images.find(({ index }) => plan.targets.includes(index))?.totalBytes ?? 0;
    // The volume by itself, and the disk that it is copied into, which is the output where it stays raw.
    return [
      [plan.work, operation.format === "raw" ? files : 2 * files],
      [dirname(operation.to), files],
    ];
  });
}

/** @throws SERVICING_OUTPUT_UNWRITABLE */
export function writable(folder: string): void {
  // Of one name for all, so that a probe that was left by a killed run goes with the next.
  const probe = join(folder, ".servicing-probe");
  try {
    makeFolder(folder);
    closeSync(openSync(probe, "w"));
    rmSync(probe, { force: true });
  } catch (error) {
    throw failure(
      "SERVICING_OUTPUT_UNWRITABLE",
      { folder, reason: (error as Error).message },
      { cause: error },
    );
  }
}

/** Bytes of a file, or of all files below a folder; what cannot be read counts nothing, and fails where it is used. */
export function bytesOf(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || !found.isDirectory()) return found?.size ?? 0;
  return readdirSync(path, { withFileTypes: true, recursive: true }).reduce(
    (sum, entry) =>
      entry.isFile()
        ? sum + (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0)
        : sum,
    0,
  );
}
