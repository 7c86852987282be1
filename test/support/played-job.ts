import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type AuditJob, type JobCommand, jobLogs, type JobStep } from "../../core/audit/job.ts";
import { checkFile, powershell } from "../../core/audit/powershell.ts";
import { jobFiles } from "../../core/audit/script.ts";
import { systemFile } from "../../core/formats/script-text.ts";
import { inWinesPage, type Wine } from "./wine.ts";

/** Scripts that steps run, below `\Servicing\Payload`. */
const payload: Readonly<Record<string, string>> = {
  "fine.cmd": "@echo fine [%~1] [%~2]\r\n",
  "ends.cmd": "@exit %~1\r\n",
  "fails.cmd": "@echo it says why & exit 7\r\n",
  "restarts.cmd": "@exit 3010\r\n",
  "restarted.cmd": "@exit 1641\r\n",
  // Whatever is ended of it, it goes on.
  "hangs.cmd": "@ping.exe -n 60 127.0.0.1 > nul\r\n@%0\r\n",
  "forever.cmd": "@echo once more & exit 99\r\n",
  "thrice.cmd": [
    "@if exist %SystemDrive%\\3 exit 0",
    "@if exist %SystemDrive%\\2 echo x> %SystemDrive%\\3",
    "@if exist %SystemDrive%\\1 echo x> %SystemDrive%\\2",
    "@echo x> %SystemDrive%\\1",
    "@exit 99\r\n",
  ].join("\r\n"),
  "off.txt": "off\r\n",
  "on.txt": "on\r\n",
  "apps.txt": "Contoso.App_1.0.0.0_x64__8wekyb3d8bbwe\tann\r\n",
  "none.txt": "",
  "asked.cmd": "@echo The answer is %~1\r\n",
};

/** In the place of PowerShell, which Wine has in name only. */
const standIn = `${systemFile("cmd.exe")} /d /c "%SystemDrive%\\Servicing\\Payload\\found.cmd"`;

/** A line of it that notes something, by copying, since echo takes on and off for itself. */
export const found = (file: string, from: string): string =>
  `@copy "%SystemDrive%\\Servicing\\Payload\\${from}" "%SystemDrive%\\Servicing\\State\\${file}"\r\n`;

/** A command that runs one of them. */
export const script = (name: string, ...args: readonly string[]): Extract<JobCommand, { do: "run" }> => ({
  do: "run",
  file: { path: `\\Servicing\\Payload\\${name}.cmd` },
  args,
  success: [0, 3010, 1641],
});

export const step = (
  title: string,
  commands: readonly JobCommand[],
  more: Partial<JobStep> = {},
): JobStep => ({
  title,
  items: [],
  commands,
  minutes: 1,
  ...more,
});

/** A step that is done already. */
export const is = (title: string): JobStep =>
  step(title, [script("fails")], { check: { file: "\\Servicing\\job.cmd" } });

/** What became of a job. */
export interface Outcome {
  /** Of each start; null where it waits for the device to be off, or the power went. */
  readonly codes: readonly (number | null)[];
  /** The files of its state and what they hold. */
  readonly state: Readonly<Record<string, string>>;
  /** Of its folder of logs: the lines without the time. */
  log(name: string): readonly string[];
}

export interface Play {
  readonly restarts?: number;
  /** Starts in which the power goes as soon as the first step has begun. */
  readonly cuts?: number;
  /** A stand-in for check.ps1, which wants PowerShell. */
  readonly found?: string;
  /** Does something to its drive before the first start. */
  prepare?(drive: string): void;
  /** Does it before every other. */
  restarted?(drive: string): void;
  /** Where it cannot write down that it failed. */
  off?(): boolean;
}

/** Plays Windows on a drive, which is this folder: starts the job again as long as it ends with 2, and switches off where it waits for that. */
export async function playJob(
  wine: Wine,
  letter: string,
  at: string,
  steps: readonly JobStep[],
  how: Play = {},
): Promise<Outcome> {
  mkdirSync(at, { recursive: true });
  if (letter !== "C") wine.drive(letter, at);
  const job: AuditJob = { id: `job-${letter}`, steps, restarts: how.restarts ?? 20 };
  // Wine gives every process its own drive as that of the system; only the first job runs as it is.
  const put = (to: string, text: string) =>
    place(at, to, letter === "C" ? text : text.replaceAll("%SystemDrive%", `${letter}:`));
  for (const change of jobFiles(job))
    if (change.change === "write") put(change.to, change.text.replace(powershell(checkFile), standIn));
  for (const [name, text] of Object.entries({ ...payload, "found.cmd": how.found ?? "" }))
    put(`\\Servicing\\Payload\\${name}`, text);
  how.prepare?.(at);
  const state = join(at, "Servicing/State");
  const codes: (number | null)[] = [];
  do {
    const boot = codes.length + 1;
    if (boot > 1) how.restarted?.(at);
    const power = new AbortController();
    const command = `${letter}:\\Servicing\\job.cmd`;
    const ended = wine.start(["cmd.exe", "/d", "/c", command], { cwd: at, signal: power.signal });
    const off = () =>
      how.off?.() === true ||
      existsSync(join(state, "failed")) ||
      (boot <= (how.cuts ?? 0) && existsSync(join(state, `001.begun-${boot}`)));
    const stopped = new AbortController();
    const watched = (async () => {
      while (!stopped.signal.aborted && !off()) await sleep(100);
      if (stopped.signal.aborted) return;
      await sleep(500);
      power.abort();
    })();
    codes.push((await ended).code);
    stopped.abort();
    await watched;
  } while (codes.length < 12 && (codes.at(-1) === 2 || codes.length <= (how.cuts ?? 0)));
  const names = existsSync(state) && statSync(state).isDirectory() ? readdirSync(state) : [];
  return {
    codes,
    state: Object.fromEntries(
      names
        .filter((name) => name !== "new")
        .map((name) => [name, readFileSync(join(state, name), "latin1").trim()]),
    ),
    log: (name) =>
      readFileSync(wine.place(`${letter}:${jobLogs}\\${name}`), "latin1")
        .split("\r\n")
        .map((line) => line.replace(/^\[.*?\] /, "").trimEnd())
        .filter((line) => line !== ""),
  };
}

function place(drive: string, path: string, text: string): void {
  const file = join(drive, ...path.split("\\"));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, inWinesPage(text));
}
