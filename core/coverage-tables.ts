import { basename } from "node:path";
import prettyBytes from "pretty-bytes";
import type { ChosenDrivers } from "./driver-choice.ts";
import type { Coverage, CoverageRow } from "./driver-coverage.ts";
import type { Economy, LeftOutDriver } from "./driver-economy.ts";
import type { DriverPackage } from "./driver-package.ts";
import { rankText, type Candidate } from "./driver-rank.ts";
import type { Device } from "./formats/device.ts";
import type { Table } from "./table.ts";

/** What `coverage` found, as tables: the devices, those without a driver, and the packages that these devices do not need. */
export function coverageTables(coverage: Coverage): readonly Table[] {
  const { rows, gaps, bytes } = coverage;
  const covered = rows.length - gaps.length;
  return [
    {
      title: `Devices: ${covered} of ${rows.length} have a driver`,
      columns: ["device", "driver", "version", "rank", "matched by", "Windows", "Setup", "WinRE"],
      rows: rows.map(deviceRow),
      ...(rows.some(({ device }) => device.derived)
        ? {
            notes: [
              "* The list gives no ids of this device: those that its instance id tells of stand for them.",
            ],
          }
        : {}),
    },
    ...filled({
      title: `Devices without a driver: ${gaps.length}`,
      columns: ["device", "look for", "left out"],
      rows: gaps.map(({ device, leftOut }) => [
        titleOf(device),
        device.hardwareIds[0] ?? device.compatibleIds[0] ?? "",
        leftOut === undefined ? "" : withReason(leftOut.package),
      ]),
    }),
    ...filled({
      title: `Packages that others win on every device here: ${prettyBytes(bytes.superseded)}`,
      columns: ["package", "version", "date", "bytes", "won by"],
      rows: coverage.superseded.map(({ package: driver, bytes: own, by }) => [
        ...packageCells(driver),
        String(own),
        listed(by.map((winner) => named(winner))),
      ]),
    }),
    ...filled({
      title: `Packages for none of these devices: ${prettyBytes(bytes.unused)}`,
      columns: ["package", "version", "date", "bytes", "class"],
      rows: coverage.unused.map(({ package: driver, bytes: own }) => [
        ...packageCells(driver),
        String(own),
        driver.className,
      ]),
    }),
  ];
}

/** Packages of which there are several with the same contents; nothing where there are none. */
export function copiesTables({ kept, refused, earlier, copies, economy }: ChosenDrivers): readonly Table[] {
  const byDigest = Map.groupBy(copies, ({ digest }) => digest);
  const leftOut = (economy?.leftOut ?? []).map((each) => each.package);
  const total = copies.reduce((sum, { bytes }) => sum + bytes, 0);
  return filled({
    title: `Copies that are not added again: ${copies.length}, ${prettyBytes(total)}`,
    columns: ["package", "copies", "bytes", "first of them"],
    rows: [...kept, ...refused, ...leftOut, ...earlier].flatMap((driver) => {
      const same = byDigest.get(driver.digest);
      if (same === undefined) return [];
      const bytes = String(driver.bytes * same.length);
      return [[basename(driver.inf), String(same.length), bytes, driver.inf]];
    }),
  });
}

/** What `newestOnly` leaves out, and why; nothing where it leaves out nothing. */
export function economyTables({ leftOut }: Economy): readonly Table[] {
  const bytes = leftOut.reduce((sum, { package: driver }) => sum + driver.bytes, 0);
  return filled({
    title: `Packages left out for better ones: ${leftOut.length}, ${prettyBytes(bytes)}`,
    columns: ["package", "version", "date", "bytes", "because"],
    rows: leftOut.map((one) => [
      ...packageCells(one.package),
      String(one.package.bytes),
      listed(one.because.map(reason)),
    ]),
  });
}

function reason({ winner, version, by, ids }: LeftOutDriver["because"][number]): string {
  const better = { rank: "ranks better", date: "is newer", version: "has the higher version" }[by];
  return `${named(winner, version)} ${better} for ${ids.length === 1 ? ids[0] : `${ids.length} ids`}`;
}

function deviceRow(row: CoverageRow): readonly string[] {
  const { device, driver, ties, inbox, extensions } = row;
  const elsewhere = [placed(row.setup, driver), placed(row.winre, driver)];
  if (driver === undefined) {
    const known = inbox === undefined ? "none" : `in-box ${inbox.inf}`;
    return [
      titleOf(device),
      known,
      "",
      "",
      inbox?.id ?? "",
      inbox === undefined ? "no" : "in-box",
      ...elsewhere,
    ];
  }
  const names = [driver.package, ...ties].map(({ inf }) => basename(inf));
  return [
    titleOf(device),
    [alternatives(names), ...extensions.map((each) => basename(each.package.inf))].join(" + "),
    driver.version,
    rankText(driver.rank),
    driver.id,
    driver.os,
    ...elsewhere,
  ];
}

/** Whether that Windows has the same driver, or which one it has. */
function placed(there: Candidate | undefined, driver: Candidate | undefined): string {
  if (there === undefined) return "no";
  return there.package === driver?.package ? "yes" : named(there.package, there.version);
}

/** The first is the one that is spoken of. */
function alternatives([name = "", second, ...others]: readonly string[]): string {
  if (second === undefined) return name;
  return others.length === 0 ? `${name} or ${second}` : `${name} or ${others.length + 1} others`;
}

function titleOf({ name, instance, hardwareIds, compatibleIds, count, derived }: Device): string {
  const title = name ?? hardwareIds[0] ?? compatibleIds[0] ?? instance ?? "";
  return `${title}${count > 1 ? ` (${count})` : ""}${derived ? " *" : ""}`;
}

function packageCells(driver: DriverPackage): readonly string[] {
  return [basename(driver.inf), driver.version, driver.date];
}

function named({ inf, version: own }: DriverPackage, version: string = own): string {
  return `${basename(inf)} ${version}`.trim();
}

function withReason(driver: DriverPackage): string {
  const why = driver.refused ?? driver.underivable[0];
  return why === undefined ? named(driver) : `${named(driver)}: ${why}`;
}

function listed(texts: readonly string[]): string {
  const more = texts.length > 2 ? [`and ${texts.length - 2} more`] : [];
  return [...texts.slice(0, 2), ...more].join(", ");
}

function filled(table: Table): readonly Table[] {
  return table.rows.length === 0 ? [] : [table];
}
