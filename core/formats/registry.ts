import { failure } from "../error.ts";
import { decodeValue } from "./hive.ts";
import type { Hive } from "./hive.ts";
import type { DecodedValue } from "./registry-value.ts";

/** A hive of a Windows image. */
interface HiveFile {
  readonly name: string;
  /** Where it lies inside the image. */
  readonly path: string;
}

/** A key of the config, found in the hive that holds it. */
export interface RegistryKey {
  /** `HKLM\\SOFTWARE`: the hive's place in a running Windows, in its short form. */
  readonly root: string;
  readonly hive: HiveFile;
  /** Path from the root of the hive, without the root's name; "" is the root itself. */
  readonly key: string;
}

const config = "\\Windows\\System32\\config\\";

/** The hives that an image is serviced with; the default user's is the one that new users are made from. */
const hives: readonly (HiveFile & { readonly root: string })[] = [
  { root: "HKLM\\SOFTWARE", name: "SOFTWARE", path: `${config}SOFTWARE` },
  { root: "HKLM\\SYSTEM", name: "SYSTEM", path: `${config}SYSTEM` },
  { root: "HKLM\\DRIVERS", name: "DRIVERS", path: `${config}DRIVERS` },
  { root: "HKU\\.DEFAULT", name: "DEFAULT", path: `${config}DEFAULT` },
  { root: "HKCU", name: "NTUSER.DAT", path: "\\Users\\Default\\NTUSER.DAT" },
];

/** What cannot or must not be set in an image, and why. */
const refused: Readonly<Record<string, string>> = {
  "HKLM\\SAM": "the accounts of an image are not for settings",
  "HKLM\\SECURITY": "the secrets of an image are not for settings",
  "HKLM\\COMPONENTS": "the component store is changed by packages and features only",
  "HKLM\\HARDWARE": "Windows makes it anew at each start",
  "HKLM\\BCD00000000": "the boot configuration is not part of the image",
};

const shortNames: Readonly<Record<string, string>> = {
  HKEY_LOCAL_MACHINE: "HKLM",
  HKEY_CURRENT_USER: "HKCU",
  HKEY_USERS: "HKU",
};

/**
 * Finds the hive of a key such as `HKLM\SOFTWARE\Contoso`, in any case and with long or short names of the roots.
 * Key names hold at most 255 characters and paths 512 levels ("registry-element-size-limits").
 * @throws SERVICING_REGISTRY_KEY.
 */
export function parseRegistryKey(text: string): RegistryKey {
  const refuse = (reason: string): Error => failure("SERVICING_REGISTRY_KEY", { key: text, reason });
  const names = text.split("\\");
  if (names.length > 1 && names.at(-1) === "") names.pop();
  const fault = nameFault(names);
  if (fault !== undefined) throw refuse(fault);

  const first = names[0]!.toUpperCase();
  const path = [shortNames[first] ?? first, ...names.slice(1)];
  const two = path.slice(0, 2).join("\\").toUpperCase();
  const reason = Object.hasOwn(refused, two) ? refused[two] : undefined;
  if (reason !== undefined) throw refuse(reason);
  const hive = hives.find(({ root }) => root === two || root === path[0]);
  if (hive === undefined) throw refuse("no hive of an image holds it");
  const key = path.slice(hive.root.split("\\").length).join("\\");
  return { root: hive.root, hive: { name: hive.name, path: hive.path }, key };
}

/** Why hivex, through hivexsh, cannot write a value or the key of one; more is known only of the hive itself. */
export function hivexLimit(key: string, name?: string, value?: DecodedValue): string | undefined {
  if (value === undefined) return undefined;
  if (key.split("\\").some((part) => /^[ \t]|[ \t]$/.test(part)))
    return "hivexsh cannot make a key whose name begins or ends with a space";
  if (name === "@") return 'hivexsh cannot write a value named "@"';
  return value.type === "REG_MULTI_SZ" && value.data.includes("")
    ? "a REG_MULTI_SZ cannot hold an empty text, which would end it"
    : undefined;
}

/**
 * Replaces a leading `CurrentControlSet`, which only a running Windows has, by the control set that it would use.
 * @throws SERVICING_REGISTRY_KEY where the hive does not say which one that is.
 */
export function resolveControlSet(hive: Hive, key: string): string {
  const match = /^CurrentControlSet(?=\\|$)/i.exec(key);
  if (match === null) return key;
  const current = hive.key("Select")?.value("Current");
  const value = current === undefined ? undefined : decodeValue(current);
  if (value?.type !== "REG_DWORD" || value.data < 1 || value.data > 999) {
    throw failure("SERVICING_REGISTRY_KEY", {
      key,
      reason: `${hive.path} has no Select\\Current that names its control set`,
    });
  }
  return `ControlSet${String(value.data).padStart(3, "0")}${key.slice(match[0].length)}`;
}

function nameFault(names: readonly string[]): string | undefined {
  if (names.includes("")) return "one of its names is empty";
  if (names.length > 512) return "it has more than 512 levels";
  if (names.some((name) => name.length > 255)) return "one of its names has more than 255 characters";
  // oxlint-disable-next-line no-control-regex
  if (names.some((name) => /[\0\r\n]/.test(name))) return "a name cannot hold a NUL or a line break";
  return undefined;
}
