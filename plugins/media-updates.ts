import {
  chooseUpdates,
  compareLevels,
  type ImageInfo,
  type ImagePackage,
  imageTitle,
  type PhaseBuilder,
  readUpdates,
} from "../core/index.ts";

export interface MediaUpdates {
  /** For the images of boot.wim. */
  readonly packages: readonly ImagePackage[];
  /** Cabinets of Setup dynamic updates. */
  readonly media: readonly string[];
}

/**
 * What of updates is for media: all images of boot.wim get the cumulative update, which WinRE does not ("media-dynamic-update").
 * @throws SERVICING_INPUT_NOT_FOUND, SERVICING_INPUT_UNREADABLE, SERVICING_INPUT_ARCHITECTURE, SERVICING_INPUT_BUILD
 */
export async function bootUpdates(
  builder: PhaseBuilder,
  image: ImageInfo,
  from: string | readonly string[],
): Promise<MediaUpdates> {
  if ([from].flat().length === 0) return { packages: [], media: [] };
  const { windows, boot, media } = chooseUpdates(await readUpdates(from, builder), image);
  const level = windows.find(({ update }) => update.class === "cumulative update")?.update.level;
  if (boot.length === 0 && media.length === 0)
    builder.warn(
      `${[from].flat().join(", ")} holds nothing for media: no cumulative update, and no Setup dynamic update`,
    );
  if (level !== undefined && (compareLevels(level, image.version) ?? 1) <= 0) {
    builder.warn(`${imageTitle(image)} is left as it is: it has ${image.version} already`);
    return { packages: [], media };
  }
  return { packages: boot, media };
}
