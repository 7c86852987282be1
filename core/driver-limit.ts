import type { DriverPackage } from "./driver-package.ts";

/**
 * How many packages an image is given at once, and how many ids of theirs. hivex writes the list of a key anew for each
 * key below it, so a hive grows with the square of the ids: by some 60 MB with 3,000 of them, and by 1 GB with 15,000,
 * which is nothing to boot from (measured: docs/driver-store.md, "Size").
 */
export const publishedLimit = { packages: 500, ids: 3000 } as const;

/** Marks those that are too many to be published, of which boot-critical ones are the last. */
export function withinLimit(packages: readonly DriverPackage[]): readonly DriverPackage[] {
  const { packages: most, ids: mostIds } = publishedLimit;
  const reason = `more than ${most} drivers, or ${mostIds} ids, would make the registry too large to start from`;
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
