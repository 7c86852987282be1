import { lstat, readdir, realpath, stat, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { Change } from "../engine.ts";
import { failure } from "../error.ts";
import { foldName } from "../formats/hive.ts";
import { imagePath } from "../formats/image-path.ts";
import { type Metadata, splitPath } from "../formats/wim-metadata.ts";
import { fillSecrets } from "../formats/answer-file-secret.ts";
import { fold, type Kind, overlay, parentsOf, within } from "./overlay.ts";

export interface Addition {
  /** Path inside the image. */
  readonly path: string;
}

export interface Replacement {
  readonly path: string;
  /** Its name in the staging folder. */
  readonly staged: string;
  /** FILETIME of the new content. */
  readonly modified: bigint;
}

export interface Batch {
  /** Commands for `wimlib-imagex update`; empty where nothing is to be done. */
  readonly script: string;
  readonly additions: readonly Addition[];
  readonly replacements: readonly Replacement[];
}

/** Turns changes into one script, deciding for each file whether it is new to the image or new content for what is there. */
export async function batchOf(
  changes: readonly Change[],
  metadata: Metadata,
  options: { readonly image: string; readonly scratch: string; readonly staging: string },
): Promise<Batch> {
  const lines: string[] = [];
  const additions = new Map<string, Addition>();
  const replacements = new Map<string, Replacement>();
  const tree = overlay(metadata);
  const clash = (to: string, where: string, is: Kind, from: string): Error =>
    failure("SERVICING_IMAGE_PATH", {
      path: to,
      reason: `${where === to ? "it" : where} is a ${is} in ${options.image}, and cannot take ${from}`,
    });

  async function add(from: string, to: string): Promise<void> {
    const found = await stat(from).catch((error: unknown) => {
      throw failure(
        "SERVICING_INPUT_NOT_FOUND",
        { path: from, wanted: `a file for ${to}` },
        { cause: error },
      );
    });
    if (!found.isDirectory() && !found.isFile())
      throw failure("SERVICING_INPUT_UNREADABLE", {
        path: from,
        reason: "it is neither a file nor a folder",
      });
    const kind = found.isDirectory() ? "folder" : "file";
    const present = tree.kind(to);
    if (present !== undefined && present !== kind) throw clash(to, to, present, `the ${kind} ${from}`);
    if (kind === "folder") {
      await refuseLinksOut(from);
      if (present === undefined) return addFolder(from, to);
      for (const name of namesIn(from, await readdir(from))) await add(join(from, name), below(to, name));
      return;
    }
    if (tree.held(to) === undefined) return addNew(from, to, kind);
    const staged = String(lines.length);
    lines.push(`add ${quoted(from)} ${quoted(`/${options.staging}/${staged}`)} --dereference`);
    replacements.set(fold(to), { path: to, staged, modified: fileTime(found.mtimeMs) });
  }

  function refuseParents(from: string, to: string): void {
    for (const parent of parentsOf(to)) {
      const is = tree.kind(parent) ?? "folder";
      if (is !== "folder") throw clash(to, parent, is, from);
    }
  }

  async function addFolder(from: string, to: string): Promise<void> {
    addNew(from, to, "folder");
    for (const name of namesIn(from, await readdir(from, { recursive: true }))) {
      const inside = await stat(join(from, name));
      tree.add(below(to, name), inside.isDirectory() ? "folder" : "file");
    }
  }

  function addNew(from: string, to: string, kind: Kind): void {
    lines.push(`add ${quoted(from)} ${quoted(slashed(to))} --dereference`);
    additions.set(fold(to), { path: to });
    tree.add(to, kind);
  }

  for (const [at, change] of changes.entries())
    switch (change.change) {
      case "add":
        refuseParents(change.from, change.to);
        await add(change.from, change.to);
        break;
      case "write": {
        const file = join(options.scratch, `text-${at}`);
        await writeFile(
          file,
          fillSecrets(change.text, change.secrets ?? [], (name) => process.env[name]),
          { mode: 0o600, encoding: change.encoding ?? "utf8" },
        );
        refuseParents("a text", change.to);
        await add(file, change.to);
        break;
      }
      case "delete": {
        if (tree.kind(change.path) === undefined) {
          if (change.optional === true) break;
          throw failure("SERVICING_IMAGE_PATH_MISSING", { image: options.image, path: change.path });
        }
        lines.push(`delete ${quoted(slashed(change.path))} --recursive`);
        for (const map of [additions, replacements])
          for (const key of map.keys()) if (within(change.path, key)) map.delete(key);
        tree.remove(change.path);
        break;
      }
      case "registry":
        throw new TypeError("registry changes become hives before they come here");
    }

  const intoWindows = [...additions.values()].find(
    ({ path }) => splitPath(path)[0]?.toUpperCase() === "WINDOWS",
  );
  if (intoWindows !== undefined && metadata.lookup("\\Windows") === undefined)
    throw failure("SERVICING_IMAGE_PATH_MISSING", {
      image: options.image,
      path: `\\Windows folder, which ${intoWindows.path} needs`,
    });
  return {
    script: lines.length === 0 ? "" : `${lines.join("\n")}\n`,
    additions: [...additions.values()],
    replacements: [...replacements.values()],
  };
}

/** What other systems tell apart, Windows does not. */
function namesIn(folder: string, names: readonly string[]): readonly string[] {
  const sorted = names.toSorted();
  const first = new Map<string, string>();
  for (const name of sorted) {
    const other = first.get(foldName(name));
    if (other !== undefined)
      throw failure("SERVICING_INPUT_UNREADABLE", {
        path: folder,
        reason: `${other} and ${name} in it are the same name for Windows`,
      });
    first.set(foldName(name), name);
  }
  return sorted;
}

/** @throws SERVICING_IMAGE_PATH for a name of the host that Windows cannot have */
function below(folder: string, name: string): string {
  const parts = name.split(sep);
  if (sep !== "\\" && name.includes("\\"))
    throw failure("SERVICING_IMAGE_PATH", { path: name, reason: "one of its names holds a backslash" });
  return imagePath([folder, ...parts].join("\\"));
}

function slashed(path: string): string {
  return `/${splitPath(path).join("/")}`;
}

/** wimlib reads quotes but no escapes. Source: wimlib-imagex-update(1). */
function quoted(path: string): string {
  if (/[\n\r\0]/.test(path)) throw failure("SERVICING_IMAGE_PATH", { path, reason: "it holds a line break" });
  if (!path.includes('"')) return `"${path}"`;
  if (!path.includes("'")) return `'${path}'`;
  throw failure("SERVICING_IMAGE_PATH", { path, reason: "it holds both kinds of quotes" });
}

/** A payload folder must hold its own files, not links to other people's. */
async function refuseLinksOut(folder: string): Promise<void> {
  const root = await realpath(folder);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!(await lstat(path)).isSymbolicLink()) continue;
    const to = relative(root, await realpath(path).catch(() => ".."));
    if (to === ".." || to.startsWith(`..${sep}`))
      throw failure("SERVICING_INPUT_UNREADABLE", {
        path,
        reason: "it is a link that leads out of its folder",
      });
  }
}

/** 100-nanosecond intervals since 1601, from milliseconds since 1970. */
function fileTime(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds)) * 10_000n + 116_444_736_000_000_000n;
}
