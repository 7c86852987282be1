import {
  chooseDrivers,
  type DriverPackage,
  failure,
  type ImageInfo,
  imageTitle,
  type PhaseBuilder,
} from "../core/index.ts";

export interface BootDrivers {
  readonly drivers: string | readonly string[];
  readonly forceUnsigned?: boolean | undefined;
}

/**
 * The INFs of drivers for an image of boot.wim. Windows Setup installs no driver that is only staged, so that one which
 * cannot be published for the boot is left out, and the plan says why.
 * @throws SERVICING_INPUT_NOT_FOUND, SERVICING_INPUT_UNREADABLE
 */
export async function bootDrivers(
  builder: PhaseBuilder,
  image: ImageInfo,
  { drivers, forceUnsigned }: BootDrivers,
): Promise<readonly string[]> {
  const found: DriverPackage[] = [];
  const unsigned = forceUnsigned === undefined ? {} : { forceUnsigned };
  for (const inf of await builder.find(drivers, "the INF of a driver", ["inf"]))
    found.push(await builder.driver(inf, { image, ...unsigned }));
  const inbox = await builder.inbox({ image, drivers: found });
  const choice = chooseDrivers(found, { inbox, published: builder.engine === "wimlib", newestOnly: false });
  for (const { inf, refused: reason = "" } of choice.refused)
    builder.warn(
      `not added: ${failure("SERVICING_DRIVER_REFUSED", { inf, image: imageTitle(image), reason }).message}`,
    );
  for (const driver of choice.kept)
    if (!choice.starting.includes(driver))
      builder.warn(`not added to ${imageTitle(image)}: ${driver.inf}: ${reasonOf(driver)}`);
  if (choice.starting.length === 0) builder.warn(`${imageTitle(image)} gets no driver`);
  return choice.starting.map(({ inf }) => inf);
}

function reasonOf({ bootCritical, underivable }: DriverPackage): string {
  return bootCritical
    ? underivable.join("; ")
    : "it is not boot-critical; put it into $WinPEDriver$ by `files`";
}
