import type { DriverPackage } from "./driver-package.ts";
import {
  comparePackages,
  compareStandings,
  contestOf,
  newness,
  rankOfId,
  type Standing,
  versionOf,
} from "./driver-rank.ts";
import type { DriverKind } from "./formats/inf/driver.ts";

/** What decided: the first of these in which the winner is better. */
export type Outdoing = "rank" | "date" | "version";

export interface LeftOutDriver {
  readonly package: DriverPackage;
  /** Who wins each of its ids, and by what. */
  readonly because: readonly {
    readonly winner: DriverPackage;
    /** Of the winner, for these ids. */
    readonly version: string;
    readonly by: Outdoing;
    readonly ids: readonly string[];
  }[];
}

export interface Economy {
  /** In the order in which they were given. */
  readonly kept: readonly DriverPackage[];
  readonly leftOut: readonly LeftOutDriver[];
}

/** What an id of a package comes to where it is a hardware id of the device, and where it is a compatible id. */
const sides = ["hardware", "compatible"] as const;

type Side = (typeof sides)[number];

interface Leader extends Standing {
  readonly package: DriverPackage;
  readonly version: string;
}

/**
 * Leaves out packages that Windows would choose for no device, whatever devices there are: those of which every id is won
 * by another that has the same id, by its rank, else by its date, else by its version. Where these are equal both are kept.
 * Extensions are measured with those of the same ExtensionId only; packages without devices neither win nor lose. Of
 * packages with the same contents one is given, and none that the image refuses.
 * @param stands false for a package that may never get into the image: nothing is left out for it
 */
export function newestOnly(
  packages: readonly DriverPackage[],
  stands: (driver: DriverPackage) => boolean = () => true,
): Economy {
  const best = bestOfEach(packages.filter(stands));
  const kept: DriverPackage[] = [];
  const leftOut: LeftOutDriver[] = [];
  for (const driver of packages) {
    const because = outdone(driver, best);
    if (because.length > 0) leftOut.push({ package: driver, because });
    else kept.push(driver);
  }
  return { kept, leftOut };
}

/** By contest, then by id, who is best on each side. */
type Standings = ReadonlyMap<string, ReadonlyMap<string, Readonly<Partial<Record<Side, Leader>>>>>;

function bestOfEach(competing: readonly DriverPackage[]): Standings {
  const best = new Map<string, Map<string, Partial<Record<Side, Leader>>>>();
  for (const driver of competing) {
    const contest = contestOf(driver);
    const ids = best.get(contest) ?? new Map<string, Partial<Record<Side, Leader>>>();
    best.set(contest, ids);
    for (const entry of driver.devices) {
      const standing = ids.get(entry.id) ?? {};
      ids.set(entry.id, standing);
      const age = newness(driver, entry);
      for (const side of sides) {
        const rank = rankOfId(driver.signature, entry, side, 0);
        const known = standing[side];
        const order = known === undefined ? -1 : compareStandings({ rank, newness: age }, known, driver.kind);
        const ahead =
          order < 0 || (order === 0 && known !== undefined && comparePackages(driver, known.package) < 0);
        if (ahead)
          standing[side] = { rank, newness: age, package: driver, version: versionOf(driver, entry) };
      }
    }
  }
  return best;
}

/** Who wins each id of a package; empty where it wins one itself, or nobody can be better at one. */
function outdone(driver: DriverPackage, best: Standings): LeftOutDriver["because"] {
  const ids = best.get(contestOf(driver));
  const found = new Map<string, { winner: DriverPackage; version: string; by: Outdoing; ids: Set<string> }>();
  for (const entry of driver.devices) {
    const age = newness(driver, entry);
    for (const side of sides) {
      const winner = ids?.get(entry.id)?.[side];
      const rank = rankOfId(driver.signature, entry, side, 0);
      // Itself by another of its models, or somebody who is no better.
      if (winner === undefined || winner.package === driver) return [];
      if (compareStandings(winner, { rank, newness: age }, driver.kind) >= 0) return [];
      const by = decidedBy(winner, { rank, newness: age }, driver.kind);
      const { version } = winner;
      const key = `${by} ${version} ${winner.package.inf}`;
      const known = found.get(key) ?? { winner: winner.package, version, by, ids: new Set() };
      found.set(key, known);
      known.ids.add(entry.id);
    }
  }
  return [...found.values()].map((one) => ({ ...one, ids: [...one.ids] }));
}

function decidedBy(winner: Standing, loser: Standing, kind: DriverKind): Outdoing {
  if (kind !== "extension" && winner.rank !== loser.rank) return "rank";
  return winner.newness.slice(0, 8) === loser.newness.slice(0, 8) ? "version" : "date";
}
