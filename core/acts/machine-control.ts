import { setTimeout as after } from "node:timers/promises";
import { listen } from "./socket-port.ts";

/** QEMU's own protocol ("qemu-qmp-ref"), over a socket that it connects to. */
export interface MachineControl {
  /** What the command gives; undefined where it is refused, or no answer comes in time. */
  ask(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Whether the machine is there: QEMU connects before it has made it, and answers afterwards. */
  readonly up: () => boolean;
  /** Whether the guest has switched itself off. */
  readonly off: () => boolean;
  /** Of the end, where QEMU has given one: "guest-shutdown", "host-signal". */
  readonly reason: () => string | undefined;
  readonly gone: Promise<void>;
  close(): void;
}

const hello = 0;
const answerMilliseconds = 10_000;

export async function controlAt(path: string): Promise<MachineControl> {
  const waiting = new Map<number, (answer: unknown) => void>();
  let up = false;
  let count = 0;
  let reason: string | undefined;
  const port = await listen(path, (line) => {
    const message = parsed(line);
    if ("QMP" in message) port.send(JSON.stringify({ execute: "qmp_capabilities", id: hello }));
    else if (message["id"] === hello) up = true;
    else if (message["event"] === "SHUTDOWN")
      reason = String((message["data"] as { readonly reason?: unknown } | undefined)?.reason);
    else if (typeof message["id"] === "number") {
      waiting.get(message["id"])?.(message["return"]);
      waiting.delete(message["id"]);
    }
  });
  return {
    up: () => up,
    off: () => reason === "guest-shutdown",
    reason: () => reason,
    gone: port.gone,
    close: port.close,
    async ask(command, args) {
      if (!up) return undefined;
      count += 1;
      const id = count;
      const answer = new Promise<unknown>((resolve) => void waiting.set(id, resolve));
      port.send(JSON.stringify({ execute: command, id, ...(args === undefined ? {} : { arguments: args }) }));
      const late = after(answerMilliseconds, undefined, { ref: false });
      return Promise.race([answer, port.gone.then(() => undefined), late]);
    },
  };
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
