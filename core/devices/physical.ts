import { isAbsolute, join } from "node:path";
import {
  boolean,
  finite,
  integer,
  minValue,
  nonEmpty,
  number,
  optional,
  pipe,
  strictObject,
  string,
  type InferInput,
} from "valibot";
import type { DevicePlace, ReferenceDevice } from "../device.ts";
import { checkDeployment, windowsNeeds } from "../disk-size.ts";
import type { Command } from "../engine.ts";
import { otherStart, refuseName, startFile } from "../engines/deployment-folder.ts";
import { partReferences } from "../formats/wim-reference.ts";
import { splitImage, wimlibImagex } from "../engines/wimlib-command.ts";
import { failure } from "../error.ts";
import { deploymentReadme } from "../formats/deploy-readme.ts";
import { type DeviceDeployment, deploymentScripts } from "../formats/deploy-script.ts";
import type { DiskSizes } from "../formats/disk-layout.ts";
import { fat32FileBytes, partMebibytes } from "../formats/media.ts";
import type { ImageInfo } from "../image.ts";
import { checkOptions } from "../options.ts";
import { deploymentDisk } from "../partition-sizes.ts";
import { unfinishedName } from "../unfinished-name.ts";
import { jobFiles } from "./job-files.ts";
import { captureList } from "./capture-list.ts";
import { defined } from "./defined.ts";
import { captureScript, handover, handoverReadme, handoverStart } from "./handover-script.ts";

const whole = pipe(number(), integer());
const path = pipe(string(), nonEmpty("must not be empty"));

const schema = strictObject({
  folder: path,
  bootWim: optional(path),
  bootIndex: optional(pipe(whole, minValue(1)), 1),
  disk: deploymentDisk,
  unattended: optional(boolean(), false),
  wait: optional(pipe(number(), finite(), minValue(0.001))),
});

type Given = InferInput<typeof schema>;

export interface PhysicalOptions extends Given {
  /** Absolute path of the folder that goes to the device, and comes back: it is made where it has not this very job. */
  readonly folder: string;
  /** A WinPE that is to run the scripts by itself: its image `bootIndex` (1) becomes `boot.wim` of the folder. */
  readonly bootWim?: string | undefined;
  readonly bootIndex?: number | undefined;
  /** The disk of the device, as of `winpe()`: everything on it is lost. */
  readonly disk?: Given["disk"];
  /** The disk is erased without a question. */
  readonly unattended?: boolean | undefined;
  /** Minutes to wait for what is handed back; absent: the run ends, and another goes on. */
  readonly wait?: number | undefined;
}

/**
 * A machine of metal: servicing makes the folder that WinPE deploys from there and captures to, and takes what is handed
 * back in it. @throws SERVICING_PLUGIN_OPTIONS, SERVICING_DISK_LAYOUT, SERVICING_DEVICE_OPTIONS
 */
export function physical(given: PhysicalOptions): ReferenceDevice {
  const options = checkOptions("physical", schema, given);
  const { folder, bootWim, disk } = options;
  const sizes: DiskSizes = defined(disk.sizes);
  const name = folder.split(/[\\/]/).at(-1) ?? "";
  const reason =
    [folder, bootWim].flatMap((each) =>
      each === undefined || isAbsolute(each) ? [] : `${each} is no absolute path`,
    )[0] ?? refuseName({ to: folder });
  if (reason !== undefined) throw failure("SERVICING_DEVICE_OPTIONS", { device: "physical", reason });
  checkDeployment(deployment(0));

  function deployment(windows: number): Omit<DeviceDeployment, "index"> {
    return {
      ...(disk.layout === undefined ? {} : { firmware: disk.layout }),
      disk: { id: disk.id, windows, ...(Object.keys(sizes).length === 0 ? {} : { sizes }) },
      unattended: options.unattended,
      job: true,
    };
  }

  function texts(
    image: ImageInfo,
    index: number,
  ): readonly { readonly name: string; readonly text: string }[] {
    const boots = { boots: bootWim !== undefined };
    const all = { ...deployment(windowsNeeds(image, sizes.windows)), index };
    return [
      ...deploymentScripts(all),
      { name: "README.txt", text: `${deploymentReadme(all, boots)}\r\n${handoverReadme(boots)}` },
      { name: "capture.cmd", text: captureScript() },
      { name: handover.list, text: captureList() },
    ];
  }

  function made(place: DevicePlace): readonly Command[] {
    const to = unfinishedName(folder);
    const parts = join(to, "install.swm");
    return [
      { act: "delete", path: to, optional: true },
      ...texts(place.image, place.index).map(
        (each) => ({ act: "write", to: join(to, each.name), text: each.text }) as const,
      ),
      ...jobFiles(place.job, join(to, handover.job), join),
      {
        act: "copy or split",
        file: place.file,
        to: join(to, "install.wim"),
        bytes: fat32FileBytes,
        otherwise: [
          splitImage(place.file, parts, partMebibytes),
          { ...wimlibImagex("verify", parts, ...partReferences(parts)), writes: false },
        ],
      },
      ...(bootWim === undefined ? [] : started(place, bootWim, to)),
      { act: "write", to: join(to, handover.id), text: `${place.id}\r\n` },
      { act: "place folder", folder: to, to: folder },
    ];
  }

  function started(place: DevicePlace, file: string, to: string): readonly Command[] {
    return [
      {
        act: "service",
        file,
        index: options.bootIndex,
        alone: true,
        to: join(to, "boot.wim"),
        work: join(place.folder, "boot"),
        changes: [
          { change: "delete", path: otherStart, optional: true },
          { change: "write", to: startFile, text: handoverStart(name) },
        ],
      },
    ];
  }

  return {
    kind: "physical",
    title: `a physical device, by ${folder}`,
    platforms: ["linux", "darwin"],
    tools: ["wimlib-imagex"],
    apply: (place) =>
      place.resume === true ? [] : [{ act: "unless prepared", folder, id: place.id, otherwise: made(place) }],
    run: ({ id }) => [
      { act: "await handover", folder, id, ...(options.wait === undefined ? {} : { minutes: options.wait }) },
    ],
    capture: (place) => [
      {
        act: "take handover",
        folder,
        id: place.id,
        file: place.file,
        index: place.index,
        volume: join(place.folder, "windows.ntfs"),
        to: place.captured,
        work: join(place.folder, "capture"),
      },
    ],
    // The folder stays: it is on its way, or on the device.
    undo: ({ folder: work, captured }) => [
      { act: "restore folder", to: folder },
      { act: "delete", path: unfinishedName(folder), optional: true },
      { act: "delete", path: work, optional: true },
      { act: "delete", path: captured, optional: true },
    ],
  };
}
