import type { DriverPackage } from "./driver-package.ts";

/**
 * How many packages a line gives an image, and how many ids of theirs: hivexsh needs the longer for an id the more there
 * are beside it (measured: docs/driver-store.md, "Size").
 */
export const publishedLimit = { packages: 500, ids: 15_000 } as const;

/** Marks those that are too many to be published, of which boot-critical ones are the last. */
export function withinLimit(packages: readonly DriverPackage[]): readonly DriverPackage[] {
  const { packages: most, ids: mostIds } = publishedLimit;
  const reason = `it is beyond the ${most} drivers, with ${mostIds.toLocaleString("en")} ids, that are published at once`;
  const tooMany = new Set<DriverPackage>();
  let [count, ids] = [0, 0];
  const derivable = packages.filter(({ underivable }) => underivable.length === 0);
  for (const driver of derivable.toSorted((a, b) => Number(b.bootCritical) - Number(a.bootCritical))) {
    if (count + 1 > most || ids + driver.devices.length > mostIds) {
      tooMany.add(driver);
      continue;
    }
    count += 1;
    ids += driver.devices.length;
  }
  return packages.map((driver) => (tooMany.has(driver) ? { ...driver, underivable: [reason] } : driver));
}
