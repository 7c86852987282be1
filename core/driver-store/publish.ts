import {
  type DriverDatabase,
  databaseFor,
  formOf,
  packageByFolder,
  systemDatabase,
} from "./driver-database.ts";
import { deviceIds } from "./device-id.ts";
import { copiedPackages } from "./lockdown.ts";
import {
  criticalDeviceChanges,
  criticalName,
  databaseChanges,
  installedChanges,
  servicesOf,
  type StoreForm,
} from "./package-change.ts";
import { lowestFree, mappedNumbers, numbersMap, usedNumbers } from "./published-name.ts";
import { criticalDevicesKey, type Publication, services, servicesKey } from "./service-change.ts";
import { neighboursOf, otherContents, packagePlaces, reflectedFiles, storeFiles } from "./store-files.ts";
import { fileRepository, storeFolder } from "./store-folder.ts";
import {
  type ImageTree,
  infName,
  type StoreChange,
  type StoreFile,
  type StoreFolder,
  type StoreImage,
  type StorePackage,
} from "./store-package.ts";
import { isSeven, unconfigurable, unstageable } from "./underivable.ts";
import { foldName, sameName } from "../formats/hive.ts";

/** What has to be written into an image so that Windows finds its driver packages there. */
export interface StorePublication {
  readonly changes: readonly StoreChange[];
  readonly folders: readonly StoreFolder[];
  readonly files: readonly StoreFile[];
  readonly published: readonly PublishedPackage[];
  readonly refused: readonly RefusedPackage[];
}

export interface PublishedPackage {
  readonly inf: string;
  /** `oem3.inf` */
  readonly publishedName: string;
  readonly folder: string;
  readonly form: StoreForm;
  /** Why it is staged where it could have been configured; empty where that is what Windows does as well. */
  readonly because: readonly string[];
  /** The image, or an earlier package of the same list, had it already, file by file: nothing is written for it. */
  readonly already: boolean;
}

export interface RefusedPackage {
  readonly inf: string;
  readonly because: readonly string[];
}

/**
 * Publishes packages in their order, each under the lowest number that is free: those that belong to SYSTEM configured
 * where all of it can be derived, others staged. A package is refused, and nothing of it written, where Windows has to
 * have it at boot and not all of it can be derived, or it would replace what the image has; where another package of the
 * same INF is there; and where it cannot even be staged.
 * @throws SERVICING_HIVE_CORRUPT, SERVICING_REGISTRY_KEY where the hives are not those of a Windows.
 */
export function publish(packages: readonly StorePackage[], image: StoreImage): StorePublication {
  const draft = new PublicationDraft(image);
  for (const each of packages) draft.add(each);
  return draft.finish();
}

class PublicationDraft {
  readonly #image: StoreImage;
  readonly #used: Set<number>;
  readonly #mapped: Set<number>;
  readonly #neighbours: ReturnType<typeof neighboursOf>;
  /** What earlier packages of the list take, in upper case: files and services. */
  readonly #taken = new Map<string, string>();
  /** What earlier packages of the list put into an image, by their folder in the driver store. */
  readonly #written = new Map<string, Pick<ImageTree, "hash"> & { readonly inf: string }>();
  readonly #changes: StoreChange[] = [];
  readonly #folders: StoreFolder[] = [];
  readonly #files: StoreFile[] = [];
  readonly #published: PublishedPackage[] = [];
  readonly #refused: RefusedPackage[] = [];
  #mapChanged = false;
  readonly #services: ReadonlySet<string>;
  readonly #critical: ReadonlySet<string>;

  constructor(image: StoreImage) {
    this.#image = image;
    this.#used = usedNumbers(image);
    this.#mapped = mappedNumbers(image);
    this.#neighbours = neighboursOf(image);
    const own = servicesKey(image)?.subkeys() ?? [];
    this.#services = new Set(own.map(({ name }) => foldName(name)));
    const devices = criticalDevicesKey(image)?.subkeys() ?? [];
    this.#critical = new Set(devices.map(({ name }) => foldName(name)));
  }

  add(each: StorePackage): void {
    const { windows } = this.#image;
    const { inf } = each;
    const folder = storeFolder(infName(inf), windows.architecture, each.content);
    const known = this.#known(folder);
    if (known !== undefined) {
      const because = this.#otherThan(each, folder, known);
      if (because === undefined) this.#published.push({ inf, ...known, folder, because: [], already: true });
      else this.#refused.push({ inf, because: [because] });
      return;
    }
    const database = databaseFor(this.#image, {
      classGuid: each.driver.classGuid,
      bootCritical: each.bootCritical,
    });
    const refused = [...unstageable(each.installation, each.driver, windows), ...this.#lacking(each, folder)];
    const configured = isConfigured(database);
    const unconfigured = [
      ...(configured ? this.#unconfigured(each) : []),
      ...(database === undefined ? this.#claimed(each) : []),
    ];
    const form: StoreForm = configured && unconfigured.length === 0 ? "configured" : "staged";
    if (database === undefined && !isSeven(windows))
      refused.push("the image has no DriverDatabase in SYSTEM");
    if (form === "staged" && (each.bootCritical || database === undefined)) refused.push(...unconfigured);
    if (refused.length > 0) {
      this.#refused.push({ inf, because: [...new Set(refused)] });
      return;
    }
    const number = lowestFree(this.#used);
    const at = { publishedName: `oem${number}.inf`, folder };
    this.#used.add(number);
    this.#write(each, number, at, form, database);
    this.#published.push({ inf, ...at, form, because: unconfigured, already: false });
  }

  #known(folder: string): Pick<PublishedPackage, "publishedName" | "form"> | undefined {
    const earlier = this.#published.find((each) => each.folder === folder);
    if (earlier !== undefined) return { publishedName: earlier.publishedName, form: earlier.form };
    const known = packageByFolder(this.#image, folder);
    if (known !== undefined) return { publishedName: known.publishedName, form: formOf(known) };
    const copied = copiedPackages(this.#image).find((each) => sameName(each.folder, folder));
    return copied === undefined ? undefined : { publishedName: copied.publishedName, form: "configured" };
  }

  /** The folder in the driver store follows from the INF alone: what is there under it may be of another package. */
  #otherThan(
    each: StorePackage,
    folder: string,
    { publishedName, form }: Pick<PublishedPackage, "publishedName" | "form">,
  ): string | undefined {
    const earlier = this.#written.get(folder);
    const places = packagePlaces(each, folder, form === "configured" ? reflectedFiles(each) : []);
    const held = earlier ?? this.#image.tree;
    const missing = places.find(({ to }) => held.hash(to) === undefined);
    const [other] = otherContents(each, places, held);
    if (missing === undefined && other === undefined) return undefined;
    const differs = other === undefined ? `without ${missing?.to}` : `with another ${other.to}`;
    return earlier === undefined
      ? `the image has a package of the same INF already, ${publishedName}, ${differs}: remove ${publishedName} first, or give the INF a new DriverVer`
      : `${earlier.inf} is a package of the same INF, ${differs}: leave one of them out, or give it a new DriverVer`;
  }

  #write(
    each: StorePackage,
    number: number,
    at: Publication,
    form: StoreForm,
    database: DriverDatabase | undefined,
  ): void {
    if (database === undefined) {
      append(this.#changes, criticalDeviceChanges(each));
      for (const name of criticalNames(each)) this.#taken.set(criticalKey(name), at.publishedName);
    } else {
      this.#mapped.add(number);
      this.#mapChanged = true;
      append(this.#changes, databaseChanges(database.path, each, this.#image.windows, at, form));
    }
    const reflected = form === "configured" ? reflectedFiles(each) : [];
    if (form === "configured") {
      append(this.#changes, installedChanges(each, at));
      for (const { path } of reflected) this.#taken.set(foldName(`\\Windows\\${path}`), at.publishedName);
      for (const { name } of servicesOf(each)) this.#taken.set(foldName(serviceKey(name)), at.publishedName);
    }
    const { files, folders } = storeFiles(each, at, reflected, this.#neighbours);
    const hashes = new Map(files.map(({ from, to }) => [foldName(to), each.hashes.get(from)]));
    this.#written.set(at.folder, { inf: each.inf, hash: (path) => hashes.get(foldName(path)) });
    append(this.#files, files);
    append(this.#folders, folders);
  }

  finish(): StorePublication {
    const map = numbersMap(this.#mapped).toString("hex");
    return {
      changes: this.#mapChanged
        ? [
            ...this.#changes,
            {
              key: systemDatabase,
              name: "OemInfMap",
              value: { type: "REG_BINARY", data: map },
            },
          ]
        : this.#changes,
      folders: this.#folders,
      files: this.#files,
      published: this.#published,
      refused: this.#refused,
    };
  }

  /** What is wrong with its files, and a folder of the image that is in their way. */
  #lacking({ installation, files, inf }: StorePackage, home: string): readonly string[] {
    const at = `${fileRepository}\\${home}`;
    const names = new Set(files.map(({ path }) => path.toLowerCase()));
    const wanted = installation.sections.flatMap(({ copies }) =>
      copies.map(({ folder, source }) =>
        [...folder.split("\\"), source].filter((part) => part !== "").join("/"),
      ),
    );
    const unsafe = files.filter(({ path }) => path.split("/").some((part) => /^\.{0,2}$|[\\:\0]/.test(part)));
    return [
      ...[...new Set([infName(inf), ...wanted])]
        .filter((name) => !names.has(name.toLowerCase()))
        .map((name) => `its folder has no ${name}`),
      ...unsafe.map(({ path }) => `"${path}" is not a path below its folder`),
      ...(this.#image.tree.exists(at) ? [`the image has the folder ${at} already`] : []),
    ];
  }

  /** Windows 7 has one driver for a critical device. */
  #claimed(each: StorePackage): readonly string[] {
    return criticalNames(each).flatMap((name) => {
      const other =
        this.#taken.get(criticalKey(name)) ?? (this.#critical.has(foldName(name)) ? "the image" : undefined);
      return other === undefined
        ? []
        : [`${other} has the critical device ${name} already, which it would replace`];
    });
  }

  #unconfigured(each: StorePackage): readonly string[] {
    const { tree, windows } = this.#image;
    return [
      ...unconfigurable(each.installation, each.driver, windows),
      ...reflectedFiles(each).flatMap(({ path }) => {
        const file = `\\Windows\\${path}`;
        const other = this.#taken.get(foldName(file)) ?? (tree.exists(file) ? "the image" : undefined);
        return other === undefined ? [] : [`${other} has ${file} already, which it would replace`];
      }),
      ...servicesOf(each).flatMap(({ name }) => {
        const other =
          this.#taken.get(foldName(serviceKey(name))) ??
          (this.#services.has(foldName(name)) ? "the image" : undefined);
        return other === undefined
          ? []
          : [`${other} has the service ${name} already, which it would replace`];
      }),
    ];
  }
}

function criticalNames({ installation }: StorePackage): readonly string[] {
  return deviceIds(installation).map(({ id }) => criticalName(id));
}

function criticalKey(name: string): string {
  return foldName(`CriticalDeviceDatabase\\${name}`);
}

/** Windows configures what belongs to SYSTEM, and only stages what belongs to DRIVERS. */
function isConfigured(database: DriverDatabase | undefined): boolean {
  return database === undefined || database.path === systemDatabase;
}

/** A large INF has more rows than a call takes arguments. */
function append<Row>(to: Row[], rows: readonly Row[]): void {
  for (const row of rows) to.push(row);
}

function serviceKey(name: string): string {
  return `${services}\\${name}`;
}
