import { foldName } from "../formats/hive.ts";
import type { InfText, InstallSection, RegistryEntry } from "../formats/inf/installation.ts";
import { decodeData } from "../formats/registry-value.ts";
import type { StoreDeviceId } from "./device-id.ts";
import { keptChanges } from "./registry-entry.ts";
import { isToken } from "./service-change.ts";
import type { StoreChange } from "./store-package.ts";

/** What a section of the INF does for a device, ready to be carried out. */
export function configurationChanges(
  base: string,
  section: InstallSection,
  framework: boolean,
): readonly StoreChange[] {
  const key = `${base}\\Configurations\\${section.name}`;
  const filters = (["UpperFilters", "LowerFilters"] as const).flatMap((name): StoreChange[] => {
    const data = section.deviceRegistry.filter((entry) => isValue(entry, name)).flatMap(texts);
    return data.length === 0 ? [] : [{ key, name, value: { type: "REG_MULTI_SZ", data } }];
  });
  const device = section.deviceRegistry.filter(
    (entry) => !isValue(entry, "UpperFilters") && !isValue(entry, "LowerFilters"),
  );
  return [
    ...(section.service === undefined || section.service === ""
      ? []
      : [{ key, name: "Service", value: { type: "REG_SZ", data: section.service } } as const]),
    { key, name: "ConfigFlags", value: { type: "REG_DWORD", data: 0 } },
    { key, name: "ConfigScope", value: { type: "REG_DWORD", data: scope(section, framework) } },
    ...filters,
    ...keptChanges(`${key}\\Device`, device),
    ...keptChanges(`${key}\\Driver`, section.driverRegistry),
    ...section.services.flatMap((service) =>
      keptChanges(`${key}\\Services\\${service.name}`, service.registry),
    ),
  ];
}

/** The parts that a configuration has: 1 the section itself, 2 .HW, 4 .Services, which each has here, 0x100 .Wdf. */
function scope(section: InstallSection, framework: boolean): number {
  return 1 | 4 | (section.deviceRegistry.length > 0 ? 2 : 0) | (framework ? 0x100 : 0);
}

/** Says whether a line is for a value of the hardware key itself. */
export function isValue(entry: RegistryEntry, name: string): boolean {
  return entry.key === "" && foldName(entry.name) === foldName(name);
}

function texts({ type, bytes }: RegistryEntry): readonly string[] {
  const decoded = bytes === undefined ? undefined : decodeData(type, bytes);
  if (decoded?.type === "REG_MULTI_SZ") return decoded.data;
  return decoded?.type === "REG_SZ" ? [decoded.data] : [];
}

/** How each id is described, and the tokens that do so. */
export function descriptorChanges(base: string, ids: readonly StoreDeviceId[]): readonly StoreChange[] {
  const strings = new Map<string, string>();
  const written = (text: InfText): string => {
    if (!isToken(text)) return text.text;
    strings.set(text.written.slice(1, -1).toLowerCase(), text.text);
    return text.written.toLowerCase();
  };
  const descriptors = ids.flatMap(({ id, model, section }): StoreChange[] => {
    const key = `${base}\\Descriptors\\${id}`;
    const values = {
      Configuration: section.name,
      Description: written(model.description),
      Manufacturer: written(model.manufacturer),
    };
    return Object.entries(values).map(([name, data]) => ({ key, name, value: { type: "REG_SZ", data } }));
  });
  return [
    ...descriptors,
    ...[...strings].map(([name, data]): StoreChange => ({
      key: `${base}\\Strings`,
      name,
      value: { type: "REG_SZ", data },
    })),
  ];
}
