import { catalogue, type Code, type Text } from "./error-catalogue.ts";

export type { Code };

/** One failure that a user can act on: a stable code, a message with their own values, and a remedy. */
export class ServicingError extends Error {
  readonly code: Code;
  readonly remedy: string;
  /** The command that failed, ready to paste. */
  readonly command: string | undefined;
  /** Of the command that failed: unsigned, 32 bits. */
  readonly exitCode: number | undefined;
  /** What logs of other programs say of it, line by line. */
  readonly evidence: readonly string[];

  constructor(code: Code, text: Text, options?: ErrorOptions) {
    super(text.message, options);
    this.name = "ServicingError";
    this.code = code;
    this.remedy = text.remedy;
    this.command = text.command;
    this.exitCode = text.exitCode;
    this.evidence = text.evidence ?? [];
  }
}

/** By its shape, since a config may have loaded another copy of servicing. */
export function isServicingError(error: unknown): error is ServicingError {
  return (
    error instanceof ServicingError ||
    (error instanceof Error && error.name === "ServicingError" && "code" in error && "remedy" in error)
  );
}

/** What the system refuses for want of room or rights: the user's to mend, and no defect. */
const refusals: ReadonlySet<unknown> = new Set([
  "EACCES",
  "EDQUOT",
  "EFBIG",
  "EIO",
  "ENAMETOOLONG",
  "ENOSPC",
  "EPERM",
  "EROFS",
]);

/** Whatever was thrown, as an error that a user can act on. `where` is put before the reason of what was not meant to be. */
export function servicingError(error: unknown, where = ""): ServicingError {
  if (isServicingError(error)) return error;
  const reason = `${where}${error instanceof Error ? error.message : String(error)}`;
  const refused = error instanceof Error && "code" in error && refusals.has(error.code);
  return failure(refused ? "SERVICING_SYSTEM_REFUSED" : "SERVICING_UNEXPECTED", { reason }, { cause: error });
}

/** Makes the error of a code from the values that its text needs. */
export function failure<C extends Code>(
  code: C,
  values: Parameters<(typeof catalogue)[C]>[0],
  options?: ErrorOptions,
): ServicingError {
  const text = (catalogue[code] as (values: unknown) => Text)(values);
  return new ServicingError(code, text, options);
}
