/** Takes and gives back the locks that its standard input names, to race with another process of its kind. */
import { createInterface } from "node:readline";
import { type ProcessLock, tryAcquire } from "../../core/process-lock.ts";

let held: ProcessLock | undefined;
for await (const line of createInterface({ input: process.stdin })) {
  const [order, file = ""] = line.split("\t");
  if (order === "release") {
    held?.release();
    held = undefined;
    console.log("released");
    continue;
  }
  const taken = await tryAcquire(file, "races");
  if ("release" in taken) held = taken;
  console.log("release" in taken ? "won" : "lost");
}
