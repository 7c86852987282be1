import { connect, type Socket } from "node:net";
import { setTimeout as after } from "node:timers/promises";
import { overdue, watchFrom } from "../devices/watch.ts";
import type { Act } from "../engine.ts";
import { failure } from "../error.ts";
import { clean } from "../plain-text.ts";
import { attended } from "./attend.ts";
import type { ActContext } from "./perform.ts";
import { besides, serialLog } from "./serial-log.ts";
import { lineReader } from "./socket-port.ts";

type WatchMachine = Extract<Act, { act: "watch machine" }>;

const askMilliseconds = 5000;
const glanceMilliseconds = 500;

/**
 * Hears a machine by its serial port, and asks for its state now and then. That it is off does not say who switched it
 * off: what the job has left on its disk does.
 */
export async function watchMachine(act: WatchMachine, context: ActContext): Promise<void> {
  const { device, state, deadlines } = act;
  const log = serialLog(besides(context.log, "serial.txt"));
  let watch = watchFrom(performance.now(), deadlines);
  const port = listening(act.port, (line) => {
    const text = clean(line).trimEnd();
    if (text === "") return;
    log.add(text);
    context.onOutput?.(`${text}\n`);
    watch = attended(watch, text, act, context);
  });
  try {
    for (let asked = -Infinity; ;) {
      if (performance.now() - asked >= askMilliseconds) {
        asked = performance.now();
        const { signal, runner } = context;
        const { stdout } = await runner.run(state, { log: context.log, signal }).catch((error: unknown) => {
          if ((error as { readonly code?: string }).code !== "SERVICING_COMMAND_FAILED") throw error;
          const reason = (error as Error).message;
          throw failure("SERVICING_DEVICE_ENDED", { device, reason, lastLines: log.last() });
        });
        if (stdout.trim() === "Off") return;
      }
      const late = overdue(watch, performance.now());
      if (late !== undefined)
        throw failure("SERVICING_DEVICE_TIMEOUT", {
          device,
          stage: late.stage,
          minutes: String(Math.round(late.minutes * 100) / 100),
          state: "it is still on",
          screenshot: "its screen is not looked at",
          lastLines: log.last(),
        });
      await after(glanceMilliseconds, undefined, { signal: context.signal });
    }
  } finally {
    port.close();
    log.close();
  }
}

/** Connects whenever there is somebody to connect to: a restart of the machine may end a pipe. */
function listening(path: string, onLine: (line: string) => void): { close(): void } {
  let socket: Socket | undefined;
  let closed = false;
  const again = (): void => {
    if (closed) return;
    const lines = lineReader(onLine);
    socket = connect(path);
    socket.on("data", lines.add);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      lines.end();
      setTimeout(again, glanceMilliseconds).unref();
    });
  };
  again();
  return {
    close() {
      closed = true;
      socket?.destroy();
    },
  };
}
