import { createWriteStream } from "node:fs";
import { basename, dirname, join } from "node:path";

const keptLines = 20;
const keptOfLine = 500;
const mostOfLog = 16 * 1024 * 1024;

export /** What a serial port said. */
interface SerialLog {
  add(line: string): void;
  last(): string;
  close(): void;
}

/** Keeps in a file as much of it as is bearable, and knows its last lines. */
export function serialLog(file: string): SerialLog {
  const stream = createWriteStream(file, { flags: "a", mode: 0o600 });
  stream.on("error", () => undefined);
  const lines: string[] = [];
  let written = 0;
  return {
    add(line: string): void {
      lines.push(line.slice(0, keptOfLine));
      if (lines.length > keptLines) lines.shift();
      if (written > mostOfLog) return;
      written += line.length + 1;
      stream.write(`${line}\n`);
    },
    last: () => lines.join("\n"),
    close: () => void stream.end(),
  };
}

/** A file beside the log of a step. */
export function besides(log: string, name: string): string {
  return join(dirname(log), `${basename(log, ".log")}-${name}`);
}
