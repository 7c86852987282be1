import { entriesOf, sectionKey, sectionOf } from "./document.ts";
import type { InfDirective, RegistryEntry } from "./installation.ts";
import type { InfEntry, InfField } from "./line.ts";
import { directive, numberOf, placeOf, textOf, type InfReading, type Listed } from "./reading.ts";

/** Bits of the flags ("inf-addreg-directive"). */
const binary = 0x1;
const deletes = 0x8004;
const keyOnly = 0x2010;

const roots = new Map(
  (["HKR", "HKLM", "HKCR", "HKCU", "HKU"] as const).map((root) => [root.toLowerCase(), root] as const),
);
/** REG_* */
const type = { none: 0, sz: 1, binary: 3, dword: 4, multiSz: 7, qword: 11 } as const;

/** Reads what AddReg names, each list once however often it is named. */
export interface RegistryLists {
  /** Puts the lists that one AddReg names behind what is there, in the order in which it names them. */
  named(of: InfEntry, entries: RegistryEntry[], others: InfDirective[]): void;
}

/**
 * AddReg ("inf-addreg-directive"). A value without flags is a string, and one without a value an empty one:
 * `HKR,Key,0x00000010` makes a value of that name, for the flags stand one comma later.
 */
export function registryLists(reading: InfReading): RegistryLists {
  const lists = new Map<string, Listed<RegistryEntry>>();
  const list = (field: InfField): Listed<RegistryEntry> => {
    const name = textOf(reading, field);
    const known = lists.get(sectionKey(name));
    if (known !== undefined) return known;
    const section = sectionOf(reading.inf, name);
    if (section === undefined) {
      reading.note({ ...placeOf(field), message: `there is no section [${name}]` });
    }
    const read = listOf(reading, section?.name ?? name);
    lists.set(sectionKey(name), read);
    return read;
  };
  return {
    named(of, entries, others) {
      for (const value of of.values) {
        if (value.text === "") continue;
        const read = list(value);
        if (!reading.take(read.entries.length + read.others.length + 1, value)) return;
        for (const each of read.entries) entries.push(each);
        for (const each of read.others) others.push(each);
      }
    },
  };
}

function listOf(reading: InfReading, section: string): Listed<RegistryEntry> {
  const entries: RegistryEntry[] = [];
  const others: InfDirective[] = [];
  for (const entry of entriesOf(reading.inf, section)) {
    const read = entryFrom(reading, entry);
    if (typeof read === "string") {
      reading.note({ ...placeOf(entry), message: read });
      others.push(directive(entry, section));
    } else entries.push(read);
  }
  const security = sectionOf(reading.inf, `${section}.security`);
  if (security !== undefined) {
    others.push({ directive: "security", section: security.name, ...placeOf(security) });
  }
  return { entries, others };
}

/** The entry, or what is wrong with it. */
function entryFrom(reading: InfReading, entry: InfEntry): RegistryEntry | string {
  const fields = entry.values.map((value) => textOf(reading, value));
  const [rootName = "", key = "", name = "", flagsText = "", ...values] = fields;
  const root = roots.get(rootName.toLowerCase());
  if (root === undefined || entry.key !== undefined)
    return "this does not begin with HKR, HKLM, HKCR, HKCU or HKU";
  const flags = flagsText === "" ? 0 : numberOf(flagsText);
  if (flags === undefined) return `the flags "${flagsText}" are not a number`;
  const of = { root, key: key.replace(/^\\+|\\+$/g, ""), flags, type: typeOf(flags), ...placeOf(entry) };
  if ((flags & deletes) !== 0) return { ...of, name };
  if ((flags & keyOnly) !== 0) return { ...of, name: "" };
  const bytes = bytesOf(of.type, flags, values);
  return typeof bytes === "string" ? bytes : { ...of, name, bytes };
}

function typeOf(flags: number): number {
  const high = flags >>> 16;
  if ((flags & binary) === 0) return high === 0 ? type.sz : high === 1 ? type.multiSz : high;
  if (high === 0) return type.binary;
  return high === 1 ? type.dword : high === 2 ? type.none : high;
}

function bytesOf(kind: number, flags: number, values: readonly string[]): Uint8Array | string {
  const [value = ""] = values;
  if ((flags & binary) === 0) {
    const texts = kind === type.multiSz ? upToEmpty(values) : [value];
    return Buffer.from(
      [...texts.map((text) => `${text}\0`), kind === type.multiSz ? "\0" : ""].join(""),
      "utf16le",
    );
  }
  // A number is given as one, or as its bytes in the order of the processor.
  if (values.length > 1 || (kind !== type.dword && kind !== type.qword)) return byteList(values);
  const wide = kind === type.qword;
  const bytes = Buffer.alloc(wide ? 8 : 4);
  if (value === "") return bytes;
  const number = wide ? wideNumberOf(value) : numberOf(value);
  if (number === undefined) return `"${value}" is not a number`;
  if (typeof number === "bigint") bytes.writeBigUInt64LE(number);
  else bytes.writeUInt32LE(number);
  return bytes;
}

function wideNumberOf(text: string): bigint | undefined {
  if (!/^(?:0x[0-9a-f]{1,16}|\d{1,20})$/i.test(text)) return undefined;
  const number = BigInt(text);
  return number <= 0xffff_ffff_ffff_ffffn ? number : undefined;
}

/** An empty text ends the list ("setupgetmultiszfield"). */
function upToEmpty(values: readonly string[]): readonly string[] {
  const end = values.indexOf("");
  return end === -1 ? values : values.slice(0, end);
}

/** Bytes in hexadecimal, with `0x` or without ("setupgetbinaryfield"). */
function byteList(values: readonly string[]): Uint8Array | string {
  const bytes = new Uint8Array(values.length);
  for (const [at, value] of values.entries()) {
    if (!/^\s*(?:0x)?[0-9a-f]{1,2}\s*$/i.test(value)) return `"${value}" is not a byte in hexadecimal`;
    bytes[at] = Number.parseInt(value, 16);
  }
  return bytes;
}
