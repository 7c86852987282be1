import type { InfWindows } from "../formats/inf/installation.ts";
import type { DecodedValue } from "../formats/registry-value.ts";
import { configurationChanges, descriptorChanges } from "./configuration.ts";
import { deviceIds, type StoreDeviceId } from "./device-id.ts";
import { frameworksOf } from "./driver-framework.ts";
import { lockdown } from "./lockdown.ts";
import { driverDate, filetimeBytes, packageVersion } from "./package-version.ts";
import { type Publication, serviceChanges, services } from "./service-change.ts";
import { catalogOf, reflectedFiles } from "./store-files.ts";
import { fileRepository } from "./store-folder.ts";
import { infName, type StoreChange, type StorePackage } from "./store-package.ts";

/**
 * How a package is published. Configured: its ids, its services and its files are as they would be after Windows
 * installed it. Staged: Windows finds it by its ids and does the rest when it meets the device.
 */
export type StoreForm = "configured" | "staged";

/** SIGNERSCORE_* of setupapi.h ("signature-score--windows-vista-and-later-"). */
const signerScores = { compatibility: 0x0d000005, authenticode: 0x0f000000, unsigned: 0x80000000 } as const;
/** What Windows itself writes for a package that it takes in and configures; what the bits mean is not known. */
const statusFlags = 0x12;
/** Packages say how large they are since some build between 18362 and 19041. */
const sizesFrom = 19041;
/** Where the package came from: any text. */
const origin = "C:\\Windows\\Temp\\servicing";

/** The rows of a package in one of the two databases of drivers. */
export function databaseChanges(
  database: string,
  of: StorePackage,
  windows: InfWindows,
  { publishedName, folder }: Publication,
  form: StoreForm,
): readonly StoreChange[] {
  const ids = deviceIds(of.installation);
  const home = `${database}\\DriverPackages\\${folder}`;
  const published = `${database}\\DriverInfFiles\\${publishedName}`;
  return [
    ...ids.map(({ id, rank }): StoreChange => ({
      key: `${database}\\DeviceIds\\${id}`,
      name: publishedName,
      value: binary(rank),
    })),
    {
      key: `${database}\\DeviceIds\\${of.driver.classGuid}`,
      name: publishedName,
      value: { type: "REG_NONE", data: "" },
    },
    ...rows(published, {
      "": list([folder]),
      Active: text(folder),
      Configurations:
        form === "configured" ? list(of.installation.sections.map(({ name }) => name)) : undefined,
    }),
    ...rows(home, packageValues(of, windows, publishedName)),
    ...(form === "staged" ? [] : configured(home, of, ids)),
  ];
}

function configured(home: string, of: StorePackage, ids: readonly StoreDeviceId[]): readonly StoreChange[] {
  const frameworks = frameworksOf(of);
  return [
    ...of.installation.sections.flatMap((section) =>
      configurationChanges(home, section, frameworks.sections.has(section.name)),
    ),
    ...descriptorChanges(home, ids),
  ];
}

function packageValues(
  of: StorePackage,
  windows: InfWindows,
  publishedName: string,
): Readonly<Record<string, DecodedValue | undefined>> {
  const { driver, signature, files } = of;
  const catalog = catalogOf(of)?.split("/").at(-1);
  const signer = signature.state === "covered" ? signature.signer : undefined;
  const size = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const sized = windows.build >= sizesFrom;
  return {
    "": text(publishedName),
    Catalog: catalog === undefined ? undefined : text(catalog),
    FileSize: sized ? { type: "REG_QWORD", data: size } : undefined,
    // The date of the driver rather than of today, so that the same inputs give the same image.
    ImportDate: binary(filetimeBytes(driverDate(driver) ?? 0n)),
    InfName: text(infName(of.inf)),
    ManifestHash: sized ? { type: "REG_QWORD", data: "0xffffffffffffffff" } : undefined,
    OemPath: text(origin),
    Provider: text(driver.provider),
    SignerName: signer === undefined ? undefined : text(signer),
    SignerScore: { type: "REG_DWORD", data: signerScore(signer) },
    StatusFlags: { type: "REG_DWORD", data: statusFlags },
    Version: binary(packageVersion(driver, windows.architecture)),
  };
}

function signerScore(signer: string | undefined): number {
  if (signer === undefined) return signerScores.unsigned;
  return /^Microsoft Windows Hardware Compatibility/i.test(signer)
    ? signerScores.compatibility
    : signerScores.authenticode;
}

/** Services, and what keeps others from replacing the files that were copied out of the driver store. */
export function installedChanges(of: StorePackage, at: Publication): readonly StoreChange[] {
  const { versions } = frameworksOf(of);
  return [
    ...servicesOf(of).flatMap((service) => [
      ...serviceChanges(service, at),
      ...frameworkChanges(service.name, versions),
    ]),
    ...lockdownChanges(of, at),
  ];
}

function frameworkChanges(service: string, versions: ReadonlyMap<string, string>): readonly StoreChange[] {
  const version = versions.get(service.toLowerCase());
  if (version === undefined) return [];
  const key = `${services}\\${service}\\Parameters\\Wdf`;
  return [{ key, name: "KmdfLibraryVersion", value: text(version) }];
}

/** Each once: several sections may name the same service. */
export function servicesOf({ installation }: Pick<StorePackage, "installation">) {
  const all = installation.sections.flatMap((section) => section.services);
  return [
    ...new Map(all.toReversed().map((service) => [service.name.toLowerCase(), service])).values(),
  ].toReversed();
}

function lockdownChanges(of: StorePackage, { publishedName, folder }: Publication): readonly StoreChange[] {
  return reflectedFiles(of).flatMap(({ source, path }): StoreChange[] => {
    const key = `${lockdown}\\%SystemRoot%/${path.replaceAll("\\", "/")}`;
    const from = `${fileRepository.replace(/^\\Windows/, "%SystemRoot%")}\\${folder}\\${source}`;
    return [
      { key, name: "Class", value: { type: "REG_DWORD", data: of.driver.pnpLockdown ? 4 : 5 } },
      { key, name: "Owners", value: list([publishedName]) },
      { key, name: "Source", value: { type: "REG_EXPAND_SZ", data: from } },
    ];
  });
}

export const criticalDevices = services.replace(/Services$/, "Control\\CriticalDeviceDatabase");

/** An id as CriticalDeviceDatabase has it. */
export function criticalName(id: string): string {
  return id.replaceAll("\\", "#");
}

/**
 * What Windows 7 finds a driver by while it has none of its store: an id with # for the backslash, the service and
 * the class.
 */
export function criticalDeviceChanges(of: StorePackage): readonly StoreChange[] {
  return deviceIds(of.installation).flatMap(({ id, section }): StoreChange[] => {
    const key = `${criticalDevices}\\${criticalName(id)}`;
    return [
      { key, name: "Service", value: text(section.service ?? "") },
      { key, name: "ClassGUID", value: text(of.driver.classGuid.toUpperCase()) },
    ];
  });
}

function rows(
  key: string,
  values: Readonly<Record<string, DecodedValue | undefined>>,
): readonly StoreChange[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [{ key, name, value }],
  );
}

function text(data: string): DecodedValue {
  return { type: "REG_SZ", data };
}

function list(data: readonly string[]): DecodedValue {
  return { type: "REG_MULTI_SZ", data };
}

function binary(bytes: Uint8Array): DecodedValue {
  return { type: "REG_BINARY", data: Buffer.from(bytes).toString("hex") };
}
