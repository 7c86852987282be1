/**
 * `npm run bench`: what servicing costs, as ratios against what a user would do instead, all measured in one run.
 * Writes docs/performance.md and docs/performance.json; `--quick` measures less and writes nothing.
 */
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { cpus, release, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import prettyBytes from "pretty-bytes";
import { writeWim } from "../../templates/sample/wim-writer.ts";
import { generatedTree } from "../support/generated-tree.ts";
import { peakHook } from "../support/peak.ts";

const root = resolve(import.meta.dirname, "../..");
const quick = process.argv.includes("--quick");
const rounds = quick ? 3 : 11;
const cli = join(root, "dist/core/bin.js");
const folder = mkdtempSync(join(tmpdir(), "servicing-bench-"));

interface Row {
  readonly what: string;
  readonly measured: string;
  readonly against: string;
  readonly result: string;
  readonly limit: string;
  readonly holds: boolean;
}

try {
  project();
  const rows = [help(), ...(await overhead(quick ? 5_000 : 25_000)), await memory(100_000)];
  const text = markdown(rows);
  process.stdout.write(`${text}\n`);
  if (!quick) {
    writeFileSync(join(root, "docs/performance.md"), text);
    writeFileSync(join(root, "docs/performance.json"), `${JSON.stringify(rows, undefined, 2)}\n`);
  }
  process.exitCode = rows.every(({ holds }) => holds) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A user's project, which has the built package as a dependency. */
function project(): void {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/servicing"), "junction");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  mkdirSync(join(folder, "payload"));
  for (let at = 0; at < 50; at += 1)
    writeFileSync(join(folder, `payload/${at}.txt`), `payload ${at}\n`.repeat(100));
  writeFileSync(join(folder, "empty.mjs"), "");
}

/** Help has to come at once: it is what one waits for most often. */
function help(): Row {
  const times = { empty: [] as number[], help: [] as number[] };
  for (let round = 0; round < 3 * rounds; round += 1) {
    times.empty.push(timed([join(folder, "empty.mjs")]).milliseconds);
    times.help.push(timed([cli, "--help"]).milliseconds);
  }
  const [empty, measured] = [median(times.empty), median(times.help)];
  return row(
    "`servicing --help`",
    milliseconds(measured),
    `an empty Node script: ${milliseconds(empty)}`,
    measured / empty,
    1.5,
    "×",
  );
}

/** What a run takes besides the wimlib commands that it issues, whose times its logs tell. */
async function overhead(files: number): Promise<readonly Row[]> {
  const image = await generated(files);
  config(image);
  const runs: { readonly wall: number; readonly commands: number }[] = [];
  for (let round = 0; round < Math.min(rounds, 7); round += 1) {
    rmSync(join(folder, ".servicing"), { recursive: true, force: true });
    const { milliseconds: wall } = timed([cli, "run"]);
    runs.push({ wall, commands: commandTime() });
  }
  const wall = median(runs.map((run) => run.wall));
  const own = median(runs.map((run) => run.wall - run.commands));
  return [
    row(
      `\`servicing run\`, ${files.toLocaleString("en")} files, 52 changes`,
      milliseconds(wall),
      `the wimlib and hivex commands that it issues: ${milliseconds(wall - own)}`,
      own / 1000,
      0.5,
      "s over them",
    ),
  ];
}

/** The whole process: Node, servicing and its libraries, at its highest. */
async function memory(files: number): Promise<Row> {
  const image = await generated(files);
  config(image);
  const report = join(folder, "peak.txt");
  const hook = peakHook(report);
  timed(["--import", hook, cli, "run"]);
  const peak = Number(readFileSync(report, "utf8"));
  const small = await peakOf(1_000, hook, report);
  return row(
    `peak memory of \`servicing run\`, ${files.toLocaleString("en")} files`,
    prettyBytes(peak),
    `the same with 1,000 files: ${prettyBytes(small)}`,
    peak / 1_000_000,
    200,
    "MB",
  );
}

async function peakOf(files: number, hook: string, report: string): Promise<number> {
  config(await generated(files));
  timed(["--import", hook, cli, "run"]);
  return Number(readFileSync(report, "utf8"));
}

async function generated(files: number): Promise<string> {
  const file = join(folder, `image-${files}.wim`);
  await writeWim(file, {
    images: [
      {
        name: "Generated",
        time: new Date(0),
        facts: { WINDOWS: { ARCH: 9 } },
        tree: generatedTree(files, 40),
      },
    ],
  });
  return file;
}

function config(image: string): void {
  writeFileSync(
    join(folder, "servicing.config.ts"),
    `import { defineConfig, files } from "servicing";
export default defineConfig({
  line: "bench",
  image: { file: ${JSON.stringify(image)} },
  output: { compress: "fast" },
  plugins: [files({ copy: [{ from: "payload", to: "\\\\Windows\\\\Payload" }], write: { "\\\\Windows\\\\note.txt": "x" }, remove: ["\\\\Windows\\\\folder-0"] })],
});
`,
  );
}

function commandTime(): number {
  const [run] = readdirSync(join(folder, ".servicing/runs"));
  const logs = readdirSync(join(folder, ".servicing/runs", run ?? "")).filter((name) =>
    name.endsWith(".log"),
  );
  const text = logs
    .map((name) => readFileSync(join(folder, ".servicing/runs", run ?? "", name), "utf8"))
    .join("");
  return [...text.matchAll(/^= \S+ after (\d+) ms$/gm)].reduce((sum, match) => sum + Number(match[1]), 0);
}

function timed(args: readonly string[]): { readonly milliseconds: number } {
  const start = performance.now();
  const { status, stderr, stdout } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "", CI: "1" },
  });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}:\n${stdout}\n${stderr}`);
  return { milliseconds: performance.now() - start };
}

function row(
  what: string,
  measured: string,
  against: string,
  value: number,
  limit: number,
  unit: string,
): Row {
  const shown = `${value.toFixed(value > 50 ? 0 : 2)} ${unit}`;
  return { what, measured, against, result: shown, limit: `at most ${limit} ${unit}`, holds: value <= limit };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function milliseconds(value: number): string {
  return `${Math.round(value)} ms`;
}

function markdown(rows: readonly Row[]): string {
  const version = spawnSync("wimlib-imagex", ["--version"], { encoding: "utf8" }).stdout.split("\n")[0];
  return [
    "# Performance",
    "",
    "Written by `npm run bench`: medians, everything measured in one run on one machine. Trust the ratios, not the digits.",
    "",
    `Node ${process.version}, ${version}, Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model}.`,
    "",
    "| what | measured | against | result | limit | |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows.map(
      (each) =>
        `| ${each.what} | ${each.measured} | ${each.against} | ${each.result} | ${each.limit} | ${each.holds ? "holds" : "**missed**"} |`,
    ),
    "",
  ].join("\n");
}
