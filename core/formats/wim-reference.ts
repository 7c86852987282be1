/**
 * `--ref` arguments with which wimlib finds the files of a branch: its source, all parts of it where it is split.
 * wimlib reads them as globs, hence the escapes. On Windows it knows * and ? only, which no name there can hold.
 * Source: wimlib-imagex(1), "SPLIT WIMS"; wimlib, src/win32_replacements.c.
 */
export function references(source: string): readonly string[] {
  const windows = isWindows(source);
  const match = /^(.*)(\.swm)$/i.exec(source);
  const parts =
    match === null ? [] : [`${literal(match[1] as string)}${windows ? "*" : "[0-9]*"}${match[2]}`];
  return [literal(source), ...parts].map((pattern) => `--ref=${pattern}`);
}

/**
 * The same for what was added to a branch: the packs beside it. A glob, since a plan cannot know their number; the first
 * pack, which is empty, is always there for it to find.
 */
export function packReferences(branch: string): readonly string[] {
  return [`--ref=${literal(branch.replace(/[^\\/]*$/, ""))}blobs-*.wim`];
}

/** All parts of a split WIM, however many there are, the first one included. */
export function partReferences(first: string): readonly string[] {
  return [`--ref=${literal(first.replace(/\.swm$/i, ""))}*.swm`];
}

function literal(path: string): string {
  return isWindows(path) ? path : path.replace(/[\\[\]*?]/g, String.raw`\$&`);
}

function isWindows(path: string): boolean {
  return /^(?:[a-z]:|\\\\)/i.test(path);
}
