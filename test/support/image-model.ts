import { createHash } from "node:crypto";
import type { HiveChange } from "../../core/formats/hive-change.ts";
import { applyToHive, type KeyModel } from "./hive-model.ts";
import type { Listed } from "./wim-listing.ts";

/** A file or a folder of the host. */
export type Source = string | { readonly [name: string]: Source };

/** What an operation comes to for the model: paths begin with a slash, as wimlib lists them. */
export type Action =
  | { readonly do: "put"; readonly to: string; readonly source: Source }
  | { readonly do: "remove"; readonly path: string; readonly optional: boolean }
  | { readonly do: "set"; readonly hive: string; readonly change: HiveChange }
  /** What comes now is another update of the same image. */
  | { readonly do: "pause" };

export interface Node {
  readonly path: string;
  readonly kind: "file" | "folder" | "link";
  /** As the image brought it; absent for what is new. */
  readonly held?: Listed;
  /** SHA-1 of new content. */
  readonly hash?: string;
  /** The security descriptors that it may have, where it is new and its update has ended. */
  readonly descriptors?: readonly string[];
}

/** An image by the upper case of its paths. */
export interface ImageModel {
  readonly nodes: Map<string, Node>;
  /** By the upper case of their paths. */
  readonly hives: Map<string, KeyModel>;
  /** Hives that keys were set in, and paths that were put or removed: an update cannot have both of one. */
  readonly set: Set<string>;
  readonly touched: Set<string>;
}

export function imageModel(listed: ReadonlyMap<string, Listed>, hives: Map<string, KeyModel>): ImageModel {
  const nodes = [...listed].map(([path, held]): [string, Node] => [
    path.toUpperCase(),
    { path, held, kind: held.reparseTag > 0 ? "link" : (held.attributes & 0x10) > 0 ? "folder" : "file" },
  ]);
  return { nodes: new Map(nodes), hives, set: new Set(), touched: new Set() };
}

export function copyOf(model: ImageModel): ImageModel {
  return {
    nodes: new Map(model.nodes),
    hives: new Map([...model.hives].map(([path, key]) => [path, structuredClone(key)])),
    set: new Set(model.set),
    touched: new Set(model.touched),
  };
}

/** Makes a change, or gives the code of the error that there has to be. The model is of no more use then. */
export function applyToImage(model: ImageModel, action: Action): string | undefined {
  const failed = act(model, action);
  if (failed !== undefined) return failed;
  return [...model.set].some((hive) => model.touched.has(hive)) ? "SERVICING_IMAGE_PATH" : undefined;
}

function act(model: ImageModel, action: Action): string | undefined {
  switch (action.do) {
    case "put":
      return put(model, action.to, action.source);
    case "remove":
      return remove(model, action.path, action.optional);
    case "set": {
      const path = action.hive.toUpperCase();
      model.set.add(path);
      if (model.touched.has(path)) return "SERVICING_IMAGE_PATH";
      const hive = model.hives.get(path);
      if (model.nodes.get(path)?.kind !== "file") return "SERVICING_HIVE_MISSING";
      if (hive === undefined) return "SERVICING_HIVE_CORRUPT";
      applyToHive(hive, action.change);
      return undefined;
    }
    case "pause":
      settle(model);
      model.set.clear();
      model.touched.clear();
      return undefined;
  }
}

function put(model: ImageModel, to: string, source: Source): string | undefined {
  const { nodes, touched } = model;
  for (const above of parents(to)) {
    const kind = nodes.get(above.toUpperCase())?.kind ?? "folder";
    if (kind !== "folder") return "SERVICING_IMAGE_PATH";
    if (!nodes.has(above.toUpperCase())) nodes.set(above.toUpperCase(), { path: above, kind: "folder" });
  }
  const id = to.toUpperCase();
  const there = nodes.get(id);
  if (typeof source !== "string") {
    if (there !== undefined && there.kind !== "folder") return "SERVICING_IMAGE_PATH";
    if (there === undefined) nodes.set(id, { path: to, kind: "folder" });
    const below = Object.entries(source).map(([name, each]) => put(model, `${to}/${name}`, each));
    return below.find((code) => code !== undefined);
  }
  if (there !== undefined && there.kind !== "file") return "SERVICING_IMAGE_PATH";
  touched.add(id);
  model.hives.delete(id);
  const hash = sha1(source);
  if (there?.held === undefined) nodes.set(id, { path: to, kind: "file", hash });
  else for (const name of names(nodes, there)) nodes.set(name.path.toUpperCase(), { ...name, hash });
  return undefined;
}

function remove({ nodes, touched, hives }: ImageModel, path: string, optional: boolean): string | undefined {
  const id = path.toUpperCase();
  if (!nodes.has(id)) return optional ? undefined : "SERVICING_IMAGE_PATH_MISSING";
  for (const each of nodes.keys())
    if (each === id || each.startsWith(`${id}/`)) {
      nodes.delete(each);
      hives.delete(each);
      touched.add(each);
    }
  return undefined;
}

/** All that are left of the names of one file. */
export function names(nodes: ReadonlyMap<string, Node>, node: Node): readonly Node[] {
  if (node.held === undefined || node.held.links < 2) return [node];
  return [...nodes.values()].filter(({ held }) => held?.group === node.held?.group);
}

export function parents(path: string): readonly string[] {
  const parts = path.split("/").slice(1, -1);
  return parts.map((_, at) => `/${parts.slice(0, at + 1).join("/")}`);
}

/** As a WIM has it: nothing but zeros for no content. */
function sha1(content: string): string {
  return content === "" ? "0".repeat(40) : createHash("sha1").update(content).digest("hex");
}

/** Ends an update, which is when what is new gets its descriptor. */
export function settle({ nodes }: ImageModel): void {
  const settled = [...nodes].flatMap(([id, node]): (readonly [string, Node])[] =>
    node.held !== undefined || node.descriptors !== undefined
      ? []
      : [[id, { ...node, descriptors: descriptorsFor(nodes, node) }]],
  );
  for (const [id, node] of settled) nodes.set(id, node);
}

/**
 * A folder has that of the nearest folder with one; a file that of a file beside it, or beside the nearest folder above
 * it that has any, and where there is none, the folder's.
 */
function descriptorsFor(nodes: ReadonlyMap<string, Node>, node: Node): readonly string[] {
  const above = ["/", ...parents(node.path)].toReversed();
  const known = above.map((path) => descriptors(nodes.get(path.toUpperCase())));
  const folder = known.find((each) => each.length > 0) ?? [""];
  if (node.kind === "folder") return folder;
  for (const path of above) {
    const beside = [...nodes.values()].filter(
      (each) => each.kind === "file" && parentOf(each.path) === path.toUpperCase(),
    );
    const found = beside.flatMap(descriptors);
    if (found.length > 0) return found;
  }
  return folder;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf("/"))).toUpperCase();
}

function descriptors(node: Node | undefined): readonly string[] {
  const known = node?.held === undefined ? (node?.descriptors ?? []) : [node.held.security];
  return known.filter((each) => each !== "");
}
