import { spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findExecutable } from "../../core/executable.ts";
import { inside } from "./stand-in-dism/inside.ts";

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
  /** The same while this process goes on with something else. */
  start(args: readonly string[], options: StartOptions): Promise<Ended>;
  /** Where a path of its Windows is on this machine, whatever the case of its letters. */
  place(path: string): string;
  /** Ends whatever runs there with such a command line. */
  end(what: RegExp): void;
  /** What HKEY_LOCAL_MACHINE holds, as Wine writes it down: texts with `\x` for what is not ASCII. */
  registry(): string;
}

export interface StartOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the process as the power does; what it has started goes on. */
  readonly signal?: AbortSignal;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
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
  // Its services would otherwise be started by whatever needs them first, with the files open that this has open.
  const keep = () => {
    const idle = spawn(wine, ["cmd.exe"], { env, stdio: ["pipe", "ignore", "ignore"] });
    idle.unref();
    (idle.stdin as Socket).unref();
    return idle;
  };
  let kept: ReturnType<typeof keep> | undefined;
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
        timeout: 240_000,
      });
      return { code: status, output: stdout };
    },
    start: (args, options) =>
      new Promise((done, failed) => {
        // Into files: what Node calls a pipe is a socket, which Wine's programs cannot write to.
        const files = ["stdout", "stderr"].map((name) => join(mkdtempSync(join(prefix, "run-")), name));
        const [out = -1, errors = -1] = files.map((file) => openSync(file, "w"));
        const stdio: ["ignore", number, number] = ["ignore", out, errors];
        const child = spawn(wine, args, {
          cwd: options.cwd,
          env: { ...env, ...options.env },
          stdio,
          timeout: 240_000,
          killSignal: "SIGKILL",
          ...(options.signal && { signal: options.signal }),
        });
        child
          .once("error", (error) => error.name !== "AbortError" && failed(error))
          .once("close", (code) => {
            for (const file of [out, errors]) closeSync(file);
            const [stdout = "", stderr = ""] = files.map((file) => readFileSync(file, "utf8"));
            done({ code, stdout, stderr });
          });
      }),
    place(path) {
      const [, letter, rest = ""] = /^([A-Za-z]):[\\/]?(.*)$/s.exec(path.replace(/^\\\\\?\\/, "")) ?? [];
      if (letter === undefined) return path;
      const drive = realpathSync(join(prefix, "dosdevices", `${letter.toLowerCase()}:`));
      return inside(drive, rest);
    },
    end(what) {
      // What has just been started by one of them may come up meanwhile.
      for (let times = 0; times < 5; times += 1)
        for (const pid of ours(prefix, what)) spawnSync("kill", ["-KILL", String(pid)]);
    },
    registry() {
      kept?.kill("SIGKILL");
      started.end(leftOver);
      // A server that is killed forgets what it has not written down.
      spawnSync("wineserver", ["--wait"], { env, timeout: 110_000 });
      kept = keep();
      return readFileSync(join(prefix, "system.reg"), "utf8");
    },
  };
  process.once("exit", () => {
    spawnSync("wineserver", ["--kill"], { env, stdio: "ignore", timeout: 30_000 });
    rmSync(prefix, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });
  if (!started.run(["cmd", "/c", "echo it runs"]).output.includes("it runs"))
    return skip(context, "wine does not start here");
  kept = keep();
  return (running = started);
}

/** All but Wine's own, which end by themselves once nothing else runs: what an earlier test left hanging never does. */
const leftOver =
  /^(?!.*(?:wineserver|services\.exe|winedevice\.exe|plugplay\.exe|svchost\.exe|rpcss\.exe|explorer\.exe)).+/is;

/** Processes of a prefix with such a command line. */
function ours(prefix: string, what: RegExp): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const [line = "", own = ""] = ["cmdline", "environ"].map((name) =>
          readFileSync(`/proc/${pid}/${name}`, "latin1"),
        );
        return own.includes(`WINEPREFIX=${prefix}\0`) && what.test(line);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/**
 * A script in Wine's own code page, in which its cmd.exe reads whatever chcp says; that of Windows reads on in what chcp set.
 * @throws where a letter is not known here
 */
export function inWinesPage(text: string): Buffer {
  const page = { é: 0x82, ü: 0x81 };
  const bytes = [...text].map((one) => page[one as keyof typeof page] ?? one.charCodeAt(0));
  if (bytes.some((byte) => byte > 0x82)) throw new Error("a letter that is not in the table of Wine's page");
  return Buffer.from(bytes);
}

function skip(context: Mocha.Context, reason: string): never {
  process.stderr.write(`    skipped: ${reason}\n`);
  context.skip();
  throw new Error(reason);
}
