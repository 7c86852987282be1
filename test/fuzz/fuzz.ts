import { join } from "node:path";
import { parseArgs } from "node:util";
import { describe, fuzz, type Outcome } from "./run.ts";
import { targets } from "./targets.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    from: { type: "string", default: "0" },
    help: { type: "boolean", default: false },
  },
});
const unknown = positionals.filter((name) => !targets.some((target) => target.name === name));
if (values.help || unknown.length > 0) {
  console.log("fuzz [target …] [--runs n] [--seed s] [--from n]");
  console.log(`targets: ${targets.map(({ name }) => name).join(", ")}`);
  process.exit(unknown.length > 0 ? 2 : 0);
}

const folder = join(import.meta.dirname, "../../out/fuzz");
const shown = process.stderr.isTTY;
let failed = false;
console.log(row(["target", "inputs", "accepted", "time", "slowest", "input", "peak"]));
for (const { name } of targets) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const outcome = await fuzz(name, {
    runs: Number(values.runs),
    from: Number(values.from),
    seed: values.seed,
    folder,
    onProgress: (done) => shown && process.stderr.write(`\r${name} ${done}\u001b[K`),
  });
  if (shown) process.stderr.write("\r\u001b[K");
  console.log(row(cells(outcome)));
  for (const failure of outcome.failures) console.log(describe(failure, outcome, values.seed));
  failed ||= outcome.failures.length > 0;
}
process.exitCode = failed ? 1 : 0;

function cells(outcome: Outcome): readonly string[] {
  return [
    outcome.target,
    String(outcome.runs),
    `${Math.round((100 * outcome.accepted) / outcome.runs)} %`,
    `${outcome.seconds.toFixed(1)} s`,
    `${outcome.slowestMilliseconds.toFixed(1)} ms`,
    `#${outcome.slowest}`,
    `${outcome.peakMebibytes.toFixed(1)} MiB`,
  ];
}

function row(texts: readonly string[]): string {
  return texts.map((text, at) => (at === 0 ? text.padEnd(16) : text.padStart(12))).join("");
}
