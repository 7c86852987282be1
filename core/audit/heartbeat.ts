import type { Heartbeat } from "./job.ts";

/** What every line of ours begins with; firmware and Windows write to the same port. */
const mark = "servicing: ";

/** Characters of a line that are read: whoever writes to the port may not be ours. */
const longestLine = 8192;

/** A line in printable ASCII, without its end. Numbers are whole, 999999 at most. */
export function heartbeatText(heartbeat: Heartbeat): string {
  switch (heartbeat.says) {
    case "begin":
      return `${mark}begin steps ${heartbeat.steps} id ${escaped(heartbeat.id)}`;
    case "step":
      return `${mark}step ${heartbeat.step} minutes ${heartbeat.minutes} ${escaped(heartbeat.title)}`;
    case "beat":
    case "restart":
      return `${mark}${heartbeat.says}`;
    case "end":
      return `${mark}end ${heartbeat.ok ? "ok" : heartbeat.full === true ? "full" : "failed"}`;
  }
}

/** What a line of the port says; undefined for lines that are not ours. What a terminal would make of a line's begin does not matter. */
export function readHeartbeat(line: string): Heartbeat | undefined {
  const at = line.slice(0, longestLine).indexOf(mark);
  if (at === -1 || line.length > longestLine) return undefined;
  const text = line.slice(at + mark.length).replace(/[\r\n ]+$/, "");
  const begin = /^begin steps (\d{1,6}) id ?(.*)$/.exec(text);
  if (begin !== null) return { says: "begin", id: unescaped(begin[2] ?? ""), steps: Number(begin[1]) };
  const step = /^step (\d{1,6}) minutes (\d{1,6}) ?(.*)$/.exec(text);
  if (step !== null) {
    const title = unescaped(step[3] ?? "");
    return { says: "step", step: Number(step[1]), minutes: Number(step[2]), title };
  }
  switch (text) {
    case "beat":
    case "restart":
      return { says: text };
    case "end ok":
      return { says: "end", ok: true };
    case "end failed":
      return { says: "end", ok: false };
    case "end full":
      return { says: "end", ok: false, full: true };
    default:
      return undefined;
  }
}

/** Everything but printable ASCII as \uXXXX, and blanks at either end, which do not survive. */
function escaped(text: string): string {
  return text.replace(/^ | $|[^\u0020-\u007e]|\\/g, (one) => unit(one.charCodeAt(0)));
}

function unit(code: number): string {
  return `\\u${code.toString(16).padStart(4, "0")}`;
}

function unescaped(text: string): string {
  return text.replace(/\\u([0-9a-f]{4})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
