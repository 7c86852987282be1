import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, sep } from "node:path";
import { type Artefact, artefactForm } from "./artefact.ts";
import type { DriverPackage } from "./driver-package.ts";
import { storeFolder } from "./driver-store/store-folder.ts";
import { underivable } from "./driver-store/underivable.ts";
import { detached, type Facts } from "./facts.ts";
import type { Digests } from "./input-digest.ts";
import type { ImageInfo } from "./image.ts";
import { infWindowsOf } from "./inf-windows.ts";
import { inspect } from "./inspect.ts";
import { readDriverPackage } from "./inspect/driver-package.ts";
import type { Listings } from "./inspect/package-folder.ts";
import { packageVersion } from "./own-package.ts";
import type { Runner } from "./runner.ts";

/** What the inputs of a line turned out to be. */
export interface Inspected {
  artefact(path: string): Promise<Artefact>;
  /** What an image would make of the driver package of an INF. */
  driver(
    inf: string,
    image: ImageInfo,
    options: { readonly forceUnsigned?: boolean },
  ): Promise<DriverPackage>;
  /** What was inspected at a path or below it. */
  below(path: string): readonly Artefact[];
}

/** What can be told by the content of the file, and of a driver by that of its folder. */
const lasting: ReadonlySet<Artefact["kind"]> = new Set(["package", "appx", "msi", "driver"]);

/** Inspects each input once; what it says is remembered by its content. */
export function inspectedBy(
  runner: Runner,
  facts?: Facts,
  digests?: Digests,
  signal?: AbortSignal,
): Inspected {
  const asked = new Map<string, Promise<Artefact>>();
  const found = new Map<string, Artefact>();
  const listings: Listings = new Map();
  const interrupt = signal === undefined ? {} : { signal };
  const options = { runner, ...interrupt };
  async function remembered(file: string): Promise<Artefact> {
    const single = statSync(file, { throwIfNoEntry: false })?.isFile() === true;
    if (!single || facts === undefined || digests === undefined) return inspect(file, options);
    const { sha256 } = await digests.of({ path: file, whole: false });
    const beside = /\.inf$/i.test(file) ? (await digests.of({ path: file, whole: true })).sha256 : "";
    const key = `artefact ${artefactForm} ${packageVersion()} ${sha256} ${beside}`.trimEnd();
    const known = facts.read(key) as Artefact | undefined;
    if (known !== undefined) return { ...known, file };
    const artefact = detached(await inspect(file, options));
    if (lasting.has(artefact.kind)) facts.write(key, artefact);
    return artefact;
  }
  async function packageOf(inf: string, image: ImageInfo, forceUnsigned: boolean): Promise<DriverPackage> {
    const read = async (): Promise<DriverPackage> => {
      const reading = { forceUnsigned, derive: underivable, listings, ...interrupt };
      const driver = await readDriverPackage(inf, image, reading);
      const folder = storeFolder(basename(inf), infWindowsOf(image).architecture, await readFile(inf));
      return detached({ ...driver, storeFolder: folder });
    };
    if (facts === undefined || digests === undefined) return read();
    const { sha256 } = await digests.of({ path: inf, whole: true });
    const { architecture, version, installationType } = image;
    const named = [basename(inf), architecture, version, installationType, forceUnsigned];
    const key = `driver ${artefactForm} ${packageVersion()} ${sha256} ${JSON.stringify(named)}`;
    const known = facts.read(key) as DriverPackage | undefined;
    if (known !== undefined) return { ...known, inf };
    const driver = await read();
    facts.write(key, driver);
    return driver;
  }
  return {
    driver: (inf, image, { forceUnsigned = false }) => packageOf(inf, image, forceUnsigned),
    artefact(path) {
      const known =
        asked.get(path) ??
        remembered(path).then((artefact) => {
          found.set(path, artefact);
          return artefact;
        });
      asked.set(path, known);
      return known;
    },
    below: (path) =>
      [...found].flatMap(([file, artefact]) =>
        file === path || file.startsWith(path.endsWith(sep) ? path : path + sep) ? [artefact] : [],
      ),
  };
}
