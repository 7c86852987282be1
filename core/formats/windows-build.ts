/**
 * Builds that an enablement package makes of another: they are serviced as that one, and its DISM and ADK are theirs
 * ("windows11-release-information", "release-information" of Windows 10).
 */
const enabled: Readonly<Record<number, number>> = {
  18363: 18362,
  19042: 19041,
  19043: 19041,
  19044: 19041,
  19045: 19041,
  22631: 22621,
  26200: 26100,
};

/** The build that a Windows or DISM of this version is serviced as; undefined where the version has none. */
export function servicedBuild(version: string): number | undefined {
  const build = Number(/^\d+\.\d+\.(\d{1,6})(?:\.|$)/.exec(version)?.[1] ?? Number.NaN);
  return Number.isNaN(build) ? undefined : (enabled[build] ?? build);
}
