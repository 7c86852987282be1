import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Line } from "../../../core/line.ts";
import type { Operation } from "../../../core/operation.ts";

/** Runs a line for DISM in a process of its own, which can be killed. */
export function startLine(line: Line, operations: readonly Operation[]): ChildProcess {
  const file = join(dirname(line.work), "line.json");
  writeFileSync(file, JSON.stringify({ line: { ...line, plugins: [] }, operations }));
  const program = join(import.meta.dirname, "line-process.ts");
  return spawn(process.execPath, ["--conditions=@servicing/source", program, file], { stdio: "ignore" });
}
