import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import type { Host } from "./host.ts";

const start = promisify(execFile);

/** Numbers of the types of registry values. */
const types: Readonly<Record<string, number>> = {
  REG_NONE: 0,
  REG_SZ: 1,
  REG_EXPAND_SZ: 2,
  REG_BINARY: 3,
  REG_DWORD: 4,
  REG_MULTI_SZ: 7,
  REG_QWORD: 11,
};

/** What reg.exe does to hives of files: load, unload, add, delete and query ("reg-load", "reg-add", "reg-delete"). */
export async function runReg(
  argv: readonly string[],
  host: Host,
  print: (text: string) => void,
): Promise<number> {
  host.heard.push({ program: "reg.exe", argv });
  const [verb, key = "", file = ""] = argv;
  const fails = (text: string): number => {
    print(`ERROR: ${text}\n`);
    return 1;
  };
  if (verb === "load") {
    if (host.hives.has(key)) return fails("The process cannot access the file because it is in use.");
    if (!existsSync(host.place(file))) return fails("The system cannot find the file specified.");
    host.hives.set(key, host.place(file));
  } else if (verb === "unload") {
    if (!host.hives.delete(key)) return fails("The parameter is incorrect.");
  } else if (verb === "query") {
    const found = await read(key, argv[argv.indexOf("/v") + 1] ?? "", host);
    if (found === undefined)
      return fails("The system was unable to find the specified registry key or value.");
    print(`\n${key}\n    ${argv.at(-1)}    REG_SZ    ${found}\n\n`);
    return 0;
  } else if (verb === "add" || verb === "delete") {
    const wrong = await edit(verb, key, argv.slice(2), host);
    if (wrong !== undefined) return fails(wrong);
  } else return fails("Invalid syntax.");
  print("The operation completed successfully.\n");
  return 0;
}

/** The name under which the hive of a key is loaded, and its file. */
function hiveOf(key: string, host: Host): readonly [string?, string?] {
  return [...host.hives].find(([loaded]) => key === loaded || key.startsWith(`${loaded}\\`)) ?? [];
}

/** A text; nothing else is asked for. */
async function read(key: string, value: string, host: Host): Promise<string | undefined> {
  const [name, file] = hiveOf(key, host);
  if (name === undefined || file === undefined) return undefined;
  try {
    return (await start("hivexget", [file, `\\${key.slice(name.length + 1)}`, value])).stdout.trimEnd();
  } catch {
    return undefined;
  }
}

async function edit(
  verb: "add" | "delete",
  key: string,
  words: readonly string[],
  host: Host,
): Promise<string | undefined> {
  const [name, file] = hiveOf(key, host);
  if (name === undefined || file === undefined)
    return "The system was unable to find the specified registry key.";
  if (key.split("\\").some((each) => host.brokenKeys.has(each))) return "Access is denied.";
  if (!words.includes("/f")) return "The command would ask whether to overwrite.";
  const of = (word: string): string | undefined =>
    words.includes(word) ? words[words.indexOf(word) + 1] : undefined;
  const value = words.includes("/ve") ? "" : of("/v");
  const path = key.slice(name.length + 1);
  const quoted = value === "" ? "@" : `"${(value ?? "").replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  if (verb === "delete" && !(await exists(file, path, value)))
    return "The system was unable to find the specified registry key or value.";
  const change =
    verb === "add"
      ? `${above(path)}[X\\${path}]\n${value === undefined ? "" : `${quoted}=${hexOf(of("/t") ?? "REG_SZ", of("/d") ?? "", of("/s") ?? "\\0")}`}`
      : value === undefined
        ? `[-X\\${path}]`
        : `[X\\${path}]\n${quoted}=-`;
  const running = start("hivexregedit", ["--merge", "--prefix", "X", file]);
  running.child.stdin
    ?.on("error", () => undefined)
    .end(`Windows Registry Editor Version 5.00\n\n${change}\n`);
  await running;
  return undefined;
}

/** Every key above it, for a tool that makes one level at a time. */
function above(path: string): string {
  const names = path.split("\\");
  return names
    .slice(1)
    .map((_, at) => `[X\\${names.slice(0, at + 1).join("\\")}]\n\n`)
    .join("");
}

async function exists(file: string, path: string, value: string | undefined): Promise<boolean> {
  try {
    const name = value === undefined ? [] : [value === "" ? "@" : value];
    await start("hivexget", [file, `\\${path}`, ...name]);
    return true;
  } catch {
    return false;
  }
}

function hexOf(type: string, data: string, separator: string): string {
  const bytes = bytesOf(type, data, separator);
  return `hex(${(types[type] ?? 1).toString(16)}):${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(",")}`;
}

function bytesOf(type: string, data: string, separator: string): Buffer {
  if (type === "REG_DWORD" || type === "REG_QWORD") {
    const bytes = Buffer.alloc(type === "REG_DWORD" ? 4 : 8);
    let rest = BigInt(data);
    for (const at of bytes.keys()) {
      bytes[at] = Number(rest & 0xffn);
      rest >>= 8n;
    }
    return bytes;
  }
  if (type === "REG_BINARY" || type === "REG_NONE") return Buffer.from(data, "hex");
  const text = type === "REG_MULTI_SZ" ? [...data.split(separator), ""].join("\0") : data;
  return Buffer.from(`${text}\0`, "utf16le");
}
