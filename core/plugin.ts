import type { AsyncSeriesHook, AsyncSeriesWaterfallHook, SyncBailHook, SyncHook } from "tapable";
import type { Artefact } from "./artefact.ts";
import type { DriverPackage, InboxDrivers } from "./driver-package.ts";
import type { CallContext, Deployment, Verdict } from "./engine.ts";
import type { Event, Report } from "./event.ts";
import type { FaultTable } from "./fault-table.ts";
import type { ImageInfo } from "./image.ts";
import type { Media } from "./media.ts";
import type { Operation, Phase } from "./operation.ts";
import type { Plan } from "./step.ts";

/** A product line's plugin: options by closure, one `apply`. */
export interface Plugin {
  readonly name: string;
  /** Runs before, in the middle of, or after the others in every hook that it taps. */
  readonly order?: "first" | "normal" | "last";
  apply(servicing: Servicing): void;
}

/** What a tap gets: it adds operations for one image; no image is touched while it runs. */
export interface PhaseBuilder {
  readonly phase: Phase;
  readonly image: ImageInfo;
  /** The line's own: "wimlib" or "dism". The others only say what they would do. */
  readonly engine: string;
  /** How the image reaches a device, which decides which passes of an answer file run. */
  readonly deployment: Deployment;
  /** Where the image will be when the line is done: for what is made of it in `deploy`. */
  readonly result: LineResult;
  add(...operations: readonly Operation[]): void;
  /** What was added for this image before, by whichever plugin. */
  readonly asked: readonly Operation[];
  /** Arbitrary code at run time: shown as opaque. */
  call(title: string, run: (context: CallContext) => Promise<void>): void;
  /** A sentence for the plan that refuses nothing. */
  warn(text: string): void;
  /** A path of the config as an absolute one. */
  resolve(path: string): string;
  /**
   * Absolute paths that match, sorted; with extensions (`["cab"]`), a folder stands for the files below it that have one.
   * @throws SERVICING_INPUT_NOT_FOUND where nothing does.
   */
  find(
    patterns: string | readonly string[],
    wanted: string,
    extensions?: readonly string[],
  ): Promise<readonly string[]>;
  /** What a file or folder is, by its content. */
  inspect(path: string): Promise<Artefact>;
  /**
   * The files of installation media, a folder or an ISO.
   * @throws SERVICING_INPUT_NOT_FOUND, SERVICING_MEDIA_INVALID
   */
  media(path: string): Promise<Media>;
  /**
   * Their boot.wim as a file; that of an ISO is unpacked into the store.
   * @throws SERVICING_MEDIA_INVALID
   */
  bootWim(media: Media): Promise<string>;
  /**
   * What the builder's image, or another, would make of the driver package of an INF.
   * @throws SERVICING_INPUT_NOT_FOUND, SERVICING_INPUT_UNREADABLE
   */
  driver(inf: string, options?: DriverOptions): Promise<DriverPackage>;
  /** The drivers that the builder's image, or another, has already; nothing where no file stands behind it. */
  inbox(of?: InboxOptions): Promise<InboxDrivers>;
}

export interface LineResult {
  readonly kind: "wim" | "delta";
  /** Absolute. */
  readonly file: string;
  /** Of the builder's image in it, from 1. */
  readonly index: number;
}

export interface DriverOptions {
  /** Absent: the builder's own. */
  readonly image?: ImageInfo;
  /** A signature is not asked for. */
  readonly forceUnsigned?: boolean;
}

export interface InboxOptions {
  /** Absent: the builder's own. */
  readonly image?: ImageInfo;
  /** Path of a WIM inside that image, whose first image is meant. */
  readonly inside?: string;
  /** Packages whose files are looked for, where they would be copied out of the driver store. */
  readonly drivers?: readonly DriverPackage[];
}

export interface Servicing {
  readonly line: string;
  /** What exit codes of programs say: a plugin may say more of them, for the errors of a run. */
  readonly faults: FaultTable;
  readonly hooks: { readonly [P in Phase]: AsyncSeriesHook<[PhaseBuilder]> } & {
    /** Overrules the planner: return one of the verdicts. */
    readonly route: SyncBailHook<[Operation, readonly Verdict[]], Verdict | undefined>;
    /** Sees the finished plan; may throw to veto it. */
    readonly plan: AsyncSeriesWaterfallHook<[Plan]>;
    readonly event: SyncHook<[Event]>;
    readonly report: AsyncSeriesHook<[Report]>;
  };
}
