import { existsSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import prettyBytes from "pretty-bytes";
import { type HostChecks, refuseUnfitHost } from "./dism-host.ts";
import { dismSpace } from "./dism-space.ts";
import type { Act, Change, Command } from "./engine.ts";
import type { ReferenceDevice } from "./device.ts";
import { failure } from "./error.ts";
import { findExecutable } from "./executable.ts";
import {
  bytesOf,
  deliverySpace,
  refuseDeliveries,
  refuseRemoval,
  refuseSource,
  writable,
} from "./output-check.ts";
import { isFolder, mediaSpace, refuseMedia } from "./media-check.ts";
import type { SecretPlaceholder } from "./operation.ts";
import type { Plan } from "./step.ts";
import { installHint } from "./tools.ts";
import { openSource, splitParts } from "./wim-file.ts";

/**
 * Everything that can be known to fail before anything is begun. `runs` is the folder that run folders go into, `own` are
 * files of the project that stay as they are.
 * @throws SERVICING_ENGINE_NOT_HERE, SERVICING_TOOL_MISSING, SERVICING_SECRET_MISSING, SERVICING_OUTPUT_IS_SOURCE,
 *   SERVICING_OUTPUT_UNWRITABLE, SERVICING_DISK_FULL, and of a DISM line as `refuseUnfitHost`
 */
export async function preflight(
  plan: Plan,
  platforms: readonly string[] | undefined,
  runs: string,
  own: readonly string[],
  checks: HostChecks,
): Promise<void> {
  refuseUnready(plan, platforms, runs, [plan.source.file], own);
  if (plan.engine === "dism") await refuseUnfitHost(plan, checks);
  await enoughSpace(
    plan,
    plan.steps.flatMap((step) => step.commands),
  );
}

/** @throws SERVICING_DEVICE_NOT_HERE, SERVICING_TOOL_MISSING */
export function refuseDevice({ kind, platforms, tools }: ReferenceDevice): void {
  if (platforms !== undefined && !platforms.includes(process.platform))
    throw failure("SERVICING_DEVICE_NOT_HERE", {
      device: kind,
      platforms: platforms.join(" or "),
      here: process.platform,
    });
  for (const tool of tools)
    if (findExecutable(tool) === undefined)
      throw failure("SERVICING_TOOL_MISSING", { tool, ...installHint(tool) });
}

/** The same save for the disk space, of any number of sources. @throws as {@link preflight} */
export function refuseUnready(
  plan: Plan,
  platforms: readonly string[] | undefined,
  runs: string,
  sources: readonly string[],
  own: readonly string[],
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
  refuseRemoval(plan, sources, own);
  refuseDeliveries(plan, sources);
  for (const folder of [dirname(plan.output.file), dirname(plan.work), runs]) writable(folder);
  refuseMedia(plan, sources);
}

function toolsFor(commands: readonly Command[]): ReadonlySet<string> {
  const tools = new Set<string>();
  for (const command of commands) {
    for (const tool of "act" in command ? toolsOfAct(command) : [command.run]) tools.add(tool);
    if (changesOf(command).some(({ change }) => editsHives.has(change))) tools.add("hivexsh");
  }
  return tools;
}

const editsHives: ReadonlySet<Change["change"]> = new Set(["registry", "add driver", "remove driver"]);

const actTools: Readonly<Partial<Record<Act["act"], readonly string[]>>> = {
  branch: ["wimlib-imagex"],
  update: ["wimlib-imagex"],
  delta: ["wimlib-imagex"],
  extend: ["wimlib-imagex"],
  service: ["wimlib-imagex"],
  "verify drivers": ["wimlib-imagex"],
  "stage media": ["wimlib-imagex"],
  "verify volume": ["7z"],
  "write disk": ["sfdisk", "mformat", "mcopy"],
  partition: ["sfdisk"],
  "apply recovery": ["wimlib-imagex", "ntfsinfo"],
  "compare volume": ["wimlib-imagex"],
  "device disk": ["wimlib-imagex", "mkntfs", "ntfsfix", "sfdisk", "mformat", "qemu-img"],
  "capture volume": ["wimlib-imagex"],
  "take handover": ["wimlib-imagex"],
};

function toolsOfAct(act: Act): readonly string[] {
  if (act.act === "match setup files") return act.mounted === undefined ? ["wimlib-imagex"] : [];
  if (act.act === "run machine") return [act.machine.emulator, ...(act.machine.tpm ? ["swtpm"] : [])];
  if (act.act === "watch machine") return [act.state.run];
  if (act.act === "run device") return [...toolsFor([...act.commands, ...act.inquiry])];
  if (act.act === "unless prepared") return [...toolsFor(act.otherwise)];
  if (act.act === "gather boot files") return ["wimlib-imagex", ...(isFolder(act.from) ? [] : ["7z"])];
  if (act.act === "gather media") return isFolder(act.from) ? [] : ["7z"];
  if (act.act === "copy or split") return act.otherwise.map(({ run }) => run);
  return actTools[act.act] ?? [];
}

/** Those inside others included. */
function changesOf(command: Command): readonly Change[] {
  if (!("act" in command)) return [];
  if (command.act === "device disk") return command.job;
  if (command.act !== "update" && command.act !== "service") return [];
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
  const work = plan.engine === "wimlib" ? 4 * metadata + 2 * payload : dismSpace(plan, source);
  for (const [folder, needed] of [
    [dirname(plan.output.file), (plan.output.kind === "delta" ? metadata : source) + payload],
    [plan.work, work],
    ...deviceSpace(plan, commands, source),
    ...mediaSpace(plan, source),
    ...deliverySpace(plan, source + payload),
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

/**
 * A disk with the image is kept for all; besides, there are a WIM for it and one of what it becomes, and the volume is there
 * as a file, twice for a while.
 */
function deviceSpace(
  plan: Plan,
  commands: readonly Command[],
  source: number,
): readonly (readonly [string, number])[] {
  const bytes = Math.max(
    0,
    ...plan.source.images
      .filter(({ index }) => plan.targets.includes(index))
      .map(({ totalBytes }) => totalBytes),
  );
  return commands.flatMap((command) =>
    "act" in command && command.act === "device disk"
      ? ([
          [command.disks, bytes],
          [plan.work, 2 * source + 2 * bytes],
        ] as const)
      : [],
  );
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
