/** What system tools print, as far as it is data. Whoever made the file that they list has a say in it. */

/** `msiinfo export … Property`: a name and its value in each row. */
export function propertiesIn(table: string): ReadonlyMap<string, string> {
  return new Map(
    table.split(/\r?\n/).map((row) => {
      const tab = row.indexOf("\t");
      return [row.slice(0, Math.max(tab, 0)), row.slice(tab + 1)] as const;
    }),
  );
}

/** Names of the root folder, from `wimlib-imagex dir`. */
export function rootNamesIn(listing: string): readonly string[] {
  return listing.split(/\r?\n/).flatMap((line) => /^\/([^/]+)$/.exec(line)?.[1] ?? []);
}

/**
 * Bytes of the one file that `wimlib-imagex dir --path=… --detailed` tells of, all of its streams together; undefined
 * where that is a folder, or nothing.
 */
export function fileBytesIn(detailed: string): number | undefined {
  const lines = detailed.split(/\r?\n/);
  const paths = lines.filter((line) => /^Full Path\s*=/.test(line));
  if (paths.length !== 1 || lines.some((line) => /^\s*FILE_ATTRIBUTE_DIRECTORY\b/.test(line)))
    return undefined;
  const sizes = lines.flatMap((line) => /^Uncompressed size\s*=\s*(\d{1,15})\b/.exec(line)?.[1] ?? []);
  return sizes.length === 0 ? undefined : sizes.reduce((sum, size) => sum + Number(size), 0);
}

/** The version that a tool names first: `1.13.6`. */
export function versionIn(said: string): string | undefined {
  return /(?<!\d)\d{1,9}(?:\.\d{1,9})+/.exec(said)?.[0];
}

/** Names of the root folder, from `dism /List-Image`, which prints a path on each line. */
export function listedNamesIn(listing: string): readonly string[] {
  return listing.split(/\r?\n/).flatMap((line) => /^\\([^\\]+)\\?\s*$/.exec(line)?.[1]?.trimEnd() ?? []);
}
