/**
 * Security descriptors in their self-relative form, from the Security Descriptor Definition Language:
 * owner, group and discretionary list, as documented under "security-descriptor-string-format".
 */
export function descriptorOf(sddl: string): Uint8Array {
  const parts = /^O:(?<owner>[^:]+)G:(?<group>[^:]+)D:(?<flags>[A-Z]*)(?<aces>(?:\([^()]*\))*)$/.exec(
    sddl,
  )?.groups;
  if (parts === undefined) throw new TypeError(`Not a security descriptor: ${sddl}`);
  const owner = sid(parts["owner"] ?? "");
  const group = sid(parts["group"] ?? "");
  const list = accessList(parts["aces"] ?? "");

  const head = Buffer.alloc(20);
  head.writeUInt8(1, 0);
  head.writeUInt16LE(selfRelative | listPresent | listFlags(parts["flags"] ?? ""), 2);
  head.writeUInt32LE(20, 4);
  head.writeUInt32LE(20 + owner.length, 8);
  head.writeUInt32LE(20 + owner.length + group.length, 16);
  return Buffer.concat([head, owner, group, list]);
}

const selfRelative = 0x8000;
const listPresent = 0x4;

function listFlags(flags: string): number {
  return (flags.includes("P") ? 0x1000 : 0) | (flags.includes("AI") ? 0x400 : 0);
}

function accessList(text: string): Buffer {
  const aces = [...text.matchAll(/\(A;([A-Z]*);([^;]*);;;([^()]+)\)/g)].map(([, flags, rights, trustee]) =>
    ace(flags ?? "", rights ?? "", trustee ?? ""),
  );
  const head = Buffer.alloc(8);
  head.writeUInt8(2, 0);
  head.writeUInt16LE(8 + aces.reduce((sum, entry) => sum + entry.length, 0), 2);
  head.writeUInt16LE(aces.length, 4);
  return Buffer.concat([head, ...aces]);
}

function ace(flags: string, rights: string, trustee: string): Buffer {
  const who = sid(trustee);
  const head = Buffer.alloc(8);
  head.writeUInt8(
    (flags.match(/../g) ?? []).reduce((sum, flag) => sum | known(aceFlags, flag), 0),
    1,
  );
  head.writeUInt16LE(8 + who.length, 2);
  head.writeUInt32LE(rights.startsWith("0x") ? Number(rights) : known(accessRights, rights), 4);
  return Buffer.concat([head, who]);
}

function sid(text: string): Buffer {
  const [, , authority, ...rest] = (text.startsWith("S-1-") ? text : known(trustees, text)).split("-");
  const made = Buffer.alloc(8 + 4 * rest.length);
  made.writeUInt8(1, 0);
  made.writeUInt8(rest.length, 1);
  made.writeUIntBE(Number(authority), 2, 6);
  rest.forEach((part, index) => made.writeUInt32LE(Number(part), 8 + 4 * index));
  return made;
}

function known<T>(table: Readonly<Record<string, T>>, name: string): T {
  const value = table[name];
  if (value === undefined) throw new TypeError(`Not known in a security descriptor: ${name}`);
  return value;
}

/** Inheritance: object, container, no propagation, inherit only, inherited. */
const aceFlags: Readonly<Record<string, number>> = { OI: 1, CI: 2, NP: 4, IO: 8, ID: 0x10 };

const accessRights: Readonly<Record<string, number>> = {
  FA: 0x1f01ff,
  FR: 0x120089,
  FX: 0x1200a0,
  GA: 0x10000000,
  GR: 0x80000000,
  GX: 0x20000000,
  KA: 0xf003f,
  KR: 0x20019,
};

/** TI and RP are ours: the TrustedInstaller service and restricted app packages have no letters of their own. */
const trustees: Readonly<Record<string, string>> = {
  AC: "S-1-15-2-1",
  AU: "S-1-5-11",
  BA: "S-1-5-32-544",
  BU: "S-1-5-32-545",
  CO: "S-1-3-0",
  RP: "S-1-15-2-2",
  SY: "S-1-5-18",
  TI: "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
  WD: "S-1-1-0",
};
