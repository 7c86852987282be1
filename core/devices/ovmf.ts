import type { FirmwareImage } from "../virtual-machine.ts";

/** Where distributions put OVMF, the UEFI firmware for QEMU, without Secure Boot. */
export const usualFirmware: readonly FirmwareImage[] = [
  // Debian, Ubuntu
  pair("/usr/share/OVMF", "OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd"),
  pair("/usr/share/OVMF", "OVMF_CODE.fd", "OVMF_VARS.fd"),
  // Fedora
  pair("/usr/share/edk2/ovmf", "OVMF_CODE.fd", "OVMF_VARS.fd"),
  // Arch
  pair("/usr/share/edk2/x64", "OVMF_CODE.4m.fd", "OVMF_VARS.4m.fd"),
  // openSUSE
  pair("/usr/share/qemu", "ovmf-x86_64-code.bin", "ovmf-x86_64-vars.bin"),
  // Homebrew; one file of variables serves both kinds of x86.
  pair("/opt/homebrew/share/qemu", "edk2-x86_64-code.fd", "edk2-i386-vars.fd"),
  pair("/usr/local/share/qemu", "edk2-x86_64-code.fd", "edk2-i386-vars.fd"),
];

function pair(folder: string, code: string, variables: string): FirmwareImage {
  return { code: `${folder}/${code}`, variables: `${folder}/${variables}` };
}
