import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import prettyBytes from "pretty-bytes";
import { writeWim } from "../../templates/sample/wim-writer.ts";
import { generatedTree } from "../support/generated-tree.ts";
import { peakHook } from "../support/peak.ts";
import { command, median } from "./measure.ts";
import { cli, root } from "./project.ts";
import { row, type Row } from "./rows.ts";

/** What servicing itself takes, besides the tools that it starts: help, a run, memory. */
export async function ownCost(within: string, quick: boolean): Promise<readonly Row[]> {
  const folder = join(within, "own");
  const rounds = quick ? 3 : 11;
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(root, join(folder, "node_modules/servicing"), "junction");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  mkdirSync(join(folder, "payload"));
  for (let at = 0; at < 50; at += 1)
    writeFileSync(join(folder, `payload/${at}.txt`), `payload ${at}\n`.repeat(100));
  writeFileSync(join(folder, "empty.mjs"), "");
  return [
    await help(folder, 3 * rounds),
    await overhead(folder, quick ? 5_000 : 25_000, Math.min(rounds, 7)),
    await memory(folder, 100_000),
  ];
}

/** Help has to come at once: it is what one waits for most often. */
async function help(folder: string, rounds: number): Promise<Row> {
  const times = { empty: [] as number[], help: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    times.empty.push(await node(folder, join(folder, "empty.mjs")));
    times.help.push(await node(folder, cli, "--help"));
  }
  const [empty, measured] = [median(times.empty), median(times.help)];
  return row(
    "`servicing --help`",
    milliseconds(measured),
    `an empty Node script: ${milliseconds(empty)}`,
    measured / empty,
    "×",
    1.5,
  );
}

/** What a run takes besides the wimlib commands that it issues, whose times its logs tell. */
async function overhead(folder: string, files: number, rounds: number): Promise<Row> {
  await config(folder, files);
  const runs: { readonly wall: number; readonly commands: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    runs.push({ wall: await run(folder), commands: commandTime(folder) });
  }
  const wall = median(runs.map((each) => each.wall));
  const own = median(runs.map((each) => each.wall - each.commands));
  return row(
    `\`servicing run\`, ${files.toLocaleString("en")} files, 52 changes`,
    milliseconds(wall),
    `the wimlib and hivex commands that it issues: ${milliseconds(wall - own)}`,
    own / 1000,
    "s over them",
    0.5,
  );
}

/** The whole process: Node, servicing and its libraries, at its highest. */
async function memory(folder: string, files: number): Promise<Row> {
  const [peak, small] = [await peakOf(folder, files), await peakOf(folder, 1_000)];
  return row(
    `peak memory of \`servicing run\`, ${files.toLocaleString("en")} files`,
    prettyBytes(peak),
    `the same with 1,000 files: ${prettyBytes(small)}`,
    peak / 1_000_000,
    "MB",
    200,
  );
}

async function peakOf(folder: string, files: number): Promise<number> {
  await config(folder, files);
  const report = join(folder, "peak.txt");
  await run(folder, "--import", peakHook(report));
  return Number(readFileSync(report, "utf8"));
}

async function config(folder: string, files: number): Promise<void> {
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
  writeFileSync(
    join(folder, "servicing.config.ts"),
    `import { defineConfig, files } from "servicing";
export default defineConfig({
  line: "bench",
  image: { file: ${JSON.stringify(file)} },
  output: { compress: "fast" },
  plugins: [files({ copy: [{ from: "payload", to: "\\\\Windows\\\\Payload" }], write: { "\\\\Windows\\\\note.txt": "x" }, remove: ["\\\\Windows\\\\folder-0"] })],
});
`,
  );
}

function commandTime(folder: string): number {
  const runs = join(folder, ".servicing/runs");
  const home = join(runs, readdirSync(runs)[0] ?? "");
  const logs = readdirSync(home).filter((name) => name.endsWith(".log"));
  const text = logs.map((name) => readFileSync(join(home, name), "utf8")).join("");
  return [...text.matchAll(/^= \S+ after (\d+) ms$/gm)].reduce((sum, match) => sum + Number(match[1]), 0);
}

/** A first run: nothing of an earlier one is left. */
async function run(folder: string, ...before: readonly string[]): Promise<number> {
  const store = join(folder, "store");
  for (const left of [store, join(folder, ".servicing")]) rmSync(left, { recursive: true, force: true });
  return node(folder, ...before, cli, "run");
}

async function node(folder: string, ...args: readonly string[]): Promise<number> {
  const env = { SERVICING_STORE: join(folder, "store") };
  return (await command(process.execPath, args, { cwd: folder, env })).milliseconds;
}

function milliseconds(value: number): string {
  return `${Math.round(value)} ms`;
}
