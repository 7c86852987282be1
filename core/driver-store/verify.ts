import type { InstallSection } from "../formats/inf/installation.ts";
import { foldName, type HiveKey, sameName } from "../formats/hive.ts";
import {
  formOf,
  listValue,
  numberValue,
  packageByFolder,
  textValue,
  type KnownPackage,
} from "./driver-database.ts";
import { deviceIds, type StoreDeviceId } from "./device-id.ts";
import { packageVersion } from "./package-version.ts";
import { type CopiedPackage, copiedPackages } from "./lockdown.ts";
import { criticalName } from "./package-change.ts";
import { mappedNumbers, oemNumber } from "./published-name.ts";
import { binaryPath, criticalDevicesKey, servicesKey } from "./service-change.ts";
import {
  catalogOf,
  otherContents,
  packagePlaces,
  publishedCatalog,
  publishedPlaces,
  reflectedFiles,
  sourceOf,
  type StorePlace,
} from "./store-files.ts";
import { fileRepository, storeFolder } from "./store-folder.ts";
import { infName, type StorePackage } from "./store-package.ts";
import { isSeven } from "./underivable.ts";
import type { StoreCheck, StoreVerification, VerifiedDevice, WrittenImage } from "./verification.ts";

/**
 * Follows the chain from each id of each package to its file in what was written: nothing that publish said is taken
 * for granted. @throws SERVICING_HIVE_CORRUPT.
 */
export function verify(packages: readonly StorePackage[], image: WrittenImage): readonly StoreVerification[] {
  const keys = new IdKeys();
  return packages.map((of) => {
    const folder = storeFolder(infName(of.inf), image.windows.architecture, of.content);
    const known = packageByFolder(image, folder);
    const copied = copiedPackages(image).find((each) => sameName(each.folder, folder));
    const reader = new Verification(of, image, folder, { known, copied, keys });
    const rows = deviceIds(of.installation).map((id): VerifiedDevice => {
      const checks = reader.checks(id);
      return { id: id.id, ok: checks.every(({ ok }) => ok), checks };
    });
    return {
      inf: of.inf,
      ...(copied === undefined ? {} : { publishedName: copied.publishedName, form: "configured" }),
      ...(known === undefined ? {} : { publishedName: known.publishedName, form: formOf(known) }),
      folder,
      ok: rows.length > 0 && rows.every(({ ok }) => ok),
      rows,
    };
  });
}

/** The keys of ids by their names: looking thousands up one by one would read all of them each time. */
class IdKeys {
  readonly #below = new Map<string, ReadonlyMap<string, HiveKey>>();

  /** @param path of `root`, which stands for it */
  find(path: string, root: HiveKey | undefined, id: string): HiveKey | undefined {
    const [enumerator = "", name] = id.split("\\").map(foldName);
    const first = this.#keys(path, root).get(enumerator);
    return name === undefined ? first : this.#keys(`${path}\\${enumerator}`, first).get(name);
  }

  #keys(path: string, key: HiveKey | undefined): ReadonlyMap<string, HiveKey> {
    const known = this.#below.get(path);
    if (known !== undefined) return known;
    const below = new Map((key?.subkeys() ?? []).map((subkey) => [foldName(subkey.name), subkey]));
    this.#below.set(path, below);
    return below;
  }
}

type Found = Omit<StoreCheck, "check">;

const good = (detail: string): Found => ({ ok: true, detail });
const bad = (detail: string): Found => ({ ok: false, detail });

/** What the hives say of a package. */
interface Evidence {
  readonly known: KnownPackage | undefined;
  /** Of Windows 7. */
  readonly copied: CopiedPackage | undefined;
  readonly keys: IdKeys;
}

class Verification {
  readonly #of: StorePackage;
  readonly #image: WrittenImage;
  readonly #folder: string;
  readonly #known: KnownPackage | undefined;
  readonly #publishedName: string | undefined;
  /** Windows 7 keeps no packages in its hives. */
  readonly #seven: boolean;
  readonly #staged: boolean;
  readonly #services: HiveKey | undefined;
  readonly #keys: IdKeys;
  readonly #serviceBySection = new Map<InstallSection, Found>();
  /** What is the same for all ids. */
  readonly #shared: { readonly [check in "inf" | "package" | "files" | "architecture" | "catalogue"]: Found };

  constructor(of: StorePackage, image: WrittenImage, folder: string, { known, copied, keys }: Evidence) {
    this.#of = of;
    this.#image = image;
    this.#folder = folder;
    this.#known = known;
    this.#publishedName = (known ?? copied)?.publishedName;
    this.#seven = isSeven(image.windows);
    this.#staged = known !== undefined && formOf(known) === "staged";
    this.#services = servicesKey(image);
    this.#keys = keys;
    this.#shared = {
      inf: this.#publishedInf(),
      package: this.#package(),
      files: this.#files(),
      architecture: this.#architecture(),
      catalogue: this.#catalogue(),
    };
  }

  checks(id: StoreDeviceId): readonly StoreCheck[] {
    return [
      { check: "device id", ...this.#deviceId(id) },
      { check: "published INF", ...this.#shared.inf },
      { check: "package", ...this.#shared.package },
      { check: "configuration", ...this.#configuration(id) },
      { check: "service", ...this.#serviceOf(id.section) },
      { check: "files", ...this.#shared.files },
      { check: "architecture", ...this.#shared.architecture },
      { check: "catalogue", ...this.#shared.catalogue },
    ];
  }

  #deviceId(of: StoreDeviceId): Found {
    const known = this.#known;
    const { id, rank } = of;
    if (this.#seven) return this.#critical(of);
    if (known === undefined) return bad("no DriverDatabase has the package");
    const value = this.#idKey(known, id)?.value(known.publishedName);
    if (value === undefined)
      return bad(`${known.database.path}\\DeviceIds\\${id} does not name ${known.publishedName}`);
    if (Buffer.compare(value.bytes, rank) !== 0)
      return bad(`ranks ${hex(value.bytes)}, not ${hex(rank)}, in ${known.database.path}`);
    return good(`${known.publishedName} ${hex(rank)} in ${known.database.path}`);
  }

  #idKey({ database }: KnownPackage, id: string): HiveKey | undefined {
    return this.#keys.find(database.path, database.key.subkey("DeviceIds"), id);
  }

  /** Windows 7 has the critical devices alone. */
  #critical({ id, section }: StoreDeviceId): Found {
    const key = criticalDevicesKey(this.#image)?.subkey(criticalName(id));
    if (key === undefined) return bad(`CriticalDeviceDatabase has no ${criticalName(id)}`);
    const service = textValue(key, "Service") ?? "";
    const classGuid = textValue(key, "ClassGUID") ?? "";
    if (!sameName(service, section.service ?? ""))
      return bad(`CriticalDeviceDatabase names the service "${service}"`);
    return sameName(classGuid, this.#of.driver.classGuid)
      ? good(`CriticalDeviceDatabase names ${service}`)
      : bad(`CriticalDeviceDatabase names the class "${classGuid}"`);
  }

  #publishedInf(): Found {
    const name = this.#publishedName;
    if (name === undefined) return bad("the INF has no published name");
    const found = this.#known === undefined ? good(name) : this.#named(this.#known);
    const [file] = publishedPlaces(this.#of, name);
    const fault = found.ok && file !== undefined ? this.#fault([file]) : undefined;
    return fault === undefined ? found : bad(fault);
  }

  #named({ database, publishedName }: KnownPackage): Found {
    const inf = database.key.subkey("DriverInfFiles")?.subkey(publishedName);
    if (inf === undefined) return bad(`DriverInfFiles has no ${publishedName}`);
    if (textValue(inf, "Active") !== this.#folder) return bad(`${publishedName} has another folder in use`);
    const named = new Set(listValue(inf, "Configurations"));
    const lacking = this.#staged ? [] : this.#of.installation.sections.filter(({ name }) => !named.has(name));
    if (lacking.length > 0) return bad(`${publishedName} lacks the configuration ${lacking[0]!.name}`);
    const number = oemNumber(publishedName);
    if (number !== undefined && !mappedNumbers(this.#image).has(number))
      return bad(`OemInfMap has no bit for ${publishedName}`);
    return good(publishedName);
  }

  #package(): Found {
    const known = this.#known;
    if (known === undefined) return this.#without(`no DriverPackages has ${this.#folder}`);
    const version = known.key.value("Version")?.bytes ?? new Uint8Array();
    const wanted = packageVersion(this.#of.driver, this.#image.windows.architecture);
    if (Buffer.compare(version, wanted) !== 0)
      return bad(`its Version is ${hex(version)}, not ${hex(wanted)}`);
    const classKey = this.#idKey(known, this.#of.driver.classGuid);
    return classKey?.value(known.publishedName) === undefined
      ? bad(`the class ${this.#of.driver.classGuid} does not name it`)
      : good(known.folder);
  }

  #configuration({ id, section }: StoreDeviceId): Found {
    const known = this.#known;
    if (known === undefined) return this.#without("there is none");
    if (this.#staged) return this.#later();
    const key = known.key.subkey("Configurations")?.subkey(section.name);
    if (key === undefined) return bad(`the package has no configuration ${section.name}`);
    const service = textValue(key, "Service") ?? "";
    if (service.toLowerCase() !== (section.service ?? "").toLowerCase())
      return bad(`${section.name} names the service "${service}"`);
    const descriptor = this.#keys.find(`${this.#folder}\\Descriptors`, known.key.subkey("Descriptors"), id);
    const configured = descriptor === undefined ? undefined : textValue(descriptor, "Configuration");
    return configured === section.name
      ? good(section.name)
      : bad(`the descriptor of ${id} does not name ${section.name}`);
  }

  /** The same for all ids of a section. */
  #serviceOf(section: InstallSection): Found {
    const known = this.#serviceBySection.get(section) ?? this.#service(section);
    this.#serviceBySection.set(section, known);
    return known;
  }

  #service(section: InstallSection): Found {
    if (this.#staged) return this.#later();
    const of = section.services.find(({ name }) => name.toLowerCase() === section.service?.toLowerCase());
    if (of === undefined) return bad(`[${section.name}] installs no service`);
    const key = this.#services?.subkey(of.name);
    if (key === undefined) return bad(`there is no service ${of.name}`);
    const start = numberValue(key, "Start");
    if (start !== of.start) return bad(`${of.name} has the start type ${start ?? "none"}, not ${of.start}`);
    const file = imageFile(textValue(key, "ImagePath") ?? "");
    const wanted = `\\Windows\\${binaryPath(of.binary, this.#folder) ?? of.binary.path}`;
    if (!sameName(file, wanted)) return bad(`${of.name} starts ${file}, not ${wanted}`);
    return this.#image.files.exists(file)
      ? good(`${of.name}, start type ${start}: ${file}`)
      : bad(`${of.name} starts ${file}, which the image does not have`);
  }

  #later(): Found {
    return this.#of.bootCritical
      ? bad("it is staged only, and Windows has to have it at boot")
      : good("staged: Windows installs it when it meets the device");
  }

  #reflected(): readonly string[] {
    return this.#staged ? [] : reflectedFiles(this.#of).map(({ path }) => `\\Windows\\${path}`);
  }

  #files(): Found {
    const places = packagePlaces(this.#of, this.#folder, this.#staged ? [] : reflectedFiles(this.#of));
    const fault = this.#fault(places);
    return fault === undefined
      ? good(`${places.length} files, with the contents of the package`)
      : bad(fault);
  }

  /** What the image lacks of these files, or holds with another content than the package has. */
  #fault(places: readonly StorePlace[]): string | undefined {
    const { files } = this.#image;
    const lacking = places.filter(({ to }) => files.hash(to) === undefined);
    if (lacking.length > 0) return `the image has no ${lacking[0]?.to}${more(lacking)}`;
    const others = otherContents(this.#of, places, files);
    return others.length === 0 ? undefined : `the image has another ${others[0]?.to}${more(others)}`;
  }

  /** A driver is a program for the processor itself. */
  #architecture(): Found {
    const { architecture } = this.#image.windows;
    const wrong = this.#drivers().flatMap((path) => {
      const machine = this.#image.files.machineOf(path);
      return machine === architecture
        ? []
        : [`${path} is ${machine === undefined ? "no program" : `for ${machine}`}`];
    });
    return wrong.length === 0 ? good(architecture) : bad(wrong.join("; "));
  }

  /** Those for this Windows: a package may hold others as well. */
  #drivers(): readonly string[] {
    const sources = this.#of.installation.sections.flatMap(({ copies }) => copies.map(sourceOf));
    const stored = sources.map((path) => `${fileRepository}\\${this.#folder}\\${path}`);
    return [...new Set([...stored, ...this.#reflected()])].filter((path) => /\.sys$/i.test(path));
  }

  #catalogue(): Found {
    const catalog = catalogOf(this.#of);
    if (catalog === undefined) return bad("the package has no catalogue: Windows takes it for unsigned");
    if (this.#publishedName === undefined) return bad("its catalogue has no published name");
    const to = publishedCatalog(this.#publishedName);
    const fault = this.#fault([{ from: catalog, to }]);
    return fault === undefined ? good(to) : bad(fault);
  }

  #without(missing: string): Found {
    return this.#seven ? good("Windows 7 keeps none in its hives") : bad(missing);
  }
}

/** Where the file of a service lies in the image. */
function imageFile(imagePath: string): string {
  return `\\Windows\\${imagePath.replace(/^(?:\\SystemRoot\\|%SystemRoot%\\|\\\?\?\\C:\\Windows\\)/i, "")}`;
}

function more({ length }: readonly unknown[]): string {
  return length > 1 ? ` and ${length - 1} more` : "";
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
