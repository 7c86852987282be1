import type { DeviceCommand, SetupRoads } from "../engine.ts";
import type { Operation, RegistryValue } from "../operation.ts";
import { operationTitle } from "../operation-title.ts";
import { road } from "./setup-road.ts";

const roots: Readonly<Record<string, string>> = {
  HKEY_LOCAL_MACHINE: "HKLM",
  HKEY_USERS: "HKU",
  HKEY_CURRENT_USER: "HKCU",
};

/** Where the default user's hive is loaded while it is changed. */
const loaded = "HKU\\Servicing";

/** Sources: "reg add", "reg delete", "reg load". */
export const registryRoads: Pick<SetupRoads, "Set-Registry"> = {
  "Set-Registry": road(
    "reg.exe sets it in the running Windows",
    (operation) => ({ specialize: commands(operation) }),
    refuse,
  ),
};

function commands(operation: Operation<"Set-Registry">): DeviceCommand[] {
  const title = operationTitle(operation);
  const { root, rest } = split(operation.key);
  if (root !== "HKCU") return [change(operation, `${root}\\${rest}`)];
  // No user exists yet: what every later one starts with is the hive of the default user.
  const hive = { path: "\\Users\\Default\\NTUSER.DAT" };
  const reg = (...args: DeviceCommand["args"]) => ({ title, file: "reg.exe", args, success: [0] });
  return [
    reg("load", loaded, hive),
    change(operation, rest === "" ? loaded : `${loaded}\\${rest}`),
    reg("unload", loaded),
  ];
}

function change(operation: Operation<"Set-Registry">, key: string): DeviceCommand {
  const { name, value } = operation;
  const which = name === undefined ? [] : name === "" ? ["/ve"] : ["/v", name];
  const args =
    value === undefined
      ? ["delete", key, ...which, "/f"]
      : ["add", key, ...which, "/t", value.type, "/d", dataOf(value), "/f"];
  // Deleting what is not there leaves what was wanted.
  const success = value === undefined ? [0, 1] : [0];
  return { title: operationTitle(operation), file: "reg.exe", args, success };
}

function dataOf(value: RegistryValue): string {
  return value.type === "REG_MULTI_SZ" ? value.data.join("\\0") : String(value.data);
}

function refuse(operation: Operation<"Set-Registry">): string | undefined {
  const { root, rest } = split(operation.key);
  const { value } = operation;
  if (!["HKLM", "HKU", "HKCU"].includes(root)) return `reg.exe has no ${root}`;
  if (rest === "" && root !== "HKCU") return "the key must lie below a root";
  if (/^DRIVERS(\\|$)/i.test(rest) && root === "HKLM") return "HKLM\\DRIVERS is loaded only offline";
  if (value !== undefined && operation.name === undefined) return "a value needs a name";
  const texts = [operation.key, operation.name ?? "", value === undefined ? "" : dataOf(value)];
  // oxlint-disable-next-line no-control-regex
  if (texts.some((text) => /[\u0000-\u001f]/.test(text))) return "a command cannot hold its line breaks";
  if (value?.type === "REG_NONE" && value.data !== "") return "reg.exe cannot write data without a type";
  if (value?.type !== "REG_MULTI_SZ") return undefined;
  return value.data.some((text) => text === "" || text.includes("\\0"))
    ? "reg.exe cannot write a list with empty texts or with \\0 in one"
    : undefined;
}

function split(key: string): { readonly root: string; readonly rest: string } {
  const [first = "", ...rest] = key.split("\\").filter((part) => part !== "");
  const root = first.toUpperCase();
  return { root: roots[root] ?? root, rest: rest.join("\\") };
}
