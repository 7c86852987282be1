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
  failure,
  imageTitle,
  newestOnly as newest,
  readDevices,
  ServicingError,
  type DriverPackage,
  type ImageInfo,
  type Operation,
  type PhaseBuilder,
  type Placement,
  type Plan,
  type Plugin,
  type Table,
} from "../core/index.ts";

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
  readonly warnings: readonly string[];
}

/** Adds every driver that it finds and that fits the image, one package at a time. */
export function drivers(given: DriversOptions): Plugin {
  const options = checked(given);
  const { setup } = options;
  return {
    name: "drivers",
    apply({ hooks }) {
      const known = new Map<string, DriverPackage>();
      hooks.modify.tapPromise("drivers", async (builder) => {
        builder.add(...options.remove.map((driver) => ({ type: "Remove-Driver", driver }) as const));
        const { kept, warnings } = await choose(builder, builder.image, options);
        for (const text of [...warnings, ...untested(kept, options)]) builder.warn(text);
        for (const driver of kept) {
          known.set(driver.inf, driver);
          if (driver.bootCritical && driver.underivable.length > 0) builder.warn(unpublished(driver));
          builder.add(addDriver(driver, options));
        }
        const recovery = options.winre ? kept.filter(startsWindows) : [];
        if (recovery.length > 0)
          builder.add({ type: "Service-WinRE", ...added(recovery, options), title: counted(recovery) });
        const setUp =
          setup === undefined ? [] : (await choose(builder, await setupImage(builder, setup), options)).kept;
        await showCoverage(builder, kept, { recovery, setUp: setUp.filter(startsWindows) }, options);
      });
      hooks.plan.tap("drivers", (plan) => {
        const table = driverTable(plan, known, options);
        return table === undefined ? plan : { ...plan, tables: [table, ...(plan.tables ?? [])] };
      });
      if (setup !== undefined)
        hooks.deploy.tapPromise("drivers", async (builder) => {
          const image = await setupImage(builder, setup);
          const { kept, warnings } = await choose(builder, image, options);
          for (const text of warnings) builder.warn(`${imageTitle(image)}: ${text}`);
          const wanted = kept.filter(startsWindows);
          const to = builder.resolve(setup.to);
          builder.add({
            type: "Service-Image",
            file: image.file,
            index: image.index,
            to,
            ...added(wanted, options),
            title: `${imageTitle(image)}, ${counted(wanted)}`,
          });
        });
    },
  };
}

/** Which of the packages an image gets, and why not the others. @throws SERVICING_DRIVER_REFUSED where `strict` says so */
async function choose(builder: PhaseBuilder, image: ImageInfo, options: Options): Promise<Choice> {
  const { from, strict, forceUnsigned } = options;
  if (from.length === 0) return { kept: [], warnings: [] };
  const warnings: string[] = [];
  const refuse = (error: ServicingError): void => {
    if (strict) throw error;
    warnings.push(`not added: ${error.message}`);
  };
  const found = new Map<string, DriverPackage[]>();
  for (const inf of await builder.find(from, "the INF of a driver", ["inf"])) {
    try {
      const driver = await builder.driver(inf, {
        image,
        ...(forceUnsigned === undefined ? {} : { forceUnsigned }),
      });
      const copies = found.get(driver.digest) ?? [];
      found.set(driver.digest, [...copies, driver]);
    } catch (error) {
      if (!(error instanceof ServicingError) || error.code !== "SERVICING_INPUT_UNREADABLE") throw error;
      refuse(error);
    }
  }
  const fitting: DriverPackage[] = [];
  for (const [driver, ...copies] of found.values()) {
    if (driver === undefined) continue;
    if (copies.length > 0) warnings.push(`added once: ${driver.inf}, of which ${copiesText(copies)}`);
    if (driver.refused === undefined) fitting.push(driver);
    else
      refuse(
        failure("SERVICING_DRIVER_REFUSED", {
          inf: driver.inf,
          image: imageTitle(image),
          reason: driver.refused,
        }),
      );
  }
  if (!options.newestOnly) return { kept: fitting, warnings };
  const { kept, leftOut } = newest(fitting);
  return {
    kept,
    warnings: [
      ...warnings,
      ...leftOut.map(({ package: { inf }, because }) => `left out: ${inf}: ${because}`),
    ],
  };
}

function copiesText(copies: readonly DriverPackage[]): string {
  const [first, ...others] = copies.map(({ inf }) => inf);
  return others.length === 0 ? `${first} is a copy` : `${first} and ${others.length} more are copies`;
}

/** What Windows, Windows Setup or WinRE needs to find the disk, and can be given without Windows. */
function startsWindows({ bootCritical, underivable }: DriverPackage): boolean {
  return bootCritical && underivable.length === 0;
}

function unpublished({ inf, underivable }: DriverPackage): string {
  return `${inf} is needed to start Windows, and only Windows can publish it: ${underivable.join("; ")}`;
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

/** Every driver with where it goes, as the planner decided. */
function driverTable(
  plan: Plan,
  known: ReadonlyMap<string, DriverPackage>,
  { bootTested }: Options,
): Table | undefined {
  const tested = new Set(bootTested.map((mark) => mark.toLowerCase()));
  const untried = new Set<string>();
  const several = plan.targets.length > 1;
  const rows = plan.items.flatMap(({ operation, verdict, image, by }) => {
    const driver =
      operation.type === "Add-Driver" && by === "drivers" ? known.get(operation.driver) : undefined;
    if (driver === undefined) return [];
    const published = verdict?.strategy === "offline" && verdict.engine === "wimlib";
    if (published && !tested.has(markOf(driver))) untried.add(baseName(driver.inf));
    const { signature } = driver;
    return [
      [
        baseName(driver.inf),
        driver.className,
        driver.version,
        driver.bootCritical ? "yes" : "no",
        signature.state === "covered" ? signature.signer : `not signed: ${signature.because}`,
        verdict === undefined ? "left out" : published ? "published" : verdict.strategy,
        !published ? "" : tested.has(markOf(driver)) ? "yes" : "not yet",
        ...(several ? [String(image)] : []),
      ],
    ];
  });
  if (rows.length === 0) return undefined;
  const columns = ["driver", "class", "version", "boot-critical", "signer", "goes", "boot-tested"];
  return {
    title: "Drivers",
    columns: several ? [...columns, "image"] : columns,
    rows,
    ...(untried.size === 0
      ? {}
      : {
          notes: [
            `published without Windows; try a first boot on reference hardware: ${[...untried].join(", ")}`,
          ],
        }),
  };
}

async function showCoverage(
  builder: PhaseBuilder,
  kept: readonly DriverPackage[],
  also: { readonly recovery: readonly DriverPackage[]; readonly setUp: readonly DriverPackage[] },
  { devices }: Options,
): Promise<void> {
  if (devices.length === 0) return;
  const lists = await builder.find(devices, "a list of devices");
  const [recovery, setUp] = [also.recovery, also.setUp].map(
    (list) => new Set(list.map(({ digest }) => digest)),
  );
  const placement = new Map<DriverPackage, Placement>(
    kept.map((driver) => [
      driver,
      {
        os: driver.underivable.length > 0 || driver.coInstallers ? "staged" : "published",
        setup: setUp?.has(driver.digest) === true,
        winre: recovery?.has(driver.digest) === true,
      },
    ]),
  );
  for (const list of lists) {
    const { devices: found } = readDevices(await readFile(list), list);
    for (const table of coverageTables(coverage(found, kept, placement)))
      builder.table({ ...table, title: `${table.title}: ${baseName(list)}` });
  }
}
