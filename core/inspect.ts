import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import type { Artefact } from "./artefact.ts";
import type { Facts } from "./facts.ts";
import { statOf } from "./inspect/input.ts";
import type { FileStamps } from "./file-stamp.ts";
import type { OpenedFolder } from "./inspect/folder.ts";
import { folderScan } from "./inspect/folder-scan.ts";
import type { Tools } from "./inspect/unpack.ts";

export interface InspectOptions extends Tools {
  /** Where is kept what a folder holds, for the next time. */
  readonly facts?: Facts;
}

/**
 * What a file or folder is, by its content and never by its name.
 * @throws SERVICING_INPUT_NOT_FOUND, SERVICING_INPUT_UNREADABLE and, where a tool is wanted, SERVICING_TOOL_MISSING.
 */
export async function inspect(path: string, options: InspectOptions): Promise<Artefact> {
  const file = resolve(path);
  const { bytes, folder } = await statOf(file, "something to inspect");
  if (folder) return inspectOpened(await openFolder(file, options), options);
  const { inspectFile } = await import("./inspect/content.ts");
  return inspectFile(file, bytes, options);
}

/**
 * What a person is told of a file or folder, in the words of `tell`; of a folder in which nothing changed, what was told
 * the last time. @throws as `inspect`
 */
export async function tellOf(
  path: string,
  tell: (artefact: Artefact) => string | Promise<string>,
  options: InspectOptions,
): Promise<string> {
  const file = resolve(path);
  const { folder } = await statOf(file, "something to inspect");
  if (!folder) return tell(await inspect(file, options));
  const opened = await openFolder(file, options);
  const told = opened.scan.told(file);
  if (told !== undefined) return told;
  const text = await tell(await inspectOpened(opened, options));
  opened.scan.tell(file, text);
  return text;
}

async function openFolder(folder: string, { facts }: InspectOptions): Promise<OpenedFolder> {
  const root = realpathSync.native(folder);
  const stamps: FileStamps = new Map();
  return { folder, root, stamps, scan: folderScan(root, facts, stamps) };
}

/** Loaded when it is wanted: of a folder in which nothing changed, nothing has to be read. */
async function inspectOpened(opened: OpenedFolder, options: InspectOptions): Promise<Artefact> {
  const { inspectFolder } = await import("./inspect/folder.ts");
  return inspectFolder(opened, options);
}
