import { hash } from "node:crypto";
import { basename, dirname, join, resolve } from "node:path";
import { isBootCritical } from "../driver-classes.ts";
import type { DriverDevice, DriverPackage } from "../driver-package.ts";
import { refusalOf } from "../driver-refusal.ts";
import { reflectedFiles } from "../driver-store/store-files.ts";
import { type Inf, infOf, stringsOf, type InfStrings } from "../formats/inf/document.ts";
import { type Driver, driverDay, driverOf } from "../formats/inf/driver.ts";
import { installationOf, type InfWindows, type Installation } from "../formats/inf/installation.ts";
import { distinctDiagnostics, type InfDiagnostic, type InfPlace } from "../formats/inf/line.ts";
import { pathOf } from "../formats/inf/source-files.ts";
import type { ImageInfo } from "../image.ts";
import { infWindowsOf, isAssumed, windowsTitle } from "../inf-windows.ts";
import { dpinstIn } from "./dpinst.ts";
import { type PackageCatalog, readPackageCatalog, signatureOf } from "./driver-signature.ts";
import { statOf } from "./input.ts";
import type { InfFile } from "./inf-file.ts";
import { type ListAlgorithm, listedBy, type PackageFile } from "./package-file.ts";
import { createPackageFiles, type PackageFiles } from "./package-files.ts";
import { findIn, type FoundFile, type Listings } from "./package-folder.ts";

/** Files of one package; no driver names as many. */
const fileLimit = 10_000;

export interface DriverPackageOptions {
  /** Whether a package that is not signed is taken on 64-bit Windows. */
  readonly forceUnsigned?: boolean;
  readonly signal?: AbortSignal;
  /** What is known of folders by now; packages that lie side by side share it. */
  readonly listings?: Listings;
  /** What about it cannot be derived from the INF alone. */
  readonly derive?: (
    installation: Installation,
    driver: Driver,
    windows: InfWindows,
    bootCritical: boolean,
  ) => readonly string[];
}

/**
 * A driver package as one image would take it. What is wrong with it is in `refused`.
 * @param inf the INF, whose folder is that of the package
 * @throws SERVICING_INPUT_NOT_FOUND, SERVICING_INPUT_UNREADABLE where a file of it cannot be read
 */
export async function readDriverPackage(
  inf: string,
  image: ImageInfo,
  options: DriverPackageOptions = {},
): Promise<DriverPackage> {
  const { signal, listings = new Map() } = options;
  const opened = await openDriverPackage(inf, signal, { listings, files: createPackageFiles() });
  const found = await packageOn(opened, infWindowsOf(image), options);
  if (!isAssumed(image)) return found;
  const message = `the image does not say its version: read as for ${windowsTitle(infWindowsOf(image))}`;
  return { ...found, diagnostics: [...found.diagnostics, { line: 1, column: 1, message }] };
}

/** What packages that are read together share, so that nothing is read twice. */
export interface SharedReading {
  readonly listings: Listings;
  readonly files: PackageFiles;
}

/** A driver package whose INF was read; each of its files is read once at most. */
export interface OpenedPackage extends SharedReading {
  readonly inf: string;
  /** Of the INF. */
  readonly digests: PackageFile;
  readonly document: Inf;
  readonly strings: InfStrings;
  readonly driver: Driver;
  readonly read: Map<string, Promise<PackageFile>>;
  readonly catalogsRead: Map<string | undefined, PackageCatalog>;
}

/** @throws SERVICING_INPUT_NOT_FOUND, SERVICING_INPUT_UNREADABLE */
export async function openDriverPackage(
  path: string,
  signal?: AbortSignal,
  shared: SharedReading = { listings: new Map(), files: createPackageFiles() },
): Promise<OpenedPackage> {
  signal?.throwIfAborted();
  const inf = resolve(path);
  await statOf(inf, "the INF of a driver package");
  return openedPackage(inf, shared.files.inf(inf), shared);
}

/** The same of an INF that was read already. */
export function openedPackage(inf: string, read: InfFile, shared: SharedReading): OpenedPackage {
  const document = infOf(read);
  const strings = stringsOf(document);
  const driver = driverOf(document, strings);
  const { digests } = read;
  return { ...shared, inf, digests, document, strings, driver, read: new Map(), catalogsRead: new Map() };
}

/** @throws SERVICING_INPUT_UNREADABLE, and the reason of the signal */
export async function packageOn(
  opened: OpenedPackage,
  windows: InfWindows,
  { forceUnsigned = false, signal, derive }: DriverPackageOptions = {},
): Promise<DriverPackage> {
  const { inf, driver, listings } = opened;
  const installation = installationOf(opened.document, opened.strings, windows);
  const root = dirname(inf);
  const named = driver.catalogs[windows.architecture] ?? driver.catalogs[""];
  const found = new Map<string, FoundFile>();
  for (const name of namesOf(installation)) found.set(name, findIn(root, name, listings));
  const own = findIn(root, basename(inf), listings);
  const listed = named === undefined ? undefined : findIn(root, named, listings);
  const catalog = catalogOnce(opened, named, listed);

  const algorithms = catalog.state === "read" ? catalog.algorithms : [];
  const files = [await readOnce(opened, basename(inf), algorithms, signal)];
  const packed: string[] = [];
  // A catalogue does not list itself, whether the INF copies it or not.
  const taken = new Set([basename(inf), catalog.state === "none" ? "" : catalog.file.path]);
  for (const file of found.values()) {
    if (file.state !== "found" || taken.has(file.path)) continue;
    signal?.throwIfAborted();
    taken.add(file.path);
    if (file.packed) packed.push(file.path);
    files.push(await readOnce(opened, file.path, algorithms, signal));
  }
  const signature = signatureOf(
    catalog,
    files.filter(({ path }) => !packed.includes(path)),
  );
  const all = catalog.state === "none" ? files : [...files, catalog.file];
  const outside = [...found].flatMap(([name, { state }]) => (state === "outside" ? [name] : []));
  if (own.state === "outside") outside.unshift(basename(inf));
  if (listed?.state === "outside") outside.push(named ?? "");
  const missing = [...found].flatMap(([name, { state }]) => (state === "missing" ? [name] : []));
  const bootCritical = isBootCritical(driver.classGuid, installation.sections);
  const dpinst = dpinstIn(root, windows.architecture, listings);
  const refused = refusalOf({
    name: basename(inf),
    driver,
    installation,
    windows,
    outside,
    missing,
    signature,
    forceUnsigned,
    programs: kernelPrograms(installation, found, files),
  });
  return {
    inf,
    kind: driver.kind,
    className: driver.className,
    classGuid: driver.classGuid,
    extensionId: driver.extensionId,
    provider: driver.provider,
    date: driver.date,
    version: driver.version,
    architectures: driver.architectures.filter((architecture) => architecture !== "ia64"),
    digest: digestOf(all),
    files: all.map(({ path, bytes }) => ({ path, bytes })),
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    missing: listed?.state === "missing" ? [...missing, named ?? ""] : missing,
    bootCritical,
    coInstallers: driver.coInstallers.length > 0,
    ...(dpinst === undefined ? {} : { dpinst }),
    software: unique(installation.sections.flatMap(({ software }) => software.map(({ name }) => name))),
    components: unique(installation.sections.flatMap(({ components }) => components.map(({ name }) => name))),
    services: unique(installation.sections.flatMap(({ services }) => services.map(({ name }) => name))),
    reflected: reflectedFiles({ installation }).map(({ path }) => `\\Windows\\${path}`),
    signature,
    devices: devicesOf(installation),
    ...(refused === undefined ? {} : { refused }),
    underivable: [
      ...packed.map((path) => `${path} is packed, and is not compared with the catalogue`),
      ...(derive?.(installation, driver, windows, bootCritical) ?? []),
    ],
    diagnostics: diagnosticsOf(driver, installation, outside),
  };
}

/** Files that the INF takes from its folder, as it names them, each once. */
function namesOf({ sources, sections }: Installation): readonly string[] {
  const places = new Map(sources.map((file) => [file.name.toLowerCase(), pathOf(file)]));
  for (const { copies } of sections)
    for (const { source: name, folder } of copies) {
      const key = name.toLowerCase();
      if (!places.has(key)) places.set(key, pathOf({ name, folder }));
    }
  return [...places.values()].slice(0, fileLimit);
}

function catalogOnce(
  opened: OpenedPackage,
  name: string | undefined,
  found: FoundFile | undefined,
): PackageCatalog {
  const { inf, catalogsRead, files } = opened;
  const known = catalogsRead.get(name) ?? readPackageCatalog(dirname(inf), name, found, files);
  catalogsRead.set(name, known);
  return known;
}

function readOnce(
  { inf, digests, read, files }: OpenedPackage,
  path: string,
  algorithms: readonly ListAlgorithm[],
  signal: AbortSignal | undefined,
): Promise<PackageFile> {
  const key = [path, ...algorithms].join("\n");
  const known = read.get(key);
  if (known !== undefined) return known;
  const file =
    path === basename(inf)
      ? Promise.resolve(listedBy(digests, { path, algorithms }))
      : files.digests(join(dirname(inf), path), { path, algorithms, signal });
  read.set(key, file);
  return file;
}

/** What services of the kernel load (SERVICE_KERNEL_DRIVER, SERVICE_FILE_SYSTEM_DRIVER): no other machine's will do. */
function kernelPrograms(
  installation: Installation,
  found: ReadonlyMap<string, FoundFile>,
  files: readonly PackageFile[],
): readonly { readonly path: string; readonly machine: string }[] {
  const machines = new Map(files.map(({ path, machine }) => [path, machine]));
  const paths = new Map(
    [...found].flatMap(([name, file]) =>
      file.state === "found" ? [[lastOf(name), file.path] as const] : [],
    ),
  );
  return installation.sections.flatMap(({ services, copies }) => {
    const loading = services.filter(({ type }) => type === 1 || type === 2);
    if (loading.length === 0) return [];
    const sources = new Map(copies.toReversed().map(({ name, source }) => [name.toLowerCase(), source]));
    return loading.flatMap(({ binary }) => {
      const loaded = lastOf(binary.path);
      const path = paths.get(sources.get(loaded)?.toLowerCase() ?? loaded);
      const machine = path === undefined ? undefined : machines.get(path);
      return path === undefined || machine === undefined ? [] : [{ path, machine }];
    });
  });
}

function lastOf(path: string): string {
  return (path.split(/[\\/]/).at(-1) ?? "").toLowerCase();
}

function devicesOf(installation: Installation): readonly DriverDevice[] {
  const sections = new Map(installation.sections.map((section) => [section.name, section]));
  return installation.models.flatMap((model) => {
    const { featureScore = 0xff, driverVersion } = sections.get(model.section ?? "") ?? {};
    // What is no day leaves that of the package.
    const own = driverVersion !== undefined && driverDay(driverVersion.date) !== undefined;
    const shared = {
      featureScore,
      description: model.description.text,
      ...(own ? driverVersion : {}),
    };
    const hardware: DriverDevice[] =
      model.hardwareId === ""
        ? []
        : [{ id: model.hardwareId.toUpperCase(), kind: "hardware", position: 0, ...shared }];
    return [
      ...hardware,
      ...model.compatibleIds.map((id, position): DriverDevice => ({
        id: id.toUpperCase(),
        kind: "compatible",
        position,
        ...shared,
      })),
    ];
  });
}

/** The same for the same files, wherever they lie and in whichever case their names are written. */
function digestOf(files: readonly PackageFile[]): string {
  const lines = files.map(({ path, sha256 }) => `${path.toLowerCase()}\0${sha256}\n`).sort();
  return hash("sha256", lines.join(""));
}

function diagnosticsOf(
  driver: Driver,
  installation: Installation,
  outside: readonly string[],
): readonly InfDiagnostic[] {
  const left = outside.length === 0 ? [] : slipsOf(outside, installation);
  return distinctDiagnostics([...driver.diagnostics, ...installation.diagnostics, ...left]);
}

function slipsOf(outside: readonly string[], { sections, sources }: Installation): readonly InfDiagnostic[] {
  const copies = sections.flatMap((section) => section.copies);
  const places = new Map<string, InfPlace>([
    ...copies.map((copy) => [pathOf({ name: copy.source, folder: copy.folder }), copy] as const),
    ...sources.map((file) => [pathOf(file), file] as const),
  ]);
  return outside.map((name) => {
    const { line, column } = places.get(name) ?? { line: 1, column: 1 };
    return { line, column, message: `"${name}" lies outside of the folder of the INF` };
  });
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
