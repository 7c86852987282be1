/**
 * `npm run bench`: what servicing costs, as ratios against what a user would do instead, all measured in one run.
 * Writes docs/performance.md, its data and its plots; ends with 1 where a limit is missed. `--quick` measures small images,
 * for which the ratios have no limits, and writes nothing. `--keep` keeps the generated images for the next run.
 * `--drivers` measures folders of drivers alone, and leaves the other sections as they are.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import prettyBytes from "pretty-bytes";
import { oneDriverMore, reruns } from "./again.ts";
import { checkRoom, type Compression, makeBases, type Size } from "./base.ts";
import { driverScans } from "./drivers.ts";
import { growth } from "./growth.ts";
import { applyCapture, lineNames, oneLine, tenLines } from "./lines.ts";
import { say, seconds } from "./measure.ts";
import { ownCost } from "./own-cost.ts";
import { makePayload } from "./payload.ts";
import { whyNoMounts } from "./peers.ts";
import { Project } from "./project.ts";
import { machine, markdown, type Performance, type Section, withSection, write } from "./report.ts";

export interface Bench {
  readonly folder: string;
  readonly project: Project;
  readonly quick: boolean;
  readonly keep: boolean;
  /** Size of the bases, and of an image with many files. */
  readonly size: Size;
  readonly large: Size;
  /** Sizes of images for the growth. */
  readonly sizes: readonly Size[];
  readonly bases: Readonly<Record<Compression, string>>;
  /** What goes into lines: `common`, and a folder for each line. */
  readonly payload: string;
  /** Where peers put what they make. */
  readonly peerOut: string;
  /** Why images cannot be mounted here. */
  readonly noMounts: string | undefined;
}

const start = performance.now();
const quick = process.argv.includes("--quick");
const keep = process.argv.includes("--keep");
const part = quick ? 10 : 1;
const size = { files: 25_000 / part, bytes: 1_600_000_000 / part };
const large = { files: 100_000 / part, bytes: 800_000_000 / part };
const common = { files: 300 / part, bytes: 50_000_000 / part };
const own = { files: 60 / part, bytes: 10_000_000 / part };
const small = { files: 5_000 / part, bytes: 320_000_000 / part };
const folder = mkdtempSync(join(tmpdir(), "servicing-bench-"));

try {
  const on = await machine();
  say(on);
  const only = process.argv.includes("--drivers");
  const measured = only ? withSection(await drivers(on)) : await whole(on);
  process.stdout.write(`${markdown(measured)}\n`);
  if (!quick) await write(measured);
  const measuredHere = measured.sections.filter((section) => section.on === on);
  const missed = measuredHere.flatMap(({ rows }) => rows.filter(({ verdict }) => verdict === "missed"));
  for (const { what, result, limit } of missed) say(`missed: ${what}: ${result}, ${limit}`);
  say(`took ${seconds(performance.now() - start)}`);
  process.exitCode = missed.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function drivers(on: string): Promise<Section> {
  say("folders of drivers");
  return {
    title: "Folders of drivers",
    text: "`servicing inspect` of driver packages, each an INF, a driver and a signed catalogue: what they install, whether the catalogue holds and lists the files as they are. What is known is in the store, by size, times and inode of every file.",
    on,
    rows: await driverScans(folder, quick),
  };
}

async function whole(on: string): Promise<Performance> {
  // Bases, and ten results of one way with as much again for what making them takes.
  await checkRoom(folder, (3 * size.bytes + 10 * 0.45 * size.bytes) * 1.3);
  const project = new Project(join(folder, "project"));
  const payload = join(folder, "payload");
  makePayload(join(payload, "common"), common, 1);
  lineNames(20).forEach((name, at) => makePayload(join(payload, name), own, 100 + at));
  const peerOut = join(folder, "by-hand");
  mkdirSync(peerOut);
  const noMounts = await whyNoMounts(folder);
  if (noMounts !== undefined) say(`images cannot be mounted here: ${noMounts}`);
  const bases = await makeBases(folder, size, ["xpress", "lzx"], keep);
  const sizes = [small, size, large];
  const bench: Bench = {
    folder,
    project,
    quick,
    keep,
    size,
    large,
    sizes,
    bases,
    payload,
    peerOut,
    noMounts,
  };

  say("servicing itself");
  const itself = await ownCost(folder, quick);
  const scans = await drivers(on);
  say("ten lines");
  const ten = await tenLines(bench);
  say("one line");
  const one = [...(await oneLine(bench)), ...(quick ? [] : await applyCapture(bench))];
  say("nothing changed, one driver more");
  const again = [...(await reruns(bench)), ...(await oneDriverMore(bench, quick ? 30 : 300))];
  const sections: readonly Section[] = [
    { title: "Servicing itself", text: "Besides the tools that it starts.", on, rows: itself },
    scans,
    {
      title: "Ten lines",
      text: `A generated image of ${told(size)}, XPRESS; lines with ${told(common)} in common and ${told(own)} of their own, half of it random. By hand, lines are made one after the other, each with all of wimlib's threads; servicing makes three at once. Disk is all that stays: results and, with servicing, its checkpoints, logs and configs.`,
      on,
      rows: ten.rows,
    },
    {
      title: "One line",
      text: "The same image, XPRESS or LZX (made by `wimlib-imagex export --compress=LZX:20`: the default level takes minutes and gains little).",
      on,
      rows: one,
    },
    { title: "Again", text: "The second run of a line, on XPRESS.", on, rows: again },
  ];
  return { sections, growth: await growth(bench, ten.measured), growthOn: on };
}

function told({ files, bytes }: Size): string {
  return `${prettyBytes(bytes)} (${files.toLocaleString("en")} files)`;
}
