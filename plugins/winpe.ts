import {
  boolean,
  check,
  integer,
  maxValue,
  minValue,
  nonEmpty,
  number,
  optional,
  picklist,
  pipe,
  regex,
  strictObject,
  string,
  type InferInput,
} from "valibot";
import {
  checkDeployment,
  checkOptions,
  deploymentDisk,
  failure,
  imageTitle,
  type Operation,
  type PhaseBuilder,
  type Plugin,
  windowsNeeds,
} from "../core/index.ts";

const whole = pipe(number(), integer());
const path = pipe(string(), nonEmpty("must not be empty"));

const schema = pipe(
  strictObject({
    folder: optional(path),
    disk: deploymentDisk,
    split: optional(pipe(whole, minValue(1), maxValue(4095, "FAT32 takes files of less than 4096 MiB"))),
    bootWim: optional(path),
    bootIndex: optional(pipe(whole, minValue(1)), 1),
    unattended: optional(boolean(), false),
    scratchSpace: optional(picklist([32, 64, 128, 256, 512])),
    targetPath: optional(
      pipe(
        string(),
        regex(
          /^(?=.{3,32}$)[a-z]:\\[^\s"<>|?*:/]*$/i,
          "a path is absolute, of 3 to 32 characters, without blanks",
        ),
      ),
    ),
  }),
  check(
    ({ folder, scratchSpace, targetPath }) =>
      [folder, scratchSpace, targetPath].some((each) => each !== undefined),
    "one of folder, scratchSpace and targetPath is needed",
  ),
);

export interface WinpeOptions extends InferInput<typeof schema> {
  /** Made, or replaced as a whole. */
  readonly folder?: string | undefined;
  /**
   * The disk of the device: its number (0), "uefi" or "bios" (absent: as the device was started), and partitions in MiB
   * (system 260, msr 16, windows the rest, recovery 990, or 0 for none).
   */
  readonly disk?:
    | {
        readonly id?: number | undefined;
        readonly layout?: "uefi" | "bios" | undefined;
        readonly sizes?: Sizes | undefined;
      }
    | undefined;
  /** MiB: the image in parts of at most this size; absent: only where it is larger than FAT32 takes. */
  readonly split?: number | undefined;
  /** A WinPE that is to run the script by itself: its image `bootIndex` (1) becomes `boot.wim` of the folder. */
  readonly bootWim?: string | undefined;
  readonly bootIndex?: number | undefined;
  /** The disk is erased without a question, and a device that was started by `boot.wim` restarts. */
  readonly unattended?: boolean | undefined;
  /** MB of memory that the line's own image, a Windows PE, has to write to. */
  readonly scratchSpace?: 32 | 64 | 128 | 256 | 512 | undefined;
  /** Where the line's own image, a Windows PE, finds itself when it runs: `X:\\`. */
  readonly targetPath?: string | undefined;
}

interface Sizes {
  readonly system?: number | undefined;
  readonly msr?: number | undefined;
  readonly windows?: number | undefined;
  readonly recovery?: number | undefined;
}

/**
 * A folder that lays the result on a device started with WinPE, and settings of an image that is a WinPE itself
 * ("dism-windows-pe-servicing-command-line-options").
 * @throws SERVICING_PLUGIN_OPTIONS, SERVICING_DISK_LAYOUT
 */
export function winpe(given: WinpeOptions): Plugin {
  const { folder, disk, split, bootWim, bootIndex, unattended, scratchSpace, targetPath } = checkOptions(
    "winpe",
    schema,
    given,
  );
  const deployment = deploymentFor(disk, unattended);
  checkDeployment(deployment(0));
  return {
    name: "winpe",
    apply({ hooks }) {
      if (scratchSpace !== undefined || targetPath !== undefined)
        hooks.modify.tap("winpe", (builder) => {
          if (scratchSpace !== undefined) builder.add({ type: "Set-ScratchSpace", megabytes: scratchSpace });
          if (targetPath !== undefined) builder.add({ type: "Set-TargetPath", path: targetPath });
        });
      if (folder === undefined) return;
      hooks.deploy.tapPromise("winpe", async (builder) => {
        const { result, image } = builder;
        const boot = bootWim === undefined ? undefined : await checkedBoot(builder, bootWim, bootIndex);
        builder.add({
          type: "New-DeploymentFolder",
          image: result.file,
          index: result.index,
          to: builder.resolve(folder),
          deployment: deployment(windowsNeeds(image, disk.sizes?.windows)),
          ...(split === undefined ? {} : { megabytes: split }),
          ...(boot === undefined ? {} : { boot, bootIndex }),
          ...(result.kind === "delta" ? { refuse: { offline: noDelta } } : {}),
        });
      });
    },
  };
}

const noDelta = 'a delta is no image that can be applied; set output.kind to "wim"';

type Deployment = Operation<"New-DeploymentFolder">["deployment"];

function deploymentFor(
  { id, layout, sizes }: { id?: number; layout?: "uefi" | "bios" | undefined; sizes?: Sizes | undefined },
  unattended: boolean,
): (windows: number) => Deployment {
  const given = Object.entries(sizes ?? {}).filter(([, size]) => size !== undefined);
  return (windows) => ({
    ...(layout === undefined ? {} : { firmware: layout }),
    disk: { id: id ?? 0, windows, ...(given.length === 0 ? {} : { sizes: Object.fromEntries(given) }) },
    unattended,
  });
}

async function checkedBoot(builder: PhaseBuilder, file: string, index: number): Promise<string> {
  const wim = await builder.inspect(file);
  if (wim.kind !== "wim")
    throw failure("SERVICING_INPUT_UNREADABLE", { path: wim.file, reason: `it is no WIM but: ${wim.kind}` });
  if (!wim.images.some((image) => image.index === index))
    throw failure("SERVICING_IMAGE_INDEX", {
      file: wim.file,
      wanted: String(index),
      choices: wim.images.map((image) => imageTitle(image)),
    });
  return wim.file;
}
