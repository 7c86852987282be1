import type { HiveChange } from "../../core/formats/hive-change.ts";
import type { HiveKey } from "../../core/formats/hive.ts";
import type { DecodedValue } from "../../core/formats/registry-value.ts";

interface ValueModel {
  readonly name: string;
  readonly type: number;
  readonly data: string;
}

/** A key of a hive as plain maps, by the upper case of the names. */
export interface KeyModel {
  readonly name: string;
  readonly values: Map<string, ValueModel>;
  readonly subkeys: Map<string, KeyModel>;
}

export function hiveModel(key: HiveKey): KeyModel {
  return {
    name: key.name,
    values: new Map(
      key
        .values()
        .map(({ name, type, bytes }) => [
          name.toUpperCase(),
          { name, type, data: Buffer.from(bytes).toString("hex") },
        ]),
    ),
    subkeys: new Map(key.subkeys().map((subkey) => [subkey.name.toUpperCase(), hiveModel(subkey)])),
  };
}

/** Makes one change, as regedit would: what is there keeps the case of its name. */
export function applyToHive(root: KeyModel, { key, name, value, create }: HiveChange): void {
  let at: KeyModel | undefined = root;
  let parent = root;
  for (const part of key.split("\\").filter((each) => each !== "")) {
    parent = at;
    const next: KeyModel | undefined = at.subkeys.get(part.toUpperCase());
    if (next === undefined && value === undefined && create === undefined) return;
    at = next ?? { name: part, values: new Map(), subkeys: new Map() };
    parent.subkeys.set(part.toUpperCase(), at);
  }
  if (create === true) return;
  if (name === undefined) parent.subkeys.delete(at.name.toUpperCase());
  else if (value === undefined) at.values.delete(name.toUpperCase());
  else {
    const held = at.values.get(name.toUpperCase());
    at.values.set(name.toUpperCase(), { name: held?.name ?? name, ...stored(value) });
  }
}

/** The number of a type and its bytes, as "registry-value-types" has them. */
function stored(value: DecodedValue): { readonly type: number; readonly data: string } {
  switch (value.type) {
    case "REG_NONE":
      return { type: 0, data: value.data };
    case "REG_SZ":
      return { type: 1, data: ended([value.data]) };
    case "REG_EXPAND_SZ":
      return { type: 2, data: ended([value.data]) };
    case "REG_BINARY":
      return { type: 3, data: value.data };
    case "REG_DWORD":
      return { type: 4, data: little(BigInt(value.data), 4) };
    case "REG_MULTI_SZ":
      return { type: 7, data: ended([...value.data, ""]) };
    case "REG_QWORD":
      return { type: 11, data: little(BigInt(value.data), 8) };
    default:
      return { type: Number.parseInt(value.type.slice(4, -1), 16), data: value.data };
  }
}

function ended(strings: readonly string[]): string {
  return Buffer.from(strings.map((each) => `${each}\0`).join(""), "utf16le").toString("hex");
}

function little(number: bigint, bytes: number): string {
  const made = Buffer.alloc(8);
  made.writeBigUInt64LE(number);
  return made.toString("hex", 0, bytes);
}

/** All keys and values as one sorted list; the case of their names is left out. */
export function hiveLines(key: KeyModel, path = ""): readonly string[] {
  const values = [...key.values].map(([id, { type, data }]) => `${path} : ${id} = ${type}:${data}`);
  const below = [...key.subkeys].flatMap(([id, subkey]) => [
    `${path}\\${id}`,
    ...hiveLines(subkey, `${path}\\${id}`),
  ]);
  return [...values, ...below].toSorted();
}

/** Every name in the case in which it is written. */
export function hiveNames(key: KeyModel, path = ""): ReadonlyMap<string, string> {
  return new Map([
    ...[...key.values].map(([id, { name }]): readonly [string, string] => [`${path} : ${id}`, name]),
    ...[...key.subkeys].flatMap(([id, subkey]): readonly (readonly [string, string])[] => [
      [`${path}\\${id}`, subkey.name],
      ...hiveNames(subkey, `${path}\\${id}`),
    ]),
  ]);
}
