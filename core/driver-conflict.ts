import { basename } from "node:path";
import type { DriverPackage, InboxDrivers } from "./driver-package.ts";
import { newness } from "./driver-rank.ts";

/** Windows 7 has one driver for each. */
function criticalDevices({ devices }: DriverPackage) {
  const names = new Set(devices.map(({ id }) => id.replaceAll("\\", "#")));
  return [...names].map((name) => ({
    key: `the critical device ${name}`,
    text: `the critical device ${name}`,
  }));
}

/**
 * Boot-critical drivers are installed where they are published, so none may take the place of what the image has, nor two
 * of them the same: the newest gets it.
 */
export function withConflicts(
  packages: readonly DriverPackage[],
  inbox: InboxDrivers,
): readonly DriverPackage[] {
  const taken = new Map<string, string>();
  for (const { name } of inbox.services) taken.set(`the service ${name}`, "the image");
  for (const name of inbox.files) taken.set(`\\WINDOWS\\SYSTEM32\\DRIVERS\\${name}`, "the image");
  for (const name of Object.keys(inbox.critical ?? {})) taken.set(`the critical device ${name}`, "the image");
  const conflicts = new Map<DriverPackage, readonly string[]>();
  const newestFirst = packages
    .filter(({ bootCritical, underivable }) => bootCritical && underivable.length === 0)
    .toSorted((a, b) => (newness(a) < newness(b) ? 1 : -1));
  for (const driver of newestFirst) {
    const claims = [
      ...driver.services.map((name) => ({
        key: `the service ${name.toUpperCase()}`,
        text: `the service ${name}`,
      })),
      ...driver.reflected.map((path) => ({ key: path.toUpperCase(), text: path })),
      ...(inbox.critical === undefined ? [] : criticalDevices(driver)),
    ];
    const reasons = claims.flatMap(({ key, text }) => {
      const owner = taken.get(key);
      return owner === undefined ? [] : [`${owner} has ${text} already`];
    });
    if (reasons.length > 0) conflicts.set(driver, reasons);
    else for (const { key } of claims) taken.set(key, basename(driver.inf));
  }
  return packages.map((driver) => {
    const reasons = conflicts.get(driver);
    return reasons === undefined ? driver : { ...driver, underivable: [...driver.underivable, ...reasons] };
  });
}

/**
 * What an image has once drivers are taken out of it: what they alone own is free for others.
 * @param names as `Remove-Driver` takes them: published names, or names of INFs, in any case
 */
export function withoutDrivers(inbox: InboxDrivers, names: readonly string[]): InboxDrivers {
  const wanted = new Set(names.map((name) => name.toUpperCase()));
  // A Windows 7 has no list of what was added: there only a published name can be meant.
  const gone = new Set([
    ...[...wanted].filter((name) => /^OEM\d+\.INF$/.test(name)),
    ...Object.entries(inbox.added).flatMap(([published, inf]) => (wanted.has(inf) ? [published] : [])),
  ]);
  // A `!` stands before an earlier version of a package.
  const isGone = ({ owners }: InboxDrivers["services"][number]): boolean => {
    const own = owners.filter((owner) => !owner.startsWith("!"));
    return own.length > 0 && own.every((owner) => gone.has(owner));
  };
  const services = inbox.services.filter((service) => !isGone(service));
  const removed = inbox.services.filter(isGone);
  const removedNames = new Set(removed.map(({ name }) => name));
  const used = new Set(services.map(({ file }) => file));
  const freed = new Set(removed.map(({ file }) => file));
  return {
    ...inbox,
    added: Object.fromEntries(Object.entries(inbox.added).filter(([published]) => !gone.has(published))),
    ids: Object.fromEntries(Object.entries(inbox.ids).filter(([, inf]) => !gone.has(inf.toUpperCase()))),
    services,
    files: inbox.files.filter((file) => used.has(file) || !freed.has(file)),
    ...(inbox.critical === undefined
      ? {}
      : {
          critical: Object.fromEntries(
            Object.entries(inbox.critical).filter(([, name]) => !removedNames.has(name)),
          ),
        }),
  };
}
