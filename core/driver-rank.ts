import { basename } from "node:path";
import type { DriverDevice, DriverPackage, DriverSignature } from "./driver-package.ts";
import type { Device } from "./formats/device.ts";
import type { DriverKind } from "./formats/inf/driver.ts";

type IdKind = DriverDevice["kind"];

/** What matched: an id of the device, then an id of the INF. */
export type MatchKind = `${IdKind}-${IdKind}`;

/** How well a package fits a device, by the best of its matches. */
export interface Match {
  /** 0xSSGGTHHH, the lower the better ("how-setup-ranks-drivers--windows-vista-and-later-"). */
  readonly rank: number;
  /** The id that matched. */
  readonly id: string;
  readonly kind: MatchKind;
  /** Of what matched, whose section may have a DriverVer of its own. */
  readonly version: string;
  readonly newness: string;
}

export interface Candidate extends Match {
  readonly package: DriverPackage;
}

/** What a device is matched by. */
export type Matchable = Pick<Device, "hardwareIds" | "compatibleIds">;

/**
 * SS of a rank. Windows gives one score to every signature that it trusts, be it WHQL's or another publisher's, and a worse
 * one to packages without a valid signature ("signature-score--windows-vista-and-later-"). Whether it would trust a signer
 * is known to that Windows alone: here a catalogue that covers the files counts as trusted, a broken one as none.
 * 0x80 is SIGNERSCORE_UNSIGNED, that of a package whose sections are decorated with .nt, as those of today are.
 */
export function signatureScore(signature: DriverSignature): number {
  return signature.state === "covered" ? 0 : 0x80;
}

/**
 * THHH of a rank: T says what matched, HHH at which place of the device's list, and of the INF's where both ids are
 * compatible ids ("identifier-score--windows-vista-and-later-", "driver-rank-example--windows-vista-and-later-").
 */
export function identifierScore(kind: MatchKind, devicePlace: number, infPlace: number): number {
  switch (kind) {
    case "hardware-hardware":
      return Math.min(devicePlace, 0xfff);
    case "hardware-compatible":
      return 0x1000 + Math.min(devicePlace, 0xfff);
    case "compatible-hardware":
      return 0x2000 + Math.min(devicePlace, 0xfff);
    case "compatible-compatible":
      return 0x3000 + 0x100 * Math.min(infPlace, 0xf) + Math.min(devicePlace, 0xff);
  }
}

/** The rank of one id of a package at one place of a device's list. */
export function rankOfId(
  signature: DriverSignature,
  entry: Pick<DriverDevice, "kind" | "position" | "featureScore">,
  deviceKind: IdKind,
  devicePlace: number,
): number {
  const feature = Math.min(Math.max(Math.trunc(entry.featureScore), 0), 0xff);
  return (
    signatureScore(signature) * 0x1000000 +
    feature * 0x10000 +
    identifierScore(`${deviceKind}-${entry.kind}`, devicePlace, entry.position)
  );
}

/** The rank of a package on a device, or undefined where no id of it is the device's. Whether the image takes it is not asked. */
export function rankOf(device: Matchable, driver: DriverPackage): Match | undefined {
  const places = placesOf(device);
  let found: Match | undefined;
  for (const entry of driver.devices) {
    const place = places.get(entry.id);
    if (place === undefined) continue;
    const match = matchOf(driver, entry, place.kind, place.place);
    if (found === undefined || compareMatches(match, found, driver.kind) < 0) found = match;
  }
  return found;
}

/** One id of a package at one place of a device's list. */
export function matchOf(
  driver: DriverPackage,
  entry: DriverDevice,
  deviceKind: IdKind,
  devicePlace: number,
): Match {
  return {
    rank: rankOfId(driver.signature, entry, deviceKind, devicePlace),
    id: entry.id,
    kind: `${deviceKind}-${entry.kind}`,
    version: versionOf(driver, entry),
    newness: newness(driver, entry),
  };
}

/** Two matches of one package, of which one counts. */
export function compareMatches(a: Match, b: Match, kind: DriverKind): number {
  return compareStandings(a, b, kind) || a.rank - b.rank;
}

/** Where each id of a device stands; one in both lists counts as a hardware id. */
export function placesOf(
  device: Matchable,
): ReadonlyMap<string, { readonly kind: IdKind; readonly place: number }> {
  const places = new Map<string, { kind: IdKind; place: number }>();
  for (const [kind, ids] of [
    ["hardware", device.hardwareIds],
    ["compatible", device.compatibleIds],
  ] as const)
    for (const [place, written] of ids.entries()) {
      const id = written.toUpperCase();
      if (!places.has(id)) places.set(id, { kind, place });
    }
  return places;
}

const known = new WeakMap<object, string>();

/**
 * A text that orders packages by date, then version: the greater is the newer.
 * @param entry what of the package is asked about, which may have a DriverVer of its own ("inf-driverver-directive")
 */
export function newness(
  driver: Pick<DriverPackage, "date" | "version">,
  entry?: Pick<DriverDevice, "date" | "version">,
): string {
  const of = entry?.date === undefined ? driver : entry;
  const text = known.get(of) ?? newnessOf(of);
  known.set(of, text);
  return text;
}

/** The version that goes with `newness`. */
export function versionOf(
  driver: Pick<DriverPackage, "version">,
  entry: Pick<DriverDevice, "date" | "version">,
): string {
  return entry.date === undefined ? driver.version : (entry.version ?? "");
}

function newnessOf({ date = "", version = "" }: Pick<DriverDevice, "date" | "version">): string {
  const [, month = "", day = "", year = ""] = /^(\d{1,2})[/-](\d{1,2})[/-](\d{4})$/.exec(date) ?? [];
  const parts = version.split(".").map((part) => (/^\d{1,9}$/.test(part) ? part : "0"));
  return [
    [year.padStart(4, "0"), month.padStart(2, "0"), day.padStart(2, "0")].join(""),
    ...[0, 1, 2, 3].map((at) => (parts[at] ?? "0").replace(/^0+/, "").padStart(9, "0")),
  ].join(" ");
}

/** What a package is chosen by. */
export interface Standing {
  readonly rank: number;
  readonly newness: string;
}

/**
 * What decides between two packages of one contest, negative where the first wins: rank, then date, then version
 * ("how-setup-selects-drivers"); between extensions of one ExtensionId, date and version alone
 * ("using-an-extension-inf-file"). Where nothing does, 0: Windows may take either.
 */
export function compareStandings(a: Standing, b: Standing, kind: DriverKind): number {
  return (kind === "extension" ? 0 : a.rank - b.rank) || compareText(b.newness, a.newness);
}

/** Whether Windows may take either of two candidates of one contest. */
export function isTie(a: Candidate, b: Candidate): boolean {
  return compareStandings(a, b, kindOf(a, b)) === 0;
}

/** Candidates of one contest, the better first; where nothing decides, by rank and then by name: a total order. */
export function compareCandidates(a: Candidate, b: Candidate): number {
  return compareStandings(a, b, kindOf(a, b)) || a.rank - b.rank || comparePackages(a.package, b.package);
}

function kindOf({ package: a }: Candidate, { package: b }: Candidate): DriverKind {
  return a.kind === b.kind ? a.kind : "device";
}

/** By the name of the INF, then by where it lies. */
export function comparePackages(a: DriverPackage, b: DriverPackage): number {
  return compareText(basename(a.inf), basename(b.inf)) || compareText(a.inf, b.inf);
}

/**
 * The driver that Windows would choose for a device, undefined where none fits: extensions add to a driver and are none, and
 * a package that the image refuses is not there to be chosen.
 */
export function best(device: Matchable, packages: Iterable<DriverPackage>): Candidate | undefined {
  let found: Candidate | undefined;
  for (const driver of packages) {
    if (driver.kind === "extension" || driver.refused !== undefined) continue;
    const match = rankOf(device, driver);
    if (match === undefined) continue;
    const candidate = { package: driver, ...match };
    if (found === undefined || compareCandidates(candidate, found) < 0) found = candidate;
  }
  return found;
}

/** As pnputil and the log of Windows print it, and as it is documented: `0x00FF2001`. */
export function rankText(rank: number): string {
  return `0x${rank.toString(16).toUpperCase().padStart(8, "0")}`;
}

/**
 * Packages that compete for a device have the same: an extension competes with those of its ExtensionId only, and with none
 * where it has none ("using-an-extension-inf-file"); all others compete by their ids.
 */
export function contestOf(driver: DriverPackage): string {
  if (driver.kind !== "extension") return "driver";
  return `extension ${driver.extensionId === "" ? driver.inf : driver.extensionId}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
