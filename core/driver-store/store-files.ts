import type { CopiedFile } from "../formats/inf/installation.ts";
import { pathOf } from "../formats/inf/source-files.ts";
import { driverDatabases, textValue } from "./driver-database.ts";
import { oemNumber } from "./published-name.ts";
import { reflectedPath } from "./reflection.ts";
import { catalogFolder, fileRepository, infFolder } from "./store-folder.ts";
import type { Publication } from "./service-change.ts";
import type { ImageTree, StoreFile, StoreFolder, StoreHives, StorePackage } from "./store-package.ts";
import { infName } from "./store-package.ts";

/** What a package copies out of the driver store: the file in it, and its place below the folder of Windows. */
export interface Reflected {
  /** Below the folder of the INF, backslashes between. */
  readonly source: string;
  readonly path: string;
}

/** Each place once, in the order of the INF. */
export function reflectedFiles({ installation }: Pick<StorePackage, "installation">): readonly Reflected[] {
  const byPath = new Map<string, Reflected>();
  for (const copy of installation.sections.flatMap((section) => section.copies)) {
    const path = reflectedPath(copy);
    if (path !== undefined && !byPath.has(path.toLowerCase()))
      byPath.set(path.toLowerCase(), { source: sourceOf(copy), path });
  }
  return [...byPath.values()];
}

/** Where a file lies in its package, backslashes between. */
export function sourceOf({ folder, source }: CopiedFile): string {
  return pathOf({ folder, name: source });
}

/** The catalogue among the files of a package, as it is named there. */
export function catalogOf(driverPackage: StorePackage): string | undefined {
  if (driverPackage.signature.state === "none") return undefined;
  return fileNamed(driverPackage, driverPackage.signature.catalog);
}

function fileNamed({ files }: StorePackage, name: string): string | undefined {
  const wanted = name.replaceAll("\\", "/").toLowerCase();
  return files.find(({ path }) => path.toLowerCase() === wanted)?.path;
}

/** A file of a package, and where an image has it. */
export type StorePlace = Pick<StoreFile, "from" | "to">;

/** The files of a package in its folder in the driver store, and those that are copied out of it. */
export function packagePlaces(
  of: StorePackage,
  folder: string,
  reflected: readonly Reflected[],
): readonly StorePlace[] {
  return [...storedPlaces(of, folder), ...copiedPlaces(of, reflected)];
}

function storedPlaces({ files }: StorePackage, folder: string): readonly StorePlace[] {
  const home = `${fileRepository}\\${folder}`;
  return files.map(({ path }) => ({ from: path, to: `${home}\\${path.replaceAll("/", "\\")}` }));
}

function copiedPlaces(of: StorePackage, reflected: readonly Reflected[]): readonly StorePlace[] {
  return reflected.flatMap(({ source, path }) => {
    const from = fileNamed(of, source);
    return from === undefined ? [] : [{ from, to: `\\Windows\\${path}` }];
  });
}

/** Its INF and its catalogue, where they are named as it was published. */
export function publishedPlaces(of: StorePackage, publishedName: string): readonly StorePlace[] {
  const catalog = catalogOf(of);
  return [
    { from: infName(of.inf), to: `${infFolder}\\${publishedName}` },
    ...(catalog === undefined ? [] : [{ from: catalog, to: publishedCatalog(publishedName) }]),
  ];
}

export function publishedCatalog(publishedName: string): string {
  return `${catalogFolder}\\${publishedName.replace(/\.inf$/i, ".cat")}`;
}

/** Those that are there with another content than the package has. */
export function otherContents(
  { hashes }: StorePackage,
  places: readonly StorePlace[],
  image: { hash(path: string): string | undefined },
): readonly StorePlace[] {
  return places.filter(({ from, to }) => {
    const there = image.hash(to);
    return there !== undefined && there !== hashes.get(from);
  });
}

/** Everything that a package puts into an image; the copies out of the driver store where it is configured. */
export function storeFiles(
  of: StorePackage,
  { publishedName, folder }: Publication,
  reflected: readonly Reflected[],
  neighbours: Neighbours,
): { readonly files: readonly StoreFile[]; readonly folders: readonly StoreFolder[] } {
  const home = `${fileRepository}\\${folder}`;
  const places = [
    ...storedPlaces(of, folder),
    ...publishedPlaces(of, publishedName),
    ...copiedPlaces(of, reflected),
  ];
  const inner = of.files.flatMap(({ path }) => {
    const parts = path.split("/").slice(0, -1);
    return parts.map((_, index) => `${home}\\${parts.slice(0, index + 1).join("\\")}`);
  });
  const like = neighbours.folder === undefined ? {} : { like: neighbours.folder };
  return {
    files: places.map(({ from, to }) => {
      const near = neighbours.file(to);
      return { inf: of.inf, from, to, ...(near === undefined ? {} : { like: near }) };
    }),
    folders: [home, ...new Set(inner)].map((to) => ({ to, ...like })),
  };
}

/** Files and folders of Windows itself, from which those beside them take their security descriptors. */
export interface Neighbours {
  /** A package of Windows in the driver store. */
  readonly folder: string | undefined;
  file(path: string): string | undefined;
}

export function neighboursOf(image: StoreHives & { readonly tree: ImageTree }): Neighbours {
  const known = new Map<string, readonly string[]>();
  const list = (folder: string): readonly string[] => {
    const names = known.get(folder) ?? image.tree.list(folder).toSorted();
    known.set(folder, names);
    return names;
  };
  const folder = ownFolder(image, list(fileRepository));
  return {
    folder,
    file(path) {
      const inStore = path.toLowerCase().startsWith(`${fileRepository.toLowerCase()}\\`);
      const parent = inStore ? folder : path.slice(0, path.lastIndexOf("\\"));
      if (parent === undefined) return undefined;
      const extension = path.slice(path.lastIndexOf(".")).toLowerCase();
      const names = list(parent).filter((name) => !/^oem\d+\./i.test(name) && name.includes("."));
      const near = names.find((name) => name.toLowerCase().endsWith(extension)) ?? names[0];
      return near === undefined ? undefined : `${parent}\\${near}`;
    },
  };
}

function ownFolder(image: StoreHives, folders: readonly string[]): string | undefined {
  const there = new Set(folders.map((name) => name.toLowerCase()));
  for (const { key } of driverDatabases(image)) {
    for (const known of key.subkey("DriverPackages")?.subkeys() ?? []) {
      const name = textValue(known, "") ?? "";
      if (there.has(known.name.toLowerCase()) && oemNumber(name) === undefined)
        return `${fileRepository}\\${known.name}`;
    }
  }
  return undefined;
}
