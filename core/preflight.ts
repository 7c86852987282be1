import { closeSync, existsSync, openSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname, isAbsolute, join, relative } from "node:path";
import prettyBytes from "pretty-bytes";
import type { Act, Change, Command } from "./engine.ts";
import { failure } from "./error.ts";
import { findExecutable } from "./executable.ts";
import { makeFolder } from "./make-folder.ts";
import type { Operation, SecretPlaceholder } from "./operation.ts";
import type { Plan } from "./step.ts";
import { installHint } from "./tools.ts";
import { openSource, splitParts } from "./wim-file.ts";

/**
 * Everything that can be known to fail before anything is begun. `runs` is the folder that run folders go into.
 * @throws SERVICING_ENGINE_NOT_HERE, SERVICING_TOOL_MISSING, SERVICING_SECRET_MISSING, SERVICING_OUTPUT_IS_SOURCE,
 *   SERVICING_OUTPUT_UNWRITABLE, SERVICING_DISK_FULL
 */
export async function preflight(
  plan: Plan,
  platforms: readonly string[] | undefined,
  runs: string,
): Promise<void> {
  refuseUnready(plan, platforms, runs, [plan.source.file]);
  await enoughSpace(
    plan,
    plan.steps.flatMap((step) => step.commands),
  );
}

/** The same save for the disk space, of any number of sources. @throws as {@link preflight} */
export function refuseUnready(
  plan: Plan,
  platforms: readonly string[] | undefined,
  runs: string,
  sources: readonly string[],
): void {
  if (platforms !== undefined && !platforms.includes(process.platform))
    throw failure("SERVICING_ENGINE_NOT_HERE", {
      engine: plan.engine,
      reason: `it needs ${platforms.join(" or ")}, this is ${process.platform}`,
    });
  const commands = plan.steps.flatMap((step) => step.commands);
  for (const tool of toolsFor(commands))
    if (findExecutable(tool) === undefined)
      throw failure("SERVICING_TOOL_MISSING", { tool, ...installHint(tool) });
  for (const { secret } of secretsOf(commands))
    if ((process.env[secret] ?? "") === "") throw failure("SERVICING_SECRET_MISSING", { name: secret });
  for (const source of sources) refuseSource(plan.output.file, source);
  for (const { operation, verdict } of plan.items)
    if (operation.type === "Service-Image" && verdict !== undefined)
      for (const source of [operation.file, ...sources]) refuseSource(operation.to, source);
  for (const folder of [dirname(plan.output.file), dirname(plan.work), runs]) writable(folder);
  const accepted = plan.items.flatMap(({ operation, verdict }) => (verdict === undefined ? [] : [operation]));
  const media = accepted.flatMap((operation) => (operation.type === "New-Media" ? [operation.from] : []));
  for (const operation of accepted) refuseMedia(operation, sources, media);
}

/** Media are made where nothing is, or where media are. */
function refuseMedia(operation: Operation, sources: readonly string[], media: readonly string[]): void {
  if (operation.type !== "New-Media" && operation.type !== "New-ISO" && operation.type !== "New-USB") return;
  const { to } = operation;
  if (media.some((from) => isSame(from, to))) throw failure("SERVICING_OUTPUT_IS_SOURCE", { file: to });
  if (operation.type !== "New-Media") {
    for (const source of sources) refuseSource(to, source);
    writable(dirname(to));
    return;
  }
  writable(dirname(to));
  const inside = sources.find((source) => liesIn(source, to));
  if (inside !== undefined) throw failure("SERVICING_OUTPUT_IS_SOURCE", { file: to });
  const there = statSync(to, { throwIfNoEntry: false });
  if (there === undefined || isMediaFolder(to)) return;
  const reason = there.isDirectory()
    ? "it is a folder with other things than installation media in it, and would be replaced as a whole"
    : "it is a file, not a folder";
  throw failure("SERVICING_OUTPUT_UNWRITABLE", { folder: to, reason });
}

/** Its own from an earlier run, most likely; certainly nothing else. */
function isMediaFolder(folder: string): boolean {
  if (!isFolder(folder)) return false;
  const names = readdirSync(folder);
  const sources = names.find((name) => name.toLowerCase() === "sources");
  if (sources === undefined || !names.some((name) => name.toLowerCase() === "efi")) return names.length === 0;
  return readdirSync(join(folder, sources)).some((name) => name.toLowerCase() === "boot.wim");
}

function isSame(one: string, other: string): boolean {
  return existsSync(one) && existsSync(other) && realpathSync(one) === realpathSync(other);
}

function liesIn(file: string, folder: string): boolean {
  if (!existsSync(file) || !existsSync(folder)) return false;
  const way = relative(realpathSync(folder), realpathSync(file));
  return !way.startsWith("..") && !isAbsolute(way);
}

function toolsFor(commands: readonly Command[]): ReadonlySet<string> {
  const tools = new Set<string>();
  for (const command of commands)
    if (!("act" in command)) tools.add(command.run);
    else {
      for (const tool of toolsOfAct(command)) tools.add(tool);
      if (changesOf(command).some(({ change }) => editsHives.has(change))) tools.add("hivexsh");
    }
  return tools;
}

const editsHives: ReadonlySet<Change["change"]> = new Set(["registry", "add driver", "remove driver"]);

const wimlibs: ReadonlySet<Act["act"]> = new Set([
  "branch",
  "update",
  "delta",
  "extend",
  "service",
  "verify drivers",
  "stage media",
]);

function toolsOfAct(act: Act): readonly string[] {
  if (wimlibs.has(act.act)) return ["wimlib-imagex"];
  if (act.act === "match setup files") return act.mounted === undefined ? ["wimlib-imagex"] : [];
  if (act.act === "gather media") return isFolder(act.from) ? [] : ["7z"];
  if (act.act === "verify volume") return ["7z"];
  return act.act === "write disk" ? ["sfdisk", "mformat", "mcopy"] : [];
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Those inside others included. */
function changesOf(command: Command): readonly Change[] {
  if (!("act" in command) || (command.act !== "update" && command.act !== "service")) return [];
  return command.changes.flatMap((change) =>
    change.change === "service" ? [change, ...change.changes] : [change],
  );
}

function secretsOf(commands: readonly Command[]): readonly SecretPlaceholder[] {
  return commands.flatMap((command) => [
    ...changesOf(command).flatMap((change) => (change.change === "write" ? (change.secrets ?? []) : [])),
    ...("act" in command && command.act === "write" ? (command.secrets ?? []) : []),
  ]);
}

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

function writable(folder: string): void {
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

async function enoughSpace(plan: Plan, commands: readonly Command[]): Promise<void> {
  const payload = commands
    .flatMap(changesOf)
    .reduce((sum, change) => sum + (change.change === "add" ? bytesOf(change.from) : 0), 0);
  const wim = openSource(plan.source.file);
  const metadata = plan.targets.reduce((sum, index) => sum + (wim.metadata[index - 1]?.originalSize ?? 0), 0);
  const source = splitParts(plan.source.file, wim.header.parts).reduce(
    (sum, part) => sum + statSync(part).size,
    0,
  );
  const perDevice = new Map<number, { folder: string; needed: number; free: number }>();
  // A branch has its metadata three times while it is updated and sealed, a delta gathers it once more; what is added
  // lies there as it is until its pack is made.
  const work = plan.engine === "wimlib" ? 4 * metadata + 2 * payload : source + payload;
  for (const [folder, needed] of [
    [dirname(plan.output.file), (plan.output.kind === "delta" ? metadata : source) + payload],
    [plan.work, work],
    ...mediaSpace(plan, source),
  ] as const) {
    const there = nearestExisting(folder);
    const { bavail, bsize } = await statfs(there);
    const device = statSync(there).dev;
    const known = perDevice.get(device);
    perDevice.set(device, {
      folder: known?.folder ?? there,
      needed: (known?.needed ?? 0) + needed,
      free: bavail * bsize,
    });
  }
  for (const { folder, needed, free } of perDevice.values())
    if (needed > free)
      throw failure("SERVICING_DISK_FULL", { folder, needed: prettyBytes(needed), free: prettyBytes(free) });
}

/** Media hold about what they come from, an image that is as large as the source in the place of theirs. */
function mediaSpace(plan: Plan, source: number): readonly (readonly [string, number])[] {
  const made = plan.items.filter(({ verdict }) => verdict !== undefined).map(({ operation }) => operation);
  const sizes = new Map(
    made.flatMap((each) =>
      each.type === "New-Media" ? [[each.to, bytesOf(each.from) + source] as const] : [],
    ),
  );
  return made.flatMap((each): readonly (readonly [string, number])[] => {
    if (each.type === "New-Media") return [[dirname(each.to), sizes.get(each.to) ?? 0]];
    if (each.type !== "New-ISO" && each.type !== "New-USB") return [];
    const size = sizes.get(each.from) ?? bytesOf(each.from);
    const volume = [dirname(each.to), size] as const;
    // The parts of an image lie beside one another until they are copied.
    return each.type === "New-ISO" ? [volume] : [volume, [plan.work, source]];
  });
}

/**
 * What is certain without knowing more: all inputs go into the work folder.
 * @throws SERVICING_DISK_FULL
 */
export async function refuseWithoutRoom(work: string, inputs: readonly string[]): Promise<void> {
  const needed = [...new Set(inputs)].reduce((sum, path) => sum + bytesOf(path), 0);
  const folder = nearestExisting(work);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (needed > free)
    throw failure("SERVICING_DISK_FULL", { folder, needed: prettyBytes(needed), free: prettyBytes(free) });
}

function nearestExisting(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestExisting(dirname(folder));
}

/** Bytes of a file, or of all files below a folder; what cannot be read counts nothing, and fails where it is used. */
function bytesOf(path: string): number {
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
