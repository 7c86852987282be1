import { constants } from "node:fs";
import { access, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Process } from "../engine.ts";
import { probeProgram, probeText } from "../devices/probe-program.ts";
import { qemuValue } from "../devices/qemu-value.ts";
import { isServicingError } from "../error.ts";
import type { Accelerator, VirtualMachine } from "../virtual-machine.ts";
import type { ActContext } from "./perform.ts";

const device = "/dev/kvm";
const probeSeconds = 10;

/** Hyper-V's enlightenments spare a Windows most of what it would wait for ("Hyper-V Enlightenments" of QEMU). */
const processors: Readonly<Record<Accelerator, string>> = {
  kvm: "host,hv-relaxed,hv-vapic,hv-spinlocks=0x1fff,hv-time",
  tcg: "max",
};

/** What a machine is carried out by. That there is a KVM does not say that it works: a program of ours is started with it. */
export async function accelerated(
  { emulator, accelerator }: VirtualMachine,
  folder: string,
  context: ActContext,
): Promise<readonly string[]> {
  if (accelerator !== "auto") return accelerationOf(accelerator);
  const fault = await kvmFault(emulator, folder, context);
  context.onOutput?.(
    fault === undefined
      ? "KVM works here, and is used\n"
      : `KVM is not used: ${fault}; TCG is, which takes many times as long\n`,
  );
  return accelerationOf(fault === undefined ? "kvm" : "tcg");
}

function accelerationOf(accelerator: Accelerator): readonly string[] {
  return ["-machine", `q35,accel=${accelerator}`, "-cpu", processors[accelerator]];
}

async function kvmFault(emulator: string, folder: string, context: ActContext): Promise<string | undefined> {
  try {
    await access(device, constants.R_OK | constants.W_OK);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT"
      ? `there is no ${device}`
      : `this user may not use ${device}`;
  }
  return probeFault(emulator, "kvm", folder, context);
}

/** Why a program of ours does not run to its end; undefined where it does. @throws SERVICING_INTERRUPTED */
export async function probeFault(
  emulator: string,
  accelerator: Accelerator,
  folder: string,
  context: ActContext,
  seconds = probeSeconds,
): Promise<string | undefined> {
  const [disk, said] = [join(folder, "probe.img"), join(folder, "probe.txt")];
  await writeFile(disk, probeProgram());
  const command: Process = {
    run: emulator,
    args: [
      accelerationOf(accelerator),
      ["-m", "64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
      ["-serial", `file:${said}`, "-drive", `if=ide,format=raw,file=${qemuValue(disk)}`],
    ].flat(),
    writes: true,
  };
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(seconds * 1000)]);
  try {
    await context.runner.run(command, { log: context.log, signal });
  } catch (error) {
    if (context.signal.aborted || !isServicingError(error)) throw error;
    return signal.aborted
      ? `a program that only ends had not ended after ${seconds} s`
      : (error.message.split("\n").at(-1) ?? "");
  }
  const text = await readFile(said, "latin1").catch(() => "");
  return text.includes(probeText) ? undefined : "a program that only writes a line did not write it";
}
