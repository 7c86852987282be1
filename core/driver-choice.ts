import { withConflicts } from "./driver-conflict.ts";
import { newestOnly, type Economy } from "./driver-economy.ts";
import { withinLimit } from "./driver-limit.ts";
import type { DriverPackage, InboxDrivers } from "./driver-package.ts";

/** Which of the packages that were found an image gets, and why not the others. */
export interface ChosenDrivers {
  /** To be added; what keeps one from being published stands in its `underivable`. */
  readonly kept: readonly DriverPackage[];
  /** Of those, what Windows is started with, and can be given offline. */
  readonly starting: readonly DriverPackage[];
  /** What was asked for before, by another plugin. */
  readonly earlier: readonly DriverPackage[];
  /** The same as one of the others. */
  readonly copies: readonly DriverPackage[];
  readonly refused: readonly DriverPackage[];
  /** Where only the best are kept. */
  readonly economy?: Economy;
}

export interface ChoiceOptions {
  /** What it gets besides, before these. */
  readonly earlier?: readonly DriverPackage[];
  /** What the image has already. */
  readonly inbox: InboxDrivers;
  /** Drivers are published without Windows, rather than added by DISM. */
  readonly published: boolean;
  /** Leaves out what others win for every id. */
  readonly newestOnly: boolean;
}

export function chooseDrivers(
  found: readonly DriverPackage[],
  { earlier = [], inbox, published, newestOnly: economical }: ChoiceOptions,
): ChosenDrivers {
  const known = new Set(earlier.map(({ digest }) => digest));
  const groups = [...Map.groupBy(found, ({ digest }) => digest).values()];
  const own = groups.map((group) => (group.some(({ digest }) => known.has(digest)) ? [] : group.slice(0, 1)));
  const distinct = own.flat();
  const fitting = distinct.filter(({ refused }) => refused === undefined);
  const marked = (packages: readonly DriverPackage[]): readonly DriverPackage[] =>
    published ? withinLimit(withConflicts(packages, inbox, earlier)) : packages;
  const starts = ({ bootCritical, underivable }: DriverPackage): boolean =>
    bootCritical && (!published || underivable.length === 0);
  // Nobody may be there to add a boot-critical driver that cannot be published: nothing is left out for it.
  const stranded = new Set(
    marked(fitting).flatMap((driver) => (driver.bootCritical && !starts(driver) ? [driver.digest] : [])),
  );
  const economy = economical ? newestOnly(fitting, ({ digest }) => !stranded.has(digest)) : undefined;
  const kept = marked(economy?.kept ?? fitting);
  return {
    kept,
    starting: kept.filter(starts),
    earlier,
    copies: groups.flatMap((group, at) => group.slice(own[at]?.length)),
    refused: distinct.filter(({ refused }) => refused !== undefined),
    ...(economy === undefined ? {} : { economy }),
  };
}
