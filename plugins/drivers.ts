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
  chooseDrivers,
  driverMark,
  driverTables,
  driverWarnings,
  failure,
  imageTitle,
  refuseUnreplaced,
  ServicingError,
  startingDrivers,
  wimImage,
  winre,
  withoutDrivers,
  type ChosenDrivers,
  type DriverChoice,
  type DriverPackage,
  type ImageInfo,
  type InboxDrivers,
  type Operation,
  type PhaseBuilder,
  type Plugin,
} from "../core/index.ts";
import { devicesIn } from "./drivers/device-lists.ts";
import { dpinstOf } from "./drivers/dpinst.ts";

const paths = union([string(), array(string())]);

const schema = strictObject({
  from: optional(paths, []),
  strict: optional(boolean(), false),
  forceUnsigned: optional(boolean()),
  newestOnly: optional(boolean(), false),
  dpinst: optional(boolean(), true),
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
  export: optional(string()),
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
  /** Where a driver goes online and its folder has a DPInst, that installs it, and pnputil where this is false. */
  readonly dpinst?: boolean | undefined;
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
  /** A folder that gets all drivers of the image, in the end, that did not come with Windows; DISM alone makes it. */
  readonly export?: string | undefined;
}

type Options = ReturnType<typeof checked>;

function checked(options: DriversOptions) {
  return checkOptions("drivers", schema, options);
}

/** Adds every driver that it finds and that fits the image, one package at a time. */
export function drivers(given: DriversOptions): Plugin {
  const options = checked(given);
  const { setup, export: folder } = options;
  return {
    name: "drivers",
    apply({ hooks }) {
      const told = new Map<number, DriverChoice>();
      hooks.modify.tapPromise("drivers", async (builder) => {
        builder.add(...options.remove.map((driver) => ({ type: "Remove-Driver", driver }) as const));
        const found = await packagesOf(builder, options);
        const there = await builder.inbox({ drivers: found });
        const gone = builder.asked.flatMap((each) => (each.type === "Remove-Driver" ? [each.driver] : []));
        const removed = startingDrivers(there, gone);
        const inbox = withoutDrivers(there, gone);
        const earlier = await addedBefore(builder, "Add-Driver");
        const choice = chosen(builder, found, { inbox, earlier }, options);
        refuse(builder, choice.refused, builder.image, options);
        for (const text of untested(choice.kept, options)) builder.warn(text);
        const kept = new Set(choice.kept.map(({ inf }) => inf));
        builder.add(...choice.kept.map((driver) => addDriver(driver, kept, options)));
        const recovery = options.winre ? await recoveryDrivers(builder, found, choice, options) : [];
        if (recovery.length > 0)
          builder.add({ type: "Service-WinRE", ...added(recovery, options), title: counted(recovery) });
        const setUp = setup === undefined ? [] : await setupDrivers(builder, setup, found, choice, options);
        const devices = await devicesIn(options.devices, builder);
        told.set(builder.image.index, { ...choice, recovery, setUp, devices, inbox, removed });
      });
      // Whoever else adds drivers does so before.
      if (folder !== undefined)
        hooks.modify.tap({ name: "drivers", stage: 100 }, (builder) =>
          builder.add({ type: "Export-Driver", to: builder.resolve(folder) }),
        );
      hooks.plan.tap("drivers", (plan) => {
        refuseUnreplaced(plan, told, "drivers");
        const tables = driverTables(plan, told, { by: "drivers", bootTested: options.bootTested });
        return {
          ...plan,
          // What keeps a device from starting is read first.
          warnings: [...new Set([...driverWarnings(plan, "drivers"), ...plan.warnings])],
          ...(tables.length === 0 ? {} : { tables: [...(plan.tables ?? []), ...tables] }),
        };
      });
      if (setup !== undefined)
        hooks.deploy.tapPromise("drivers", async (builder) => {
          const image = wimImage(await builder.inspect(setup.from), setup.index);
          const setUp = told.get(builder.image.index)?.setUp ?? [];
          builder.add({
            type: "Service-Image",
            file: image.file,
            index: image.index,
            to: builder.resolve(setup.to),
            ...added(setUp, options),
            title: `${imageTitle(image)}, ${counted(setUp)}`,
          });
        });
    },
  };
}

function chosen(
  { engine }: PhaseBuilder,
  found: readonly DriverPackage[],
  there: { readonly inbox: InboxDrivers; readonly earlier?: readonly DriverPackage[] },
  { newestOnly }: Options,
): ChosenDrivers {
  return chooseDrivers(found, { ...there, published: engine === "wimlib", newestOnly });
}

/** What plugins before this one add to the image, or to its Winre.wim, and nothing keeps from it. */
async function addedBefore(
  builder: PhaseBuilder,
  where: "Add-Driver" | "Service-WinRE",
): Promise<readonly DriverPackage[]> {
  const packages: DriverPackage[] = [];
  for (const each of builder.asked) {
    if (each.type !== where) continue;
    const infs = each.type === "Service-WinRE" ? each.drivers : isPublished(each) ? [each.driver] : [];
    const { forceUnsigned } = each;
    for (const inf of infs)
      packages.push(await builder.driver(inf, forceUnsigned === undefined ? {} : { forceUnsigned }));
  }
  return packages;
}

function isPublished(operation: Operation<"Add-Driver">): boolean {
  return operation.facts?.underivable.length === 0 && operation.refuse?.offline === undefined;
}

/** What each INF is for the image. One that cannot be read is left out as any other that is no good. */
async function packagesOf(builder: PhaseBuilder, options: Options): Promise<readonly DriverPackage[]> {
  const { from, strict } = options;
  if (from.length === 0) return [];
  const found: DriverPackage[] = [];
  for (const inf of await builder.find(from, "the INF of a driver", ["inf"]))
    try {
      found.push(await builder.driver(inf, unsigned(options)));
    } catch (error) {
      const unreadable = error instanceof ServicingError && error.code === "SERVICING_INPUT_UNREADABLE";
      if (strict || !unreadable) throw error;
      // A file of the package may be what cannot be read.
      builder.warn(`not added: ${error.message.includes(inf) ? "" : `${inf}: `}${error.message}`);
    }
  return found;
}

/** @throws SERVICING_DRIVER_REFUSED where `strict` says so */
function refuse(
  builder: PhaseBuilder,
  refused: readonly DriverPackage[],
  image: ImageInfo,
  { strict }: Options,
): void {
  for (const { inf, refused: reason = "" } of refused) {
    const error = failure("SERVICING_DRIVER_REFUSED", { inf, image: imageTitle(image), reason });
    if (strict) throw error;
    builder.warn(`not added: ${error.message}`);
  }
}

/** Boot-critical drivers for the image's own recovery environment. */
async function recoveryDrivers(
  builder: PhaseBuilder,
  found: readonly DriverPackage[],
  own: ChosenDrivers,
  options: Options,
): Promise<readonly DriverPackage[]> {
  const inbox = await builder.inbox({ inside: winre, drivers: found });
  const earlier = await addedBefore(builder, "Service-WinRE");
  const there = chosen(builder, found.filter(isBootCritical), { inbox, earlier }, options);
  tellLeft(builder, "Winre.wim", there, own);
  return there.starting;
}

/** The same for an image of a boot.wim. */
async function setupDrivers(
  builder: PhaseBuilder,
  setup: NonNullable<Options["setup"]>,
  found: readonly DriverPackage[],
  own: ChosenDrivers,
  options: Options,
): Promise<readonly DriverPackage[]> {
  const image = wimImage(await builder.inspect(setup.from), setup.index);
  const packages: DriverPackage[] = [];
  for (const { inf } of found.filter(isBootCritical))
    packages.push(await builder.driver(inf, { image, ...unsigned(options) }));
  const inbox = await builder.inbox({ image, drivers: packages });
  const there = chosen(builder, packages, { inbox }, options);
  // What the line's own image refuses was said of that one.
  const known = new Set(own.refused.map(({ inf }) => inf));
  refuse(
    builder,
    there.refused.filter(({ inf }) => !known.has(inf)),
    image,
    options,
  );
  const title = imageTitle(image);
  tellLeft(builder, title, there, own);
  if (there.starting.length === 0)
    builder.warn(`${title} gets no driver, so ${setup.to} is as ${setup.from} is: none is boot-critical`);
  return there.starting;
}

/** What the line's own Windows is started with, and another one cannot be. */
function tellLeft(builder: PhaseBuilder, where: string, there: ChosenDrivers, own: ChosenDrivers): void {
  const starting = new Set(own.starting.map(({ digest }) => digest));
  for (const driver of there.kept)
    if (starting.has(driver.digest) && !there.starting.includes(driver))
      builder.warn(`not added to ${where}: ${driver.inf}: ${driver.underivable.join("; ")}`);
}

function isBootCritical({ bootCritical }: DriverPackage): boolean {
  return bootCritical;
}

function unsigned({ forceUnsigned }: Options): { readonly forceUnsigned?: boolean } {
  return forceUnsigned === undefined ? {} : { forceUnsigned };
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

function added(packages: readonly DriverPackage[], options: Options) {
  return { drivers: packages.map(({ inf }) => inf), ...unsigned(options) };
}

function counted(packages: readonly DriverPackage[]): string {
  return packages.length === 1 ? baseName(packages[0]?.inf ?? "") : `${packages.length} drivers`;
}

function addDriver(
  driver: DriverPackage,
  kept: ReadonlySet<string>,
  options: Options,
): Operation<"Add-Driver"> {
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
    ...(options.dpinst ? dpinstOf(driver, kept) : {}),
    title: `${baseName(driver.inf)}${facts.length === 0 ? "" : ` (${facts.join(", ")})`}`,
    facts: {
      bootCritical: driver.bootCritical,
      underivable: driver.underivable,
    },
    ...(options.strict ? {} : { optional: true }),
    ...unsigned(options),
    // Windows has to be started before it could run them.
    ...(needsWindows.length === 0 || driver.bootCritical
      ? {}
      : { refuse: { offline: needsWindows.join("; ") } }),
  };
}
