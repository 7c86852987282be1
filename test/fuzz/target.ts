import { isServicingError } from "../../core/error.ts";

/** A reader of data from outside, and what it is fed with. */
export interface Target {
  readonly name: string;
  /** Inputs that the reader accepts, or that somebody once took for such; mutations start from them. Small ones are best. */
  seeds(corpus: string | undefined): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /**
   * Calls the reader as the product does; `scratch` is a folder for a file that it reads. What it throws besides declared
   * errors is a failure, and so are broken promises: targets throw an Error where a reader gives what it must not.
   */
  read(input: Buffer, scratch: string): unknown;
  /** Errors that the reader declares; unless given, every ServicingError but the unexpected one. */
  readonly declares?: (error: unknown) => boolean;
  /** Words of the format. */
  readonly tokens?: readonly (string | Uint8Array)[];
  /** Mends what a mutation nearly always breaks, a checksum for one, so that the reader looks further. */
  readonly mend?: (input: Buffer) => void;
}

/** A failure that a user can act on. What servicing itself calls unexpected is none. */
export function isDeclared(error: unknown): boolean {
  return isServicingError(error) && error.code !== "SERVICING_UNEXPECTED";
}
