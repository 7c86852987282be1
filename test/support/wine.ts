import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findExecutable } from "../../core/executable.ts";

/** Wine's cmd.exe with a Windows of its own. It is not Windows': what it takes, Windows' may not, and the other way round. */
export interface Wine {
  /** Gives a folder a drive letter. */
  drive(letter: string, folder: string): void;
  run(
    args: readonly string[],
    options?: { readonly input?: string; readonly env?: Readonly<Record<string, string>> },
  ): { readonly code: number | null; readonly output: string };
  remove(): void;
}

/** Undefined, with the reason on stderr, where there is no Wine or it does not start. */
export function startWine(): Wine | undefined {
  const wine = ["wine", "wine64"].find((name) => findExecutable(name) !== undefined);
  if (wine === undefined) {
    process.stderr.write("    skipped: wine not installed\n");
    return undefined;
  }
  const prefix = mkdtempSync(join(tmpdir(), "servicing-wine-"));
  const env = {
    ...process.env,
    WINEPREFIX: prefix,
    WINEDEBUG: "-all",
    DISPLAY: "",
    WINEDLLOVERRIDES: "mscoree,mshtml=",
  };
  const started: Wine = {
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
    remove() {
      spawnSync(wine, ["wineboot", "--kill"], { env, stdio: "ignore", timeout: 30_000 });
      rmSync(prefix, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
  const probe = started.run(["cmd", "/c", "echo it runs"]);
  if (probe.output.includes("it runs")) return started;
  process.stderr.write("    skipped: wine does not start here\n");
  started.remove();
  return undefined;
}
