import type { Command } from "../engine.ts";
import type { ActContext } from "./perform.ts";

/** Commands as a part of an act, one after the other, up to the first that fails or to an interruption. */
export async function carriedOut(commands: readonly Command[], context: ActContext): Promise<void> {
  for (const command of commands) {
    context.signal.throwIfAborted();
    await context.carryOut(command);
  }
}
