import type { AuditJob, Detection, JobChange } from "./audit/job.ts";
import type { Retry } from "./formats/command-script.ts";
import type { DecodedValue } from "./formats/registry-value.ts";
import type { PlacedPartition } from "./formats/disk-layout.ts";
import type { ImageInfo } from "./image.ts";
import type { Deadlines, VirtualMachine } from "./virtual-machine.ts";
import type {
  Compression,
  MediaFile,
  Operation,
  OperationType,
  SecretPlaceholder,
  Strategy,
  UnattendSetting,
} from "./operation.ts";

/** A process as data. Paths are host paths; nothing is ever passed through a shell. */
export interface Process {
  readonly run: string;
  readonly args: readonly string[];
  /** Text for the standard input. */
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that mean success; 0 where it is absent. */
  readonly success?: readonly number[];
  /** They are no list, but fields of bits, which say what became of several packages: those of DPInst, on a reference device. */
  readonly codes?: "dpinst";
  /** Its first group is a percentage. */
  readonly progress?: RegExp;
  /** False for a query, which a dry run may carry out. */
  readonly writes: boolean;
  /** Folders that are made, with their parents, before it starts: DISM wants its scratch and mount folders to exist. */
  readonly folders?: readonly string[];
  /** A mount that has to be there while it runs. */
  readonly mounted?: Mount;
  /** What has to show afterwards that it was done. */
  readonly confirm?: Confirmation;
  /** Exit codes that pass by themselves; each break is as much longer than the one before. */
  readonly retry?: Retry;
  /** Exit codes after which the run goes on, with a warning. */
  readonly tolerated?: readonly Tolerated[];
}

/** An image that DISM has mounted for writing. Paths are those of the host. */
export interface Mount {
  readonly mountDir: string;
  readonly file: string;
  /** From 1. */
  readonly index: number;
  /** When it has to be there: mounting makes it, and unmounting ends it. */
  readonly when: "around" | "before" | "after";
}

/** One entry of what a query of DISM lists, and what it has to say. */
export interface Confirmation {
  /** The query, after the arguments of the command that say which Windows is meant. */
  readonly query: readonly string[];
  readonly of:
    | "package"
    | "feature"
    | "capability"
    | "driver"
    | "published driver"
    | "app"
    | "edition"
    | "uiLanguage"
    | "systemLocale"
    | "userLocale"
    | "timeZone"
    | "health"
    | "scratchSpace"
    | "targetPath";
  /** What has to be found, or not to be: an identity, a name, a language. */
  readonly name: string;
  /** States in which it may be; without any, that it is there is enough. */
  readonly states?: readonly string[];
  /** It may also not be there; without states it must not. */
  readonly absent?: true;
}

export interface Tolerated {
  /** Unsigned, 32 bits. */
  readonly exitCode: number;
  /** A sentence without its end. */
  readonly because: string;
}

/** One change of an image's tree, the wimlib engine's intermediate language. */
export type Change =
  | {
      readonly change: "add";
      readonly from: string;
      readonly to: string;
      /** What is in the image and gives its security to what is new, with that of its files for those below. */
      readonly like?: string;
    }
  | {
      readonly change: "write";
      readonly to: string;
      readonly text: string;
      readonly encoding?: "latin1";
      readonly secrets?: readonly SecretPlaceholder[];
    }
  | { readonly change: "delete"; readonly path: string; readonly optional?: boolean }
  | {
      readonly change: "registry";
      readonly key: string;
      readonly name?: string;
      readonly value?: DecodedValue;
      /** The key alone, with no name and no value. */
      readonly create?: true;
    }
  /** Publishes a driver package in the image's driver store. What that comes to is known when the image is read. */
  | { readonly change: "add driver"; readonly inf: string; readonly forceUnsigned?: boolean }
  | { readonly change: "remove driver"; readonly driver: string }
  /** An image of a WIM that is itself a file of the image. */
  | {
      readonly change: "service";
      readonly path: string;
      readonly index: number;
      readonly changes: readonly Change[];
    };

/** What servicing does itself rather than by a process, as data as well. */
export type Act =
  /** A metadata-only branch of an image: a WIM of its own that refers to the source for its files. */
  | { readonly act: "branch"; readonly file: string; readonly index: number; readonly branch: string }
  /** One image of a WIM with changes, as a WIM of its own; its other images as they are, or none of them, and it boots. */
  | {
      readonly act: "service";
      readonly file: string;
      readonly index: number;
      readonly changes: readonly Change[];
      readonly alone?: true;
      readonly to: string;
      /** A folder that is made for it. */
      readonly work: string;
    }
  /** Refuses to go on where a folder has less room than a file takes. */
  | { readonly act: "room"; readonly folder: string; readonly file: string }
  /** Refuses to go on where the Windows of a folder has something to do at its next start. */
  | { readonly act: "nothing pending"; readonly root: string }
  /** Syncs a finished file and renames it into place. */
  | { readonly act: "place"; readonly file: string; readonly to: string }
  /** Copies a file of at most so many bytes, and compares; for a larger one `otherwise` is carried out. */
  | {
      readonly act: "copy or split";
      readonly file: string;
      readonly to: string;
      readonly bytes: number;
      readonly otherwise: readonly Process[];
    }
  /** A file of so many bytes, which takes no room until it is written. */
  | { readonly act: "allocate"; readonly file: string; readonly bytes: number }
  /** A GPT on such a file, read back; its GUIDs follow from the content of the image that the disk is for. */
  | {
      readonly act: "partition";
      readonly disk: string;
      readonly partitions: readonly PlacedPartition[];
      readonly file: string;
      readonly index: number;
    }
  /** Puts the image's own Winre.wim on a volume for recovery, where it has one, and reads it back. */
  | {
      readonly act: "apply recovery";
      readonly file: string;
      readonly index: number;
      readonly volume: string;
      /** A folder that is made for it. */
      readonly work: string;
    }
  /** Captures a volume again, without its contents unless `contents` says so, and compares it with what it was made of. */
  | {
      readonly act: "compare volume";
      readonly volume: string;
      readonly file: string;
      readonly index: number;
      readonly contents: boolean;
      /** A folder that is made for it. */
      readonly work: string;
    }
  /** Reads a finished WIM back, and finds every one of these drivers in the driver stores of its images. */
  | {
      readonly act: "verify drivers";
      readonly file: string;
      /** Where the files are that `file`, a delta, has not. */
      readonly source?: string;
      readonly stores: readonly DriverStore[];
    }
  /** All changes in one `wimlib-imagex update`; hives are edited on copies first. */
  | { readonly act: "update"; readonly branch: string; readonly changes: readonly Change[] }
  /** Into a mounted folder, in place, so that a replaced file keeps its security descriptor. */
  | { readonly act: "copy"; readonly from: string; readonly to: string }
  | {
      readonly act: "write";
      readonly to: string;
      readonly text: string;
      readonly encoding?: "latin1";
      readonly secrets?: readonly SecretPlaceholder[];
    }
  | { readonly act: "delete"; readonly path: string; readonly optional?: boolean }
  /** One WIM of branches, with the files alone that their source has not; what it boots is a number from 1 of them. */
  | {
      readonly act: "delta";
      readonly branches: readonly string[];
      readonly source: string;
      readonly to: string;
      readonly compress: Compression | "keep";
      readonly boot?: number;
    }
  /** A copy of the source, with branches in place of its images; where too much of it would be unused, `otherwise`. */
  | {
      readonly act: "extend";
      readonly branches: readonly string[];
      readonly source: string;
      readonly to: string;
      readonly boot?: number;
      readonly otherwise: readonly Process[];
    }
  /** Calls the images of a WIM by these names, in their order. */
  | { readonly act: "title"; readonly file: string; readonly names: readonly string[] }
  /** Lets the only image of a WIM say of itself what the image says that its volume was applied of. */
  | { readonly act: "inherit"; readonly file: string; readonly from: string; readonly index: number }
  /** Compares the XML metadata of a finished WIM with its sources', syncs it and renames it into place. */
  | {
      readonly act: "publish";
      readonly file: string;
      /** What each of its images was before, and what it is called now where that is another name. */
      readonly images: readonly { readonly file: string; readonly index: number; readonly name?: string }[];
      readonly to: string;
      /** Windows' own servicing took place, which changes what the XML says of Windows. */
      readonly byWindows: boolean;
    }
  /** A copy of media, an ISO or a folder, with the image and other files in their places. */
  | ({ readonly act: "gather media" } & GatheredMedia & { readonly to: string })
  /** A folder with these packages and nothing else in it: DISM takes all that lies beside a package for a part of it. */
  | { readonly act: "gather packages"; readonly files: readonly string[]; readonly to: string }
  /** A cabinet out of an .msu, as a file. */
  | {
      readonly act: "unpack package";
      readonly package: string;
      readonly member: string;
      readonly to: string;
      /** A folder that is made for it. */
      readonly work: string;
    }
  /** Keeps the digest of a file, as it is now, in another, unless it was kept there before. */
  | { readonly act: "keep digest"; readonly file: string; readonly to: string }
  /** Replaces what is in a file, which keeps its attributes and its security. */
  | { readonly act: "overwrite"; readonly from: string; readonly to: string }
  /**
   * Overwrites a file with another to which was done what this one needs, where both were the same before, by the digests
   * that were kept; otherwise does it.
   */
  | {
      readonly act: "take over";
      readonly from: KeptFile;
      readonly to: KeptFile;
      readonly otherwise: readonly Command[];
    }
  /** Compares a Winre.wim with the recovery partition of so many MiB that it goes to. @throws SERVICING_RECOVERY_TOO_SMALL */
  | { readonly act: "check recovery"; readonly file: string; readonly partition: number }
  /** Takes from boot.wim the files of Windows Setup that the media have otherwise; it is mounted there, or read by wimlib. */
  | {
      readonly act: "match setup files";
      readonly media: string;
      readonly mounted?: string;
      /** Those that the firmware starts as well. */
      readonly bootManager?: boolean;
      readonly work: string;
    }
  /** Compares a media folder with what it was gathered from. */
  | ({ readonly act: "verify media"; readonly media: string } & GatheredMedia)
  /** A media folder as FAT32 can hold it: an image of more than so many MiB in parts of at most as many. */
  | { readonly act: "stage media"; readonly from: string; readonly to: string; readonly megabytes: number }
  /** A raw disk with one FAT32 partition that holds all of a folder. */
  | { readonly act: "write disk"; readonly from: string; readonly to: string; readonly label: string }
  /** Reads an ISO or a raw disk back, and compares every name and content with a folder's, and what it boots. */
  | {
      readonly act: "verify volume";
      readonly file: string;
      readonly folder: string;
      /** Files of the folder that an ISO boots. */
      readonly bios?: string;
      readonly uefi?: string;
    }
  /**
   * A disk of a virtual reference device: an overlay of a disk with the image on it, which is kept in `disks` by what it
   * holds and is made where it is not there, with the files of the job.
   */
  | {
      readonly act: "device disk";
      readonly file: string;
      readonly index: number;
      readonly partitions: readonly PlacedPartition[];
      readonly disks: string;
      readonly job: readonly JobChange[];
      readonly to: string;
      /** A folder that is made for it. */
      readonly work: string;
    }
  /**
   * Starts a virtual machine and waits until it has switched itself off, as long as the deadlines let it; nothing of it
   * is left running, whatever comes. @throws SERVICING_DEVICE_TIMEOUT, SERVICING_DEVICE_ENDED,
   *   SERVICING_DEVICE_FAILED_TO_START, SERVICING_DEVICE_OPTIONS
   */
  | {
      readonly act: "run machine";
      readonly machine: VirtualMachine;
      readonly deadlines: Deadlines;
      /** Of the job that it is to carry out; absent: what it carries out is a preparation, which must not say that it failed. */
      readonly job?: string;
    }
  /**
   * Waits until a virtual machine that something else runs has switched itself off. What ends it is the undo of its step.
   * @throws SERVICING_DEVICE_TIMEOUT, SERVICING_DEVICE_ENDED
   */
  | {
      readonly act: "watch machine";
      /** "Hyper-V" */
      readonly device: string;
      /** A named pipe or a socket, which its serial port is. */
      readonly port: string;
      /** Prints "Off" once it is off. */
      readonly state: Process;
      readonly deadlines: Deadlines;
      readonly job: string;
    }
  /** Ends the machine of a folder, whoever started it. */
  | { readonly act: "end machine"; readonly folder: string }
  /** Of media to start WinPE from, a folder or an ISO, what it needs, with our script in the boot.wim. */
  | {
      readonly act: "gather boot files";
      readonly from: string;
      readonly script: string;
      readonly to: string;
      /** A folder that is made for it. */
      readonly work: string;
    }
  /** What is made for a physical device, unless its folder has this job already. */
  | {
      readonly act: "unless prepared";
      readonly folder: string;
      readonly id: string;
      readonly otherwise: readonly Command[];
    }
  /** Looks for what is handed back of a physical device, and waits for it. @throws SERVICING_DEVICE_WAITS, SERVICING_HANDOVER */
  | {
      readonly act: "await handover";
      readonly folder: string;
      readonly id: string;
      readonly minutes?: number;
    }
  /** Takes what was handed back, a WIM or a disk image, as a WIM that stands by itself. @throws SERVICING_HANDOVER */
  | {
      readonly act: "take handover";
      readonly folder: string;
      readonly id: string;
      /** The image that was applied. */
      readonly file: string;
      readonly index: number;
      /** Where the Windows partition goes, of a disk image. */
      readonly volume: string;
      readonly to: string;
      /** A folder that is made for it. */
      readonly work: string;
    }
  /**
   * Captures the volume that an image was applied to, without what Windows leaves out of captures, into a WIM that stands
   * by itself. What is as it was applied comes from the image's own file.
   */
  | {
      readonly act: "capture volume";
      readonly volume: string;
      readonly file: string;
      readonly index: number;
      readonly to: string;
      /** A folder that is made for it. */
      readonly work: string;
    }
  /** Runs a device; where it is not off in time, looks for the reason on its disk, and tells that if there is one. */
  | {
      readonly act: "run device";
      readonly commands: readonly Command[];
      /** Captures its disk and reads what it did. */
      readonly inquiry: readonly Command[];
    }
  /** Reads what a reference device did out of what was captured of it, and keeps its logs in a folder of the host. */
  | {
      readonly act: "check device";
      readonly captured: string;
      readonly job: AuditJob;
      /** The volume that was captured, where it is at hand: how full it is. */
      readonly volume?: string;
      /** Beside the log of the step, where it is no absolute path. */
      readonly to: string;
    }
  /** Renames a finished folder over what is there. */
  | { readonly act: "place folder"; readonly folder: string; readonly to: string }
  /** Renames back what `place folder` was about to replace, where it was stopped half-way. */
  | { readonly act: "restore folder"; readonly to: string }
  /** Arbitrary code of a plugin: opaque. */
  | { readonly act: "call"; readonly title: string; readonly run: (context: CallContext) => Promise<void> };

/** A file, and where the digest is kept of what it was. */
export interface KeptFile {
  readonly file: string;
  readonly digest: string;
}

/** What media are made of. */
export interface GatheredMedia {
  readonly from: string;
  readonly image: string;
  readonly boot?: string;
  readonly files: readonly MediaFile[];
  /** They get an `autounattend.xml` of ours, in the place of another. */
  readonly answerFile: boolean;
  /** What the firmware starts is boot.wim's. */
  readonly bootManager?: boolean;
}

/** A driver store of a finished WIM, and the drivers that were published in it. */
export interface DriverStore {
  /** "Windows", "Setup" or "WinRE". */
  readonly of: string;
  readonly index: number;
  /** A WIM inside that image, in whose first image it is. */
  readonly inside?: string;
  /** INFs. */
  readonly drivers: readonly string[];
}

export type Delta = Extract<Act, { act: "delta" }>;

export type Extend = Extract<Act, { act: "extend" }>;

export interface CallContext {
  readonly target: Target | undefined;
  readonly signal: AbortSignal;
}

export type Command = Process | Act;

/** Where an operation takes place. */
export type Target =
  | {
      readonly kind: "mounted";
      readonly image: ImageInfo;
      /** The WIM that is mounted, and which of its images. */
      readonly file: string;
      readonly index: number;
      readonly mountDir: string;
      readonly work: string;
    }
  | { readonly kind: "branch"; readonly image: ImageInfo; readonly branch: string; readonly work: string }
  | { readonly kind: "online"; readonly image: ImageInfo; readonly work: string };

/** How the image reaches a device, which decides what Windows Setup will read. */
export type Deployment =
  /** Applied directly (wimlib apply, DISM, any imaging tool): specialize and later passes run. */
  | "applied"
  /** Applied in WinPE as W:, then `dism /Image:W:\ /Apply-Unattend`: offlineServicing runs as well. */
  | "winpe"
  /** Installed by setup.exe from media of ours: all passes run, from the media's autounattend.xml. */
  | "media";

/** A path inside the image, written as the running Windows sees it: `/PackagePath:%SystemDrive%\Windows\…`. */
export interface DevicePath {
  /** `\Windows\Setup\…`. */
  readonly path: string;
  /** What stands before it in the same argument. */
  readonly option?: string;
}

/** A command that runs on the device. Its paths are those of the running Windows. */
export interface DeviceCommand {
  readonly title: string;
  /** A bare name from System32, or a file inside the image. */
  readonly file: string | DevicePath;
  /** Texts are literal: nothing in them is expanded. */
  readonly args: readonly (string | DevicePath)[];
  /** Exit codes that mean success. */
  readonly success: readonly number[];
  readonly retry?: Retry;
  /** Where it holds, the command is not run. */
  readonly check?: Detection;
}

/** A package for `<servicing>` in an answer file. */
export interface ServicingPackage {
  readonly action: "install" | "remove" | "stage" | "configure";
  readonly identity: string;
  /** As WinPE sees it: `W:\Windows\Setup\…`. */
  readonly source?: string;
  /** Features inside the package: name → on or off. */
  readonly selections?: Readonly<Record<string, boolean>>;
}

/** What the setup road makes of one operation. */
export interface Contribution {
  readonly settings?: readonly UnattendSetting[];
  /** Settings that give way to anybody's `settings`. */
  readonly defaults?: readonly UnattendSetting[];
  readonly packages?: readonly ServicingPackage[];
  /** Host files or folders that travel inside the image. */
  readonly payload?: readonly { readonly from: string; readonly to: string }[];
  /** Those that travel on the media beside it, where the deployment is by media. */
  readonly media?: readonly MediaFile[];
  readonly specialize?: readonly DeviceCommand[];
  readonly setupComplete?: readonly DeviceCommand[];
  readonly firstLogon?: readonly DeviceCommand[];
  /** An answer file that the user wrote, as the base of ours. */
  readonly answerFile?: string;
}

/** A way to carry out one kind of operation, or the sentence that says why there is none. All pure. */
export type Road<K extends OperationType> =
  | { readonly refused: string }
  | {
      /** Why this road is right for the operation: shown in the plan. */
      readonly because: string;
      /** Why not, for this very operation and image. */
      refuse?(operation: Operation<K>, image: ImageInfo): string | undefined;
      commands(operation: Operation<K>, target: Target): readonly Command[];
      /** What takes the operation back, or lets go of what it holds. Also right after it failed half-way. */
      undo?(operation: Operation<K>, target: Target): readonly Command[];
    };

export type SetupRoad<K extends OperationType> =
  | { readonly refused: string }
  | {
      readonly because: string;
      refuse?(operation: Operation<K>, image: ImageInfo, deployment: Deployment): string | undefined;
      lower(operation: Operation<K>, image: ImageInfo, deployment: Deployment): Contribution;
    };

/** The roads of every kernel operation: this table is also the support matrix in the docs. */
export interface Engine {
  readonly name: string;
  readonly roads: {
    readonly [K in OperationType]: { readonly offline?: Road<K>; readonly online?: Road<K> };
  };
  /** Platforms on which it can run, as in `process.platform`; absent: all. */
  readonly platforms?: readonly string[];
  /** Programs whose version may change what comes out. */
  readonly tools: readonly string[];
  /** Its mounts write into the file that they mount, so a line works on a copy of its source. */
  readonly copiesSource: boolean;
  /**
   * Reads a whole WIM and compares the hash of every file; absent where the engine's tools have no such command.
   * `source`: where the files are that a delta has not.
   */
  verify?(file: string, source?: string): readonly Command[];
  /** A delta of images that were modified; absent where the engine makes none. */
  delta?(
    targets: readonly Target[],
    delta: Pick<Delta, "source" | "to" | "compress" | "boot">,
  ): readonly Command[];
  /** A copy of the source in which every image was modified, compressed as it is; absent where the engine makes none. */
  extend?(
    targets: readonly Target[],
    extend: Pick<Extend, "source" | "to" | "boot">,
    otherwise: readonly Command[],
  ): readonly Command[];
  /** Gathers commands that one process can carry out together. */
  fuse?(commands: readonly Command[]): readonly Command[];
  /** The target of the offline road: where the image lies while it is modified. */
  target(image: ImageInfo, work: string): Target;
}

/** The setup road, the same for every engine, since its products are file operations on the image. */
export type SetupRoads = { readonly [K in OperationType]: SetupRoad<K> };

/** Whether one engine would carry out one operation by one strategy, and the sentence that says why. */
export interface Verdict {
  readonly engine: string;
  readonly strategy: Strategy;
  readonly accepted: boolean;
  readonly because: string;
}
