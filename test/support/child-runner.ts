import { execFile } from "node:child_process";
import { failure } from "../../core/error.ts";
import type { Runner } from "../../core/runner.ts";

/** Starts processes for tests, without logs or progress. */
export const childRunner: Runner = {
  run: (process_, options) =>
    new Promise((resolve, reject) => {
      const command = [process_.run, ...process_.args].join(" ");
      execFile(
        process_.run,
        [...process_.args],
        {
          maxBuffer: 8 * 1024 * 1024,
          env: { ...process.env, ...process_.env },
          ...(options?.signal === undefined ? {} : { signal: options.signal }),
        },
        (error, stdout, stderr) => {
          if (error?.code === "ENOENT") {
            reject(failure("SERVICING_TOOL_MISSING", { tool: process_.run, why: "test", install: "it" }));
          } else if (error !== null) {
            const exitCode = error.code ?? error.signal ?? "an error";
            reject(
              failure("SERVICING_COMMAND_FAILED", { command, exitCode, lastLines: stderr, log: "no log" }),
            );
          } else resolve({ exitCode: 0, stdout, stderr });
        },
      );
    }),
};
