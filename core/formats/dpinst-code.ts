import type { Fault } from "./dism-fault.ts";

/** Of `0xWWXXYYZZ`, as a number without a sign: whether a restart is wanted (WW), and how many packages failed (XX), were copied for later (YY), were installed (ZZ). */
export interface DpinstCode {
  readonly failed: boolean;
  readonly restart: boolean;
  readonly packages: { readonly failed: number; readonly copied: number; readonly installed: number };
}

/** "dpinst-return-code". */
export function readDpinstCode(code: number): DpinstCode {
  const byte = (at: number): number => (code >>> at) & 0xff;
  return {
    failed: (byte(24) & 0x80) !== 0,
    restart: (byte(24) & 0x40) !== 0,
    packages: { failed: byte(16), copied: byte(8), installed: byte(0) },
  };
}

/** What there is to be said of the code of a DPInst that failed; undefined for any other. */
export function dpinstFault(exitCode: number): Fault | undefined {
  const { failed, packages } = readDpinstCode(exitCode);
  if (!failed) return undefined;
  return {
    exitCode,
    name: "DPInst",
    error: "SERVICING_AUDIT_STEP",
    cause: `driver packages that it could not install: ${packages.failed}; copied: ${packages.copied}; installed: ${packages.installed}`,
    remedy:
      "Give the plugin `drivers` the option `dpinst: false`: pnputil says in the log what Windows does not take.",
    source: "dpinst-return-code",
  };
}
