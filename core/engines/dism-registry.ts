import type { Command, Engine, Process, Target } from "../engine.ts";
import { failure } from "../error.ts";
import type { Operation, RegistryValue } from "../operation.ts";
import { digest, within } from "./dism-command.ts";

/** A key of the running Windows, and where the image keeps it. */
interface Place {
  readonly hive: string;
  /** Path inside the image. */
  readonly file: string;
  /** Below the hive's root; never empty. */
  readonly key: string;
  /** The running Windows keeps the hive loaded under the name that the user wrote. */
  readonly live: boolean;
}

const config = "\\Windows\\System32\\config";

const hives = [
  { root: "HKLM\\SOFTWARE", hive: "SOFTWARE", file: `${config}\\SOFTWARE`, live: true },
  { root: "HKLM\\SYSTEM", hive: "SYSTEM", file: `${config}\\SYSTEM`, live: true },
  { root: "HKLM\\DRIVERS", hive: "DRIVERS", file: `${config}\\DRIVERS`, live: false },
  { root: "HKU\\.DEFAULT", hive: "DEFAULT", file: `${config}\\DEFAULT`, live: true },
  // The default user's, from which every new user's is made, and never the one of whoever is signed in.
  { root: "HKCU", hive: "NTUSER", file: "\\Users\\Default\\NTUSER.DAT", live: false },
] as const;

/** Characters of a value; leaves room for the key in the 32767 of "CreateProcessW". */
const longest = 30_000;

const longNames: Readonly<Record<string, string>> = {
  HKEY_LOCAL_MACHINE: "HKLM",
  HKEY_USERS: "HKU",
  HKEY_CURRENT_USER: "HKCU",
};

/**
 * The registry by reg.exe ("reg-add", "reg-delete", "reg-load"). An offline hive is loaded for as long as it is edited,
 * since a loaded hive keeps DISM from unmounting. `HKLM\SYSTEM\CurrentControlSet` exists in a running Windows only,
 * which makes it from a control set when it starts; an offline image has its ControlSet001.
 */
export const registry = {
  "Set-Registry": {
    offline: {
      because: "reg.exe loads the hive from the mounted image, edits it and unloads it",
      refuse: unwritable,
      commands: inLoadedHive,
      undo: letGo,
    },
    online: {
      because: "reg.exe edits the registry of the running Windows; for HKCU, the default user's hive",
      refuse: (operation) =>
        placeOf(operation.key).hive === "DRIVERS"
          ? "the running Windows loads and unloads the DRIVERS hive as it needs it"
          : unwritable(operation),
      commands: (operation, target) =>
        placeOf(operation.key).live
          ? [edit(shortKey(operation.key), operation)]
          : inLoadedHive(operation, target),
      undo: (operation, target) => (placeOf(operation.key).live ? [] : letGo(operation, target)),
    },
  },
} satisfies Partial<Engine["roads"]>;

/** Joins neighbours that load the same hive: an unload with the next load of the same name is left out. */
export function fuseHives(commands: readonly Command[]): readonly Command[] {
  const fused: Command[] = [];
  for (const command of commands) {
    const left = named("unload", fused.at(-1));
    if (left !== undefined && left === named("load", command)) fused.pop();
    else fused.push(command);
  }
  return fused;
}

/** The name that reg.exe loads or unloads a hive under. */
function named(verb: "load" | "unload", command: Command | undefined): string | undefined {
  if (command === undefined || !("args" in command) || command.run !== "reg.exe") return undefined;
  return command.args[0] === verb ? command.args[1] : undefined;
}

function inLoadedHive(operation: Operation<"Set-Registry">, target: Target): readonly Command[] {
  const place = placeOf(operation.key);
  const file = within(target, place.file);
  const name = loadedName(place, file);
  const key =
    place.hive === "SYSTEM" ? place.key.replace(/^CurrentControlSet(?=\\|$)/i, "ControlSet001") : place.key;
  return [reg(["load", name, file]), edit(`${name}\\${key}`, operation), reg(["unload", name])];
}

function letGo({ key }: Operation<"Set-Registry">, target: Target): readonly Command[] {
  const place = placeOf(key);
  // 1: it is not loaded any more.
  return [reg(["unload", loadedName(place, within(target, place.file))], [0, 1])];
}

/** A name of our own, different for every mounted image, so that lines may run beside each other. */
function loadedName(place: Place, file: string): string {
  return `HKLM\\servicing-${place.hive}-${digest(file)}`;
}

function edit(key: string, { name, value }: Operation<"Set-Registry">): Process {
  const which = name === undefined || name === "" ? ["/ve"] : ["/v", name];
  if (value !== undefined) return reg(["add", key, ...which, ...valueArguments(key, value), "/f"]);
  // reg.exe ends with 1 where there is nothing to delete, which is what was asked for.
  return reg(["delete", key, ...(name === undefined ? [] : which), "/f"], [0, 1]);
}

function reg(args: readonly string[], success?: readonly number[]): Process {
  return { run: "reg.exe", args, ...(success === undefined ? {} : { success }), writes: true };
}

function valueArguments(key: string, value: RegistryValue): readonly string[] {
  switch (value.type) {
    case "REG_SZ":
    case "REG_EXPAND_SZ":
      return ["/t", value.type, "/d", value.data];
    case "REG_DWORD":
      return ["/t", value.type, "/d", unsigned(key, value.data, 32)];
    case "REG_QWORD":
      return ["/t", value.type, "/d", unsigned(key, value.data, 64)];
    case "REG_MULTI_SZ":
      return ["/t", value.type, ...strings(key, value.data)];
    case "REG_BINARY":
    case "REG_NONE":
      if (!/^(?:[0-9a-f]{2})*$/i.test(value.data))
        throw failure("SERVICING_REGISTRY_KEY", {
          key,
          reason: `"${value.data}" is not bytes in hexadecimal`,
        });
      return ["/t", value.type, "/d", value.data];
  }
}

/** A negative number is written as the two's complement that Windows reads it as. */
function unsigned(key: string, data: string | number, bits: number): string {
  try {
    const number = BigInt(data);
    if (number >= -(1n << BigInt(bits - 1)) && number < 1n << BigInt(bits))
      return BigInt.asUintN(bits, number).toString();
  } catch {
    // Not a whole number: the same answer as for one that is too large.
  }
  throw failure("SERVICING_REGISTRY_KEY", { key, reason: `${data} is not a whole number of ${bits} bits` });
}

/** `\0` separates unless a string holds these two characters, as the path `C:\0day` does. */
function strings(key: string, data: readonly string[]): readonly string[] {
  if (!data.some((text) => text.includes("\\0"))) return ["/d", data.join("\\0")];
  const separator = ["|", ";", ",", "~", "#"].find((mark) => !data.some((text) => text.includes(mark)));
  if (separator === undefined)
    throw failure("SERVICING_REGISTRY_KEY", {
      key,
      reason: "reg.exe has no separator that its strings do not hold",
    });
  return ["/s", separator, "/d", data.join(separator)];
}

function unwritable({ name, value }: Operation<"Set-Registry">): string | undefined {
  const texts = [name ?? "", ...(value === undefined ? [] : [value.data].flat())].map(String);
  if (texts.some((text) => text.includes("\0")))
    return "a name or string of the registry ends at its first NUL character";
  if (value?.type === "REG_MULTI_SZ" && value.data.includes(""))
    return "a REG_MULTI_SZ cannot hold an empty string, which would end it";
  return texts.join().length > longest
    ? "reg.exe takes a value from its command line, and Windows has none of more than 32767 characters"
    : undefined;
}

/** Throws SERVICING_REGISTRY_KEY for a key that no hive of an image holds, and for a hive's root. */
function placeOf(key: string): Place {
  const short = shortKey(key);
  const found = hives.find(({ root }) => short.toLowerCase().startsWith(`${root.toLowerCase()}\\`));
  if (found === undefined)
    throw failure("SERVICING_REGISTRY_KEY", {
      key,
      reason: "no hive of an image holds it, or it is a hive's root",
    });
  const below = short.slice(found.root.length + 1);
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (below.split("\\").includes("") || /[\u0000-\u001f]/.test(below))
    throw failure("SERVICING_REGISTRY_KEY", {
      key,
      reason: "a part of it is empty or holds a control character",
    });
  return { ...found, key: below };
}

/** `HKEY_LOCAL_MACHINE\…` as `HKLM\…`. */
function shortKey(key: string): string {
  return key.replace(/^[^\\]+/, (root) => longNames[root.toUpperCase()] ?? root);
}
