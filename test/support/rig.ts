import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Event, Report } from "../../core/event.ts";
import type { Line } from "../../core/line.ts";
import type { Operation } from "../../core/operation.ts";
import type { Plugin } from "../../core/plugin.ts";
import { findExecutable } from "../../core/executable.ts";
import { runLine } from "../../core/line-run.ts";
import { buildSample } from "../../templates/sample/sample.ts";

let sample: Promise<string> | undefined;

/** The sample, built once a process. Nothing may write to it. */
export function sampleFolder(): Promise<string> {
  sample ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), "servicing-sample-"));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    await buildSample(folder, () => undefined);
    return folder;
  })();
  return sample;
}

/** Skips, saying why, where a tool is absent. */
export function needs(context: Mocha.Context, ...tools: readonly string[]): void {
  const missing = tools.filter((tool) => findExecutable(tool) === undefined);
  if (missing.length === 0) return;
  process.stderr.write(`    skipped: ${missing.join(", ")} not installed\n`);
  context.skip();
}

export interface Rig {
  readonly folder: string;
  /** Writes files below the folder and gives back the path of the first. */
  write(files: Readonly<Record<string, string>>): string;
  path(...parts: readonly string[]): string;
  line(options: Partial<Line> & { readonly image: Line["image"] }): Line;
}

const rigs: string[] = [];

/** Removes the folders of the test that ends. */
export function removeRigs(): void {
  for (const folder of rigs.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** A folder of its own for one test. */
export function rig(): Rig {
  const folder = mkdtempSync(join(tmpdir(), "servicing-rig-"));
  rigs.push(folder);
  const path = (...parts: readonly string[]): string => join(folder, ...parts);
  return {
    folder,
    path,
    write(files) {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(path(name)), { recursive: true });
        writeFileSync(path(name), text);
      }
      return path(Object.keys(files)[0] ?? "");
    },
    line: (options) => ({
      line: "test",
      folder,
      output: { file: path("out/test.wim"), compress: "keep", images: "all" },
      engine: "wimlib",
      prefer: ["offline", "online", "setup"],
      deployment: "applied",
      plugins: [],
      work: path("work"),
      runs: path("runs"),
      records: path("records"),
      store: path("store"),
      ...options,
    }),
  };
}

/** A plugin that asks for these operations. */
export function asking(...operations: readonly Operation[]): Plugin {
  return {
    name: "asking",
    apply: ({ hooks }) => hooks.modify.tap("asking", (modify) => modify.add(...operations)),
  };
}

export async function run(
  line: Line,
  options: { readonly signal?: AbortSignal; readonly keepWork?: boolean; onEvent?(event: Event): void } = {},
): Promise<Report> {
  return runLine(line, {
    signal: options.signal ?? new AbortController().signal,
    keepWork: options.keepWork ?? false,
    emit: (event) => options.onEvent?.(event),
  });
}

export async function done(line: Line): Promise<Report> {
  const report = await run(line);
  if (!report.ok)
    throw new Error(`${report.error?.code}: ${report.error?.message}\n${report.error?.command ?? ""}`);
  return report;
}

export function sha256(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

export function wimlib(...args: readonly string[]): string {
  return execFileSync("wimlib-imagex", args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, LC_ALL: "C.UTF-8", WIMLIB_IMAGEX_IGNORE_CASE: "1" },
    maxBuffer: 256 * 1024 * 1024,
  });
}

/** Every file below a folder, to see that nothing is left. */
export function filesBelow(folder: string): readonly string[] {
  return existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]).sort() : [];
}
