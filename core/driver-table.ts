import prettyBytes from "pretty-bytes";
import type { ArchitecturePackage, DriverArtefact } from "./artefact.ts";
import type { DriverSignature } from "./driver-package.ts";

const heads = [
  "INF",
  "class",
  "provider",
  "version",
  "date",
  "for",
  "boot",
  "signed by",
  "lacks",
  "size",
  "",
];

/**
 * Driver packages as a table, a line each; copies of one share the line of the first. Rows of cells, the heads first;
 * columns that are empty throughout are left out.
 * @param nameOf how an INF is called in it
 */
export function driverTable(
  drivers: readonly DriverArtefact[],
  nameOf: (driver: DriverArtefact) => string,
): readonly (readonly string[])[] {
  const rows = copiesOf(drivers).map(([driver, ...copies]) => [
    nameOf(driver),
    ...cellsOf(driver, copies.length),
  ]);
  const used = heads.map((_, column) => rows.some((row) => row[column] !== ""));
  return [heads, ...rows].map((row) => row.filter((_, column) => used[column]));
}

type Copies = [first: DriverArtefact, ...others: DriverArtefact[]];

/** Packages of the same files, whose places differ; in the order of the first. */
function copiesOf(drivers: readonly DriverArtefact[]): readonly Copies[] {
  const found = new Map<string, Copies>();
  for (const driver of drivers) {
    const digests = driver.packages?.map(({ digest }) => digest).join(" ") ?? "";
    const key = digests === "" ? driver.file : digests;
    const known = found.get(key);
    if (known === undefined) found.set(key, [driver]);
    else known.push(driver);
  }
  return [...found.values()];
}

function cellsOf(driver: DriverArtefact, copies: number): readonly string[] {
  const { packages = [], missingFiles = [], diagnostics } = driver;
  const notes = diagnostics.length === 1 ? "1 note" : `${diagnostics.length} notes`;
  return [
    (driver.className + kindMark(driver)).trim(),
    driver.provider,
    driver.version,
    driver.date,
    driver.architectures.join(" ") || "none",
    architecturesWhere(packages, ({ bootCritical }) => bootCritical),
    signatures(packages),
    missingFiles.length > 2 ? `${missingFiles.length} files` : missingFiles.join(" "),
    sizeOf(packages),
    [
      driver.coInstallers ? "co-installers" : "",
      ...unique(packages.flatMap(({ software, components }) => [...software, ...components])),
      diagnostics.length === 0 ? "" : notes,
      copies === 0 ? "" : copies === 1 ? "1 more copy" : `${copies} more copies`,
    ]
      .filter((part) => part !== "")
      .join(", "),
  ];
}

function kindMark({ driverKind, className }: DriverArtefact): string {
  if (driverKind === undefined || driverKind === "device") return "";
  const said = className.toLowerCase() === driverKind.replace(" ", "");
  return said ? "" : ` (${driverKind})`;
}

/** "yes" where it is so on all of them. */
function architecturesWhere(
  packages: readonly ArchitecturePackage[],
  holds: (of: ArchitecturePackage) => boolean,
): string {
  const where = packages.filter(holds).map(({ architecture }) => architecture);
  return where.length === packages.length && where.length > 0 ? "yes" : where.join(" ");
}

/** One signature where all architectures have the same. */
export function signatures(packages: readonly ArchitecturePackage[]): string {
  const said = unique(packages.map(({ signature }) => signatureText(signature)));
  if (said.length < 2) return said[0] ?? "";
  return packages
    .map(({ architecture, signature }) => `${architecture}: ${signatureText(signature)}`)
    .join("; ");
}

/** A signer, whom nobody here vouches for, or why there is none. */
function signatureText(signature: DriverSignature): string {
  if (signature.state === "covered") return signature.signer || "somebody without a name";
  return signature.state === "none" ? `nobody: ${signature.because}` : `broken: ${signature.because}`;
}

/** Of the largest, where they differ. */
export function sizeOf(packages: readonly ArchitecturePackage[]): string {
  return packages.length === 0
    ? ""
    : prettyBytes(Math.max(...packages.map(({ bytes }) => bytes)), { binary: true });
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
