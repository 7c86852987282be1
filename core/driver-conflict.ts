import { basename } from "node:path";
import type { DriverPackage, InboxDrivers } from "./driver-package.ts";
import { newness } from "./driver-rank.ts";
import { ownersLeft } from "./driver-store/owners.ts";

/** Windows 7 has one driver for each. */
function criticalDevices({ devices }: DriverPackage): readonly Claim[] {
  const names = new Set(devices.map(({ id }) => id.replaceAll("\\", "#")));
  return [...names].map((name) => ({
    key: `the critical device ${name}`,
    text: `the critical device ${name}`,
  }));
}

interface Claim {
  readonly key: string;
  readonly text: string;
}

/** What a package has for itself once it is installed. */
function claimsOf(driver: DriverPackage, { critical }: InboxDrivers): readonly Claim[] {
  return [
    ...driver.services.map((name) => ({
      key: `the service ${name.toUpperCase()}`,
      text: `the service ${name}`,
    })),
    ...driver.reflected.map((path) => ({ key: path.toUpperCase(), text: path })),
    ...(critical === undefined ? [] : criticalDevices(driver)),
  ];
}

/** It was published in this image before: the image has it, and is not in its way. */
export function isStored({ storeFolder }: DriverPackage, { stored }: InboxDrivers): boolean {
  return storeFolder !== undefined && storeFolder.toUpperCase() in stored;
}

/**
 * Boot-critical drivers are installed where they are published, so none may take the place of what the image has, nor two
 * of them the same: the newest gets it. No two packages, of whatever kind, may have one folder in the driver store.
 * @param earlier what is published before them, and keeps what it has
 */
export function withConflicts(
  packages: readonly DriverPackage[],
  inbox: InboxDrivers,
  earlier: readonly DriverPackage[] = [],
): readonly DriverPackage[] {
  return withClaims(withFolders(packages, earlier), inbox, earlier);
}

function withFolders(
  packages: readonly DriverPackage[],
  earlier: readonly DriverPackage[],
): readonly DriverPackage[] {
  const folders = new Map(earlier.map((driver) => [driver.storeFolder, driver]));
  return packages.map((driver) => {
    const { storeFolder, digest, underivable } = driver;
    if (storeFolder === undefined || underivable.length > 0) return driver;
    const first = folders.get(storeFolder);
    folders.set(storeFolder, first ?? driver);
    return first === undefined || first.digest === digest
      ? driver
      : { ...driver, underivable: [`it has the same INF as ${first.inf}, and other files`] };
  });
}

function withClaims(
  packages: readonly DriverPackage[],
  inbox: InboxDrivers,
  earlier: readonly DriverPackage[],
): readonly DriverPackage[] {
  const taken = new Map<string, string>();
  for (const { name } of inbox.services) taken.set(`the service ${name}`, "the image");
  for (const path of inbox.files) taken.set(path, "the image");
  for (const name of Object.keys(inbox.critical ?? {})) taken.set(`the critical device ${name}`, "the image");
  for (const driver of earlier)
    if (driver.bootCritical)
      for (const { key } of claimsOf(driver, inbox))
        if (!taken.has(key)) taken.set(key, basename(driver.inf));
  const conflicts = new Map<DriverPackage, readonly string[]>();
  const newestFirst = packages
    .filter(({ bootCritical, underivable }) => bootCritical && underivable.length === 0)
    .filter((driver) => !isStored(driver, inbox))
    .toSorted((a, b) => (newness(a) < newness(b) ? 1 : -1));
  for (const driver of newestFirst) {
    const claims = claimsOf(driver, inbox);
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
 * What an image has once drivers are taken out of it: what they alone own is free for others, as it is when they are
 * removed.
 * @param names as `Remove-Driver` takes them: published names, or names of INFs, in any case
 */
export function withoutDrivers(inbox: InboxDrivers, names: readonly string[]): InboxDrivers {
  const gone = publishedNames(inbox, names);
  const isFree = freedOf(inbox, gone);
  const removed = new Set(inbox.services.flatMap(({ name, owners }) => (isFree(owners) ? [name] : [])));
  return {
    ...inbox,
    added: without(inbox.added, (_, published) => gone.has(published)),
    stored: without(inbox.stored, (published) => gone.has(published)),
    ids: without(inbox.ids, (inf) => gone.has(inf.toUpperCase())),
    services: inbox.services.filter(({ name }) => !removed.has(name)),
    files: inbox.files.filter((path) => !isFree(inbox.copied[path] ?? [])),
    copied: without(inbox.copied, isFree),
    ...(inbox.critical === undefined
      ? {}
      : { critical: without(inbox.critical, (service) => removed.has(service)) }),
  };
}

/** A driver of an image that Windows is started with, and that goes. */
export interface StartingDriver {
  readonly publishedName: string;
  /** The name that its INF had; "" where the image does not say. */
  readonly inf: string;
  /** Those that Windows starts while it boots, and that are gone with it. */
  readonly services: readonly string[];
}

/** Of the drivers that are taken out, those that Windows is started with. @param names as {@link withoutDrivers} takes them */
export function startingDrivers(inbox: InboxDrivers, names: readonly string[]): readonly StartingDriver[] {
  const gone = publishedNames(inbox, names);
  const isFree = freedOf(inbox, gone);
  const lost = inbox.services.filter(({ boot, owners }) => boot && isFree(owners));
  return [...gone].flatMap((publishedName) => {
    const services = lost.flatMap(({ name, owners }) => (owners.includes(publishedName) ? [name] : []));
    return services.length === 0 ? [] : [{ publishedName, inf: inbox.added[publishedName] ?? "", services }];
  });
}

/** Whether a package does for a device what one that goes did: by the same service, or as another version of the same INF. */
export function replaces({ inf, services }: DriverPackage, gone: StartingDriver): boolean {
  return (
    services.some((name) => gone.services.includes(name.toUpperCase())) ||
    basename(inf).toUpperCase() === gone.inf
  );
}

function publishedNames({ added }: InboxDrivers, names: readonly string[]): ReadonlySet<string> {
  const wanted = new Set(names.map((name) => name.toUpperCase()));
  return new Set([
    ...[...wanted].filter((name) => /^OEM\d+\.INF$/.test(name)),
    ...Object.entries(added).flatMap(([published, inf]) => (wanted.has(inf) ? [published] : [])),
  ]);
}

function freedOf(
  { stored }: InboxDrivers,
  gone: ReadonlySet<string>,
): (owners: readonly string[]) => boolean {
  return (owners) =>
    ownersLeft(
      owners,
      (owner) => gone.has(owner),
      (folder) => folder in stored,
    )?.length === 0;
}

function without<Value>(
  record: Readonly<Record<string, Value>>,
  isGone: (value: Value, key: string) => boolean,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(record).filter(([key, value]) => !isGone(value, key)));
}
