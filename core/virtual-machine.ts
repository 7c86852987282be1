/** A machine of QEMU's as data. What depends on the host it runs on, the act that starts it adds. */
export interface VirtualMachine {
  /** "qemu-system-x86_64" */
  readonly emulator: string;
  /** Disks and devices. */
  readonly args: readonly string[];
  /** What follows everything else, so that it counts: the user's own. */
  readonly more: readonly string[];
  /** "auto": KVM where a program of ours ran to its end under it, else TCG. */
  readonly accelerator: "auto" | Accelerator;
  /** Images of UEFI firmware, of which the first that is there is taken; without any, the machine starts as a BIOS does. */
  readonly firmware: readonly FirmwareImage[];
  /** A TPM 2.0, which swtpm is. */
  readonly tpm: boolean;
  /** Of its own files; it is made. */
  readonly folder: string;
}

export type Accelerator = "kvm" | "tcg";

export interface FirmwareImage {
  readonly code: string;
  /** Copied for the machine, which writes to it. */
  readonly variables: string;
}

/** Minutes, which may be parts of one, for which a machine may do something before it counts as hung. */
export interface Deadlines {
  /** From switched on, or restarted, to the first word of the job. */
  readonly start: number;
  /** From one word of the job to the next. */
  readonly silence: number;
  /** From the good end of the job to switched off. */
  readonly generalize: number;
  /** All of it. */
  readonly whole: number;
}
