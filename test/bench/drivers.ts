import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeDriverPackage } from "../support/driver-package.ts";
import { command, type Ended, median, seconds } from "./measure.ts";
import { cli } from "./project.ts";
import type { Row } from "./rows.ts";
import { row } from "./rows.ts";

/** What `servicing inspect` says of a folder of drivers, against looking into every INF by hand, and when nothing changed. */
export async function driverScans(within: string, quick: boolean): Promise<readonly Row[]> {
  const count = quick ? 400 : 4_000;
  const rounds = quick ? 3 : 7;
  const folder = join(within, "driver-packages");
  mkdirSync(folder);
  for (let at = 0; at < count; at += 1) {
    const name = `driver${at}`;
    const kind = at % 4 === 0 ? "storage" : "net";
    await writeDriverPackage(join(folder, `vendor ${at % 20}`, name), { name, kind });
  }
  const store = join(within, "driver-store");
  const env = { SERVICING_STORE: store };
  const scan = (): Promise<Ended> => command(process.execPath, [cli, "inspect", folder], { env });
  const times = { grep: [] as number[], hash: [] as number[], cold: [] as number[], again: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    times.grep.push(
      (await command("grep", ["-r", "--include=*.inf", "-h", "DriverVer", folder])).milliseconds,
    );
    times.hash.push((await shell('find "$0" -type f -exec sha256sum {} +', folder)).milliseconds);
    rmSync(store, { recursive: true, force: true });
    times.cold.push((await scan()).milliseconds);
    times.again.push((await scan()).milliseconds);
  }
  rmSync(folder, { recursive: true });
  const [grep, hash, cold, again] = [times.grep, times.hash, times.cold, times.again].map(median);
  const what = `${count.toLocaleString("en")} driver packages scanned`;
  return [
    // What is written within the last two seconds is not remembered, which generating has outlasted long before.
    row(
      `${what}, nothing known`,
      seconds(cold ?? 0),
      `sha256sum of their files: ${seconds(hash ?? 0)}; grep for DriverVer: ${seconds(grep ?? 0)}`,
      (cold ?? 0) / 1000,
      "s",
      2,
    ),
    row(
      `${what}, nothing changed`,
      seconds(again ?? 0),
      `the first scan: ${seconds(cold ?? 0)}`,
      (again ?? 0) / 1000,
      "s",
      0.3,
    ),
  ];
}

function shell(script: string, folder: string): Promise<Ended> {
  return command("sh", ["-c", script, folder]);
}
