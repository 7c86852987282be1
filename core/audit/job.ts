import type { Change, Confirmation } from "../engine.ts";
import type { Retry } from "../formats/command-script.ts";
import type { Detection } from "../formats/detection-script.ts";

export type { Detection } from "../formats/detection-script.ts";

/** Folder of the job on the drive of the reference device; it is not in what is captured. */
export const jobFolder = "\\Servicing";

/** Folder of what the job says of itself: its state is which files are there. */
export const jobState = `${jobFolder}\\State`;

/** Folder of the logs, which stay in what is captured. */
export const jobLogs = "\\Windows\\Setup\\Servicing\\Logs\\Audit";

/** What the reference device does in audit mode: steps, one after the other, through every restart that they need. */
export interface AuditJob {
  /** Follows from all that it does: the state of another job is of no use to this one. */
  readonly id: string;
  readonly steps: readonly JobStep[];
  /** How often Windows restarts for all of them at most. */
  readonly restarts: number;
}

/** One operation as the device carries it out. */
export interface JobStep {
  readonly title: string;
  /** Ids of the items that it carries out. */
  readonly items: readonly string[];
  /** In order, up to the first that fails. */
  readonly commands: readonly JobCommand[];
  /** What is there already is not done again, and has to be there afterwards. */
  readonly check?: Detection;
  /** Minutes for all of its commands, after which it hangs. */
  readonly minutes: number;
  /** Where it fails, the job goes on, and the run warns. */
  readonly optional?: true;
}

/** A path of the running Windows, as in {@link import("../engine.ts").DevicePath}. */
export interface JobPath {
  readonly path: string;
  readonly option?: string;
}

export type JobCommand =
  | {
      readonly do: "run";
      /** A bare name from System32, or a file of the device. */
      readonly file: string | JobPath;
      /** Texts are literal. */
      readonly args: readonly (string | JobPath)[];
      /** Exit codes that mean success. Of these 3010 and 1641 also want a restart before the next step. */
      readonly success: readonly number[];
      /** What an exit code means is not in `success`, but in its bits ("dpinst-return-code"). */
      readonly codes?: "dpinst";
      readonly retry?: Retry;
      /** Exit codes after which Windows restarts and the whole step runs again, five times at most. */
      readonly again?: readonly number[];
      /** What the same program is asked afterwards; its answer is judged where the image is captured. */
      readonly confirm?: Omit<Confirmation, "query"> & { readonly args: readonly (string | JobPath)[] };
    }
  /** Paths of the device. A file, or all of a folder, with the parents of `to`. */
  | { readonly do: "copy"; readonly from: string; readonly to: string; readonly folder: boolean }
  | { readonly do: "delete"; readonly path: string; readonly optional?: boolean };

/** How a file or folder of the job gets to the device; `to` is below {@link jobFolder}. */
export type JobChange = Extract<Change, { readonly change: "add" | "write" }>;

/** What the job writes to the first serial port, a line each: how whoever waits outside knows that it lives. */
export type Heartbeat =
  | { readonly says: "begin"; readonly id: string; readonly steps: number }
  | { readonly says: "step"; readonly step: number; readonly minutes: number; readonly title: string }
  /** Once a minute. */
  | { readonly says: "beat" }
  | { readonly says: "restart" }
  /** What follows a good end is generalizing, which says nothing. */
  | {
      readonly says: "end";
      readonly ok: boolean;
      /** Its disk has no room for what the job has to note. */
      readonly full?: true;
    };
