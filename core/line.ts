import type { ReferenceDevice } from "./device.ts";
import type { Deployment } from "./engine.ts";
import type { Architecture } from "./image.ts";
import type { Compression, Strategy } from "./operation.ts";
import type { Plugin } from "./plugin.ts";

/** "auto" is dism on Windows and wimlib elsewhere. */
export type EngineChoice = "auto" | "dism" | "wimlib";

/** A product line as its user writes it in servicing.config.ts. Paths are resolved from the folder of the config. */
export interface LineConfig {
  /** Letters, digits, dots, dashes and underscores: it names files. Absent: the name of the config's folder. */
  readonly line?: string;
  /** Another line whose fields are taken where this one has none; its plugins come first. */
  readonly extends?: LineConfig;
  readonly image?: {
    readonly file: string;
    /** A number, a name, an edition id, or "all". May be absent where the file holds one image. */
    readonly index?: number | string;
    /** Only for an image whose XML does not say it. */
    readonly architecture?: Architecture;
  };
  readonly output?: {
    /**
     * "wim", the default, is a WIM that stands by itself; "delta" holds what its source has not, of the serviced images
     * alone, and is of use beside the source only.
     */
    readonly kind?: "wim" | "delta";
    /** `out/<line>.wim` unless said otherwise, `out/<line>.delta.wim` for a delta. */
    readonly file?: string;
    /** "keep", the default, is the source's own compression. */
    readonly compress?: Compression | "keep";
    /** Which images the result holds: every one of the source (default), or the serviced ones alone, as a delta does. */
    readonly images?: "all" | "targets";
    /** Reads every file of the result and compares its hash before it is put in place. False unless said otherwise. */
    readonly verify?: boolean;
  };
  readonly engine?: EngineChoice;
  readonly prefer?: readonly Strategy[];
  /** How the image reaches its devices. */
  readonly deployment?: Deployment;
  /** What items are carried out on that have to run inside Windows; without one nothing goes online. */
  readonly device?: ReferenceDevice;
  readonly plugins?: readonly Plugin[];
  /** Plugins that run last and tap `deploy`. */
  readonly deploy?: readonly Plugin[];
  /** Folder for scratch files, `.servicing/work` unless said otherwise. Wants as much space as the image. */
  readonly work?: string;
  /**
   * Folder of the checkpoints that lines and runs share: the user's cache folder unless said otherwise here or by the
   * environment variable SERVICING_STORE. On the disk of `work`, files are shared by links rather than copied.
   */
  readonly store?: string;
}

/** A workspace: every config that the globs match is a line of it. */
export interface WorkspaceConfig {
  readonly lines: readonly string[];
  /** One WIM more, made when all lines have succeeded: each image that they service is an image of its own in it. */
  readonly output?: {
    /** `.wim` is added where the name has no extension. */
    readonly file: string;
    /** "keep", the default, is the compression of the first line's result. */
    readonly compress?: Compression | "keep";
    /** As in a line. */
    readonly verify?: boolean;
  };
}

/** The output of a workspace after loading: complete, checked, every path absolute. */
export interface Collection {
  /** The name of its file, without the extension. */
  readonly name: string;
  /** In the order of their images. */
  readonly lines: readonly Line[];
  readonly output: {
    readonly file: string;
    readonly compress: Compression | "keep";
    readonly verify: boolean;
  };
  /** As of a line. */
  readonly config?: string;
  readonly work: string;
  /** As of a line. */
  readonly runs: string;
  readonly records: string;
}

/** A line after loading: complete, checked, every path absolute. */
export interface Line {
  readonly line: string;
  /** Folder of the config: what relative paths mean. */
  readonly folder: string;
  /** Absent for a line that stands in none. */
  readonly config?: string;
  readonly image: {
    readonly file: string;
    readonly index?: number | string;
    readonly architecture?: Architecture;
  };
  readonly output: {
    /** Absent: "wim". */
    readonly kind?: "wim" | "delta";
    readonly file: string;
    readonly compress: Compression | "keep";
    readonly images: "all" | "targets";
    readonly verify?: boolean;
  };
  readonly engine: EngineChoice;
  readonly prefer: readonly Strategy[];
  readonly deployment: Deployment;
  readonly device?: ReferenceDevice;
  /** `plugins`, then `deploy`. */
  readonly plugins: readonly Plugin[];
  readonly work: string;
  /** Folder of the run folders: `.servicing/runs`. */
  readonly runs: string;
  /** Folder of what each line came to the last time: `.servicing/lines`. */
  readonly records: string;
  /** Folder of the checkpoints that lines and runs share. */
  readonly store: string;
}
