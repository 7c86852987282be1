import { foldName } from "./formats/hive.ts";
import { parseRegistryKey } from "./formats/registry.ts";
import type { Operation } from "./operation.ts";

/** What an operation touches, so far as it can change places with another. */
export type Reach =
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "key"; readonly hive: string; readonly key: string; readonly name: string | undefined }
  /** A driver package: its published name follows from the order, and nothing else does. */
  | { readonly kind: "driver" }
  /** It may depend on everything before it, and everything after it on it. */
  | { readonly kind: "all" };

/** Only files, registry values and drivers are known to be independent; component servicing keeps Microsoft's order. */
export function reachOf(operation: Operation | undefined): Reach {
  switch (operation?.type) {
    case "Copy-File":
    case "Write-File":
      return { kind: "path", path: folded(operation.to) };
    case "Remove-File":
      return { kind: "path", path: folded(operation.path) };
    case "Set-Registry": {
      const { hive, key } = parseRegistryKey(operation.key);
      const name = operation.value === undefined && operation.name === undefined ? undefined : operation.name;
      return { kind: "key", hive: folded(hive.path), key: folded(controlSet(key)), name };
    }
    case "Add-Driver":
      // Of a folder of them it is not known what they are.
      return operation.facts === undefined ? { kind: "all" } : { kind: "driver" };
    default:
      return { kind: "all" };
  }
}

/** Where publishing a driver reads or writes: any folder of Windows, and keys by their hive. */
const driverFolder = folded("\\Windows");
const driverKeys: readonly (readonly [hive: string, key: string])[] = [
  "HKLM\\SYSTEM\\DriverDatabase",
  "HKLM\\SYSTEM\\Select",
  "HKLM\\SYSTEM\\CurrentControlSet\\Services",
  "HKLM\\SYSTEM\\CurrentControlSet\\Control\\CriticalDeviceDatabase",
  "HKLM\\DRIVERS\\DriverDatabase",
  "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Setup\\PnpLockdownFiles",
].map((path) => {
  const { hive, key } = parseRegistryKey(path);
  return [folded(hive.path), folded(controlSet(key))];
});

/** Which control set a running Windows will use is not known here: any may be the current one. */
function controlSet(key: string): string {
  return key.replace(/^(?:CurrentControlSet|ControlSet\d{3})(?=\\|$)/i, "*");
}

function folded(path: string): string {
  return `${foldName(path.replaceAll("/", "\\")).replace(/^\\+|\\+$/g, "")}\\`;
}

/** Whether two operations come to the same in either order. */
export function commute(a: Reach, b: Reach): boolean {
  if (a.kind === "all" || b.kind === "all") return false;
  if (a.kind === "driver") return b.kind === "driver" || !ofDrivers(b);
  if (b.kind === "driver") return !ofDrivers(a);
  if (a.kind === "path" && b.kind === "path") return !related(a.path, b.path);
  if (a.kind === "key" && b.kind === "key") {
    if (a.hive !== b.hive) return true;
    // A whole key that goes takes what lies below it along, and would take what is set later.
    if (a.name === undefined || b.name === undefined) return !related(a.key, b.key);
    return a.key !== b.key || foldName(a.name) !== foldName(b.name);
  }
  const [path, key] = a.kind === "path" ? [a, b] : [b, a];
  return path.kind === "path" && key.kind === "key" && !related(path.path, key.hive);
}

function ofDrivers(reach: Exclude<Reach, { readonly kind: "driver" | "all" }>): boolean {
  return reach.kind === "path"
    ? related(driverFolder, reach.path)
    : driverKeys.some(([hive, key]) => hive === reach.hive && related(key, reach.key));
}

function related(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}
