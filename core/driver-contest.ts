import type { DriverPackage } from "./driver-package.ts";
import {
  compareCandidates,
  compareMatches,
  contestOf,
  matchOf,
  placesOf,
  type Candidate,
  type Matchable,
} from "./driver-rank.ts";

/**
 * Which packages match which devices: for each device, at its index, the best match of each package. Every id of a package
 * is looked up once, so that time grows with the ids of all packages, not with packages times devices.
 */
export function candidates(
  devices: readonly Matchable[],
  packages: Iterable<DriverPackage>,
): readonly (readonly Candidate[])[] {
  const index = new Map<string, { device: number; kind: "hardware" | "compatible"; place: number }[]>();
  for (const [device, matchable] of devices.entries())
    for (const [id, { kind, place }] of placesOf(matchable)) {
      const places = index.get(id);
      if (places === undefined) index.set(id, [{ device, kind, place }]);
      else places.push({ device, kind, place });
    }
  const found: Candidate[][] = devices.map(() => []);
  for (const driver of packages)
    for (const entry of driver.devices)
      for (const { device, kind, place } of index.get(entry.id) ?? []) {
        const match = matchOf(driver, entry, kind, place);
        const matches = found[device] ?? [];
        // The matches of one package come one after the other.
        const last = matches.at(-1);
        if (last?.package === driver && compareMatches(last, match, driver.kind) <= 0) continue;
        if (last?.package === driver) matches.pop();
        matches.push({ package: driver, ...match });
      }
  return found;
}

/** The best of each contest, the driver first, then extensions in the order of their ids. */
export function winners(matches: readonly Candidate[]): readonly Candidate[] {
  const found = new Map<string, Candidate>();
  for (const candidate of matches) {
    const contest = contestOf(candidate.package);
    const best = found.get(contest);
    if (best === undefined || compareCandidates(candidate, best) < 0) found.set(contest, candidate);
  }
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, candidate]) => candidate);
}
