import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import type { Act, Process } from "../engine.ts";
import type { ActContext } from "./perform.ts";

const glances = 100;
const glanceMilliseconds = 50;

/** Of a machine of QEMU's, which writes it, and takes it away when it ends in peace. */
export function pidFile(folder: string): string {
  return join(folder, "machine.pid");
}

/** A machine that is left of a servicing that is gone. The file of its number stands in its own command line: nobody else's is ended. */
export async function endMachine(
  { folder }: Extract<Act, { act: "end machine" }>,
  context: ActContext,
): Promise<void> {
  const file = pidFile(folder);
  const pid = Number((await readFile(file, "latin1").catch(() => "")).trim());
  if (!Number.isSafeInteger(pid) || pid < 2) return;
  const isOurs = async () => (await commandLineOf(pid, context)).includes(file);
  if (!(await isOurs())) return;
  process.kill(pid, "SIGKILL");
  for (let left = glances; left > 0 && (await isOurs()); left -= 1) await after(glanceMilliseconds);
  await rm(file, { force: true });
}

async function commandLineOf(pid: number, context: ActContext): Promise<string> {
  if (process.platform === "linux") return readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  const ps: Process = { run: "ps", args: ["-o", "args=", "-p", String(pid)], success: [0, 1], writes: false };
  return (await context.runner.run(ps, context)).stdout;
}
