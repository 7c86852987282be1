import { readFile } from "node:fs/promises";
import {
  array,
  boolean,
  integer,
  minValue,
  number,
  optional,
  pipe,
  regex,
  strictObject,
  string,
  union,
  type InferInput,
} from "valibot";
import {
  checkOptions,
  coverage,
  coverageTables,
  economyTables,
  failure,
  imageTitle,
  newestOnly as newest,
  newness,
  readDevices,
  ServicingError,
  type Device,
  type DriverPackage,
  type DriverPlacement,
  type Economy,
  type ImageInfo,
  type InboxDrivers,
  type Operation,
  type PhaseBuilder,
  type Plan,
  type Plugin,
  type Table,
} from "../core/index.ts";

const winre = "\\Windows\\System32\\Recovery\\Winre.wim";
const paths = union([string(), array(string())]);

const schema = strictObject({
  from: optional(paths, []),
  strict: optional(boolean(), false),
  forceUnsigned: optional(boolean()),
  newestOnly: optional(boolean(), false),
  devices: optional(paths, []),
  winre: optional(boolean(), false),
  setup: optional(
    strictObject({
      from: string(),
      to: string(),
      index: optional(pipe(number(), integer(), minValue(1)), 2),
    }),
  ),
  bootTested: optional(
    array(pipe(string(), regex(/^[^@\\/]+\.inf@[\d.]+$/i, "write it as name.inf@version"))),
    [],
  ),
  remove: optional(array(string()), []),
});

export interface DriversOptions extends InferInput<typeof schema> {
  /** Folders, globs or INF files. */
  readonly from?: string | string[] | undefined;
  /** A driver that cannot be added ends the plan; otherwise it is left out, and the plan says so. */
  readonly strict?: boolean | undefined;
  /** Adds drivers without a valid signature to 64-bit images as well. */
  readonly forceUnsigned?: boolean | undefined;
  /** Leaves out a driver where for every one of its devices another one is ranked higher. */
  readonly newestOnly?: boolean | undefined;
  /** What the product is made of: `pnputil /enum-devices /ids`, a list of hardware ids, or a CSV. */
  readonly devices?: string | string[] | undefined;
  /** Adds boot-critical drivers to the image's Winre.wim as well. */
  readonly winre?: boolean | undefined;
  /** Adds boot-critical drivers to a boot.wim as well: a copy of `from`, with image `index` (2, Windows Setup) serviced. */
  readonly setup?: { readonly from: string; readonly to: string; readonly index?: number } | undefined;
  /** `name.inf@version` of drivers that a device has started with, as they were published. */
  readonly bootTested?: string[] | undefined;
  /** Published names (`oem3.inf`), or names of INFs, to be removed first. */
  readonly remove?: string[] | undefined;
}

type Options = ReturnType<typeof checked>;

function checked(options: DriversOptions) {
  return checkOptions("drivers", schema, options);
}

/** What is to be done with the drivers that were found, for one image. */
interface Choice {
  readonly kept: readonly DriverPackage[];
  /** Found, and not added: copies, what another outdoes, what the image refuses. */
  readonly others: readonly DriverPackage[];
  readonly warnings: readonly string[];
  readonly economy?: Economy;
}

/** What is known of an image when its plan is shown. */
interface Told extends Choice {
  readonly recovery: readonly DriverPackage[];
  readonly setUp: readonly DriverPackage[];
  readonly devices: readonly { readonly list: string; readonly devices: readonly Device[] }[];
  readonly inbox: InboxDrivers;
}

/** Adds every driver that it finds and that fits the image, one package at a time. */
export function drivers(given: DriversOptions): Plugin {
  const options = checked(given);
  const { setup } = options;
  return {
    name: "drivers",
    apply({ hooks }) {
      const told = new Map<number, Told>();
      hooks.modify.tapPromise("drivers", async (builder) => {
        builder.add(...options.remove.map((driver) => ({ type: "Remove-Driver", driver }) as const));
        const choice = await choose(builder, builder.image, options);
        const inbox = await builder.inbox();
        const kept = withConflicts(choice.kept, inbox);
        for (const text of [...choice.warnings, ...untested(kept, options)]) builder.warn(text);
        for (const driver of kept.filter(({ bootCritical }) => bootCritical))
          if (driver.underivable.length > 0) builder.warn(unpublished(driver));
        builder.add(...kept.map((driver) => addDriver(driver, options)));
        const recovery = options.winre ? await recoveryDrivers(builder, choice.kept) : [];
        if (recovery.length > 0)
          builder.add({ type: "Service-WinRE", ...added(recovery, options), title: counted(recovery) });
        const setUp = setup === undefined ? [] : (await setupDrivers(builder, setup, options)).kept;
        const devices = await devicesOf(builder, options);
        told.set(builder.image.index, { ...choice, kept, recovery, setUp, devices, inbox });
      });
      hooks.plan.tap("drivers", (plan) => {
        const tables = driverTables(plan, told, options);
        return tables.length === 0 ? plan : { ...plan, tables: [...(plan.tables ?? []), ...tables] };
      });
      if (setup !== undefined)
        hooks.deploy.tapPromise("drivers", async (builder) => {
          const { image, kept, warnings } = await setupDrivers(builder, setup, options);
          for (const text of warnings) builder.warn(`${imageTitle(image)}: ${text}`);
          builder.add({
            type: "Service-Image",
            file: image.file,
            index: image.index,
            to: builder.resolve(setup.to),
            ...added(kept, options),
            title: `${imageTitle(image)}, ${counted(kept)}`,
          });
        });
    },
  };
}

/** Which of the packages an image gets, and why not the others. @throws SERVICING_DRIVER_REFUSED where `strict` says so */
async function choose(builder: PhaseBuilder, image: ImageInfo, options: Options): Promise<Choice> {
  const { from, strict, newestOnly } = options;
  const warnings: string[] = [];
  const refuse = (error: ServicingError): void => {
    if (strict) throw error;
    warnings.push(`not added: ${error.message}`);
  };
  const found = from.length === 0 ? [] : await packagesOf(builder, image, options, refuse);
  const fitting: DriverPackage[] = [];
  const others: DriverPackage[] = [];
  for (const [driver, ...copies] of Map.groupBy(found, ({ digest }) => digest).values()) {
    if (driver === undefined) continue;
    others.push(...copies);
    if (copies.length > 0) warnings.push(`added once: ${driver.inf}, of which ${copiesText(copies)}`);
    if (driver.refused === undefined) fitting.push(driver);
    else {
      others.push(driver);
      const { inf, refused: reason } = driver;
      refuse(failure("SERVICING_DRIVER_REFUSED", { inf, image: imageTitle(image), reason }));
    }
  }
  if (!newestOnly) return { kept: fitting, others, warnings };
  const economy = newest(fitting);
  others.push(...economy.leftOut.map((out) => out.package));
  return { kept: economy.kept, others, warnings, economy };
}

async function packagesOf(
  builder: PhaseBuilder,
  image: ImageInfo,
  { from, forceUnsigned }: Options,
  refuse: (error: ServicingError) => void,
): Promise<readonly DriverPackage[]> {
  const wanted = { image, ...(forceUnsigned === undefined ? {} : { forceUnsigned }) };
  const found: DriverPackage[] = [];
  for (const inf of await builder.find(from, "the INF of a driver", ["inf"]))
    try {
      found.push(await builder.driver(inf, wanted));
    } catch (error) {
      if (!(error instanceof ServicingError) || error.code !== "SERVICING_INPUT_UNREADABLE") throw error;
      refuse(error);
    }
  return found;
}

async function devicesOf(builder: PhaseBuilder, { devices }: Options): Promise<Told["devices"]> {
  if (devices.length === 0) return [];
  const lists = await builder.find(devices, "a list of devices");
  return Promise.all(
    lists.map(async (list) => {
      const read = readDevices(await readFile(list), list);
      for (const { line, message } of read.diagnostics) builder.warn(`${list}, line ${line}: ${message}`);
      return { list: baseName(list), devices: read.devices };
    }),
  );
}

function copiesText(copies: readonly DriverPackage[]): string {
  const [first, ...others] = copies.map(({ inf }) => inf);
  return others.length === 0 ? `${first} is a copy` : `${first} and ${others.length} more are copies`;
}

/** Boot-critical drivers for the image's own recovery environment. */
async function recoveryDrivers(
  builder: PhaseBuilder,
  packages: readonly DriverPackage[],
): Promise<readonly DriverPackage[]> {
  const wanted = packages.filter(({ bootCritical }) => bootCritical);
  const kept = withConflicts(wanted, await builder.inbox({ inside: winre }));
  for (const { inf, underivable } of kept)
    if (underivable.length > 0) builder.warn(`not added to Winre.wim: ${inf}: ${underivable.join("; ")}`);
  return kept.filter(startsWindows);
}

/** The same for an image of a boot.wim. */
async function setupDrivers(
  builder: PhaseBuilder,
  setup: NonNullable<Options["setup"]>,
  options: Options,
): Promise<Choice & { readonly image: ImageInfo }> {
  const image = await setupImage(builder, setup);
  const choice = await choose(builder, image, options);
  const wanted = choice.kept.filter(({ bootCritical }) => bootCritical);
  const kept = withConflicts(wanted, await builder.inbox({ image }));
  const left = kept.filter((driver) => !startsWindows(driver));
  const reasons = left.map(({ inf, underivable }) => `not added: ${inf}: ${underivable.join("; ")}`);
  return { ...choice, image, kept: kept.filter(startsWindows), warnings: [...choice.warnings, ...reasons] };
}

/**
 * Boot-critical drivers are installed where they are published, so none may take the place of what the image has, nor two
 * of them the same: the newest gets it.
 */
function withConflicts(packages: readonly DriverPackage[], inbox: InboxDrivers): readonly DriverPackage[] {
  const taken = new Map<string, string>();
  for (const name of inbox.services) taken.set(`the service ${name}`, "the image");
  for (const name of inbox.files) taken.set(`\\WINDOWS\\SYSTEM32\\DRIVERS\\${name}`, "the image");
  const conflicts = new Map<DriverPackage, readonly string[]>();
  const newestFirst = packages.filter(startsWindows).toSorted((a, b) => (newness(a) < newness(b) ? 1 : -1));
  for (const driver of newestFirst) {
    const claims = [
      ...driver.services.map((name) => ({
        key: `the service ${name.toUpperCase()}`,
        text: `the service ${name}`,
      })),
      ...driver.reflected.map((path) => ({ key: path.toUpperCase(), text: path })),
    ];
    const reasons = claims.flatMap(({ key, text }) => {
      const owner = taken.get(key);
      return owner === undefined ? [] : [`${owner} has ${text} already`];
    });
    if (reasons.length > 0) conflicts.set(driver, reasons);
    else for (const { key } of claims) taken.set(key, baseName(driver.inf));
  }
  return packages.map((driver) => {
    const reasons = conflicts.get(driver);
    return reasons === undefined ? driver : { ...driver, underivable: [...driver.underivable, ...reasons] };
  });
}

/** What Windows, Windows Setup or WinRE needs to find the disk, and can be given without Windows. */
function startsWindows({ bootCritical, underivable }: DriverPackage): boolean {
  return bootCritical && underivable.length === 0;
}

function unpublished({ inf, underivable }: DriverPackage): string {
  return `${inf} is needed to start Windows, and cannot be published: ${underivable.join("; ")}`;
}

function untested(kept: readonly DriverPackage[], { bootTested }: Options): readonly string[] {
  const names = new Set(kept.map(markOf));
  return bootTested
    .filter((mark) => !names.has(mark.toLowerCase()))
    .map((mark) => `bootTested: no driver that is added is ${mark}`);
}

function markOf({ inf, version }: DriverPackage): string {
  return `${baseName(inf)}@${version}`.toLowerCase();
}

function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

async function setupImage(builder: PhaseBuilder, setup: NonNullable<Options["setup"]>): Promise<ImageInfo> {
  const wim = await builder.inspect(setup.from);
  if (wim.kind !== "wim")
    throw failure("SERVICING_INPUT_UNREADABLE", { path: wim.file, reason: `it is no WIM but: ${wim.kind}` });
  const image = wim.images.find(({ index }) => index === setup.index);
  if (image !== undefined) return image;
  throw failure("SERVICING_IMAGE_INDEX", {
    file: wim.file,
    wanted: String(setup.index),
    choices: wim.images.map(({ index, name }) => `${index} (${name})`),
  });
}

function added(packages: readonly DriverPackage[], { forceUnsigned }: Options) {
  return {
    drivers: packages.map(({ inf }) => inf),
    ...(forceUnsigned === undefined ? {} : { forceUnsigned }),
  };
}

function counted(packages: readonly DriverPackage[]): string {
  return packages.length === 1 ? baseName(packages[0]?.inf ?? "") : `${packages.length} drivers`;
}

function addDriver(driver: DriverPackage, { forceUnsigned, strict }: Options): Operation<"Add-Driver"> {
  const facts = [driver.provider, driver.className, driver.version].filter((fact) => fact !== "");
  const needsWindows = [
    ...(driver.coInstallers ? ["has co-installers, which run only inside Windows"] : []),
    ...(driver.software.length > 0
      ? [`installs software (${driver.software.join(", ")}), which runs only inside Windows`]
      : []),
  ];
  return {
    type: "Add-Driver",
    driver: driver.inf,
    title: `${baseName(driver.inf)}${facts.length === 0 ? "" : ` (${facts.join(", ")})`}`,
    facts: {
      bootCritical: driver.bootCritical,
      underivable: driver.underivable,
    },
    ...(strict ? {} : { optional: true }),
    ...(forceUnsigned === undefined ? {} : { forceUnsigned }),
    ...(needsWindows.length === 0 ? {} : { refuse: { offline: needsWindows.join("; ") } }),
  };
}

function driverTables(plan: Plan, told: ReadonlyMap<number, Told>, options: Options): readonly Table[] {
  return [...told].flatMap(([image, of]) => {
    const several = told.size > 1;
    const title = (text: string): string => (several ? `${text} (image ${image})` : text);
    const routes = routesOf(plan, image);
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
function routesOf(plan: Plan, image: number): ReadonlyMap<string, Place> {
  const routes = new Map<string, Place>();
  for (const { operation, verdict, by, image: of } of plan.items)
    if (operation.type === "Add-Driver" && by === "drivers" && of === image)
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
function ownTable({ kept }: Told, routes: ReadonlyMap<string, Place>, { bootTested }: Options): Table {
  const tested = new Set(bootTested.map((mark) => mark.toLowerCase()));
  const isTested = (driver: DriverPackage): boolean => tested.has(markOf(driver));
  const published = kept.filter(({ inf }) => routes.get(inf) === "published");
  const untried = published.filter((driver) => !isTested(driver)).map(({ inf }) => baseName(inf));
  return {
    title: "Drivers",
    columns: ["driver", "class", "version", "boot-critical", "signer", "goes", "boot-tested"],
    rows: kept.map((driver) => [
      baseName(driver.inf),
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
  { kept, recovery, setUp }: Told,
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
