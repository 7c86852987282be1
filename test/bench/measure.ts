import { setTimeout } from "node:timers/promises";
import { spawn } from "node:child_process";

export interface Measured {
  readonly milliseconds: number;
  /** Bytes of all that stays afterwards. */
  readonly disk: number;
  /** How many of a run's steps ran. */
  readonly ran?: number;
  readonly steps?: number;
}

export interface Contender {
  readonly rounds: number;
  /** Not timed: takes away what the last round left. */
  readonly before: () => Promise<unknown>;
  readonly measure: () => Promise<Measured>;
}

/**
 * Measures contenders in turns, so that what else the machine does hits all of them: each round every contender that has
 * rounds left, every other round backwards. Gives the median of each.
 */
export async function inTurns<Contenders extends Readonly<Record<string, Contender>>>(
  contenders: Contenders,
): Promise<{ [Name in keyof Contenders]: Measured }> {
  const all = Object.entries(contenders);
  const results = new Map<string, Measured[]>(all.map(([name]) => [name, []]));
  const most = Math.max(...all.map(([, { rounds }]) => rounds));
  for (let round = 0; round < most; round += 1) {
    const turn = all.filter(([, { rounds }]) => round < rounds);
    for (const [name, { before, measure }] of round % 2 === 0 ? turn : turn.toReversed()) {
      await before();
      // What others left to be written must not slow this one down.
      await command("sync", []);
      const measured = await measure();
      say(`  ${name}: ${seconds(measured.milliseconds)}`);
      results.get(name)?.push(measured);
    }
  }
  return Object.fromEntries(
    [...results].map(([name, of]) => [
      name,
      {
        ...of.at(-1),
        milliseconds: median(of.map((each) => each.milliseconds)),
        disk: median(of.map((each) => each.disk)),
      },
    ]),
  ) as { [Name in keyof Contenders]: Measured };
}

export interface Ended {
  readonly milliseconds: number;
  readonly stdout: string;
}

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interrupted.abort());

/** Runs a command and times it, from its start to the end of its output. @throws where it fails */
export function command(
  file: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly seconds?: number } = {},
): Promise<Ended> {
  interrupted.signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  const start = performance.now();
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...process.env, NODE_OPTIONS: "", CI: "1", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    signal: interrupted.signal,
    timeout: (options.seconds ?? 1800) * 1000,
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  let failed: Error | undefined;
  child.on("error", (error) => (failed = error));
  child.on("close", (code, signal) => {
    const milliseconds = performance.now() - start;
    const said = Buffer.concat(stdout).toString();
    if (failed === undefined && code === 0) resolve({ milliseconds, stdout: said });
    else {
      // Without the lines that progress wrote over.
      const text = `${said}\n${Buffer.concat(stderr).toString()}`.replaceAll(/[^\r\n]*\r/g, "").slice(-4000);
      reject(failed ?? new Error(`${file} ${args.join(" ")} ended with ${signal ?? code}:\n${text}`));
    }
  });
  return promise;
}

/** Bytes that folders take on the disk together; what is linked several times counts once. */
export async function diskUse(folders: readonly string[]): Promise<number> {
  const args = ["--summarize", "--total", "--block-size=1", "--exclude=node_modules", ...folders];
  for (let left = 40; ; left -= 1)
    try {
      const { stdout } = await command("du", args);
      return Number(/^(\d+)\ttotal$/m.exec(stdout)?.[1]);
    } catch (error) {
      // wimlib's mounts tidy up for a moment after they are unmounted.
      if (left === 0 || !/No such file/.test(String(error))) throw error;
      await setTimeout(250);
    }
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

export function seconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}

export function say(text: string): void {
  process.stderr.write(`${String(Math.round(performance.now() / 1000)).padStart(4)} s  ${text}\n`);
}
