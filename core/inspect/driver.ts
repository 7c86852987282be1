import { dirname } from "node:path";
import type { ArchitecturePackage, DriverArtefact } from "../artefact.ts";
import type { DriverPackage } from "../driver-package.ts";
import { distinctDiagnostics } from "../formats/inf/line.ts";
import { pathOf, sourceFiles } from "../formats/inf/source-files.ts";
import type { Architecture } from "../image.ts";
import { newestWindows } from "../inf-windows.ts";
import { type OpenedPackage, packageOn } from "./driver-package.ts";
import { findIn } from "./package-folder.ts";

/** Files of a package that are looked for; no driver names as many. */
const fileLimit = 10_000;

type Described = Pick<OpenedPackage, "inf" | "document" | "strings" | "driver" | "listings">;

/**
 * What a driver package is, whatever the image: as the newest Windows of each of its architectures would see it.
 * @throws SERVICING_INPUT_UNREADABLE where a file of the package cannot be read
 */
export async function driverArtefact(opened: OpenedPackage, signal?: AbortSignal): Promise<DriverArtefact> {
  const { inf, digests, driver } = opened;
  const architectures = driver.architectures.filter((architecture) => architecture !== "ia64");
  const found: { readonly architecture: Architecture; readonly of: DriverPackage }[] = [];
  for (const architecture of architectures)
    found.push({ architecture, of: await packageFor(opened, architecture, signal) });
  const missing = unique([...missingFiles(opened), ...found.flatMap(({ of }) => of.missing)]);
  return {
    kind: "driver",
    file: inf,
    bytes: digests.bytes,
    className: driver.className,
    classGuid: driver.classGuid,
    provider: driver.provider,
    date: driver.date,
    version: driver.version,
    catalog: driver.catalogs[""] ?? Object.values(driver.catalogs)[0] ?? "",
    architectures,
    hardwareIds: unique(driver.models.map((model) => model.hardwareId).filter((id) => id !== "")),
    coInstallers: driver.coInstallers.length > 0,
    ...(missing.length === 0 ? {} : { missingFiles: missing }),
    driverKind: driver.kind,
    ...(driver.extensionId === "" ? {} : { extensionId: driver.extensionId }),
    packages: found.map(({ architecture, of }) => factsOf(of, architecture)),
    diagnostics: distinctDiagnostics([...driver.diagnostics, ...found.flatMap(({ of }) => of.diagnostics)]),
  };
}

/** On a workstation, or on a server where it is for servers alone. */
async function packageFor(
  opened: OpenedPackage,
  architecture: Architecture,
  signal: AbortSignal | undefined,
): Promise<DriverPackage> {
  const options = signal === undefined ? {} : { signal };
  const on = await packageOn(opened, newestWindows(architecture), options);
  if (on.devices.length > 0 || on.kind === "primitive") return on;
  const server = await packageOn(opened, newestWindows(architecture, 3), options);
  return server.devices.length > 0 ? server : on;
}

function factsOf(of: DriverPackage, architecture: Architecture): ArchitecturePackage {
  const { digest, files, bytes, missing, bootCritical, software, components, signature } = of;
  return { architecture, bootCritical, signature, digest, bytes, files, missing, software, components };
}

/**
 * Files that an INF names in [SourceDisksFiles] for an architecture that it supports, or as its catalogue,
 * and that do not lie where it says: Windows would refuse the package. In any case; `x.sy_` counts as `x.sys`.
 */
export function missingFiles({ inf, document, strings, driver, listings }: Described): readonly string[] {
  const architectures = driver.architectures.length === 0 ? [undefined] : driver.architectures;
  const wanted = architectures.flatMap((architecture) => sourceFiles(document, strings, architecture));
  const names = unique([...Object.values(driver.catalogs), ...wanted.map(pathOf)]).slice(0, fileLimit);
  return names.filter((name) => findIn(dirname(inf), name, listings).state !== "found");
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
