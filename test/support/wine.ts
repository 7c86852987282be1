import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findExecutable } from "../../core/executable.ts";

/** A Windows of Wine's: its programs are Wine's own, so that it shows what its cmd.exe makes of a script and not what Windows does. */
export interface Wine {
  /** Where its drive C: is. */
  readonly c: string;
  /** Gives a folder a drive letter. */
  drive(letter: string, folder: string): void;
  run(
    args: readonly string[],
    options?: { readonly input?: string; readonly env?: Readonly<Record<string, string>> },
  ): { readonly code: number | null; readonly output: string };
  /** What HKEY_LOCAL_MACHINE holds, as Wine writes it down: texts with `\x` for what is not ASCII. */
  registry(): string;
}

let running: Wine | undefined;

/** One for all tests of a process, since it takes a while to be made. Skips, saying why, where it is absent or does not start. */
export function startWine(context: Mocha.Context): Wine {
  if (running !== undefined) return running;
  const wine = ["wine", "wine64"].find((name) => findExecutable(name) !== undefined);
  if (wine === undefined) return skip(context, "wine not installed");
  const prefix = mkdtempSync(join(tmpdir(), "servicing-wine-"));
  const env = {
    ...process.env,
    WINEPREFIX: prefix,
    WINEDEBUG: "-all",
    DISPLAY: "",
    WINEDLLOVERRIDES: "mscoree,mshtml=",
  };
  const started: Wine = {
    c: join(prefix, "drive_c"),
    drive(letter, folder) {
      const link = join(prefix, "dosdevices", `${letter.toLowerCase()}:`);
      rmSync(link, { force: true });
      symlinkSync(folder, link);
    },
    run(args, options = {}) {
      const { status, stdout } = spawnSync(wine, args, {
        encoding: "utf8",
        env: { ...env, ...options.env },
        input: options.input ?? "",
        stdio: ["pipe", "pipe", "ignore"],
        timeout: 110_000,
      });
      return { code: status, output: stdout };
    },
    registry() {
      spawnSync("wineserver", ["--wait"], { env });
      return readFileSync(join(prefix, "system.reg"), "utf8");
    },
  };
  process.once("exit", () => {
    spawnSync("wineserver", ["--kill"], { env, stdio: "ignore", timeout: 30_000 });
    rmSync(prefix, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });
  if (!started.run(["cmd", "/c", "echo it runs"]).output.includes("it runs"))
    return skip(context, "wine does not start here");
  return (running = started);
}

function skip(context: Mocha.Context, reason: string): never {
  process.stderr.write(`    skipped: ${reason}\n`);
  context.skip();
  throw new Error(reason);
}
