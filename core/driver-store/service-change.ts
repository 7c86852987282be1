import type { HiveKey } from "../formats/hive.ts";
import type { InfText, ServiceInstall } from "../formats/inf/installation.ts";
import { parseRegistryKey, resolveControlSet } from "../formats/registry.ts";
import { directoryOf } from "./reflection.ts";
import { registryChanges } from "./registry-entry.ts";
import { fileRepository } from "./store-folder.ts";
import type { StoreChange, StoreHives } from "./store-package.ts";

/** Of the control set that the hive says is the current one: see resolveControlSet. */
export const services = "HKLM\\SYSTEM\\CurrentControlSet\\Services";

export function servicesKey({ SYSTEM }: StoreHives): HiveKey | undefined {
  return SYSTEM.key(resolveControlSet(SYSTEM, parseRegistryKey(services).key));
}

/** What Windows before 8 starts for a device before it has a driver of its own for it. */
export function criticalDevicesKey(image: StoreHives): HiveKey | undefined {
  return servicesKey(image)?.parent?.subkey("Control")?.subkey("CriticalDeviceDatabase");
}

/** Where a package is published: its name there, and its folder in the driver store. */
export interface Publication {
  readonly publishedName: string;
  readonly folder: string;
}

/** The key of a service that is not there yet ("inf-addservice-directive"). */
export function serviceChanges(service: ServiceInstall, at: Publication): readonly StoreChange[] {
  const key = `${services}\\${service.name}`;
  const [groups, names] = [true, false].map((group) =>
    service.dependencies
      .filter((name) => name.startsWith("+") === group)
      .map((name) => name.replace(/^\+/, "")),
  ) as [string[], string[]];
  const numbers = { Type: service.type, Start: service.start, ErrorControl: service.errorControl };
  const texts = {
    Group: service.loadOrderGroup,
    DisplayName: textOf(service.displayName, at),
    Description: textOf(service.description, at),
  };
  const lists = { DependOnService: names, DependOnGroup: groups };
  return [
    ...Object.entries(numbers).map(([name, data]): StoreChange => ({
      key,
      name,
      value: { type: "REG_DWORD", data: data ?? 0 },
    })),
    { key, name: "ImagePath", value: { type: "REG_EXPAND_SZ", data: imagePath(service, at) } },
    ...Object.entries(texts).flatMap(([name, data]): StoreChange[] =>
      data === undefined ? [] : [{ key, name, value: { type: "REG_SZ", data } }],
    ),
    ...Object.entries(lists).flatMap(([name, data]): StoreChange[] =>
      data.length === 0 ? [] : [{ key, name, value: { type: "REG_MULTI_SZ", data } }],
    ),
    { key, name: "Owners", value: { type: "REG_MULTI_SZ", data: [at.publishedName] } },
    // Without it, what a service that was never needed is turned down to would win over Start.
    ...(service.start === 0 ? [{ key: `${key}\\StartOverride` }] : []),
    ...registryChanges(key, service.registry),
    ...eventLogChanges(service),
  ];
}

function eventLogChanges({ eventLog }: ServiceInstall): readonly StoreChange[] {
  if (eventLog === undefined) return [];
  return registryChanges(`${services}\\EventLog\\${eventLog.log}\\${eventLog.name}`, eventLog.registry);
}

/**
 * The loader knows no \SystemRoot yet: drivers that start at boot are named from the folder of Windows, all others
 * with it.
 */
function imagePath({ binary, start }: ServiceInstall, at: Publication): string {
  const path = binaryPath(binary, at.folder) ?? binary.path;
  return start === 0 ? path : `\\SystemRoot\\${path}`;
}

/** The file of a service below the folder of Windows; undefined where only Windows knows its place. */
export function binaryPath(binary: ServiceInstall["binary"], folder: string): string | undefined {
  if (binary.dirid === 13) return `${fileRepository.replace(/^\\Windows\\/, "")}\\${folder}\\${binary.path}`;
  const directory = binary.dirid === undefined ? undefined : directoryOf(binary.dirid);
  if (directory === undefined) return undefined;
  return directory === "" ? binary.path : `${directory}\\${binary.path}`;
}

/** A token of the INF is read in the language of whoever looks: `@oem0.inf,%token%;text of the English INF`. */
function textOf(text: InfText | undefined, at: Publication): string | undefined {
  if (text === undefined || text.text === "") return undefined;
  return isToken(text) ? `@${at.publishedName},${text.written};${text.text}` : text.text;
}

export function isToken({ written }: InfText): boolean {
  return /^%[^%]+%$/.test(written);
}
