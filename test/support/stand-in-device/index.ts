import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { needs } from "../rig.ts";
import { cpioArchive } from "./cpio.ts";
import { findKernel } from "./kernel.ts";
import { winePrefix } from "./wine-prefix.ts";

/** What goes wrong on it. */
export type Mishap =
  /** Windows starts, and never what the answer file says. */
  | "hang"
  /** No space is left on the volume before the commands are run. */
  | "full"
  /** Generalizing fails because of an app package, and Windows shows its error for ever. */
  | "app"
  /** The same, and somebody switches it off. */
  | "app-off"
  /** It ends with an ImageState that nothing may be captured with. */
  | "state";

export interface StandInDevice {
  /** For QEMU, besides a machine (q35), memory (1 GiB or more), a disk with Windows, and the first serial port. */
  readonly arguments: readonly string[];
}

/** Of the kernel: what makes an emulated machine slow, and a feature whose emulation is wrong up to QEMU 9.0. */
const kernelOptions = [
  "console=ttyS0 quiet panic=-1 clearcpuid=smap mitigations=off tsc=reliable no_timer_check",
].concat(["init_on_alloc=0 hardened_usercopy=off nokaslr norandmaps apparmor=0 nowatchdog"]);

/**
 * A stand-in for Windows in audit mode: Linux that is started instead of what the disk would start, finds the answer file
 * on the disk's NTFS volume and carries out its commands of auditUser by Wine. See docs of the folder: README.md.
 * Skips, saying why, where something that it consists of is absent.
 */
export function standInDevice(
  context: Mocha.Context,
  options: { readonly mishap?: Mishap } = {},
): StandInDevice {
  needs(context, "qemu-system-x86_64", "ntfs-3g", "ntfsinfo", "wine", "wineserver", "hivexsh", "xmllint");
  const kernel = process.platform === "linux" ? findKernel() : undefined;
  if (kernel === undefined)
    return skip(context, "no kernel for the stand-in device (node .ci/setup.js fetches it)");
  const prefix = winePrefix();
  if (prefix === undefined) return skip(context, "wine does not start here");
  const folder = mkdtempSync(join(tmpdir(), "servicing-stand-in-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const initrd = join(folder, "initrd");
  writeFileSync(
    initrd,
    cpioArchive([
      { path: "bin", mode: 0o755 },
      { path: "bin/busybox", mode: 0o755, content: readFileSync(kernel.busybox) },
      { path: "dev", mode: 0o755 },
      { path: "modules", mode: 0o755 },
      ...kernel.modules.map(({ name, content }) => ({ path: `modules/${name}`, mode: 0o644, content })),
      {
        path: "modules/order",
        mode: 0o644,
        content: Buffer.from(kernel.modules.map(({ name }) => `${name}\n`).join("")),
      },
      {
        path: "settings",
        mode: 0o644,
        content: Buffer.from(`prefix='${prefix}'\nmode=${options.mishap ?? ""}\n`),
      },
      { path: "windows.sh", mode: 0o644, content: script("windows.sh") },
      { path: "init", mode: 0o755, content: script("init.sh") },
    ]),
  );
  return {
    arguments: ["-kernel", kernel.image, "-initrd", initrd, "-append", kernelOptions.join(" ")].concat(
      "-virtfs",
      "local,path=/,security_model=none,readonly=on,mount_tag=host,multidevs=remap",
    ),
  };
}

function script(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, name));
}

function skip(context: Mocha.Context, reason: string): never {
  process.stderr.write(`    skipped: ${reason}\n`);
  context.skip();
  throw new Error(reason);
}
