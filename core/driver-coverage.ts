import { candidates, winners } from "./driver-contest.ts";
import type { DriverPackage } from "./driver-package.ts";
import { compareCandidates, comparePackages, contestOf, isTie, type Candidate } from "./driver-rank.ts";
import type { Device } from "./formats/device.ts";

/** Where a package goes. */
export interface DriverPlacement {
  readonly os: "published" | "already there" | "added" | "staged" | "online" | "left out";
  /** Windows Setup, which loads it before it installs. */
  readonly setup: boolean;
  readonly winre: boolean;
}

export type DriverPlacements = ReadonlyMap<DriverPackage, DriverPlacement>;

/** A driver that comes with Windows: the INF, and the id that it has. */
export interface InboxDriver {
  readonly inf: string;
  readonly id: string;
}

/** What each Windows would choose for a device, of the packages that go into it. */
export interface CoverageRow {
  readonly device: Device;
  /** In the Windows that is installed, and how it gets there. */
  readonly driver?: Candidate & { readonly os: Exclude<DriverPlacement["os"], "left out"> };
  /** What Windows may take as well, since nothing decides between them. */
  readonly ties: readonly DriverPackage[];
  readonly setup?: Candidate;
  readonly winre?: Candidate;
  /** What adds to the driver in the Windows that is installed, by ExtensionId. */
  readonly extensions: readonly Candidate[];
  readonly inbox?: InboxDriver;
}

/** A device that the installed Windows has no driver for. */
export interface CoverageGap {
  readonly device: Device;
  /** The best of those that would fit, were they not left out. */
  readonly leftOut?: Candidate;
}

export interface Coverage {
  /** A row for each device, in their order. */
  readonly rows: readonly CoverageRow[];
  readonly gaps: readonly CoverageGap[];
  /** Packages that match a device, but that others win wherever they are. */
  readonly superseded: readonly {
    readonly package: DriverPackage;
    readonly bytes: number;
    /** Who wins its devices. */
    readonly by: readonly DriverPackage[];
  }[];
  /**
   * Packages that match no device. Not told of software components, whose devices other drivers make, nor of packages
   * that have no devices at all, such as filters.
   */
  readonly unused: readonly { readonly package: DriverPackage; readonly bytes: number }[];
  /** Of all of them, in bytes. */
  readonly bytes: { readonly superseded: number; readonly unused: number };
}

const nowhere: DriverPlacement = { os: "left out", setup: false, winre: false };
const places = ["os", "setup", "winre"] as const;

/**
 * What drives which device, and which packages are not needed for these devices. A package that `placement` does not name
 * goes nowhere. `inbox` names the INF that comes with Windows for an id; without it such drivers are not known, and
 * devices that Windows itself drives are among the gaps. Of packages with the same contents one is given.
 */
export function coverage(
  devices: readonly Device[],
  packages: readonly DriverPackage[],
  placement: DriverPlacements,
  inbox: (id: string) => string | undefined = () => undefined,
): Coverage {
  const placed = (driver: DriverPackage): DriverPlacement => placement.get(driver) ?? nowhere;
  const matches = candidates(devices, packages);
  const isIn = (place: (typeof places)[number], { package: driver }: Candidate): boolean => {
    const of = placed(driver);
    return place === "os" ? of.os !== "left out" : of[place];
  };
  const won = new Set<DriverPackage>();
  const lost = new Map<DriverPackage, Set<DriverPackage>>();
  const rows = devices.map((device, at): CoverageRow => {
    const all = matches[at] ?? [];
    const [os = [], setup = [], winre = []] = places.map((place) => {
      const here = all.filter((candidate) => isIn(place, candidate));
      const best = winners(here);
      for (const each of here) {
        const winner = best.find((one) => contestOf(one.package) === contestOf(each.package));
        if (winner === undefined) continue;
        if (isTie(each, winner)) won.add(each.package);
        else lost.set(each.package, (lost.get(each.package) ?? new Set()).add(winner.package));
      }
      return best;
    });
    const driver = os.find(isDriver);
    const how = driver === undefined ? "left out" : placed(driver.package).os;
    const equals = all.filter(
      (each) => driver !== undefined && isIn("os", each) && isDriver(each) && isTie(each, driver),
    );
    const known = inboxOf(device, inbox);
    const [inSetup, inWinre] = [setup.find(isDriver), winre.find(isDriver)];
    return {
      device,
      ...(driver === undefined || how === "left out" ? {} : { driver: { ...driver, os: how } }),
      ties: equals.flatMap((each) => (each.package === driver?.package ? [] : [each.package])),
      ...(inSetup === undefined ? {} : { setup: inSetup }),
      ...(inWinre === undefined ? {} : { winre: inWinre }),
      extensions: os.filter((each) => !isDriver(each)),
      ...(known === undefined ? {} : { inbox: known }),
    };
  });
  const gaps = rows.flatMap((row, at): CoverageGap[] => {
    if (row.driver !== undefined || row.inbox !== undefined) return [];
    const leftOut = (matches[at] ?? []).filter(isDriver).toSorted(compareCandidates)[0];
    return [{ device: row.device, ...(leftOut === undefined ? {} : { leftOut }) }];
  });
  const idle = packages.filter((driver) => isPlaced(placed(driver)) && !won.has(driver));
  const superseded = idle.flatMap((driver) => {
    const by = lost.get(driver);
    return by === undefined
      ? []
      : [{ package: driver, bytes: driver.bytes, by: [...by].toSorted(comparePackages) }];
  });
  const unused = idle.flatMap((driver) =>
    lost.has(driver) || driver.kind === "software component" || driver.kind === "primitive"
      ? []
      : [{ package: driver, bytes: driver.bytes }],
  );
  return {
    rows,
    gaps,
    superseded,
    unused,
    bytes: { superseded: sum(superseded), unused: sum(unused) },
  };
}

function isPlaced(placement: DriverPlacement): boolean {
  return placement.os !== "left out" || placement.setup || placement.winre;
}

function isDriver({ package: { kind } }: Candidate): boolean {
  return kind !== "extension";
}

function inboxOf(device: Device, inbox: (id: string) => string | undefined): InboxDriver | undefined {
  for (const id of [...device.hardwareIds, ...device.compatibleIds]) {
    const inf = inbox(id);
    if (inf !== undefined) return { inf, id };
  }
  return undefined;
}

function sum(all: readonly { readonly bytes: number }[]): number {
  return all.reduce((total, { bytes }) => total + bytes, 0);
}
