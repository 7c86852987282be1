/**
 * `--ref` arguments with which wimlib finds the files of a branch: its source, all parts of it where it is split.
 * wimlib reads them as globs, hence the escapes. Source: wimlib-imagex(1), "SPLIT WIMS".
 */
export function references(source: string): readonly string[] {
  const match = /^(.*)(\.swm)$/i.exec(source);
  const parts = match === null ? [] : [`${escapeGlob(match[1] as string)}[0-9]*${match[2]}`];
  return [escapeGlob(source), ...parts].map((pattern) => `--ref=${pattern}`);
}

function escapeGlob(path: string): string {
  return path.replace(/[\\[\]*?]/g, String.raw`\$&`);
}
