import { failure } from "../error.ts";

/** A value of the registry, by the names that the registry editor shows. */
export type RegistryValue =
  | { readonly type: "REG_SZ" | "REG_EXPAND_SZ"; readonly data: string }
  | { readonly type: "REG_DWORD"; readonly data: number }
  | { readonly type: "REG_QWORD"; readonly data: string | number }
  | { readonly type: "REG_MULTI_SZ"; readonly data: readonly string[] }
  /** Bytes in hexadecimal, two digits each, no separator. */
  | { readonly type: "REG_BINARY" | "REG_NONE"; readonly data: string };

/**
 * What a hive holds; a type without a name of ours, or data that is not of its type, is written as .reg files do:
 * the type in hexadecimal, up to 32 bits of it, and the bytes as REG_BINARY has them.
 */
export type DecodedValue = RegistryValue | { readonly type: `hex(${string})`; readonly data: string };

/** A value as hives store it. */
export interface RawValue {
  readonly type: number;
  readonly bytes: Uint8Array;
}

const numbers = {
  REG_NONE: 0,
  REG_SZ: 1,
  REG_EXPAND_SZ: 2,
  REG_BINARY: 3,
  REG_DWORD: 4,
  REG_MULTI_SZ: 7,
  REG_QWORD: 11,
} as const;

/** Says whether two values are the same, byte for byte. */
export function sameValue(a: RawValue, b: RawValue): boolean {
  return a.type === b.type && Buffer.compare(a.bytes, b.bytes) === 0;
}

/**
 * The type and the bytes that Windows stores ("registry-value-types": strings end with a NUL, lists with one more).
 * `key` is for the message of SERVICING_REGISTRY_KEY, which is thrown where the value cannot be stored.
 */
export function encodeValue(value: DecodedValue, key: string): RawValue {
  const refuse = (reason: string): Error => failure("SERVICING_REGISTRY_KEY", { key, reason });
  if (isUnnamed(value)) {
    const digits = /^hex\(([0-9a-f]{1,8})\)$/i.exec(value.type)?.[1];
    if (digits === undefined) throw refuse(`${value.type} is not a type: it has up to 8 hexadecimal digits`);
    if (!isHexadecimal(value.data)) throw refuse(notHexadecimal);
    return { type: Number.parseInt(digits, 16), bytes: Buffer.from(value.data, "hex") };
  }
  const type = numbers[value.type];
  switch (value.type) {
    case "REG_SZ":
    case "REG_EXPAND_SZ":
      if (value.data.includes("\0")) throw refuse("a string cannot hold a NUL");
      return { type, bytes: utf16(`${value.data}\0`) };
    case "REG_MULTI_SZ":
      if (value.data.some((text) => text === "" || text.includes("\0"))) {
        throw refuse("a string of REG_MULTI_SZ can be neither empty nor hold a NUL");
      }
      return { type, bytes: utf16(`${value.data.map((text) => `${text}\0`).join("")}\0`) };
    case "REG_DWORD": {
      if (!Number.isInteger(value.data) || value.data < 0 || value.data > 0xffffffff) {
        throw refuse(`${value.data} is not a REG_DWORD: it goes from 0 to 4294967295`);
      }
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(value.data);
      return { type, bytes };
    }
    case "REG_QWORD": {
      const number = quadword(value.data);
      if (number === undefined) {
        throw refuse(`${value.data} is not a REG_QWORD: write larger numbers as a string, decimal or 0x…`);
      }
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(number);
      return { type, bytes };
    }
    case "REG_BINARY":
    case "REG_NONE":
      if (!isHexadecimal(value.data)) throw refuse(notHexadecimal);
      return { type, bytes: Buffer.from(value.data, "hex") };
  }
}

export function decodeData(type: number, bytes: Uint8Array): DecodedValue {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = data.length % 2 === 0 ? data.toString("utf16le") : undefined;
  if (type === numbers.REG_SZ && text !== undefined) return { type: "REG_SZ", data: ended(text) };
  if (type === numbers.REG_EXPAND_SZ && text !== undefined) {
    return { type: "REG_EXPAND_SZ", data: ended(text) };
  }
  if (type === numbers.REG_MULTI_SZ && text !== undefined) {
    let end = text.length;
    while (text.charAt(end - 1) === "\0") end -= 1;
    const list = text.slice(0, end);
    return { type: "REG_MULTI_SZ", data: list === "" ? [] : list.split("\0") };
  }
  if (type === numbers.REG_DWORD && data.length === 4)
    return { type: "REG_DWORD", data: data.readUInt32LE() };
  if (type === numbers.REG_QWORD && data.length === 8) {
    return { type: "REG_QWORD", data: data.readBigUInt64LE().toString() };
  }
  if (type === numbers.REG_BINARY) return { type: "REG_BINARY", data: data.toString("hex") };
  if (type === numbers.REG_NONE) return { type: "REG_NONE", data: data.toString("hex") };
  return { type: `hex(${type.toString(16)})`, data: data.toString("hex") };
}

/** A value such that encodeValue gives back its type and its bytes, whatever they are. */
export function exactValue(raw: RawValue): DecodedValue {
  const { type, bytes } = raw;
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = data.length % 2 === 0 ? data.toString("utf16le") : "";
  const decoded = decodeData(type, bytes);
  const lossless =
    decoded.type === "REG_SZ" || decoded.type === "REG_EXPAND_SZ"
      ? text === `${decoded.data}\0`
      : decoded.type !== "REG_MULTI_SZ" ||
        (!decoded.data.includes("") && text === `${decoded.data.map((each) => `${each}\0`).join("")}\0`);
  return lossless ? decoded : { type: `hex(${type.toString(16)})`, data: data.toString("hex") };
}

const notHexadecimal = "bytes are written as hexadecimal, two digits each, without separators";

function isHexadecimal(data: string): boolean {
  return /^(?:[0-9a-f]{2})*$/i.test(data);
}

function isUnnamed(value: DecodedValue): value is Exclude<DecodedValue, RegistryValue> {
  return !Object.hasOwn(numbers, value.type);
}

function quadword(data: string | number): bigint | undefined {
  const valid =
    typeof data === "number"
      ? Number.isSafeInteger(data) && data >= 0
      : /^(?:\d{1,20}|0x[0-9a-f]{1,16})$/i.test(data);
  if (!valid) return undefined;
  const number = BigInt(data);
  return number <= 0xffff_ffff_ffff_ffffn ? number : undefined;
}

function ended(text: string): string {
  const end = text.indexOf("\0");
  return end === -1 ? text : text.slice(0, end);
}

function utf16(text: string): Uint8Array {
  return Buffer.from(text, "utf16le");
}
