import type { ByteSource } from "./bytes.ts";
import { type Dentry, isDirectory, isFile, type Metadata, splitPath } from "./wim-metadata.ts";

/** Where a directory entry keeps what is changed here. Source: wimlib, src/dentry.c. */
const at = { security: 12, modified: 56, linkGroup: 88 } as const;

/** Bytes to be written at an offset of the metadata resource. */
export interface Patch {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** New content for files that are there: everything else about them, and about their other links, stays. */
export function replaceContent(
  metadata: Metadata,
  replacements: readonly { readonly entry: Dentry; readonly hash: string; readonly modified: bigint }[],
): readonly Patch[] {
  const patches: Patch[] = [];
  const groups = new Map<bigint, { hash: string; modified: bigint }>();
  const replace = (entry: Dentry, hash: string, modified: bigint): void => {
    const time = Buffer.alloc(8);
    time.writeBigUInt64LE(modified);
    patches.push(
      { offset: entry.hashOffset, bytes: Buffer.from(hash, "hex") },
      { offset: entry.offset + at.modified, bytes: time },
    );
  };
  for (const { entry, hash, modified } of replacements)
    if (entry.linkGroup === 0n) replace(entry, hash, modified);
    else groups.set(entry.linkGroup, { hash, modified });
  if (groups.size > 0)
    for (const { entry } of metadata.walk()) {
      const group = isDirectory(entry) ? undefined : groups.get(entry.linkGroup);
      if (group !== undefined) replace(entry, group.hash, group.modified);
    }
  return patches;
}

/** Takes a child out of the root directory by closing up what follows it; the tree below it is no longer referred to. */
export function detach(metadata: Metadata, source: ByteSource, name: string): readonly Patch[] {
  const children = [...metadata.children(metadata.root)];
  const gone = children.find((entry) => entry.name === name);
  const last = children.at(-1);
  if (gone === undefined || last === undefined) return [];
  const next = gone.offset + gone.span;
  const end = last.offset + last.span;
  const rest = Buffer.from(source.read(next, end - next));
  return [{ offset: gone.offset, bytes: Buffer.concat([rest, Buffer.alloc(8)]) }];
}

/**
 * Security descriptors for what was made without one: a file takes that of a file beside it, or beside a folder above it;
 * a folder, and a file where there is no such file, that of the folder that holds it. Without this an applied file
 * would be open to everyone. `made`: paths where everything is new; those that are not there do not matter. `like`: for
 * some of them, what they take it from instead, with that of its first file for the files below.
 */
export function adoptSecurity(
  metadata: Metadata,
  made: readonly string[],
  like: ReadonlyMap<string, string> = new Map(),
): readonly Patch[] {
  const patches = new Map<number, Patch>();
  const known = new Map<number, number>();
  const siblingSecurity = (folder: Dentry): number => {
    const security = known.get(folder.offset) ?? fileSecurityIn(metadata, folder);
    known.set(folder.offset, security);
    return security;
  };
  for (const path of made) {
    const folders = metadata.trace(path).toReversed();
    if (folders.length <= splitPath(path).length) continue;
    const [top] = folders.splice(0, 1);
    const model = metadata.lookup(like.get(path) ?? "");
    const models = model === undefined || !like.has(path) ? folders : [model, ...folders];
    const folderSecurity = models.find(({ security }) => security >= 0)?.security ?? -1;
    const beside = models.reduce((found, folder) => (found >= 0 ? found : siblingSecurity(folder)), -1);
    const fileSecurity = beside >= 0 ? beside : folderSecurity;
    for (const { entry } of metadata.walk(top)) {
      const security = isDirectory(entry) ? folderSecurity : fileSecurity;
      if (entry.security >= 0 || security < 0) continue;
      const bytes = Buffer.alloc(4);
      bytes.writeInt32LE(security);
      patches.set(entry.offset, { offset: entry.offset + at.security, bytes });
    }
  }
  return [...patches.values()];
}

/** That of a file; what a junction has is meant for junctions. */
function fileSecurityIn(metadata: Metadata, folder: Dentry): number {
  for (const entry of metadata.children(folder))
    if (isFile(entry) && entry.security >= 0) return entry.security;
  return -1;
}

/**
 * Copies are files of their own; wimlib makes links of all that come from the same file of the host.
 * `made` as in {@link adoptSecurity}.
 */
export function separate(metadata: Metadata, made: readonly string[]): readonly Patch[] {
  return made.flatMap((path) => {
    const top = metadata.lookup(path);
    if (top === undefined) return [];
    return [...metadata.walk(top)]
      .filter(({ entry }) => entry.linkGroup !== 0n)
      .map(({ entry }) => ({ offset: entry.offset + at.linkGroup, bytes: Buffer.alloc(8) }));
  });
}
