import { decodeValue, foldName, sameName } from "../formats/hive.ts";
import { driverDatabases, textValue } from "./driver-database.ts";
import { copiedPackages } from "./lockdown.ts";
import { catalogFolder, infFolder } from "./store-folder.ts";
import type { ImageTree, StoreHives } from "./store-package.ts";

/** Numbers up to this are looked for; an image of ten thousand packages would be its own kind of trouble. */
const most = 100_000;

/** The number of `oemN.inf`; undefined for any other name. */
export function oemNumber(name: string): number | undefined {
  const digits = /^oem(0|[1-9]\d{0,5})\.inf$/i.exec(name)?.[1];
  return digits === undefined || Number(digits) >= most ? undefined : Number(digits);
}

/** The published names of packages that came with an INF of this name; those of Windows itself are not among them. */
export function publishedNamesOf(image: StoreHives, inf: string): readonly string[] {
  const known = driverDatabases(image).flatMap(({ key }) =>
    (key.subkey("DriverPackages")?.subkeys() ?? []).filter((each) =>
      sameName(textValue(each, "InfName") ?? "", inf),
    ),
  );
  const copied = copiedPackages(image).filter(({ folder }) =>
    foldName(folder).startsWith(foldName(`${inf}_`)),
  );
  return [
    ...known.map((each) => textValue(each, "") ?? ""),
    ...copied.map(({ publishedName }) => publishedName),
  ].filter((name) => oemNumber(name) !== undefined);
}

/** Every number that the image gave out: by a file, by either database, or by the map of them. */
export function usedNumbers(image: StoreHives & { readonly tree: ImageTree }): Set<number> {
  const databases = driverDatabases(image);
  const names = [
    ...image.tree.list(infFolder),
    ...image.tree.list(catalogFolder).map((name) => name.replace(/\.cat$/i, ".inf")),
    ...databases.flatMap(
      ({ key }) =>
        key
          .subkey("DriverInfFiles")
          ?.subkeys()
          .map(({ name }) => name) ?? [],
    ),
  ];
  const maps = databases.flatMap(({ key }) => {
    const map = key.value("OemInfMap");
    return map === undefined ? [] : mapNumbers(map.bytes);
  });
  return new Set([...names.flatMap((name) => oemNumber(name) ?? []), ...maps]);
}

export function lowestFree(used: ReadonlySet<number>): number {
  let number = 0;
  while (used.has(number)) number += 1;
  return number;
}

/** OemInfMap: number n is the bit 0x80 >> (n % 8) of byte n / 8; it ends with its last byte that is not zero. */
export function mapNumbers(map: Uint8Array): number[] {
  return Array.from({ length: Math.min(map.length * 8, most) }, (_, number) => number).filter(
    (number) => (map[number >> 3]! & (0x80 >> (number % 8))) !== 0,
  );
}

export function numbersMap(numbers: Iterable<number>): Buffer {
  const all = [...numbers];
  const map = Buffer.alloc(all.length === 0 ? 0 : (Math.max(...all) >> 3) + 1);
  for (const number of all) map[number >> 3]! |= 0x80 >> (number % 8);
  return map;
}

/** The numbers in the map of SYSTEM, which covers the packages of both databases. */
export function mappedNumbers(image: StoreHives): Set<number> {
  const map = image.SYSTEM.key("DriverDatabase")?.value("OemInfMap");
  const decoded = map === undefined ? undefined : decodeValue(map);
  return new Set(decoded?.type === "REG_BINARY" ? mapNumbers(Buffer.from(decoded.data, "hex")) : []);
}
