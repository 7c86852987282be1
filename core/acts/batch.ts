import { stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Change } from "../engine.ts";
import { failure } from "../error.ts";
import { fillSecrets } from "../formats/answer-file-secret.ts";
import { imagePath } from "../formats/image-path.ts";
import { type Dentry, type Metadata, splitPath } from "../formats/wim-metadata.ts";
import { fold, isWithin, type Kind, overlay, parentsOf } from "./overlay.ts";
import { below, namesIn, payloadEntries, payloadKind } from "./payload.ts";

export interface Replacement {
  /** Of several names of the file, one that stays. */
  readonly path: string;
  /** Its name in the staging folder. */
  readonly staged: string;
  /** FILETIME of the new content. */
  readonly modified: bigint;
}

export interface Batch {
  /** Commands for `wimlib-imagex update`; empty where nothing is to be done. */
  readonly script: string;
  /** Paths that have to be there in the end. */
  readonly additions: readonly string[];
  /** The outermost new entries, whether they stay or not: everything below them is new. */
  readonly made: readonly string[];
  /** For some of those, what they take their security from. */
  readonly like: ReadonlyMap<string, string>;
  readonly replacements: readonly Replacement[];
}

export type FileChange = Extract<Change, { change: "add" | "write" | "delete" }>;

export interface BatchOptions {
  readonly image: string;
  readonly scratch: string;
  readonly staging: string;
  /** Hives that keys are set in. Keys are set in what the image holds, so a hive that is replaced as well would be lost. */
  readonly hives: readonly string[];
}

/**
 * Turns changes into one script, deciding for each file whether it is new to the image or new content for what is there.
 * `hives`: those that keys were set in, which come last.
 */
export async function batchOf(
  changes: readonly FileChange[],
  hives: readonly Extract<Change, { change: "add" }>[],
  metadata: Metadata,
  options: BatchOptions,
): Promise<Batch> {
  const lines: string[] = [];
  const additions = new Map<string, string>();
  const made: string[] = [];
  const like = new Map<string, string>();
  const replacements = new Map<string, Replacement & { readonly entry: Dentry }>();
  const tree = overlay(metadata);
  const guarded = new Map(options.hives.map((hive) => [fold(hive), hive]));
  const clash = (to: string, where: string, is: Kind, from: string): Error =>
    failure("SERVICING_IMAGE_PATH", {
      path: to,
      reason: `${where === to ? "it" : where} is a ${is} in ${options.image}, and cannot take ${from}`,
    });

  const read = new Map<string, ReturnType<typeof payloadEntries>>();
  const entriesIn = (folder: string): ReturnType<typeof payloadEntries> => {
    const entries = read.get(folder) ?? payloadEntries(folder);
    read.set(folder, entries);
    return entries;
  };

  async function add(from: string, to: string): Promise<void> {
    const kind = await payloadKind(from, `a file for ${to}`);
    const present = tree.kind(to);
    if (present !== undefined && present !== kind) throw clash(to, to, present, `the ${kind} ${from}`);
    if (kind === "folder") {
      if (present === undefined) return addFolder(from, to);
      for (const name of await namesIn(from)) await add(join(from, name), below(to, name));
      return;
    }
    refuseHive(fold(to));
    const entry = tree.held(to);
    return entry === undefined ? addNew(from, to, kind) : replace(from, to, entry);
  }

  function refuseParents(from: string, to: string): void {
    for (const parent of parentsOf(to)) {
      const is = tree.kind(parent) ?? "folder";
      if (is !== "folder") throw clash(to, parent, is, from);
    }
  }

  function refuseHive(folded: string): void {
    for (const [hive, path] of guarded)
      if (isWithin(folded, hive))
        throw failure("SERVICING_IMAGE_PATH", {
          path,
          reason: "the line sets keys in this registry hive and changes its file as well",
        });
  }

  async function addFolder(from: string, to: string): Promise<void> {
    const inside = (await entriesIn(from)).map(({ name, kind }) => ({ path: below(to, name), kind }));
    await addNew(from, to, "folder");
    for (const { path, kind } of inside) tree.add(path, kind);
  }

  async function addNew(from: string, to: string, kind: Kind): Promise<void> {
    lines.push(`add ${await source(from)} ${quoted(slashed(to))} --dereference`);
    additions.set(fold(to), to);
    const top = parentsOf(to).find((parent) => tree.kind(parent) === undefined) ?? to;
    refuseShortName(top, to);
    made.push(top);
    tree.add(to, kind);
  }

  /** A second entry of that name would be beside the one that Windows finds by it. */
  function refuseShortName(top: string, to: string): void {
    const name = splitPath(top).at(-1) ?? "";
    const above = parentsOf(top).at(-1) ?? "";
    const folder = name.includes("~") ? tree.held(above) : undefined;
    if (folder === undefined) return;
    for (const entry of metadata.children(folder))
      if (fold(entry.shortName) === fold(name) && tree.held(`${above}\\${entry.name}`) !== undefined)
        throw failure("SERVICING_IMAGE_PATH", {
          path: to,
          reason: `${name} is the short name of "${entry.name}"; use that`,
        });
  }

  async function replace(from: string, to: string, entry: Dentry): Promise<void> {
    const staged = String(lines.length);
    lines.push(`add ${await source(from)} ${quoted(`/${options.staging}/${staged}`)} --dereference`);
    const modified = fileTime((await stat(from)).mtimeMs);
    replacements.set(identity(entry, to), { path: to, staged, modified, entry });
  }

  /** wimlib cannot be told every path that a host may have; a link to it has a plain one. */
  async function source(path: string): Promise<string> {
    if (isQuotable(path)) return quoted(path);
    const link = join(options.scratch, `source-${lines.length}`);
    await symlink(path, link);
    return quoted(link);
  }

  function remove(path: string, optional: boolean): void {
    if (splitPath(path).length === 0)
      throw failure("SERVICING_IMAGE_PATH", { path, reason: "it names the whole image" });
    if (tree.kind(path) === undefined) {
      if (optional) return;
      throw failure("SERVICING_IMAGE_PATH_MISSING", { image: options.image, path });
    }
    const folded = fold(path);
    refuseHive(folded);
    lines.push(`delete ${quoted(slashed(path))} --recursive`);
    for (const added of additions.keys()) if (isWithin(folded, added)) additions.delete(added);
    tree.remove(path);
    for (const [key, replacement] of replacements) {
      if (!isWithin(folded, fold(replacement.path))) continue;
      const other = otherName(replacement.entry);
      if (other === undefined) replacements.delete(key);
      else replacements.set(key, { ...replacement, path: other });
    }
  }

  /** New content is every name's, so it stays when the name that it came by goes. */
  function otherName({ linkGroup }: Dentry): string | undefined {
    if (linkGroup === 0n) return undefined;
    for (const { path, entry } of metadata.walk())
      if (entry.linkGroup === linkGroup && tree.held(path) !== undefined) return path;
    return undefined;
  }

  for (const [at, change] of changes.entries())
    switch (change.change) {
      case "add": {
        const to = imagePath(change.to);
        refuseParents(change.from, to);
        if ((await payloadKind(change.from, `a file for ${to}`)) === "folder") await entriesIn(change.from);
        const before = made.length;
        await add(change.from, to);
        if (change.like !== undefined) for (const top of made.slice(before)) like.set(top, change.like);
        break;
      }
      case "write": {
        const file = join(options.scratch, `text-${at}`);
        await writeFile(
          file,
          fillSecrets(change.text, change.secrets ?? [], (name) => process.env[name]),
          { mode: 0o600, encoding: change.encoding ?? "utf8" },
        );
        const to = imagePath(change.to);
        refuseParents("a text", to);
        await add(file, to);
        break;
      }
      case "delete":
        remove(change.path, change.optional ?? false);
        break;
    }
  guarded.clear();
  for (const { from, to } of hives) await add(from, to);

  const intoWindows = [...additions.values()].find((path) => splitPath(path)[0]?.toUpperCase() === "WINDOWS");
  if (intoWindows !== undefined && metadata.lookup("\\Windows") === undefined)
    throw failure("SERVICING_IMAGE_PATH_MISSING", {
      image: options.image,
      path: `\\Windows folder, which ${intoWindows} needs`,
    });
  return {
    script: lines.length === 0 ? "" : `${lines.join("\n")}\n`,
    additions: [...additions.values()],
    made: [...new Set(made)],
    like,
    replacements: [...replacements.values()],
  };
}

/** The same for all names of a file. */
function identity(entry: Dentry, path: string): string {
  return entry.linkGroup === 0n ? fold(path) : String(entry.linkGroup);
}

function slashed(path: string): string {
  return `/${splitPath(path).join("/")}`;
}

function isQuotable(path: string): boolean {
  return !/[\n\r\0]/.test(path) && !(path.includes('"') && path.includes("'"));
}

/** wimlib reads quotes but no escapes. Source: wimlib-imagex-update(1). */
export function quoted(path: string): string {
  if (!isQuotable(path))
    throw failure("SERVICING_IMAGE_PATH", { path, reason: "it holds a line break, or both kinds of quotes" });
  return path.includes('"') ? `'${path}'` : `"${path}"`;
}

/** 100-nanosecond intervals since 1601, from milliseconds since 1970. */
function fileTime(milliseconds: number): bigint {
  const time = BigInt(Math.round(milliseconds)) * 10_000n + 116_444_736_000_000_000n;
  return time < 0n ? 0n : time;
}
