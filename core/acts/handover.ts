import { existsSync } from "node:fs";
import { open, readFile, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { handover } from "../devices/handover-script.ts";
import type { Act } from "../engine.ts";
import { jobState } from "../audit/job.ts";
import { failure } from "../error.ts";
import { makeFolder } from "../make-folder.ts";
import { clean } from "../plain-text.ts";
import { readWim } from "../wim-file.ts";
import { carriedOut } from "./carry-out.ts";
import { captureVolume, standAlone } from "./capture.ts";
import { windowsPartition } from "./disk-image.ts";
import type { ActContext } from "./perform.ts";

type Unless = Extract<Act, { act: "unless prepared" }>;
type Await = Extract<Act, { act: "await handover" }>;
type Take = Extract<Act, { act: "take handover" }>;

const glanceMilliseconds = 2000;
const millisecondsOfMinute = 60_000;
const mostOfId = 1024;

/**
 * What is on its way to a device, or on it, is not made anew, and neither what is not ours nor what was captured is lost.
 * @throws SERVICING_DEVICE_OPTIONS, SERVICING_HANDOVER
 */
export async function unlessPrepared({ folder, id, otherwise }: Unless, context: ActContext): Promise<void> {
  const found = await idOf(folder);
  if (found === id) {
    context.onOutput?.(`${folder} is there already, with this job\n`);
    return;
  }
  const names = await readdir(folder).catch(() => []);
  if (found === undefined && names.length > 0) {
    const reason = `${folder} is there, and has no ${handover.id}: it is not what servicing made`;
    throw failure("SERVICING_DEVICE_OPTIONS", { device: "physical", reason });
  }
  if (found !== undefined && names.some(isCapture))
    throw failure("SERVICING_HANDOVER", { file: folder, found, wanted: id });
  await carriedOut(otherwise, context);
}

/** @throws SERVICING_DEVICE_WAITS, SERVICING_HANDOVER */
export async function awaitHandover({ folder, id, minutes = 0 }: Await, context: ActContext): Promise<void> {
  const end = performance.now() + minutes * millisecondsOfMinute;
  for (;;) {
    const now = await idOf(folder);
    if (now !== undefined && now !== id)
      throw failure("SERVICING_HANDOVER", { file: folder, found: now, wanted: id });
    if (await handedBack(folder)) return;
    const left = end - performance.now();
    if (left <= 0) throw failure("SERVICING_DEVICE_WAITS", { folder });
    context.onProgress?.(0, `waiting for ${handover.captured} in ${folder}`);
    await after(Math.min(left, glanceMilliseconds), undefined, { signal: context.signal });
  }
}

/** Takes what is handed back, as a WIM that says of itself what the image says. @throws SERVICING_HANDOVER */
export async function takeHandover(act: Take, context: ActContext): Promise<void> {
  const { folder, id, file, index, volume, to, work } = act;
  const found = await handedBack(folder);
  if (found === undefined) throw failure("SERVICING_DEVICE_WAITS", { folder });
  if (/\.wim$/i.test(found)) await takeWim(found, act, context);
  else {
    await rm(volume, { force: true });
    makeFolder(join(volume, ".."));
    await windowsPartition(found, volume, work, context);
    await captureVolume({ act: "capture volume", volume, file, index, to, work }, context);
  }
  const is = await jobOf(to, context);
  if (is !== id) {
    await rm(to, { force: true });
    throw failure("SERVICING_HANDOVER", { file: found, found: is, wanted: id });
  }
}

async function takeWim(
  found: string,
  { id, file, index, to, work }: Take,
  context: ActContext,
): Promise<void> {
  if (readWim(found).images.length !== 1)
    throw failure("SERVICING_HANDOVER", { file: found, found: "several images", wanted: `one of ${id}` });
  await rm(work, { recursive: true, force: true });
  makeFolder(work, 0o700);
  try {
    await standAlone({ captured: found, file, index, to, work }, context);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function jobOf(wim: string, { runner, log, signal }: ActContext): Promise<string> {
  const path = `${jobState}\\id`.replaceAll("\\", "/");
  const { stdout } = await runner
    .run(
      { run: "wimlib-imagex", args: ["extract", wim, "1", path, "--to-stdout"], writes: false },
      { log, signal },
    )
    .catch((error: unknown) => {
      if ((error as { readonly code?: string }).code !== "SERVICING_COMMAND_FAILED") throw error;
      return { stdout: "" };
    });
  return clean(stdout.slice(0, mostOfId)).trim() || "no job";
}

async function idOf(folder: string): Promise<string | undefined> {
  const file = join(folder, handover.id);
  if (!existsSync(file) || (await stat(file)).size > mostOfId) return undefined;
  return clean(await readFile(file, "utf8")).trim();
}

function isCapture(name: string): boolean {
  return /^captured\.(?:wim|vhdx|qcow2|raw|img)$/i.test(name);
}

/** A WIM that capture.cmd made, or an image of the whole disk; one that is still being copied has no end yet. */
async function handedBack(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  const name = names.find((each) => each.toLowerCase() === handover.captured) ?? names.find(isCapture);
  if (name === undefined) return undefined;
  const file = join(folder, name);
  return (await isWhole(file)) ? file : undefined;
}

/** As long as a file grows somebody copies it. */
async function isWhole(file: string): Promise<boolean> {
  const before = await stat(file);
  if (Date.now() - before.mtimeMs > 10 * glanceMilliseconds) return true;
  await after(glanceMilliseconds / 4);
  const handle = await open(file, "r");
  try {
    const now = await handle.stat();
    return now.size === before.size && now.mtimeMs === before.mtimeMs;
  } finally {
    await handle.close();
  }
}
