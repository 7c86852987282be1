import type { Heartbeat } from "./job.ts";

const mark = "servicing:";

/** A line that `echo` of cmd.exe can write. */
export function heartbeatText(heartbeat: Heartbeat): string {
  switch (heartbeat.says) {
    case "begin":
      return `${mark} begin ${heartbeat.id} steps ${heartbeat.steps}`;
    case "step":
      return `${mark} step ${heartbeat.step} minutes ${heartbeat.minutes} ${heartbeat.title.replaceAll(/[^\w .-]/g, "_")}`;
    case "end":
      return `${mark} end ${heartbeat.ok ? "ok" : "failed"}`;
    default:
      return `${mark} ${heartbeat.says}`;
  }
}

/** What a line of the serial port says; undefined where it is no word of the job. */
export function readHeartbeat(line: string): Heartbeat | undefined {
  const [, says, rest = ""] = /^servicing: (begin|step|beat|restart|end)(?: (.*?))?\s*$/.exec(line) ?? [];
  switch (says) {
    case "begin": {
      const [, id, steps] = /^(\S+) steps (\d{1,3})$/.exec(rest) ?? [];
      return id === undefined ? undefined : { says, id, steps: Number(steps) };
    }
    case "step": {
      const [, step, minutes, title = ""] = /^(\d{1,3}) minutes (\d{1,5}) (.*)$/.exec(rest) ?? [];
      return step === undefined ? undefined : { says, step: Number(step), minutes: Number(minutes), title };
    }
    case "end":
      return { says, ok: rest === "ok" };
    case "beat":
    case "restart":
      return { says };
    default:
      return undefined;
  }
}
