import {
  array,
  boolean,
  check,
  lazy,
  nonEmpty,
  optional,
  pipe,
  record,
  strictObject,
  string,
  type InferInput,
} from "valibot";
import { checkOptions, existingInput, imagePath, type Plugin } from "../core/index.ts";

const hostPath = pipe(string(), nonEmpty("must not be empty"));
const inImage = string();

const removal = strictObject({ path: inImage, optional: optional(boolean(), false) });
const pair = strictObject({ from: hostPath, to: inImage });

const schema = strictObject({
  copy: optional(
    lazy((entry) => (Array.isArray(entry) ? array(pair) : record(hostPath, inImage))),
    [],
  ),
  remove: optional(array(lazy((entry) => (typeof entry === "string" ? inImage : removal))), []),
  write: optional(
    record(
      inImage,
      pipe(
        string(),
        check((text) => text.length <= 1024 * 1024, "must be at most a mebibyte; use `copy`"),
      ),
    ),
    {},
  ),
});

/**
 * Files of the image: `remove` takes away, `copy` adds host files or folders (a folder is merged into the
 * one that is there), `write` makes small text files. Paths in the image begin with a backslash.
 */
export type FilesOptions = InferInput<typeof schema>;

/** @throws SERVICING_PLUGIN_OPTIONS and SERVICING_IMAGE_PATH. */
export function files(options: FilesOptions): Plugin {
  const { copy, remove, write } = checkOptions("files", schema, options);
  const copies = (Array.isArray(copy) ? copy : Object.entries(copy).map(([from, to]) => ({ from, to }))).map(
    ({ from, to }) => ({ from, to: imagePath(to) }),
  );
  const removals = remove.map((entry) =>
    typeof entry === "string"
      ? { path: imagePath(entry) }
      : { path: imagePath(entry.path), optional: entry.optional },
  );
  const texts = Object.entries(write).map(([to, text]) => ({ to: imagePath(to), text }));
  return {
    name: "files",
    apply(servicing) {
      servicing.hooks.modify.tapPromise("files", async (builder) => {
        for (const path of removals) builder.add({ type: "Remove-File", ...path });
        for (const { from, to } of copies) {
          const source = await existingInput(builder.resolve(from), "a file or folder to copy");
          builder.add({ type: "Copy-File", from: source, to });
        }
        for (const text of texts) builder.add({ type: "Write-File", ...text });
      });
    },
  };
}
