import type { Engine } from "../engine.ts";
import { split, unnamed, unnumbered } from "./image-file.ts";
import { isApart } from "./media.ts";
import { asUnfinished, onCopy, withoutUnfinished } from "./unfinished-file.ts";
import { compressionOptions, wimlibImagex } from "./wimlib-command.ts";

/**
 * A WIM that is captured, or has one image more or less. Names may begin as an option does, so they come last.
 * @see wimlib-imagex-capture(1), wimlib-imagex-append(1), wimlib-imagex-delete(1)
 */
export const imageFiles = {
  "Capture-Image": {
    offline: {
      because: "wimlib captures an NTFS volume or a folder, and reads the WIM back before it is put in place",
      refuse: ({ from, to, name, extendedAttributes }) =>
        unnamed(name) ??
        isApart({ from, to }) ??
        (extendedAttributes === true ? "wimlib keeps no extended attributes of an NTFS volume" : undefined),
      commands: (operation) =>
        asUnfinished(operation.to, (file) => [
          wimlibImagex(
            "capture",
            ...compressionOptions[operation.compress ?? "max"],
            ...(operation.configFile === undefined ? [] : [`--config=${operation.configFile}`]),
            ...(operation.bootable === true ? ["--boot"] : []),
            ...((operation.checkIntegrity ?? true) ? ["--check"] : []),
            "--",
            operation.from,
            file,
            operation.name,
            ...(operation.description === undefined ? [] : [operation.description]),
          ),
          ...((operation.verify ?? true) ? [{ ...wimlibImagex("verify", file), writes: false }] : []),
        ]),
      undo: ({ to }) => withoutUnfinished(to),
    },
  },
  "Append-Image": {
    offline: {
      because:
        "wimlib captures a folder or an NTFS volume into a copy of the WIM, which then takes its place",
      refuse: ({ from, to, name }) => unnamed(name) ?? split(to) ?? isApart({ from, to }),
      commands: ({ from, to, name, description, checkIntegrity }) =>
        onCopy(to, (file) => [
          wimlibImagex(
            "append",
            ...(checkIntegrity === true ? ["--check"] : []),
            "--",
            from,
            file,
            name,
            ...(description === undefined ? [] : [description]),
          ),
        ]),
      undo: ({ to }) => withoutUnfinished(to),
    },
  },
  "Delete-Image": {
    offline: {
      because:
        "wimlib takes the image, and what it alone has, out of a copy of the WIM, which then takes its place",
      refuse: ({ file, index }) => split(file) ?? unnumbered(index, "an image"),
      commands: ({ file, index }) => onCopy(file, (copy) => [wimlibImagex("delete", copy, String(index))]),
      undo: ({ file }) => withoutUnfinished(file),
    },
  },
} satisfies Partial<Engine["roads"]>;
