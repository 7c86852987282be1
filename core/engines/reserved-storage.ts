import { buildOf, type ImageInfo } from "../image.ts";

/** Windows 10, version 2004, has the command first ("dism-storage-reserve"). */
export function withoutReserve(image: ImageInfo): string | undefined {
  const build = buildOf(image);
  return build > 0 && build < 19_041
    ? `DISM knows reserved storage from build 19041 of Windows on, and the image has ${build}`
    : undefined;
}
