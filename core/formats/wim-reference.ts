/**
 * `--ref` arguments with which wimlib finds the files of a branch: its source, all parts of it where it is split.
 * wimlib reads them as globs, hence the escapes. On Windows it knows * and ? only, which no name there can hold.
 * Source: wimlib-imagex(1), "SPLIT WIMS"; wimlib, src/win32_replacements.c.
 */
export function references(source: string): readonly string[] {
  const windows = /^(?:[a-z]:|\\\\)/i.test(source);
  const literal = (path: string): string => (windows ? path : path.replace(/[\\[\]*?]/g, String.raw`\$&`));
  const match = /^(.*)(\.swm)$/i.exec(source);
  const parts =
    match === null ? [] : [`${literal(match[1] as string)}${windows ? "*" : "[0-9]*"}${match[2]}`];
  return [literal(source), ...parts].map((pattern) => `--ref=${pattern}`);
}
