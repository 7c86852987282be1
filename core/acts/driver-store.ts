import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Change } from "../engine.ts";
import { failure } from "../error.ts";
import { sha1Of } from "../file-bytes.ts";
import { withFile } from "../file-source.ts";
import { packageByName } from "../driver-store/driver-database.ts";
import { publishedNamesOf } from "../driver-store/published-name.ts";
import { publish } from "../driver-store/publish.ts";
import { remove } from "../driver-store/remove.ts";
import { underivable } from "../driver-store/underivable.ts";
import type { ImageTree, StoreImage, StorePackage } from "../driver-store/store-package.ts";
import { readInf, stringsOf } from "../formats/inf/document.ts";
import { readDriver } from "../formats/inf/driver.ts";
import { installationOf } from "../formats/inf/installation.ts";
import { type Hive, openHive } from "../formats/hive.ts";
import { isDirectory, isFile, type Metadata, noContent } from "../formats/wim-metadata.ts";
import { type ImageInfo, imageTitle } from "../image.ts";
import { infWindowsOf } from "../inf-windows.ts";
import { readDriverPackage } from "../inspect/driver-package.ts";
import { extract, extracted } from "./extract.ts";
import type { PlainChange } from "./plain-change.ts";
import type { HiveContext } from "./registry.ts";

export const configFolder = "\\Windows\\System32\\config\\";

/**
 * What publishing these packages comes to in this image.
 * @throws SERVICING_DRIVER_REFUSED where one would take the place of what the image has, SERVICING_HIVE_MISSING
 */
export async function publishDrivers(
  drivers: readonly Extract<Change, { change: "add driver" }>[],
  metadata: Metadata,
  context: HiveContext,
): Promise<readonly PlainChange[]> {
  const packages: StorePackage[] = [];
  for (const { inf, forceUnsigned } of drivers)
    packages.push(await storePackage(inf, context.image, forceUnsigned === true, context.signal));
  return withStore(metadata, context, (image) => {
    const { folders, files, changes, refused } = publish(packages, image);
    const [first] = refused;
    if (first !== undefined)
      throw failure("SERVICING_DRIVER_REFUSED", {
        inf: first.inf,
        image: imageTitle(context.image),
        reason: first.because.join("; "),
      });
    const roots = new Map(packages.map(({ inf }) => [inf, inf.replace(/[^\\/]*$/, "")]));
    return [
      ...files.map(({ inf, from, to }): PlainChange => {
        const folder = folders.find((each) => to.toLowerCase().startsWith(`${each.to}\\`.toLowerCase()));
        const like = folder?.like === undefined ? {} : { like: folder.like };
        return { change: "add", from: join(roots.get(inf) ?? "", from), to, ...like };
      }),
      ...changes.map((change): PlainChange => ({ change: "registry", ...change })),
    ];
  });
}

/** What taking packages out again comes to. @throws SERVICING_DRIVER_ABSENT, SERVICING_DRIVER_AMBIGUOUS, SERVICING_DRIVER_INBOX, SERVICING_HIVE_MISSING */
export async function removeDrivers(
  drivers: readonly string[],
  metadata: Metadata,
  context: HiveContext,
): Promise<readonly PlainChange[]> {
  return withStore(metadata, context, (image) => {
    const { deletions, changes } = remove(
      drivers.map((driver) => publishedName(driver, image)),
      image,
    );
    return [
      ...deletions.map((path): PlainChange => ({ change: "delete", path, optional: true })),
      ...changes.map((change): PlainChange => ({ change: "registry", ...change })),
    ];
  });
}

/** @throws SERVICING_DRIVER_AMBIGUOUS, SERVICING_DRIVER_ABSENT */
function publishedName(driver: string, image: StoreImage): string {
  if (packageByName(image, driver) !== undefined || /^oem\d+\.inf$/i.test(driver)) return driver;
  const names = publishedNamesOf(image, driver);
  if (names.length > 1) throw failure("SERVICING_DRIVER_AMBIGUOUS", { name: driver, choices: names });
  if (names[0] === undefined) throw failure("SERVICING_DRIVER_ABSENT", { name: driver });
  return names[0];
}

/** A package as its INF says for an image. @throws SERVICING_DRIVER_REFUSED */
export async function storePackage(
  inf: string,
  image: ImageInfo,
  forceUnsigned: boolean,
  signal: AbortSignal | undefined,
): Promise<StorePackage> {
  const found = await readDriverPackage(inf, image, {
    forceUnsigned,
    derive: underivable,
    ...(signal === undefined ? {} : { signal }),
  });
  const reason = found.refused ?? found.underivable[0];
  if (reason !== undefined)
    throw failure("SERVICING_DRIVER_REFUSED", { inf, image: imageTitle(image), reason });
  const content = await readFile(inf);
  const document = readInf(content);
  const hashes = new Map<string, string>();
  for (const { path, bytes } of found.files)
    hashes.set(path, bytes === 0 ? noContent : await sha1Of(join(dirname(inf), path), signal));
  return {
    ...found,
    hashes,
    content,
    driver: readDriver(content),
    installation: installationOf(document, stringsOf(document), infWindowsOf(image)),
  };
}

async function withStore<T>(
  metadata: Metadata,
  context: HiveContext,
  use: (image: StoreImage) => T,
): Promise<T> {
  const folder = join(context.scratch, "driver-store");
  const there = hivesIn(metadata);
  for (const name of ["SYSTEM", "SOFTWARE"])
    if (!there.includes(name))
      throw failure("SERVICING_HIVE_MISSING", {
        image: imageTitle(context.image),
        path: configFolder + name,
      });
  const paths = there.map((name) => configFolder + name);
  await extract(paths, folder, context);
  const files = new Map<string, string>();
  for (const name of there) files.set(name, await extracted(folder, configFolder + name));
  return withHives(files, (hives) =>
    use({
      SYSTEM: hives.get("SYSTEM") as Hive,
      SOFTWARE: hives.get("SOFTWARE") as Hive,
      ...(hives.has("DRIVERS") ? { DRIVERS: hives.get("DRIVERS") as Hive } : {}),
      windows: infWindowsOf(context.image),
      tree: treeOf(metadata),
    }),
  );
}

/** The hives that the driver store is in, as far as an image has them. A link would lead to a file of this machine. */
export function hivesIn(metadata: Metadata): readonly string[] {
  return ["SYSTEM", "SOFTWARE", "DRIVERS"].filter((name) => {
    const entry = metadata.lookup(configFolder + name);
    return entry !== undefined && !entry.reparsePoint && !isDirectory(entry);
  });
}

/** Opens hives by their names, and closes them when `use` has returned. */
export function withHives<T>(
  files: ReadonlyMap<string, string>,
  use: (hives: ReadonlyMap<string, Hive>) => T,
  opened: ReadonlyMap<string, Hive> = new Map(),
): T {
  const [next, ...others] = files;
  if (next === undefined) return use(opened);
  const [name, file] = next;
  return withFile(file, (source) =>
    withHives(new Map(others), use, new Map([...opened, [name, openHive(source, configFolder + name)]])),
  );
}

/** SHA-1 of the content of a file; undefined where there is none. */
export function fileHash(metadata: Metadata, path: string): string | undefined {
  const entry = metadata.lookup(path);
  return entry !== undefined && isFile(entry) ? entry.hash : undefined;
}

export function treeOf(metadata: Metadata): ImageTree {
  return {
    exists: (path) => metadata.lookup(path) !== undefined,
    hash: (path) => fileHash(metadata, path),
    list(path) {
      const folder = metadata.lookup(path);
      return folder === undefined || !isDirectory(folder)
        ? []
        : [...metadata.children(folder)].map(({ name }) => name);
    },
  };
}
