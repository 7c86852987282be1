import type { RegistryEntry } from "../formats/inf/installation.ts";
import { exactValue } from "../formats/registry-value.ts";
import type { StoreChange } from "./store-package.ts";

/** FLG_ADDREG_* ("inf-addreg-directive"). */
export const addRegistry = { noClobber: 0x2, append: 0x8, keyOnly: 0x10 } as const;

/** What AddReg lines do to a key that is not there yet. */
export function registryChanges(key: string, entries: readonly RegistryEntry[]): readonly StoreChange[] {
  return entries.map((entry) => entryChange(key, entry, entry.type));
}

/**
 * AddReg lines as a configuration keeps them until Windows carries them out for a device: the type tells in its high
 * word that a value must not replace one (0x2) or is added to one (0x4).
 */
export function keptChanges(key: string, entries: readonly RegistryEntry[]): readonly StoreChange[] {
  return entries.map((entry) => {
    const kept =
      ((entry.flags & addRegistry.noClobber) === 0 ? 0 : 0x20000) |
      ((entry.flags & addRegistry.append) === 0 ? 0 : 0x40000);
    return entryChange(key, entry, entry.type | kept);
  });
}

function entryChange(base: string, entry: RegistryEntry, type: number): StoreChange {
  const key = entry.key === "" ? base : `${base}\\${entry.key}`;
  if (entry.bytes === undefined) return { key, create: true };
  return { key, name: entry.name, value: exactValue({ type, bytes: entry.bytes }) };
}
