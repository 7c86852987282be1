import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Which process it is, so that another that got its number later is not taken for it. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Of Linux: the boot and the tick of it at which the process started; "" elsewhere. Never a time of day. */
  readonly started: string;
  /** Of Linux: the process namespace, since numbers of one mean nothing in another; "" elsewhere. */
  readonly space: string;
}

/** "elsewhere": on another host or in another container, where nobody here can see whether it lives. */
export type Standing = "alive" | "dead" | "elsewhere";

const boot = textOf("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
const space = ownSpace();

export function ownIdentity(): ProcessIdentity {
  return identityOf(process.pid);
}

/** Of a process that was started just now. */
export function identityOf(pid: number): ProcessIdentity {
  return { pid, host: hostname(), started: startOf(pid)?.started ?? "", space };
}

export function standing(of: ProcessIdentity): Standing {
  if (of.host !== hostname()) return "elsewhere";
  const theirBoot = of.started.split(" ")[0];
  if (boot !== "" && theirBoot !== boot && of.started.includes(" ")) return "dead";
  if (of.space !== "" && space !== "" && of.space !== space) return "elsewhere";
  if (!exists(of.pid)) return "dead";
  const now = startOf(of.pid);
  if (now === undefined || of.started === "") return "alive";
  return now.ended || now.started !== of.started ? "dead" : "alive";
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and is somebody else's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Field 22 of /proc/<pid>/stat; field 2, in parentheses, may hold anything. Source: proc_pid_stat(5). */
function startOf(pid: number): { readonly started: string; readonly ended: boolean } | undefined {
  const text = textOf(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = fields[19];
  // A zombie has ended, and waits only for its parent to notice.
  return ticks === undefined
    ? undefined
    : { started: `${boot} ${ticks}`, ended: /^[ZX]$/i.test(fields[0] ?? "") };
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function ownSpace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}
