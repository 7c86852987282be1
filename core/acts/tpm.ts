import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { qemuValue } from "../devices/qemu-value.ts";
import type { Process } from "../engine.ts";
import { type ServicingError, servicingError } from "../error.ts";
import { makeFolder } from "../make-folder.ts";
import type { VirtualMachine } from "../virtual-machine.ts";
import type { ActContext } from "./perform.ts";

const glances = 100;
const glanceMilliseconds = 100;

/** A TPM at work: what QEMU is told of it, and its end, which gives what it failed with. */
interface RunningTpm {
  readonly args: readonly string[];
  readonly ended: Promise<ServicingError | undefined>;
}

/** swtpm goes when QEMU does ("swtpm(8)", --terminate). What it holds stays from one start to the next. */
export async function startTpm(
  { folder }: VirtualMachine,
  sockets: string,
  context: ActContext,
): Promise<RunningTpm> {
  const [state, socket] = [join(folder, "tpm"), join(sockets, "tpm")];
  makeFolder(state, 0o700);
  const command: Process = {
    run: "swtpm",
    args: [
      ["socket", "--tpm2", "--terminate", "--tpmstate", `dir=${state}`],
      ["--ctrl", `type=unixio,path=${socket}`],
    ].flat(),
    writes: true,
  };
  const ended = context.runner.run(command, context).then(() => undefined, servicingError);
  for (let left = glances; left > 0 && !existsSync(socket); left -= 1) {
    const fault = await Promise.race([ended, after(glanceMilliseconds)]);
    if (fault !== undefined) throw fault;
  }
  const args = [
    ["-chardev", `socket,id=tpm,path=${qemuValue(socket)}`],
    ["-tpmdev", "emulator,id=tpm,chardev=tpm", "-device", "tpm-crb,tpmdev=tpm"],
  ].flat();
  return { args, ended };
}
