import { isAbsolute, join } from "node:path";
import type { InferInput } from "valibot";
import type { DevicePlace, ReferenceDevice } from "../device.ts";
import { diskSize } from "../disk-size.ts";
import type { Command, Process } from "../engine.ts";
import { failure } from "../error.ts";
import {
  type DiskSizes,
  leastForWindows,
  neededFor,
  partitionsOf,
  type PlacedPartition,
  placedOn,
} from "../formats/disk-layout.ts";
import { checkOptions } from "../options.ts";
import type { Deadlines, VirtualMachine } from "../virtual-machine.ts";
import { defined } from "./defined.ts";
import { deadlinesOf } from "./deadlines.ts";
import { memoryOf, shownMemory } from "./memory.ts";
import { usualFirmware } from "./ovmf.ts";
import { qemuSchema } from "./qemu-schema.ts";
import { qemuValue } from "./qemu-value.ts";
import { bootFilesScript } from "./start-script.ts";

const bytesOfMebibyte = 1024 * 1024;
const usualDisk = 64 * 1024;
const usualMemory = 4 * 1024;

/** What WinPE may take for the boot files, in minutes; it says what it does, and does not go on for long. */
const preparation = { silence: 15, generalize: 5, whole: 60 };

/** `    (12.34/100%)` */
const progress = /\((\d{1,3})\.\d+\/100%\)/;

export interface QemuOptions extends InferInput<typeof qemuSchema> {
  /** "8 GiB", or MiB; absent: 4 GiB. */
  readonly memory?: string | number | undefined;
  /** Processors; absent: 2. */
  readonly cpus?: number | undefined;
  /** MiB of the disk, which takes no room until it is written to; absent: 64 GiB. */
  readonly size?: number | undefined;
  /** MiB of partitions, as of `disk()`. */
  readonly sizes?: InferInput<typeof qemuSchema>["sizes"];
  /** Absent: OVMF, where distributions have it. */
  readonly firmware?: InferInput<typeof qemuSchema>["firmware"];
  /** A TPM 2.0, by swtpm. */
  readonly tpm?: boolean | undefined;
  /** Absent: "auto", KVM where it works. */
  readonly accelerator?: "auto" | "kvm" | "tcg" | undefined;
  /** Absolute path of media that start WinPE, a folder or an ISO: without them a Windows does not start. */
  readonly winpe?: string | undefined;
  /** Minutes. */
  readonly deadlines?: InferInput<typeof qemuSchema>["deadlines"];
  /** Further arguments of QEMU's, each by itself. */
  readonly arguments?: string[] | undefined;
}

/**
 * A reference device that QEMU is, for UEFI and amd64: a disk image made without root, no network, and a serial port by
 * which the job is heard.
 * @throws SERVICING_PLUGIN_OPTIONS, SERVICING_DISK_LAYOUT, SERVICING_DEVICE_OPTIONS
 */
export function qemu(given: QemuOptions = {}): ReferenceDevice {
  const options = checkOptions("qemu", qemuSchema, given);
  const sizes: DiskSizes = defined(options.sizes);
  const { size, windows } = diskSize(
    options.size ?? (sizes.windows === undefined ? usualDisk : undefined),
    sizes,
  );
  const partitions = placedOn(size, partitionsOf("uefi", sizes));
  const { winpe, firmware } = options;
  for (const path of [winpe, firmware?.code, firmware?.variables])
    if (path !== undefined && !isAbsolute(path))
      throw failure("SERVICING_DEVICE_OPTIONS", {
        device: "qemu",
        reason: `${path} is no absolute path; \`join(import.meta.dirname, "${path}")\` is one`,
      });
  const memory = memoryOf(options.memory ?? usualMemory);

  function machine({ folder }: DevicePlace, drives: readonly string[]): VirtualMachine {
    return {
      emulator: "qemu-system-x86_64",
      args: [
        ["-nodefaults", "-no-user-config", "-m", String(memory), "-smp", String(options.cpus ?? 2)],
        ["-display", "none", "-vga", "std", "-nic", "none", "-rtc", "base=localtime"],
        drives,
      ].flat(),
      more: options.arguments ?? [],
      accelerator: options.accelerator ?? "auto",
      firmware: firmware === undefined ? usualFirmware : [firmware],
      tpm: options.tpm ?? false,
      folder,
    };
  }

  return {
    kind: "qemu",
    title: `QEMU, ${shownMemory(memory)}${winpe === undefined ? ", a disk without boot files" : ""}`,
    platforms: ["linux"],
    tools: [
      "qemu-system-x86_64",
      "qemu-img",
      "wimlib-imagex",
      "mkntfs",
      "ntfsfix",
      "ntfsinfo",
      "sfdisk",
      "mformat",
      ...(winpe === undefined ? [] : ["mcopy", ...(/\.iso$/i.test(winpe) ? ["7z"] : [])]),
      ...(options.tpm === true ? ["swtpm"] : []),
    ],
    refuse(image) {
      if (image.architecture !== "amd64")
        return `the firmware starts amd64, and the image is for ${image.architecture}`;
      const needed = Math.max(neededFor(image.totalBytes), winpe === undefined ? 0 : leastForWindows);
      return windows >= needed
        ? undefined
        : `the Windows partition of the device has ${windows} MiB, and needs ${needed}`;
    },
    apply: (place) => [
      {
        act: "device disk",
        file: place.file,
        index: place.index,
        partitions,
        disks: place.disks,
        job: place.job,
        to: diskOf(place),
        work: join(place.folder, "work"),
      },
      ...(winpe === undefined ? [] : prepared(place, winpe)),
    ],
    run: (place) => [
      {
        act: "run machine",
        machine: machine(place, systemDisk(place)),
        deadlines: deadlinesOf(options.deadlines, place.minutes),
        job: place.id,
      },
    ],
    volume: volumeOf,
    capture(place) {
      const volume = volumeOf(place);
      return [
        { act: "delete", path: volume, optional: true },
        windowsVolume(diskOf(place), partitions, volume),
        {
          act: "capture volume",
          volume,
          file: place.file,
          index: place.index,
          to: place.captured,
          work: join(place.folder, "capture"),
        },
      ];
    },
    undo: ({ folder, captured }) => [
      { act: "end machine", folder },
      { act: "delete", path: folder, optional: true },
      { act: "delete", path: captured, optional: true },
    ],
  };

  /** The first start is WinPE's, which makes the disk start Windows. */
  function prepared(place: DevicePlace, from: string): readonly Command[] {
    const [media, drive] = [join(place.folder, "winpe"), join(place.folder, "winpe.img")];
    const recovery = partitions.some(({ role }) => role === "recovery");
    const deadlines: Deadlines = {
      ...preparation,
      start: deadlinesOf(options.deadlines, 0).start,
    };
    const whole = deadlines.start + preparation.whole;
    return [
      { act: "delete", path: media, optional: true },
      {
        act: "gather boot files",
        from,
        script: bootFilesScript({ recovery }),
        to: media,
        work: join(place.folder, "winpe-work"),
      },
      { act: "write disk", from: media, to: drive, label: "WINPE" },
      { act: "delete", path: media, optional: true },
      {
        act: "run machine",
        machine: machine(place, [...systemDisk(place), ...bootDrive(drive)]),
        deadlines: { ...deadlines, whole },
      },
      { act: "delete", path: drive },
    ];
  }
}

function volumeOf({ folder }: DevicePlace): string {
  return join(folder, "windows.ntfs");
}

function diskOf({ folder }: DevicePlace): string {
  return join(folder, "disk.qcow2");
}

/** On AHCI, for which every Windows has a driver. The disk is worth nothing once the host is down, so nothing waits for it. */
function systemDisk(place: DevicePlace): readonly string[] {
  return [
    "-drive",
    `if=none,id=disk,format=qcow2,cache=unsafe,discard=unmap,file=${qemuValue(diskOf(place))}`,
    "-device",
    "ide-hd,drive=disk,bootindex=2",
  ];
}

function bootDrive(file: string): readonly string[] {
  return [
    "-drive",
    `if=none,id=winpe,format=raw,cache=unsafe,file=${qemuValue(file)}`,
    "-device",
    "qemu-xhci",
    "-device",
    "usb-storage,drive=winpe,removable=on,bootindex=1",
  ];
}

/** The partition as a file of its own: what the overlay has of it, and below that the disk with the image. */
function windowsVolume(disk: string, partitions: readonly PlacedPartition[], to: string): Process {
  const { start, size } = partitions.find(({ role }) => role === "windows") as PlacedPartition;
  const region = `driver=raw,offset=${start * bytesOfMebibyte},size=${size * bytesOfMebibyte}`;
  const from = `${region},file.driver=qcow2,file.file.driver=file,file.file.filename=${qemuValue(disk)}`;
  return {
    run: "qemu-img",
    args: ["convert", "-p", "-O", "raw", "--image-opts", from, to],
    progress,
    writes: true,
  };
}
