import type { Process } from "./engine.ts";

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** File that the command line and the whole output are appended to. */
  readonly log?: string;
  /** Called on every change of the whole percentage. */
  onProgress?(percent: number, what: string): void;
  onOutput?(text: string): void;
}

export interface RunResult {
  readonly exitCode: number;
  /** At most the last mebibyte. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts processes; the only thing in servicing that does. Throws SERVICING_TOOL_MISSING and SERVICING_COMMAND_FAILED. */
export interface Runner {
  run(process: Process, options?: RunOptions): Promise<RunResult>;
}
