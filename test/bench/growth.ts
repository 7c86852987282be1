import { rerun, driverLine } from "./again.ts";
import { makeBases } from "./base.ts";
import type { Bench } from "./bench.ts";
import { mountCommit, servicing, updateBatch } from "./lines.ts";
import { inTurns, type Measured, say } from "./measure.ts";
import { peer } from "./peers.ts";

export interface Point {
  readonly along: "lines" | "files" | "drivers";
  readonly at: number;
  readonly way: string;
  readonly milliseconds: number;
  readonly bytes: number;
}

/** Names of ways, as the plots show them. */
const ways = {
  delta: "servicing, deltas",
  wim: "servicing, standalone WIMs",
  again: "servicing, nothing changed",
  mount: "by hand: mount, commit",
  update: "by hand: update batch",
} as const;

type Along = Point["along"];
type Way = keyof typeof ways;

/** What it costs as lines, files of the image and drivers become more; `ten` is what was measured of ten lines. */
export async function growth(
  bench: Bench,
  ten: Readonly<Record<string, Measured>>,
): Promise<readonly Point[]> {
  return [
    ...(await alongLines(bench, bench.quick ? [1, 2, 5] : [1, 2, 5, 20])),
    ...pointsOf("lines", 10, ten),
    ...(await alongFiles(bench)),
    ...(await alongDrivers(bench, bench.quick ? [10, 100] : [10, 100, 300])),
  ].toSorted((a, b) => a.at - b.at);
}

async function alongLines(bench: Bench, counts: readonly number[]): Promise<readonly Point[]> {
  const points: Point[] = [];
  const { xpress } = bench.bases;
  for (const count of counts) {
    say(`growth: ${count} lines`);
    // What is made by hand grows by the same with each line: beyond ten it tells nothing.
    const byHand = count <= 10;
    const rounds = count <= 2 && !bench.quick ? 3 : 1;
    const measured = await inTurns({
      delta: servicing(bench, xpress, count, "delta", rounds),
      ...(byHand ? { wim: servicing(bench, xpress, count, "wim", rounds) } : {}),
      ...(byHand ? { update: updateBatch(bench, xpress, count, rounds) } : {}),
      ...(byHand && bench.noMounts === undefined ? { mount: mountCommit(bench, xpress, count, rounds) } : {}),
    });
    points.push(...pointsOf("lines", count, measured));
  }
  return points;
}

async function alongFiles(bench: Bench): Promise<readonly Point[]> {
  const points: Point[] = [];
  for (const size of bench.sizes) {
    say(`growth: ${size.files} files`);
    const { xpress } = await makeBases(bench.folder, size, ["xpress"], bench.keep);
    const rounds = bench.quick ? 1 : 3;
    const measured = await inTurns({
      delta: servicing(bench, xpress, 1, "delta", rounds),
      wim: servicing(bench, xpress, 1, "wim", rounds),
      update: updateBatch(bench, xpress, 1, rounds),
    });
    const { again } = await rerun(bench, xpress, "delta");
    points.push(...pointsOf("files", size.files, { ...measured, again }));
  }
  return points;
}

async function alongDrivers(bench: Bench, counts: readonly number[]): Promise<readonly Point[]> {
  const points: Point[] = [];
  const { project, bases, peerOut } = bench;
  for (const count of counts) {
    say(`growth: ${count} drivers`);
    const home = await driverLine(bench, count, "delta");
    const measured = await inTurns({
      delta: { rounds: 3, before: () => project.clean(), measure: () => project.run() },
      update: peer("add-drivers", peerOut, [bases.xpress, home, `${peerOut}/drivers.wim`], 3),
    });
    const { again } = await inTurns({
      again: { rounds: 3, before: async () => undefined, measure: () => project.run() },
    });
    await project.clean();
    points.push(...pointsOf("drivers", count, { ...measured, again }));
  }
  return points;
}

function pointsOf(
  along: Along,
  at: number,
  measured: Readonly<Partial<Record<Way, Measured>>>,
): readonly Point[] {
  return Object.entries(measured).map(([way, { milliseconds, disk }]) => ({
    along,
    at,
    way: ways[way as Way],
    milliseconds,
    bytes: disk,
  }));
}
