import type { Artefact } from "./artefact.ts";
import { failure } from "./error.ts";
import type { ImageInfo } from "./image.ts";

/** One image of what was inspected. @throws SERVICING_INPUT_UNREADABLE where it is no WIM, SERVICING_IMAGE_INDEX */
export function wimImage(found: Artefact, index: number): ImageInfo {
  if (found.kind !== "wim")
    throw failure("SERVICING_INPUT_UNREADABLE", {
      path: found.file,
      reason: `it is no WIM but: ${found.kind}`,
    });
  const image = found.images.find((each) => each.index === index);
  if (image !== undefined) return image;
  throw failure("SERVICING_IMAGE_INDEX", {
    file: found.file,
    wanted: String(index),
    choices: found.images.map((each) => `${each.index} (${each.name})`),
  });
}
