import { join } from "node:path";
import type { Bench } from "./bench.ts";
import { type Contender, inTurns, type Measured } from "./measure.ts";
import { peer } from "./peers.ts";
import type { LineOf } from "./project.ts";
import { diskRow, type Row, timeRow, unmeasured } from "./rows.ts";

const mounting = "copy, mount, copy files, commit";
const batching = "copy, one `update` batch";

export function lineNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `line-${String(at).padStart(2, "0")}`);
}

/** A line with the files that lines have in common and with its own. */
function lineOf(bench: Bench, name: string, base: string, kind: LineOf["kind"]): LineOf {
  const copy = (folder: string, to: string): string =>
    `files(${JSON.stringify({ copy: { [join(bench.payload, folder)]: to } })})`;
  return {
    base,
    kind,
    plugins: [copy("common", "\\Contoso\\Common"), copy(name, "\\Contoso\\Line")],
  };
}

/** All lines in one run, from an empty store. */
export function servicing(
  bench: Bench,
  base: string,
  count: number,
  kind: LineOf["kind"],
  rounds: number,
): Contender {
  const { project } = bench;
  const lines = lineNames(count).map((name) => [name, lineOf(bench, name, base, kind)] as const);
  return {
    rounds,
    before: async () => {
      project.lines(Object.fromEntries(lines));
      await project.clean();
    },
    measure: async () => {
      const measured = await project.run();
      await project.clean();
      return measured;
    },
  };
}

export function mountCommit(bench: Bench, base: string, count: number, rounds: number): Contender {
  return peer(
    "mount-commit",
    bench.peerOut,
    [base, bench.payload, bench.peerOut, ...lineNames(count)],
    rounds,
  );
}

export function updateBatch(bench: Bench, base: string, count: number, rounds: number): Contender {
  return peer(
    "update-batch",
    bench.peerOut,
    [base, bench.payload, bench.peerOut, ...lineNames(count)],
    rounds,
  );
}

/** Ten lines on the XPRESS base. Also gives what was measured, for the growth. */
export async function tenLines(
  bench: Bench,
): Promise<{ readonly rows: readonly Row[]; readonly measured: Readonly<Record<string, Measured>> }> {
  const { xpress } = bench.bases;
  const judged = (limit: number): number | undefined => (bench.quick ? undefined : limit);
  const rounds = bench.quick ? 1 : 3;
  const measured: Record<string, Measured> = await inTurns({
    ...(bench.noMounts === undefined ? { mount: mountCommit(bench, xpress, 10, rounds) } : {}),
    delta: servicing(bench, xpress, 10, "delta", rounds),
    wim: servicing(bench, xpress, 10, "wim", rounds),
    update: updateBatch(bench, xpress, 10, 1),
  });
  const { mount, delta, wim, update } = measured;
  const rows: Row[] = [];
  const deltas = "ten lines as deltas";
  const wims = "ten lines as standalone WIMs";
  for (const [what, each, time, disk] of [
    [deltas, delta, 0.15, 0.15],
    [wims, wim, 0.5, undefined],
  ] as const) {
    if (each === undefined) continue;
    if (mount === undefined) {
      const because = `${mounting}: ${bench.noMounts}`;
      rows.push(unmeasured(`${what}, time`, because, `at most ${time} ×`));
      if (disk !== undefined) rows.push(unmeasured(`${what}, disk`, because, `at most ${disk} ×`));
    } else {
      rows.push(timeRow(`${what}, time`, each, [mounting, mount], judged(time)));
      rows.push(
        diskRow(`${what}, disk`, each, [mounting, mount], disk === undefined ? undefined : judged(disk)),
      );
    }
    if (update !== undefined) rows.push(timeRow(`${what}, time`, each, [batching, update]));
  }
  return { rows, measured };
}

/** One line on the LZX base against the fastest that a user would write. */
export async function oneLine(bench: Bench): Promise<readonly Row[]> {
  const { lzx } = bench.bases;
  const judged = (limit: number): number | undefined => (bench.quick ? undefined : limit);
  const rounds = bench.quick ? 1 : 5;
  const { delta, wim, update } = await inTurns({
    update: updateBatch(bench, lzx, 1, rounds),
    delta: servicing(bench, lzx, 1, "delta", rounds),
    wim: servicing(bench, lzx, 1, "wim", rounds),
  });
  return [
    timeRow("one line on an LZX base as a delta", delta, [batching, update], judged(1.15)),
    timeRow("one line on an LZX base as a standalone WIM", wim, [batching, update], judged(1.3)),
  ];
}

/** The whole image applied and captured again, once: it is far slower. */
export async function applyCapture(bench: Bench): Promise<readonly Row[]> {
  const { xpress } = bench.bases;
  const args = [xpress, bench.payload, bench.peerOut, "XPRESS", ...lineNames(1)];
  const { apply, wim } = await inTurns({
    apply: peer("apply-capture", bench.peerOut, args, 1),
    wim: servicing(bench, xpress, 1, "wim", 3),
  });
  return [timeRow("one line as a standalone WIM", wim, ["apply, copy files, capture", apply])];
}
