import type { JobChange } from "./audit/job.ts";
import type { Command } from "./engine.ts";
import type { ImageInfo } from "./image.ts";

/** What a device is for: one image of a line, the job, and where on the host its files are. */
export interface DevicePlace {
  readonly line: string;
  readonly image: ImageInfo;
  /** A WIM that stands by itself, made of the image with all that goes offline, and which of its images. */
  readonly file: string;
  readonly index: number;
  /** Of the host, in the work folder of the line: for this device alone. */
  readonly folder: string;
  /** Folder of disks with an image on them, which lines and runs share. */
  readonly disks: string;
  /** What the device has to have below its `\Servicing`. */
  readonly job: readonly JobChange[];
  /** Of the job. */
  readonly id: string;
  /** What the steps of the job may take together. */
  readonly minutes: number;
  /** The WIM that `capture` makes, of one image: all that is on the Windows volume, the job included. */
  readonly captured: string;
  /** An earlier run prepared the device, as the user says: it is not prepared again. */
  readonly resume?: boolean;
}

/**
 * A machine that an image is applied to, that starts it in audit mode and is captured. All pure: what is done is data, as
 * of an engine's roads. Whatever is begun by any of them, `undo` ends: the machine is off and its files are gone.
 */
export interface ReferenceDevice {
  /** "qemu" */
  readonly kind: string;
  /** For people: "QEMU, 8 GiB". */
  readonly title: string;
  /** Hosts that it can be driven from, as in `process.platform`; absent: all. */
  readonly platforms?: readonly string[];
  /** Programs of the host. */
  readonly tools: readonly string[];
  /** Why this image cannot be serviced on it. */
  refuse?(image: ImageInfo): string | undefined;
  /** Puts image and job on its disk, ready to start. */
  apply(place: DevicePlace): readonly Command[];
  /** Starts it, and waits until it has switched itself off. */
  run(place: DevicePlace): readonly Command[];
  /** Makes `captured` of its disk. */
  capture(place: DevicePlace): readonly Command[];
  undo(place: DevicePlace): readonly Command[];
  /** The Windows volume as a file, where `capture` leaves one: how full it is tells what went wrong. */
  volume?(place: DevicePlace): string;
}
