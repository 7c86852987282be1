import { entriesOf, expandTokens, type Inf, type InfStrings } from "./document.ts";
import type { InfEntry, InfField, InfPlace } from "./line.ts";
import type { InfArchitecture } from "./target.ts";

/** A file that the package has to hold. */
export interface SourceFile extends InfPlace {
  readonly name: string;
  /** Below the folder of the INF, backslashes between folders; empty for the folder itself. */
  readonly folder: string;
  /** The disk, where it is a cabinet ("inf-sourcedisksnames-section"): the folder does not hold the file itself. */
  readonly cabinet?: InfEntry;
}

type Disk = Pick<SourceFile, "folder" | "cabinet">;

const noDisk: Disk = { folder: "" };

/**
 * The files of a package on one architecture, each once: a line of `[SourceDisksFiles.<architecture>]` goes before one of
 * `[SourceDisksFiles]`, and the disk that it names is that of `[SourceDisksNames.<architecture>]`, else that of
 * `[SourceDisksNames]` ("inf-sourcedisksfiles-section", "inf-sourcedisksnames-section"). So one line may stand for a file
 * in `amd64\` and another in `x86\`.
 * @param architecture without one, the sections for all are all that there is
 */
export function sourceFiles(
  inf: Inf,
  strings: InfStrings,
  architecture?: InfArchitecture,
): readonly SourceFile[] {
  const listed = linesOf(inf, "SourceDisksFiles", architecture);
  if (listed.length === 0) return [];
  const textOf = (field: InfField | undefined): string =>
    field === undefined ? "" : expandTokens(field.text, strings);
  const disks = new Map<string, Disk>();
  for (const entry of linesOf(inf, "SourceDisksNames", architecture)) {
    const id = entry.key?.text.toLowerCase();
    if (id === undefined || disks.has(id)) continue;
    const folder = folderOf(textOf(entry.values[3]));
    disks.set(id, /\.cab$/i.test(textOf(entry.values[1])) ? { folder, cabinet: entry } : { folder });
  }
  const files = new Map<string, SourceFile>();
  for (const { key, values, line, column } of listed) {
    const name = textOf(key ?? values[0]);
    const lower = name.toLowerCase();
    if (name === "" || files.has(lower)) continue;
    const [id, subfolder] = key === undefined ? [] : values;
    const disk = disks.get(textOf(id).toLowerCase()) ?? noDisk;
    const below = folderOf(textOf(subfolder));
    const folder = below === "" ? disk.folder : pathOf({ folder: disk.folder, name: below });
    files.set(lower, { ...disk, name, folder, line, column });
  }
  return [...files.values()];
}

/** Where a file lies below the folder of the INF, backslashes between. */
export function pathOf({ folder, name }: Pick<SourceFile, "folder" | "name">): string {
  return folder === "" ? name : `${folder}\\${name}`;
}

/** Those of the architecture before those for all. */
function linesOf(inf: Inf, section: string, architecture: InfArchitecture | undefined): readonly InfEntry[] {
  const all = entriesOf(inf, section);
  const own = architecture === undefined ? [] : entriesOf(inf, `${section}.${architecture}`);
  return own.length === 0 ? all : [...own, ...all];
}

/** A path as it is written, without what changes nothing; a backslash at its beginning is the folder of the INF. */
export function folderOf(path: string): string {
  if (path === "") return "";
  return path
    .split(/[\\/]/)
    .filter((part) => part !== "" && part !== ".")
    .join("\\");
}
