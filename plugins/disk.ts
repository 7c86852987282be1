import {
  boolean,
  integer,
  nonEmpty,
  number,
  optional,
  picklist,
  pipe,
  strictObject,
  string,
  type InferInput,
} from "valibot";
import {
  checkOptions,
  diskSize,
  failure,
  leastForWindows,
  type DiskFormat,
  type DiskSizes,
  partitionSizes,
  type Plugin,
  windowsNeeds,
} from "../core/index.ts";

const whole = pipe(number(), integer());

const schema = strictObject({
  file: pipe(string(), nonEmpty("must not be empty")),
  format: optional(picklist(["raw", "qcow2", "vhdx"])),
  size: optional(whole),
  sizes: optional(partitionSizes, {}),
  verify: optional(boolean(), false),
});

export interface DiskOptions extends InferInput<typeof schema> {
  readonly file: string;
  /** Absent: by the extension of `file`: .qcow2, .vhdx, or .img and .raw. */
  readonly format?: DiskFormat | undefined;
  /** MiB of the whole disk; may be absent where `sizes.windows` is given. */
  readonly size?: number | undefined;
  /** MiB of partitions: system 260, msr 16, windows the rest, recovery 990, or 0 for none. */
  readonly sizes?: InferInput<typeof schema>["sizes"];
  /** Reads every file of the Windows partition back, rather than all that is said of them. */
  readonly verify?: boolean | undefined;
}

/**
 * The result on a disk image for UEFI, which Windows' tools make start.
 * @throws SERVICING_PLUGIN_OPTIONS, SERVICING_DISK_LAYOUT
 */
export function disk(given: DiskOptions): Plugin {
  const options = checkOptions("disk", schema, given);
  const { file, verify } = options;
  const format = options.format ?? formatOf(file);
  const sizes = Object.fromEntries(
    Object.entries(options.sizes).filter(([, size]) => size !== undefined),
  ) as DiskSizes;
  const { size, windows } = diskSize(options.size, sizes);
  return {
    name: "disk",
    apply({ hooks }) {
      hooks.deploy.tap("disk", (builder) => {
        const { result, image } = builder;
        windowsNeeds(image, windows);
        if (windows < leastForWindows)
          builder.warn(
            `the Windows partition has ${windows} MiB, and Windows wants ${leastForWindows} to be installed`,
          );
        builder.add({
          type: "New-Disk",
          image: result.file,
          index: result.index,
          to: builder.resolve(file),
          format,
          size,
          ...(Object.keys(sizes).length === 0 ? {} : { sizes }),
          ...(verify ? { verify } : {}),
          ...(result.kind === "delta" ? { refuse: { offline: noDelta } } : {}),
        });
        builder.warn(
          `${file} has no boot files yet: \`bcdboot W:\\Windows /s S: /f UEFI\` and \`reagentc\` of Windows make them (docs/deployment.md)`,
        );
      });
    },
  };
}

const noDelta = 'a delta is no image that can be applied; set output.kind to "wim"';

/** @throws SERVICING_PLUGIN_OPTIONS */
function formatOf(file: string): DiskFormat {
  const extension = /\.(\w+)$/.exec(file)?.[1]?.toLowerCase() ?? "";
  const formats: Readonly<Record<string, DiskFormat>> = {
    img: "raw",
    raw: "raw",
    qcow2: "qcow2",
    vhdx: "vhdx",
  };
  const format = formats[extension];
  if (format !== undefined) return format;
  const problems = [`disk.format: is missing, and "${file}" does not end in .img, .raw, .qcow2 or .vhdx`];
  throw failure("SERVICING_PLUGIN_OPTIONS", { plugin: "disk", problems });
}
