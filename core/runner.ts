import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { constants } from "node:os";
import { setTimeout as after } from "node:timers/promises";
import { commandLine, posixQuoted } from "./command-line.ts";
import type { Process } from "./engine.ts";
import { failure } from "./error.ts";
import { searchPath } from "./executable.ts";
import { lastLines, outputTail, progressReader, withoutRedraws } from "./process-output.ts";
import { installHint } from "./tools.ts";

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** File that the command line and the whole output are appended to. */
  readonly log?: string | undefined;
  /** Called on every change of the whole percentage. */
  onProgress?(percent: number, what: string): void;
  /** Called with the command line and with what the process prints, redraws of a progress bar left out. */
  onOutput?(text: string): void;
}

export interface RunResult {
  readonly exitCode: number;
  /** At most the last mebibyte. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts processes; the only thing in servicing that does. */
export interface Runner {
  /** @throws SERVICING_TOOL_MISSING, SERVICING_COMMAND_FAILED, SERVICING_INTERRUPTED */
  run(process: Process, options?: RunOptions): Promise<RunResult>;
}

const killAfterMilliseconds = 5000;
const interruptedMilliseconds = 200;

export function createRunner(): Runner {
  return {
    async run(command, options = {}) {
      // Loaded here because most commands of the CLI start no process, and execa is the slowest import of all.
      const { execa } = await import("execa");
      const line = await pasteable(command, options.log);
      const aborted = (): boolean => options.signal?.aborted ?? false;
      if (aborted()) throw failure("SERVICING_INTERRUPTED", { during: line });
      const log = options.log === undefined ? undefined : createWriteStream(options.log, { flags: "a" });
      // Where the disk is full the log ends early; the line must not, since it has things to undo.
      log?.on("error", () => undefined);
      log?.write(`> ${line}\n`);
      const start = performance.now();
      options.onOutput?.(`> ${line}\n`);
      const keep = (text: string): void => {
        if (text === "") return;
        log?.write(text);
        options.onOutput?.(text);
      };
      const child = execa(command.run, [...command.args], {
        reject: false,
        buffer: false,
        stripFinalNewline: false,
        env: {
          ...(process.platform === "win32" ? {} : { PATH: searchPath() }),
          ...command.env,
          LC_ALL: "C.UTF-8",
        },
        ...(command.stdin === undefined ? { stdin: "ignore" as const } : { input: command.stdin }),
        ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
        forceKillAfterDelay: killAfterMilliseconds,
      });
      const stdout = outputTail();
      const stderr = outputTail();
      const progress = progressReader(command.progress, options.onProgress);
      const settled = withoutRedraws();
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        stdout.add(text);
        keep(settled(text));
        progress(text);
      });
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        stderr.add(text);
        keep(text);
      });
      const result = await child;
      keep(settled("\n").replace(/\n$/, ""));
      await new Promise<void>((resolve) =>
        log === undefined
          ? resolve()
          : log.end(`\n= ${outcome(result)} after ${Math.round(performance.now() - start)} ms\n\n`, resolve),
      );
      // Ctrl-C reaches the child as well, and its end may be heard of before our own signal.
      if (result.signal === "SIGINT" && !aborted()) await after(interruptedMilliseconds);
      if (aborted() || result.isCanceled) throw failure("SERVICING_INTERRUPTED", { during: line });
      const spawnError = result.cause as NodeJS.ErrnoException | undefined;
      if (spawnError?.code === "ENOENT" && result.exitCode === undefined)
        throw failure("SERVICING_TOOL_MISSING", { tool: command.run, ...installHint(command.run) });
      const finished = {
        exitCode: (result.exitCode ?? -1) >>> 0,
        stdout: stdout.text(),
        stderr: stderr.text(),
      };
      if (result.exitCode === undefined || !(command.success ?? [0]).includes(finished.exitCode))
        throw failure("SERVICING_COMMAND_FAILED", {
          command: line,
          exitCode: result.exitCode === undefined ? outcome(result) : finished.exitCode,
          lastLines: lastLines(finished.stderr.trim() === "" ? finished.stdout : finished.stderr),
          log: options.log ?? "no log",
        });
      return finished;
    },
  };
}

/** A script for the standard input is kept beside the log, so that the line can be run again as it stands. */
async function pasteable(process: Process, log: string | undefined): Promise<string> {
  const { stdin, ...rest } = process;
  if (stdin === undefined || log === undefined) return commandLine(process);
  const file = `${log}.stdin`;
  await writeFile(file, stdin);
  return `${commandLine(rest)} < ${posixQuoted(file)}`;
}

function outcome(result: {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly shortMessage?: string | undefined;
}): string {
  if (result.exitCode !== undefined) return String(result.exitCode);
  if (result.signal !== undefined)
    return `${result.signal} (${constants.signals[result.signal as NodeJS.Signals]})`;
  return result.shortMessage ?? "no exit code";
}
