import { basename } from "node:path";
import type { DriverPackage, InboxDrivers } from "./driver-package.ts";
import { newness } from "./driver-rank.ts";

/** What Windows, Windows Setup or WinRE needs to find the disk, and can be given without Windows. */
export function startsWindows({ bootCritical, underivable }: DriverPackage): boolean {
  return bootCritical && underivable.length === 0;
}

/** What an image has when packages were taken out, by their published names or the names of their INFs. */
export function withoutPackages(inbox: InboxDrivers, removed: readonly string[]): InboxDrivers {
  const names = new Set(removed.map((name) => name.toUpperCase()));
  const gone = (inbox.packages ?? []).filter(
    ({ publishedName, inf }) => names.has(publishedName) || (inf !== undefined && names.has(inf)),
  );
  if (gone.length === 0) return inbox;
  const published = new Set(gone.map(({ publishedName }) => publishedName));
  const services = new Set(gone.flatMap((each) => each.services));
  const files = new Set(gone.flatMap((each) => each.files));
  return {
    ...inbox,
    ids: without(inbox.ids, published),
    services: inbox.services.filter((name) => !services.has(name)),
    files: inbox.files.filter((name) => !files.has(name)),
    ...(inbox.critical === undefined ? {} : { critical: without(inbox.critical, services) }),
  };
}

function without(
  record: Readonly<Record<string, string>>,
  gone: ReadonlySet<string>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).filter(([, name]) => !gone.has(name.toUpperCase())));
}

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
  for (const name of inbox.services) taken.set(`the service ${name}`, "the image");
  for (const name of inbox.files) taken.set(`\\WINDOWS\\SYSTEM32\\DRIVERS\\${name}`, "the image");
  for (const name of Object.keys(inbox.critical ?? {})) taken.set(`the critical device ${name}`, "the image");
  const conflicts = new Map<DriverPackage, readonly string[]>();
  const newestFirst = packages.filter(startsWindows).toSorted((a, b) => (newness(a) < newness(b) ? 1 : -1));
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
