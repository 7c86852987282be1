import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { failure } from "./error.ts";

/** Takes a line's work folder for this process. @throws SERVICING_LINE_BUSY */
export function claim(line: string, work: string): void {
  const owner = ownerOf(work);
  if (owner !== undefined && owner !== process.pid && isAlive(owner))
    throw failure("SERVICING_LINE_BUSY", { line, process: owner, work });
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(join(work, "pid"), String(process.pid), { flag: "wx" });
  } catch (error) {
    // Another process came between.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw failure("SERVICING_LINE_BUSY", { line, process: ownerOf(work) ?? 0, work });
  }
}

/** The process that a folder belongs to, alive or not; undefined for a folder that nobody claimed. */
export function ownerOf(folder: string): number | undefined {
  try {
    const text = readFileSync(join(folder, "pid"), "utf8");
    return /^[1-9]\d{0,9}\s*$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}

export function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and is somebody else's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
