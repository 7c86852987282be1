/**
 * Builds that are one and the same, with more or fewer of their features enabled: they take the same updates
 * ("windows-10-release-information", "windows11-release-information").
 */
const families: readonly (readonly number[])[] = [
  [18362, 18363],
  [19041, 19042, 19043, 19044, 19045],
  [22621, 22631],
  [26100, 26200],
];

/** From here on cumulative updates are built on checkpoints ("checkpoint-cumulative-updates"). */
export const firstWithCheckpoints = 26100;

/** The lowest build that takes the same updates. */
export function familyOf(build: number): number {
  return families.find((family) => family.includes(build))?.[0] ?? build;
}

/** The build that a Windows or DISM of this version is serviced as; undefined where the version has none. */
export function servicedBuild(version: string): number | undefined {
  const build = /^\d+\.\d+\.(\d{1,6})(?:\.|$)/.exec(version)?.[1];
  return build === undefined ? undefined : familyOf(Number(build));
}

/**
 * Whether one level, `10.0.26100.2033`, is below another: negative where it is; undefined where they are of Windows that take
 * different updates, or no levels.
 */
export function compareLevels(a: string, b: string): number | undefined {
  const [one, other] = [partsOf(a), partsOf(b)];
  if (one === undefined || other === undefined || one.family !== other.family) return undefined;
  return one.revision - other.revision;
}

/** Whether a cumulative update makes this level: as it was released, Windows is of revision 1. */
export function isUpdated(level: string): boolean {
  return Number(level.split(".")[3] ?? 0) > 1;
}

function partsOf(level: string): { readonly family: number; readonly revision: number } | undefined {
  const [, build, revision] = /^\d+\.\d+\.(\d{1,6})\.(\d{1,6})$/.exec(level) ?? [];
  return build === undefined ? undefined : { family: familyOf(Number(build)), revision: Number(revision) };
}
