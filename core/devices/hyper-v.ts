import {
  boolean,
  integer,
  minValue,
  number,
  omit,
  optional,
  pipe,
  strictObject,
  type InferInput,
} from "valibot";
import { capturedFiles } from "../audit/device-logs.ts";
import type { DevicePlace, ReferenceDevice } from "../device.ts";
import { diskSize } from "../disk-size.ts";
import type { Act, Process } from "../engine.ts";
import {
  type DiskSizes,
  leastForWindows,
  neededFor,
  partitionsOf,
  placedOn,
} from "../formats/disk-layout.ts";
import { pathsOf } from "../host-path.ts";
import { checkOptions } from "../options.ts";
import { partitionSizes } from "../partition-sizes.ts";
import { captureList } from "./capture-list.ts";
import { deadlinesOf, deadlinesSchema } from "./deadlines.ts";
import { defined } from "./defined.ts";
import { hyperVScripts } from "./hyper-v-script.ts";
import { jobFiles } from "./job-files.ts";
import { memoryOf, memorySchema, shownMemory } from "./memory.ts";

const whole = pipe(number(), integer());
const bytesOfMebibyte = 1024 * 1024;
const usualDisk = 64 * 1024;
const usualMemory = 4 * 1024;

const schema = strictObject({
  memory: optional(memorySchema, usualMemory),
  cpus: optional(pipe(whole, minValue(1, "must be 1 or more")), 2),
  size: optional(whole),
  sizes: optional(omit(partitionSizes, ["recovery"])),
  tpm: optional(boolean(), false),
  deadlines: optional(deadlinesSchema),
});

type Given = InferInput<typeof schema>;

export interface HyperVOptions extends Given {
  /** "8 GiB", or MiB; absent: 4 GiB. */
  readonly memory?: string | number | undefined;
  /** Processors; absent: 2. */
  readonly cpus?: number | undefined;
  /** MiB of the disk, which takes no room until it is written to; absent: 64 GiB. */
  readonly size?: number | undefined;
  /** MiB of partitions, as of `disk()`; there is no recovery partition. */
  readonly sizes?: Given["sizes"];
  /** A TPM 2.0. */
  readonly tpm?: boolean | undefined;
  /** Minutes. */
  readonly deadlines?: Given["deadlines"];
}

/**
 * A reference device of Hyper-V's, a virtual machine of generation 2 without a network. It is for administrators of a
 * Windows with Hyper-V, and was never run.
 * @throws SERVICING_PLUGIN_OPTIONS, SERVICING_DISK_LAYOUT
 */
export function hyperV(given: HyperVOptions = {}): ReferenceDevice {
  const options = checkOptions("hyperV", schema, given);
  const sizes: DiskSizes = { ...defined(options.sizes), recovery: 0 };
  const { size, windows } = diskSize(
    options.size ?? (sizes.windows === undefined ? usualDisk : undefined),
    sizes,
  );
  const partitions = placedOn(size, partitionsOf("uefi", sizes));
  const memory = memoryOf(options.memory);
  const bytesOf = (role: string) =>
    String((partitions.find((each) => each.role === role)?.size ?? 0) * bytesOfMebibyte);

  return {
    kind: "hyper-v",
    title: `Hyper-V, ${shownMemory(memory)}`,
    platforms: ["win32"],
    tools: ["powershell.exe", "dism.exe"],
    refuse(image) {
      if (image.architecture !== "amd64" && image.architecture !== "arm64")
        return `its firmware starts no Windows for ${image.architecture}`;
      const needed = Math.max(neededFor(image.totalBytes), leastForWindows);
      return windows >= needed
        ? undefined
        : `the Windows partition of the device has ${windows} MiB, and needs ${needed}`;
    },
    apply(place) {
      const { join } = pathsOf(place.folder);
      const job = join(place.folder, "job");
      return [
        { act: "delete", path: job, optional: true },
        ...jobFiles(place.job, job, join),
        ...script(place, "apply", [
          ["Disk", diskOf(place)],
          ["Bytes", String(size * bytesOfMebibyte)],
          ["System", bytesOf("system")],
          ["Reserved", bytesOf("msr")],
          ...(sizes.windows === undefined ? [] : [["Windows", bytesOf("windows")]]),
          ["Image", place.file],
          ["Index", String(place.index)],
          ["Job", job],
          ["Log", join(place.folder, "apply.log")],
        ]),
        { act: "delete", path: job, optional: true },
      ];
    },
    run(place) {
      const port = `\\\\.\\pipe\\${nameOf(place)}`;
      const [write, state] = script(place, "state", [["Name", nameOf(place)]], false);
      return [
        ...script(place, "start", [
          ["Name", nameOf(place)],
          ["Folder", place.folder],
          ["Disk", diskOf(place)],
          ["Memory", String(memory * bytesOfMebibyte)],
          ["Processors", String(options.cpus)],
          ["Port", port],
          ...(options.tpm ? [["Tpm"]] : []),
        ]),
        write,
        {
          act: "watch machine",
          device: "Hyper-V",
          port,
          state,
          deadlines: deadlinesOf(options.deadlines, place.minutes),
          job: place.id,
        },
      ];
    },
    capture(place) {
      const { join } = pathsOf(place.folder);
      const list = join(place.folder, "capture.ini");
      return [
        ...script(place, "remove", removal(place)),
        { act: "delete", path: capturedFiles(place.captured), optional: true },
        { act: "write", to: list, text: captureList() },
        ...script(place, "capture", [
          ["Disk", diskOf(place)],
          ["To", place.captured],
          ["Title", "captured"],
          ["List", list],
          ["Scratch", join(place.folder, "scratch")],
          ["Files", capturedFiles(place.captured)],
          ["Log", join(place.folder, "capture.log")],
        ]),
        { act: "inherit", file: place.captured, from: place.file, index: place.index },
      ];
    },
    undo: (place) => [
      ...script(place, "remove", removal(place)),
      { act: "delete", path: place.folder, optional: true },
      { act: "delete", path: place.captured, optional: true },
    ],
  };
}

/** Scripts are written anew before each, since an undo may come after another process. @param args options with their values */
function script(
  { folder }: DevicePlace,
  name: keyof typeof hyperVScripts,
  args: readonly (readonly string[])[],
  writes = true,
): readonly [Act, Process] {
  const file = pathsOf(folder).join(folder, `${name}.ps1`);
  return [
    { act: "write", to: file, text: hyperVScripts[name] },
    {
      run: "powershell.exe",
      args: [
        ["-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-File", file],
        args.flatMap(([option = "", ...value]) => [`-${option}`, ...value]),
      ].flat(),
      writes,
    },
  ];
}

function removal(place: DevicePlace): readonly (readonly string[])[] {
  return [
    ["Name", nameOf(place)],
    ["Disk", diskOf(place)],
  ];
}

function nameOf({ id }: DevicePlace): string {
  return `servicing-${id}`;
}

function diskOf({ folder }: DevicePlace): string {
  return pathsOf(folder).join(folder, "disk.vhdx");
}
