import type { Engine } from "../engine.ts";
import { pathsOf } from "../host-path.ts";
import { extension, flag, given, imaging } from "./dism-command.ts";
import { split, unnamed, unnumbered } from "./image-file.ts";
import { isApart } from "./media.ts";
import { onCopy, withoutUnfinished } from "./unfinished-file.ts";

const alone = "the running Windows keeps no image files: they are changed from outside of it";

/** A WIM with one image more or less ("dism-image-management-command-line-options-s14"). */
export const imageFiles = {
  "Append-Image": {
    offline: {
      because: "DISM captures the folder or volume into a copy of the WIM, which then takes its place",
      refuse: ({ from, to, name }) => unnamed(name) ?? split(to) ?? recovery(to) ?? isApart({ from, to }),
      // The copy is what a full disk would spoil ("dism-image-management-command-line-options-s14").
      commands: ({ from, to, name, description, checkIntegrity }, target) =>
        onCopy(to, (file) => [
          imaging(
            target,
            "/Append-Image",
            `/ImageFile:${file}`,
            `/CaptureDir:${from}`,
            `/Name:${name}`,
            ...given("Description", description),
            ...flag("CheckIntegrity", checkIntegrity),
            "/Verify",
          ),
        ]),
      undo: ({ to }) => withoutUnfinished(to),
    },
    online: { refused: alone },
  },
  "Delete-Image": {
    offline: {
      because:
        "DISM takes the image out of a copy of the WIM, which then takes its place; its size stays until it is exported",
      refuse: ({ file, index }) => split(file) ?? unnumbered(index, "an image"),
      commands: ({ file, index }, target) =>
        onCopy(file, (copy) => [imaging(target, "/Delete-Image", `/ImageFile:${copy}`, `/Index:${index}`)]),
      undo: ({ file }) => withoutUnfinished(file),
    },
    online: { refused: alone },
  },
} satisfies Partial<Engine["roads"]>;

function recovery(file: string): string | undefined {
  return extension(file) === ".esd"
    ? "DISM appends with the compression of the file, and captures with none, fast or max only, not into an .esd"
    : undefined;
}

/** Why a file cannot be split into parts of this size. */
export function unsplittable(to: string, wanted: ".swm" | ".sfu", megabytes: number): string | undefined {
  if (extension(to) !== wanted) return `DISM splits into ${wanted} files only`;
  return Number.isSafeInteger(megabytes) && megabytes > 0
    ? undefined
    : "the size of a part is a whole number of megabytes, at least 1";
}

/** All parts of a split image, by the pattern that DISM asks for beside the first: `install*.swm`. */
export function parts(
  option: "SWMFile" | "SFUFile",
  file: string,
  wanted: ".swm" | ".sfu",
): readonly string[] {
  if (extension(file) !== wanted) return [];
  const { dir, name } = pathsOf(file).parse(file);
  const separator = dir === "" || /[\\/]$/.test(dir) ? "" : (/[\\/]/.exec(file)?.[0] ?? "");
  return [`/${option}:${dir}${separator}${name}*${wanted}`];
}
