import { basename } from "node:path";
import { coverageTables, economyTables } from "./coverage-tables.ts";
import { coverage, type DriverPlacement } from "./driver-coverage.ts";
import type { Economy } from "./driver-economy.ts";
import type { DriverPackage, InboxDrivers } from "./driver-package.ts";
import type { Device } from "./formats/device.ts";
import type { Plan } from "./step.ts";
import type { Table } from "./table.ts";

/** What was decided on the drivers of one image, before they were routed. */
export interface DriverChoice {
  readonly kept: readonly DriverPackage[];
  /** Found, and not added: copies, what another outdoes, what the image refuses. */
  readonly others: readonly DriverPackage[];
  readonly economy?: Economy;
  /** Of those kept, what goes into Winre.wim as well. */
  readonly recovery: readonly DriverPackage[];
  /** What goes into a boot.wim. */
  readonly setUp: readonly DriverPackage[];
  readonly devices: readonly { readonly list: string; readonly devices: readonly Device[] }[];
  readonly inbox: InboxDrivers;
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
    const routes = routesOf(plan, image, options.by);
    const own = ownTable(of, routes, options);
    const tables = own.rows.length === 0 ? [] : [own];
    if (of.economy !== undefined) tables.push(...economyTables(of.economy));
    const placement = placementOf(of, routes);
    const inbox = (id: string): string | undefined => of.inbox.ids[id];
    for (const { list, devices } of of.devices)
      for (const table of coverageTables(coverage(devices, [...of.kept, ...of.others], placement, inbox)))
        tables.push({ ...table, title: of.devices.length > 1 ? `${list}: ${table.title}` : table.title });
    return tables.map((table) => ({ ...table, title: title(table.title) }));
  });
}

type Place = "published" | "staged" | "offline" | "online" | "left out";

/** Where the planner sent each INF of an image. */
function routesOf(plan: Plan, image: number, asked: string): ReadonlyMap<string, Place> {
  const routes = new Map<string, Place>();
  for (const { operation, verdict, by, image: of } of plan.items)
    if (operation.type === "Add-Driver" && by === asked && of === image)
      routes.set(
        operation.driver,
        verdict === undefined
          ? "left out"
          : verdict.strategy === "setup"
            ? "staged"
            : verdict.strategy === "offline" && verdict.engine === "wimlib"
              ? "published"
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
  const published = kept.filter(({ inf }) => routes.get(inf) === "published");
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
          notes: [`published without Windows; try a first boot on reference hardware: ${untried.join(", ")}`],
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
      const place = routes.get(driver.inf) ?? "left out";
      const os = place === "offline" ? "published" : place;
      const setup = inSetup?.has(driver.digest) === true;
      return [driver, { os, setup, winre: inRecovery?.has(driver.digest) === true }];
    }),
  );
}

/** How a driver is named where somebody says that it was tried. */
export function driverMark({ inf, version }: DriverPackage): string {
  return `${basename(inf)}@${version}`.toLowerCase();
}
