import { ChildProcess } from "node:child_process";
import { EventEmitter } from "node:events";

const codes = new Map<number, number>();
let installed = false;

/**
 * Windows' exit codes have 32 bits, Linux' have eight. What a stand-in ended with is told here, by its process, to who waits for
 * that process in this one, as Windows would tell it.
 */
export function tellExitCode(process: number, code: number): void {
  if (!installed) {
    installed = true;
    ChildProcess.prototype.emit = function emit(this: ChildProcess, event: string, ...values: unknown[]) {
      const told = this.pid === undefined ? undefined : codes.get(this.pid);
      const ended = (event === "exit" || event === "close") && typeof values[0] === "number";
      const given = ended && told !== undefined ? [told, ...values.slice(1)] : values;
      // Another process may have its number later.
      if (event === "close" && this.pid !== undefined) codes.delete(this.pid);
      return EventEmitter.prototype.emit.call(this, event, ...given);
    } as ChildProcess["emit"];
  }
  codes.set(process, code);
}
