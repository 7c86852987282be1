import { existsSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { qemuValue } from "../devices/qemu-value.ts";
import { failure } from "../error.ts";
import type { VirtualMachine } from "../virtual-machine.ts";

/**
 * Arguments of QEMU's for UEFI firmware, and a copy of its variables, which stays from one start to the next.
 * @throws SERVICING_DEVICE_OPTIONS
 */
export async function flashed({ firmware, folder }: VirtualMachine): Promise<readonly string[]> {
  if (firmware.length === 0) return [];
  const found = firmware.find(({ code, variables }) => existsSync(code) && existsSync(variables));
  if (found === undefined) {
    const looked = firmware.map(({ code, variables }) => `${code} with ${basename(variables)}`);
    throw failure("SERVICING_DEVICE_OPTIONS", {
      device: "qemu",
      reason: `there is no UEFI firmware at ${looked.join(", ")}; install OVMF (Debian: ovmf, Fedora: edk2-ovmf), or name both files as \`firmware\``,
    });
  }
  const variables = join(folder, "firmware-variables.fd");
  if (!existsSync(variables)) await copyFile(found.variables, variables);
  return [...flash(found.code, ",readonly=on"), ...flash(variables, "")];
}

function flash(file: string, more: string): readonly string[] {
  return ["-drive", `if=pflash,format=raw,file=${qemuValue(file)}${more}`];
}
