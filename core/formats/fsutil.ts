import { linesIn } from "./dism-output/lines.ts";

/**
 * The file system that `fsutil fsinfo volumeinfo` names, whatever the language of its labels: names of file systems are
 * the same in all of them.
 */
export function fileSystemIn(output: string): string | undefined {
  const values = linesIn(output.slice(0, 65_536)).flatMap((line) =>
    line.kind === "field" ? [line.value] : [],
  );
  return values.find((value) => /^(?:NTFS|ReFS|FAT|FAT12|FAT16|FAT32|exFAT|UDF|CDFS|CSVFS\w*)$/i.test(value));
}

/** The kind of drive where `fsutil fsinfo drivetype` says in English that it is none that images can be mounted on. */
export function unfitDriveIn(output: string): string | undefined {
  return /\b(removable|remote\/network|network|cd-rom|ram disk)\b/i
    .exec(output.slice(0, 4096))?.[1]
    ?.toLowerCase();
}
