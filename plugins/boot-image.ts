import { failure, type ImageInfo, type PhaseBuilder } from "../core/index.ts";

/**
 * An image of a boot.wim; 2 is Windows Setup on Microsoft's media.
 * @throws SERVICING_INPUT_NOT_FOUND, SERVICING_INPUT_UNREADABLE, SERVICING_IMAGE_INDEX
 */
export async function bootImage(builder: PhaseBuilder, from: string, index: number): Promise<ImageInfo> {
  const wim = await builder.inspect(from);
  if (wim.kind !== "wim")
    throw failure("SERVICING_INPUT_UNREADABLE", { path: wim.file, reason: `it is no WIM but: ${wim.kind}` });
  const image = wim.images.find((each) => each.index === index);
  if (image !== undefined) return image;
  throw failure("SERVICING_IMAGE_INDEX", {
    file: wim.file,
    wanted: String(index),
    choices: wim.images.map((each) => `${each.index} (${each.name})`),
  });
}
