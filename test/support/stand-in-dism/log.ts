import { appendFileSync, existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { inside } from "./inside.ts";

type Level = "Info" | "Warning" | "Error";

/** A line as dism.log and CBS.log have it. */
export function logLine(level: Level, component: string, text: string): string {
  const [day = "", time = ""] = new Date().toISOString().split("T");
  return `${day} ${time.slice(0, 8)}, ${level.padEnd(21)} ${component.padEnd(6)} ${text}\r\n`;
}

export function writeDismLog(file: string, lines: readonly [Level, string][]): void {
  if (!existsSync(dirname(file))) return;
  appendFileSync(file, lines.map(([level, text]) => logLine(level, "DISM", text)).join(""));
}

export function writeCbsLog(root: string, lines: readonly [Level, string][]): void {
  const file = inside(root, "Windows/Logs/CBS/CBS.log");
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, lines.map(([level, text]) => logLine(level, "CBS", text)).join(""));
}
