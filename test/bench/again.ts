import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import { makeBases } from "./base.ts";
import { servicing } from "./lines.ts";
import { type Measured, median, seconds } from "./measure.ts";
import { makeDrivers } from "./payload.ts";
import type { LineOf } from "./project.ts";
import { row, type Row } from "./rows.ts";

/** A run with nothing changed since the last one, which may take no longer on a large image than on a small one. */
export async function reruns(bench: Bench): Promise<readonly Row[]> {
  const large = await makeBases(bench.folder, bench.large, ["xpress"], bench.keep);
  const rows: Row[] = [];
  for (const [size, base, kind] of [
    [bench.size, bench.bases.xpress, "wim"],
    [bench.size, bench.bases.xpress, "delta"],
    [bench.large, large.xpress, "wim"],
  ] as const) {
    const { first, again } = await rerun(bench, base, kind);
    const what = kind === "wim" ? "a standalone WIM" : "a delta";
    rows.push(
      row(
        `nothing changed, ${size.files.toLocaleString("en")} files, ${what}`,
        `${seconds(again.milliseconds)}, ${again.ran} of ${again.steps} steps ran`,
        `the first run: ${seconds(first.milliseconds)}`,
        again.milliseconds / 1000,
        "s",
        0.4,
      ),
    );
  }
  return rows;
}

/** A line's first run, and the median of runs after it with nothing changed. */
export async function rerun(
  bench: Bench,
  base: string,
  kind: LineOf["kind"],
): Promise<{ readonly first: Measured; readonly again: Measured }> {
  const { before } = servicing(bench, base, 1, kind, 1);
  await before();
  const { project, quick } = bench;
  const first = await project.run();
  const times: Measured[] = [];
  for (let round = 0; round < (quick ? 3 : 7); round += 1) times.push(await project.run());
  await project.clean();
  return {
    first,
    again: { ...first, ...times.at(-1), milliseconds: median(times.map((each) => each.milliseconds)) },
  };
}

/** Drivers that are added to a line with `count`, one after the other: what came before must not run again. */
export async function oneDriverMore(bench: Bench, count: number): Promise<readonly Row[]> {
  const { project } = bench;
  const [rounds, home] = [3, await driverLine(bench, count, "wim")];
  const first = await project.run();
  const times: Measured[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await makeDrivers(home, count + round, count + round + 1);
    times.push(await project.run());
  }
  await project.clean();
  const more = times.at(-1);
  const milliseconds = median(times.map((each) => each.milliseconds));
  return [
    row(
      `one driver more for a line with ${count}`,
      `${seconds(milliseconds)}, ${more?.ran} of ${more?.steps} steps ran`,
      `the first run: ${seconds(first.milliseconds)}, ${first.ran} of ${first.steps} steps`,
      milliseconds / first.milliseconds,
      "×",
    ),
  ];
}

/** Makes a line with so many drivers the only one; gives the folder of its drivers. */
export async function driverLine(bench: Bench, count: number, kind: LineOf["kind"]): Promise<string> {
  const home = join(bench.folder, "drivers");
  rmSync(home, { recursive: true, force: true });
  await makeDrivers(home, 0, count);
  const plugins = [`drivers(${JSON.stringify({ from: home })})`];
  // The generated images have no registry to publish drivers in.
  const prefer = ["setup", "offline"] as const;
  bench.project.lines({ drivers: { base: bench.bases.xpress, kind, plugins, prefer } });
  await bench.project.clean();
  return home;
}
