/** What is known of one image inside a file, before anything is opened. */
export interface ImageInfo {
  /** Absolute path of the WIM, or of the first part of a split one. */
  readonly file: string;
  /** 1-based. */
  readonly index: number;
  readonly name: string;
  readonly architecture: Architecture | "unknown";
  /** `10.0.26100.1742`; empty where the image does not say. */
  readonly version: string;
  /** `Professional`, `Core`, …; empty where the image does not say. */
  readonly editionId: string;
  readonly installationType: string;
  readonly languages: readonly string[];
  readonly defaultLanguage: string;
  /** Uncompressed bytes of all files, as the WIM's own XML counts them. */
  readonly totalBytes: number;
}

export type Architecture = "x86" | "amd64" | "arm" | "arm64";

/** `PROCESSOR_ARCHITECTURE_*` as WIM XML holds it. */
export const architectureOf: Readonly<Record<number, Architecture>> = {
  0: "x86",
  5: "arm",
  9: "amd64",
  12: "arm64",
};

/** How an image is named to a person: `install.wim:1 (Windows 11 Pro)`. */
export function imageTitle(image: Pick<ImageInfo, "file" | "index" | "name">): string {
  const base = image.file.split(/[\\/]/).at(-1) ?? image.file;
  return `${base}:${image.index}${image.name === "" ? "" : ` (${image.name})`}`;
}

/** Where an image keeps its recovery environment ("windows-recovery-environment--windows-re--technical-reference"). */
export const winre = "\\Windows\\System32\\Recovery\\Winre.wim";

/** The third part of the version, 0 where it is not known. */
export function buildOf(image: ImageInfo): number {
  return Number(image.version.split(".")[2] ?? 0);
}
