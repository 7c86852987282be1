import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** What it answers to one call: what it prints, its exit code, and lines for its log. */
export interface Answer {
  readonly prints?: string;
  readonly exits?: number;
  readonly logs?: readonly string[];
  /** Takes all mounts away. */
  readonly unmounts?: true;
  readonly version?: string;
}

export interface ScriptedDism {
  readonly folder: string;
  /** Verbs of all calls, in their order. */
  calls(): readonly string[];
  /** Answers by verb, one after the other; the last stays. `Get-MountedImageInfo` prints `mounts`. */
  answers(verbs: Readonly<Record<string, readonly Answer[]>>, mounts?: string): void;
  /** Takes it out of PATH. */
  leave(): void;
}

/**
 * A `dism.exe` in PATH, and a `fsutil.exe` that has its second argument for a verb, which answer what a test tells them to, and know nothing else: for what servicing makes of answers.
 * Real processes, with the banner that DISM prints.
 */
export function scriptedDism(): ScriptedDism {
  const folder = mkdtempSync(join(tmpdir(), "servicing-test-dism-"));
  const bin = join(folder, "bin");
  mkdirSync(bin);
  for (const name of ["dism.exe", "fsutil.exe"]) {
    const program = join(bin, name);
    writeFileSync(program, `#!${process.execPath}\n(${main.toString()})(${JSON.stringify(folder)});\n`);
    chmodSync(program, 0o755);
  }
  const before = process.env["PATH"];
  process.env["PATH"] = `${bin}${delimiter}${before}`;
  const calls = join(folder, "calls");
  return {
    folder,
    calls: () => (existsSync(calls) ? readFileSync(calls, "utf8").split("\n").filter(Boolean) : []),
    answers(verbs, mounts = "No mounted images found.") {
      writeFileSync(join(folder, "answers.json"), JSON.stringify({ verbs, mounts }));
      writeFileSync(calls, "");
    },
    leave: () => void (process.env["PATH"] = before),
  };
}

/** Runs in the process of its own, from its source: it may use nothing from outside of itself. */
function main(folder: string): void {
  const fs = process.getBuiltinModule("node:fs");
  const argv = process.argv.slice(2);
  const isDism = argv[0] !== "fsinfo";
  const verb = argv.findLast((argument) => /^\/[A-Za-z]+-/.test(argument)) ?? `/${argv[1] ?? ""}`;
  const name = verb.slice(1).split(":")[0] ?? "";
  const told = JSON.parse(fs.readFileSync(`${folder}/answers.json`, "utf8")) as {
    verbs: Record<
      string,
      { prints?: string; exits?: number; logs?: string[]; unmounts?: boolean; version?: string }[]
    >;
    mounts: string;
  };
  const before = fs
    .readFileSync(`${folder}/calls`, "utf8")
    .split("\n")
    .filter((each) => each === name).length;
  fs.appendFileSync(`${folder}/calls`, `${name}\n`);
  const answers = told.verbs[name] ?? [];
  const answer = answers[Math.min(before, answers.length - 1)] ?? {};
  if (answer.unmounts === true)
    fs.writeFileSync(
      `${folder}/answers.json`,
      JSON.stringify({ ...told, mounts: "No mounted images found." }),
    );
  const log = argv.find((argument) => argument.startsWith("/LogPath:"))?.slice("/LogPath:".length);
  if (log !== undefined && log !== "" && answer.logs !== undefined)
    fs.appendFileSync(log, answer.logs.map((line) => `${line}\r\n`).join(""));
  const prints = answer.prints ?? (name === "Get-MountedImageInfo" ? told.mounts : "");
  const banner = `\r\nDeployment Image Servicing and Management tool\r\nVersion: ${answer.version ?? "10.0.26100.1150"}\r\n\r\n`;
  process.stdout.write(`${isDism ? banner : ""}${prints}\r\n`);
  process.exitCode = (answer.exits ?? 0) & 0xff;
}
