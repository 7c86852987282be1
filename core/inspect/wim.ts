import type { Artefact } from "../artefact.ts";
import { ServicingError } from "../error.ts";
import { readWim } from "../wim-file.ts";
import { readWimPackage } from "./package.ts";
import type { Tools } from "./unpack.ts";

/** An image, or an update that is packed as one. @throws as `inspect` */
export async function inspectWim(file: string, tools: Tools): Promise<Artefact> {
  const wim = readWim(file);
  const [image, ...others] = wim.images;
  const holdsWindows = others.length > 0 || image === undefined || image.version !== "";
  if (holdsWindows || wim.parts > 1) return wim;
  try {
    return (await readWimPackage(file, tools)) ?? wim;
  } catch (error) {
    // Without the tool a WIM is still a WIM, unless its owner calls it an update.
    const lacksTool = error instanceof ServicingError && error.code === "SERVICING_TOOL_MISSING";
    if (lacksTool && !/\.msu$/i.test(file)) return wim;
    throw error;
  }
}
