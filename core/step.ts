import type { Command, Verdict } from "./engine.ts";
import type { ImageInfo } from "./image.ts";
import type { Compression, Operation, Phase } from "./operation.ts";
import type { Table } from "./table.ts";

/** One thing that somebody asked for, and where it goes. */
export interface Item {
  /** `drivers/2`: the plugin and its count within the line. */
  readonly id: string;
  readonly phase: Phase;
  /** The plugin that asked. */
  readonly by: string;
  /** Index of the image it is for. */
  readonly image: number;
  readonly operation: Operation;
  /** Absent for an optional item that nothing can do. */
  readonly verdict?: Verdict;
  /** Every verdict, the chosen one included, in the order in which they were tried. */
  readonly considered: readonly Verdict[];
  /** Why it has its place among the others, where Windows wants an order. */
  readonly place?: string;
  /** On the online and the setup road: what the operation becomes, in sentences. */
  readonly lowered?: readonly string[];
}

/** What Windows Setup will do on the device for one image: counts, by the occasion. */
export interface SetupWork {
  /** Index of the image. */
  readonly image: number;
  /** Of the answer file, those that give way to others included. */
  readonly settings: number;
  /** Named in the answer file for offlineServicing. */
  readonly packages: number;
  /** Commands in the specialize pass. */
  readonly specialize: number;
  /** Commands of SetupComplete.cmd, which Windows skips where an OEM product key is used. */
  readonly setupComplete: number;
  /** Commands when somebody first logs on. */
  readonly firstLogon: number;
}

/** A unit of execution: one or several commands that stand or fall together. */
export interface Step {
  readonly id: string;
  readonly phase: Phase;
  readonly title: string;
  /** Index of the image, absent for what concerns the whole file. */
  readonly image?: number;
  /** Ids of the items that it carries out. */
  readonly items: readonly string[];
  readonly commands: readonly Command[];
  /** Run in reverse order when a later step fails or the run is interrupted. */
  readonly undo: readonly Command[];
  readonly opaque?: boolean;
  /** Names what the image, or the result, is after this step: everything that led there. Absent where that cannot be known. */
  readonly fingerprint?: string;
  /** What the image is after this step is kept in the store, for other runs and other lines. */
  readonly kept?: boolean;
}

/** Whether a step runs, and why. */
export interface Fate {
  readonly step: string;
  readonly runs: boolean;
  /** Sentences. */
  readonly because: readonly string[];
}

/** How much of what a line does is done for other lines as well, from the beginning on. */
export interface Sharing {
  readonly changes: number;
  readonly of: number;
  /** Of inputs. */
  readonly bytes: number;
  readonly lines: readonly string[];
}

export interface Plan {
  readonly line: string;
  readonly engine: string;
  readonly source: { readonly file: string; readonly images: readonly ImageInfo[] };
  readonly output: {
    /** "collection": made of the results of all lines of a workspace, which are the files of `source.images`. */
    readonly kind: "wim" | "delta" | "collection";
    readonly file: string;
    readonly compress: Compression | "keep";
  };
  /** Indexes to be serviced, of `source.images`. */
  readonly targets: readonly number[];
  readonly items: readonly Item[];
  readonly steps: readonly Step[];
  /** Every phase, in order, with the reason where it has no step. */
  readonly phases: readonly { readonly phase: Phase; readonly steps: number; readonly because?: string }[];
  /** For each image that anything travels in to be done on the device. */
  readonly setup: readonly SetupWork[];
  readonly sharing?: Sharing;
  /** Of the result: of all that it is made from. Absent where that cannot be known. */
  readonly fingerprint?: string;
  /** Whether each step has to run, and why; absent in a plan that was made without looking. */
  readonly fates?: readonly Fate[];
  /** What is not as servicing.lock.json says, as sentences; absent where it says nothing of the line. */
  readonly lock?: readonly string[];
  readonly warnings: readonly string[];
  /** What plugins tell of their part. */
  readonly tables?: readonly Table[];
  /** Folder for scratch files; nothing in it outlives the run. */
  readonly work: string;
}
