/**
 * `npm run kill`: kills runs at moments of all sorts, and proves after each that nothing was lost: the source is as it
 * was, a result is whole or not there, and the next run comes to what a run comes to that nobody disturbed.
 *
 * `--runs 200`, `--seed text`, `--kind update` (several times; all, unless said; those that mount where FUSE works), `--parallel 2`, `--only 17` for one trial of a
 * seed alone, `--sweep` for a kill before each single call that a run makes to change files or to start a process.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { campaign } from "./campaign.ts";
import { canMount } from "./fuse.ts";
import { type KindName, kinds } from "./kinds.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "200" },
    seed: { type: "string", default: String(Date.now()) },
    kind: { type: "string", multiple: true },
    parallel: { type: "string", default: "2" },
    only: { type: "string" },
    sweep: { type: "boolean", default: false },
  },
});

const known = canMount()
  ? (Object.keys(kinds) as KindName[])
  : (Object.keys(kinds) as KindName[]).filter((kind) => kinds[kind].mounts !== true);
const wanted = known.filter((kind) => values.kind?.includes(kind) ?? true);
if (wanted.length === 0) throw new Error(`--kind must be one of ${known.join(", ")}`);
const folder = mkdtempSync(join(tmpdir(), "servicing-kill-"));
const start = performance.now();
console.log(`seed ${values.seed}, kinds ${wanted.join(", ")}, in ${folder}`);
let failed = 0;

const trials = await campaign({
  folder,
  seed: values.seed,
  kinds: wanted,
  runs: Number(values.runs),
  parallel: Number(values.parallel),
  only: values.only === undefined ? undefined : Number(values.only),
  sweep: values.sweep,
  ended({ number, kind, story, faults, folder: kept }) {
    if (faults.length === 0) return;
    failed += 1;
    console.log(`\n✖ ${number} ${kind} (--seed ${values.seed} --only ${number}), kept in ${kept}`);
    for (const line of story) console.log(`    ${line}`);
    for (const fault of faults) console.log(`  ${fault.replaceAll("\n", "\n  ")}`);
  },
});

for (const kind of wanted) {
  const own = trials.filter((trial) => trial.kind === kind);
  const hits = own.reduce((sum, trial) => sum + trial.hits, 0);
  const sum = (of: "reused" | "stored"): number => own.reduce((all, trial) => all + trial[of], 0);
  const littered = own.filter((trial) => trial.littered).length;
  const faulty = own.filter((trial) => trial.faults.length > 0).length;
  console.log(
    `${kind.padEnd(8)} ${own.length} trials, ${hits} runs killed, ${littered} left something behind, ${sum("stored")} steps in the store, ${sum("reused")} reused, ${faulty} failed`,
  );
}
console.log(`${Math.round((performance.now() - start) / 1000)} s`);
if (failed === 0) rmSync(folder, { recursive: true });
process.exitCode = failed === 0 ? 0 : 1;
