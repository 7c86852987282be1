import type { Command, Engine, Process, Target } from "../engine.ts";
import { failure } from "../error.ts";
import { parseRegistryKey } from "../formats/registry.ts";
import type { Operation, RegistryValue } from "../operation.ts";
import { digest, within } from "./dism-command.ts";

/** Hives that a running Windows keeps loaded under the names that the user wrote. HKCU is the default user's, not whoever's is signed in. */
const live: ReadonlySet<string> = new Set(["SOFTWARE", "SYSTEM", "DEFAULT"]);

/** Characters of a value; leaves room for the key in the 32767 of "CreateProcessW". */
const longest = 30_000;

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
        parseRegistryKey(operation.key).hive.name === "DRIVERS"
          ? "the running Windows loads and unloads the DRIVERS hive as it needs it"
          : unwritable(operation),
      commands(operation, target) {
        const { root, hive, key } = parseRegistryKey(operation.key);
        return live.has(hive.name) ? [edit(below(root, key), operation)] : inLoadedHive(operation, target);
      },
      undo: (operation, target) =>
        live.has(parseRegistryKey(operation.key).hive.name) ? [] : letGo(operation, target),
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
  const { hive, key } = parseRegistryKey(operation.key);
  const file = within(target, hive.path);
  const name = loadedName(hive.name, file);
  const offline = hive.name === "SYSTEM" ? key.replace(/^CurrentControlSet(?=\\|$)/i, "ControlSet001") : key;
  return [reg(["load", name, file]), edit(below(name, offline), operation), reg(["unload", name])];
}

function letGo(operation: Operation<"Set-Registry">, target: Target): readonly Command[] {
  const { hive } = parseRegistryKey(operation.key);
  // 1: it is not loaded any more.
  return [reg(["unload", loadedName(hive.name, within(target, hive.path))], [0, 1])];
}

/** A name of our own, different for every mounted image, so that lines may run beside each other. */
function loadedName(hive: string, file: string): string {
  return `HKLM\\servicing-${hive}-${digest(file)}`;
}

function below(root: string, key: string): string {
  return key === "" ? root : `${root}\\${key}`;
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

function unwritable({ key, name, value }: Operation<"Set-Registry">): string | undefined {
  if (name === undefined && parseRegistryKey(key).key === "") return "a whole hive cannot be deleted";
  const texts = [name ?? "", ...(value === undefined ? [] : [value.data].flat())].map(String);
  if (texts.some((text) => text.includes("\0")))
    return "a name or string of the registry ends at its first NUL character";
  if (value?.type === "REG_MULTI_SZ" && value.data.includes(""))
    return "a REG_MULTI_SZ cannot hold an empty string, which would end it";
  return texts.join().length > longest
    ? "reg.exe takes a value from its command line, and Windows has none of more than 32767 characters"
    : undefined;
}
