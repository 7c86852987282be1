import { readHeartbeat } from "../audit/heartbeat.ts";
import { heard, type Watch } from "../devices/watch.ts";
import { clean } from "../plain-text.ts";
import type { Deadlines } from "../virtual-machine.ts";
import type { ActContext } from "./perform.ts";

interface Attended {
  readonly job?: string;
  readonly deadlines: Deadlines;
}

/** What is waited for after a line of the serial port, which is shown as progress where it begins a step. */
export function attended(
  watch: Watch,
  line: string,
  { job, deadlines }: Attended,
  context: ActContext,
): Watch {
  const heartbeat = readHeartbeat(line);
  if (heartbeat === undefined) return watch;
  // The disk of another job is not what is waited for.
  if (heartbeat.says === "begin" && job !== undefined && heartbeat.id !== job) return watch;
  const next = heard(watch, heartbeat, performance.now(), deadlines);
  if (heartbeat.says === "step" && next.steps > 0) {
    const percent = Math.min(99, Math.floor((100 * (heartbeat.step - 1)) / next.steps));
    context.onProgress?.(percent, `step ${heartbeat.step} of ${next.steps}: ${clean(heartbeat.title)}`);
  }
  return next;
}
