import { basename } from "node:path";
import { copiesTables, coverageTables, economyTables } from "./coverage-tables.ts";
import type { ChosenDrivers } from "./driver-choice.ts";
import { coverage, type DriverPlacement } from "./driver-coverage.ts";
import { isStored, replaces, type StartingDriver } from "./driver-conflict.ts";
import type { DriverPackage, InboxDrivers } from "./driver-package.ts";
import { someOf } from "./driver-refusal.ts";
import type { Verdict } from "./engine.ts";
import { failure } from "./error.ts";
import type { Device } from "./formats/device.ts";
import type { Operation } from "./operation.ts";
import type { Item, Plan } from "./step.ts";
import type { Table } from "./table.ts";

/** What was decided on the drivers of one image, before they were routed. */
export interface DriverChoice extends ChosenDrivers {
  /** What goes into Winre.wim as well. */
  readonly recovery: readonly DriverPackage[];
  /** What goes into a boot.wim. */
  readonly setUp: readonly DriverPackage[];
  readonly devices: readonly { readonly list: string; readonly devices: readonly Device[] }[];
  readonly inbox: InboxDrivers;
  /** What Windows is started with, and is taken out. */
  readonly removed: readonly StartingDriver[];
}

export interface DriverTableOptions {
  /** The plugin that asked for the drivers. */
  readonly by: string;
  /** `name.inf@version`, in any case, of those that a device has started with. */
  readonly bootTested: readonly string[];
}

/** What becomes of each driver, and which device has which, now that the plan says where they go. */
export function driverTables(
  plan: Plan,
  told: ReadonlyMap<number, DriverChoice>,
  options: DriverTableOptions,
): readonly Table[] {
  return [...told].flatMap(([image, of]) => {
    const several = told.size > 1;
    const title = (text: string): string => (several ? `${text} (image ${image})` : text);
    const routes = routesOf(plan, image, of, options.by);
    const own = ownTable(of, routes, options);
    const tables = own.rows.length === 0 ? [] : [own];
    tables.push(...copiesTables(of));
    if (of.economy !== undefined) tables.push(...economyTables(of.economy));
    const placement = placementOf(of, routes);
    const leftOut = (of.economy?.leftOut ?? []).map((each) => each.package);
    const packages = [...of.kept, ...of.refused, ...leftOut];
    const inbox = (id: string): string | undefined => of.inbox.ids[id];
    for (const { list, devices } of of.devices)
      for (const table of coverageTables(coverage(devices, packages, placement, inbox)))
        tables.push({ ...table, title: of.devices.length > 1 ? `${list}: ${table.title}` : table.title });
    return tables.map((table) => ({ ...table, title: title(table.title) }));
  });
}

/**
 * What a plan leaves out although Windows cannot be started without it, where a device needs it: a sentence for each reason.
 * @param asked the plugin that asked for the drivers
 */
export function driverWarnings(plan: Plan, asked: string): readonly string[] {
  const left = plan.items.flatMap(({ operation, verdict, by, considered }) => {
    if (operation.type !== "Add-Driver" || by !== asked || verdict !== undefined) return [];
    if (operation.facts?.bootCritical !== true) return [];
    return [{ inf: operation.driver, why: whyLeftOut(plan, operation, considered) }];
  });
  return [...Map.groupBy(left, ({ why }) => why)].map(([why, drivers]) => {
    const names = someOf([...new Set(drivers.map(({ inf }) => inf))]);
    const [verbs, them] =
      drivers.length === 1 ? ["starts Windows, and is", "it"] : ["start Windows, and are", "them"];
    return `${asked}: ${names} ${verbs} left out: a device that needs ${them} does not start (${why})`;
  });
}

function whyLeftOut(
  { engine: line }: Plan,
  { facts }: Operation<"Add-Driver">,
  considered: readonly Verdict[],
): string {
  const own = considered.some(({ engine, strategy }) => engine === line && strategy === "offline");
  const told = line === "wimlib" && own ? (facts?.underivable ?? []) : [];
  return (told.length > 0 ? told : considered.map(({ because }) => because)).join("; ");
}

/**
 * A driver that Windows is started with goes for a newer one: where that is left out, neither would be there.
 * @param asked the plugin that asked for the drivers
 * @throws SERVICING_DRIVER_UNREPLACED
 */
export function refuseUnreplaced(plan: Plan, told: ReadonlyMap<number, DriverChoice>, asked: string): void {
  for (const [image, { removed, kept, refused }] of told) {
    const items = plan.items.filter((item) => item.image === image && item.by === asked);
    for (const gone of removed.filter((each) => isTakenOut(each, items))) {
      const others = kept.filter((driver) => replaces(driver, gone));
      const added = items.flatMap(({ operation, verdict, considered }) =>
        operation.type === "Add-Driver" && others.some(({ inf }) => inf === operation.driver)
          ? [{ operation, verdict, considered }]
          : [],
      );
      if (added.some(({ verdict }) => verdict !== undefined)) continue;
      const left = [
        ...added.map(({ operation, considered }) => ({
          inf: operation.driver,
          why: whyLeftOut(plan, operation, considered),
        })),
        ...refused.flatMap((driver) =>
          replaces(driver, gone) ? [{ inf: driver.inf, why: driver.refused ?? "" }] : [],
        ),
      ];
      if (left.length > 0)
        throw failure("SERVICING_DRIVER_UNREPLACED", {
          driver: `${gone.publishedName} (${gone.inf})`.toLowerCase(),
          left: left.map(({ inf, why }) => `${inf}: ${why}`),
        });
    }
  }
}

/** Not by Windows itself, which is started by then. */
function isTakenOut({ publishedName, inf }: StartingDriver, items: readonly Item[]): boolean {
  return items.some(
    ({ operation, verdict }) =>
      operation.type === "Remove-Driver" &&
      verdict?.strategy === "offline" &&
      [publishedName, inf].includes(operation.driver.toUpperCase()),
  );
}

type Place = DriverPlacement["os"];

/** Where the planner sent each INF of an image. */
function routesOf(
  plan: Plan,
  image: number,
  { kept, inbox }: DriverChoice,
  asked: string,
): ReadonlyMap<string, Place> {
  const routes = new Map<string, Place>();
  const stored = new Set(kept.filter((driver) => isStored(driver, inbox)).map(({ inf }) => inf));
  for (const { operation, verdict, by, image: of } of plan.items)
    if (operation.type === "Add-Driver" && by === asked && of === image)
      routes.set(
        operation.driver,
        verdict === undefined
          ? "left out"
          : verdict.strategy === "setup"
            ? "staged"
            : verdict.strategy === "offline" && verdict.engine === "wimlib"
              ? stored.has(operation.driver)
                ? "already there"
                : "published"
              : verdict.strategy === "offline"
                ? "added"
                : verdict.strategy,
      );
  return routes;
}

/** Every driver with where it goes. */
function ownTable(
  { kept }: DriverChoice,
  routes: ReadonlyMap<string, Place>,
  { bootTested }: DriverTableOptions,
): Table {
  const tested = new Set(bootTested.map((mark) => mark.toLowerCase()));
  const isTested = (driver: DriverPackage): boolean => tested.has(driverMark(driver));
  const published = kept.filter(({ inf }) => /^(?:published|already there)$/.test(routes.get(inf) ?? ""));
  const untried = published.filter((driver) => !isTested(driver)).map(({ inf }) => basename(inf));
  return {
    title: "Drivers",
    columns: ["driver", "class", "version", "boot-critical", "signer", "goes", "boot-tested"],
    rows: kept.map((driver) => [
      basename(driver.inf),
      driver.className,
      driver.version,
      driver.bootCritical ? "yes" : "no",
      driver.signature.state === "covered" ? driver.signature.signer : `none: ${driver.signature.because}`,
      routes.get(driver.inf) ?? "left out",
      published.includes(driver) ? (isTested(driver) ? "yes" : "not yet") : "",
    ]),
    ...(untried.length === 0
      ? {}
      : {
          notes: [`published without Windows; try a first boot on reference hardware: ${someOf(untried)}`],
        }),
  };
}

function placementOf(
  { kept, recovery, setUp }: DriverChoice,
  routes: ReadonlyMap<string, Place>,
): ReadonlyMap<DriverPackage, DriverPlacement> {
  const [inRecovery, inSetup] = [recovery, setUp].map((list) => new Set(list.map(({ digest }) => digest)));
  return new Map(
    kept.map((driver) => {
      const os = routes.get(driver.inf) ?? "left out";
      const setup = inSetup?.has(driver.digest) === true;
      return [driver, { os, setup, winre: inRecovery?.has(driver.digest) === true }];
    }),
  );
}

/** How a driver is named where somebody says that it was tried. */
export function driverMark({ inf, version }: DriverPackage): string {
  return `${basename(inf)}@${version}`.toLowerCase();
}
