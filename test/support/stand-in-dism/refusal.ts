/** What DISM fails with: an HRESULT or a Win32 code, and what it says. */
export class Refusal extends Error {
  readonly code: number;
  /** Lines for the logs, besides the message. */
  readonly log: readonly string[];

  constructor(code: number, message: string, log: readonly string[] = []) {
    super(message);
    this.code = code;
    this.log = log;
  }
}

/** As DISM prints it: Win32 codes in decimals, HRESULTs in hexadecimal digits. */
export function codeText(code: number): string {
  return code > 0xffff ? `0x${code.toString(16)}` : String(code);
}

/** As a test writes it: the message of an error that a test asks for by its code alone. */
export function messageOf(code: number): string {
  return known[code] ?? `The operation failed with ${codeText(code)}.`;
}

const known: Readonly<Record<number, string>> = {
  2: "The system cannot find the file specified.",
  3: "The system cannot find the path specified.",
  5: "Access is denied.",
  87: "The parameter is incorrect.",
  740: "Elevated permissions are required to run DISM.\nUse an elevated command prompt to complete these tasks.",
  1726: "The remote procedure call failed.",
  0x800f0806: "The operation could not be completed due to pending operations.",
  0x800f081e: "The specified package is not applicable to this image.",
  0x800f081f: "The source files could not be found.",
  0x800f0823: "The package requires a newer servicing stack.",
  0x80070020: "The process cannot access the file because it is being used by another process.",
  0x80073712: "The component store has been corrupted.",
  0xc1420114: "The directory specified for mounting is not empty.",
  0xc1420117: "The directory could not be completely unmounted.",
  0xc142011c: "The specified directory is not a mount point.",
  0xc1420127: "The specified image in the specified wim is already mounted for read and write access.",
  0xc1510111: "You do not have permissions to mount and modify this image.",
};
