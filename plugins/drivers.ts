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
  driverMark,
  driverTables,
  failure,
  imageTitle,
  newestOnly as newest,
  readDevices,
  ServicingError,
  startsWindows,
  withConflicts,
  withoutPackages,
  type DriverChoice,
  type DriverPackage,
  type ImageInfo,
  type Operation,
  type PhaseBuilder,
  type Plugin,
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
  readonly economy?: NonNullable<DriverChoice["economy"]>;
}

/** Adds every driver that it finds and that fits the image, one package at a time. */
export function drivers(given: DriversOptions): Plugin {
  const options = checked(given);
  const { setup } = options;
  return {
    name: "drivers",
    apply({ hooks }) {
      const told = new Map<number, DriverChoice>();
      hooks.modify.tapPromise("drivers", async (builder) => {
        builder.add(...options.remove.map((driver) => ({ type: "Remove-Driver", driver }) as const));
        const choice = await choose(builder, builder.image, options);
        const inbox = withoutPackages(await builder.inbox(), options.remove);
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
        const tables = driverTables(plan, told, { by: "drivers", bootTested: options.bootTested });
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

async function devicesOf(builder: PhaseBuilder, { devices }: Options): Promise<DriverChoice["devices"]> {
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

function unpublished({ inf, underivable }: DriverPackage): string {
  return `${inf} is needed to start Windows, and cannot be published: ${underivable.join("; ")}`;
}

function untested(kept: readonly DriverPackage[], { bootTested }: Options): readonly string[] {
  const names = new Set(kept.map(driverMark));
  return bootTested
    .filter((mark) => !names.has(mark.toLowerCase()))
    .map((mark) => `bootTested: no driver that is added is ${mark}`);
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
