import type { DevicePlace, ReferenceDevice } from "./device.ts";
import type { DeviceWork } from "./device-work.ts";
import { commandsOf, undoOf } from "./engine-commands.ts";
import type { Command, Engine, Target } from "./engine.ts";
import { pathsOf } from "./host-path.ts";
import { type ImageInfo, imageTitle } from "./image.ts";
import type { DraftStep } from "./phase-steps.ts";

/** Where an image is while a reference device works on it. */
export interface DeviceDraft {
  readonly line: string;
  readonly device: ReferenceDevice;
  readonly work: string;
  readonly disks: string;
  readonly resume?: boolean;
}

/** Files of a device: of the image that it gets, and of what is captured of it. */
export function deviceFiles(
  index: number,
  work: string,
): { readonly folder: string; readonly reference: string; readonly captured: string } {
  const { join } = pathsOf(work);
  const folder = join(work, `device-${index}`);
  return { folder, reference: join(folder, "reference.wim"), captured: join(folder, "captured.wim") };
}

/** What was captured, as the image that the engine works on from then on. */
export function capturedTarget(image: ImageInfo, work: string, engine: Engine): Target {
  const { folder, captured } = deviceFiles(image.index, work);
  const target = engine.target({ ...image, file: captured, index: 1 }, folder);
  return target.kind === "mounted" ? { ...target, file: captured } : target;
}

function placeOf(image: ImageInfo, work: DeviceWork, draft: DeviceDraft): DevicePlace {
  const { folder, reference, captured } = deviceFiles(image.index, draft.work);
  return {
    line: draft.line,
    image,
    file: reference,
    index: 1,
    folder,
    disks: draft.disks,
    job: work.files,
    id: work.job.id,
    minutes: work.job.steps.reduce((sum, { minutes }) => sum + minutes, 0),
    captured,
    ...(draft.resume === true ? { resume: true } : {}),
  };
}

/** @param exported what makes the image with all that goes offline, as a WIM of its own */
export function applyStep(
  image: ImageInfo,
  work: DeviceWork,
  draft: DeviceDraft,
  exported: readonly Command[],
): DraftStep {
  const place = placeOf(image, work, draft);
  return {
    phase: "apply",
    image: image.index,
    title: `Apply-Image ${imageTitle(image)} to the reference device, ${draft.device.title}`,
    items: [],
    commands: [
      { act: "delete", path: place.file, optional: true },
      ...exported.map((command) => inFolder(command, place.folder)),
      ...draft.device.apply(place),
    ],
    undo: draft.device.undo(place),
  };
}

function inFolder(command: Command, folder: string): Command {
  return "act" in command ? command : { ...command, folders: [folder, ...(command.folders ?? [])] };
}

export function auditStep(image: ImageInfo, work: DeviceWork, draft: DeviceDraft): DraftStep {
  const place = placeOf(image, work, draft);
  const { steps } = work.job;
  return {
    phase: "audit",
    image: image.index,
    title: `${steps.length === 1 ? "1 item" : `${steps.length} items`} in the audit mode of the reference device, which then generalizes`,
    items: steps.flatMap(({ items }) => items),
    commands: [
      {
        act: "run device",
        commands: draft.device.run(place),
        inquiry: readBack(place, work, draft),
      },
    ],
    undo: draft.device.undo(place),
  };
}

export function generalizeStep(image: ImageInfo, work: DeviceWork, draft: DeviceDraft): DraftStep {
  const place = placeOf(image, work, draft);
  return {
    phase: "generalize",
    image: image.index,
    title: "Capture-Image, and look at what the reference device did",
    items: [],
    commands: readBack(place, work, draft),
    undo: draft.device.undo(place),
  };
}

function readBack(place: DevicePlace, { job }: DeviceWork, { device }: DeviceDraft): readonly Command[] {
  return [
    ...device.capture(place),
    {
      act: "check device",
      captured: place.captured,
      job,
      ...(device.volume === undefined ? {} : { volume: device.volume(place) }),
      to: `device-${place.image.index}`,
    },
  ];
}

/** What opens, and closes, what was captured as any image is that is modified. */
export function capturedCommands(
  image: ImageInfo,
  work: string,
  engine: Engine,
): Readonly<Record<"open" | "close" | "undo", readonly Command[]>> {
  const { captured } = deviceFiles(image.index, work);
  const target = capturedTarget(image, work, engine);
  const mount = { type: "Mount-Image", file: captured, index: 1 } as const;
  return {
    open: commandsOf(mount, "offline", target, engine),
    close: commandsOf({ type: "Unmount-Image", discard: false }, "offline", target, engine),
    undo: undoOf(mount, target, engine),
  };
}
