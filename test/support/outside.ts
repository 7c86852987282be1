import { spawnSync } from "node:child_process";
import { delimiter, dirname } from "node:path";
import { type Finished, storeIn } from "./command.ts";

/** The environment of somebody who has nothing of this repository: no Node options, no path to its tools, no npm around it. */
export function foreignEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(?:NODE_OPTIONS|INIT_CWD|npm_(?:lifecycle|package|command|config_local_prefix))/.test(name),
  );
  const path = (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => !/[\\/]node_modules[\\/]/.test(`${folder}/`));
  return {
    ...Object.fromEntries(kept),
    PATH: [dirname(process.execPath), ...path].join(delimiter),
    NO_COLOR: "1",
    FORCE_COLOR: undefined,
  };
}

export function start(command: string, args: readonly string[], cwd: string): Finished {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...foreignEnvironment(), SERVICING_STORE: storeIn(cwd) },
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  return { code: status, stdout: stdout ?? "", stderr: stderr ?? String(error) };
}

/** Throws with everything that it said unless it ended with 0. */
export function succeed(command: string, args: readonly string[], cwd: string): Finished {
  const finished = start(command, args, cwd);
  if (finished.code === 0) return finished;
  throw new Error(
    `${command} ${args.join(" ")} ended with ${finished.code}:\n${finished.stdout}\n${finished.stderr}`,
  );
}

/** Whether npm failed because it could not reach its registry, rather than because of what it was given. */
export function isOffline({ stderr }: Finished): boolean {
  return /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT/.test(
    stderr,
  );
}
