import type { CopiedFile } from "../formats/inf/installation.ts";

/** Directories that an INF copies to ("using-dirids"); 13, the driver store itself, needs no copy. */
const directories: Readonly<Record<number, string>> = {
  10: "",
  11: "System32",
  12: "System32\\drivers",
};

/** The folder of a directory id below that of Windows; undefined for ids whose place only Windows knows. */
export function directoryOf(dirid: number): string | undefined {
  return directories[dirid];
}

/** Where a file is copied to below the folder of Windows; undefined where it stays in the driver store. */
export function reflectedPath(file: Pick<CopiedFile, "dirid" | "subfolder" | "name">): string | undefined {
  const folder = directoryOf(file.dirid);
  if (folder === undefined) return undefined;
  return [folder, file.subfolder, file.name].filter((part) => part !== "").join("\\");
}
