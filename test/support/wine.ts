import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findExecutable } from "../../core/executable.ts";

/** A Windows of Wine's: its programs are Wine's own, so that it shows what cmd.exe makes of a script and not what Windows does. */
export interface Wine {
  /** Where its drive C: is. */
  readonly drive: string;
  run(...args: readonly string[]): { readonly code: number | null; readonly stdout: string };
  /** What its registry holds, as Wine writes it down: texts with `\x` for what is not ASCII. */
  registry(): string;
  remove(): void;
}

/** Skips, saying why, where Wine is absent or does not start. */
export function startWine(context: Mocha.Context): Wine {
  if (findExecutable("wine") === undefined) return skip(context, "wine is not installed");
  const prefix = mkdtempSync(join(tmpdir(), "servicing-wine-"));
  const env = { ...process.env, WINEPREFIX: prefix, WINEDEBUG: "-all", WINEDLLOVERRIDES: "mscoree,mshtml=" };
  const end = (): void => {
    spawnSync("wineserver", ["-k"], { env });
    rmSync(prefix, { recursive: true, force: true });
  };
  const run: Wine["run"] = (...args) => {
    const { status, stdout } = spawnSync("wine", args, { env, encoding: "utf8", timeout: 240_000 });
    return { code: status, stdout };
  };
  const { code, stdout } = run("cmd", "/c", "echo ready");
  if (code !== 0 || !stdout.includes("ready")) {
    end();
    return skip(context, "wine does not start here");
  }
  return {
    drive: join(prefix, "drive_c"),
    run,
    registry() {
      spawnSync("wineserver", ["-w"], { env });
      return readFileSync(join(prefix, "system.reg"), "utf8");
    },
    remove: end,
  };
}

function skip(context: Mocha.Context, reason: string): never {
  process.stderr.write(`    skipped: ${reason}\n`);
  context.skip();
  throw new Error(reason);
}
