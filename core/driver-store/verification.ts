import type { InfWindows } from "../formats/inf/installation.ts";
import type { Architecture } from "../image.ts";
import type { StoreForm } from "./package-change.ts";
import type { StoreHives } from "./store-package.ts";

/** The files of an image that was written, as far as they prove that a driver is there. */
export interface WrittenFiles {
  exists(path: string): boolean;
  /** SHA-1 of its content, in hexadecimal; undefined where there is no such file. */
  hash(path: string): string | undefined;
  /** What a program file is for; undefined where it is none. */
  machineOf(path: string): Architecture | undefined;
}

export interface WrittenImage extends StoreHives {
  readonly windows: InfWindows;
  readonly files: WrittenFiles;
}

/** What was found of a package, as a table: a row for each id that it is for. */
export interface StoreVerification {
  readonly inf: string;
  readonly publishedName?: string;
  readonly folder: string;
  /** Absent where the package is not in the image. */
  readonly form?: StoreForm;
  /** True where every check of every row holds. */
  readonly ok: boolean;
  readonly rows: readonly VerifiedDevice[];
}

export interface VerifiedDevice {
  readonly id: string;
  readonly ok: boolean;
  readonly checks: readonly StoreCheck[];
}

/** One link of the chain by which Windows comes from a device to the file that drives it. */
export interface StoreCheck {
  readonly check:
    | "device id"
    | "published INF"
    | "package"
    | "configuration"
    | "service"
    | "files"
    | "architecture"
    | "catalogue";
  readonly ok: boolean;
  /** What was found, or what is wrong with it. */
  readonly detail: string;
}
