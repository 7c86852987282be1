import type { MediaEntry } from "./formats/media.ts";

/** Installation media of Windows as they are found. */
export interface Media {
  readonly from: string;
  readonly kind: "iso" | "folder";
  readonly entries: readonly MediaEntry[];
}
