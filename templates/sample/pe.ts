const machines = { x86: 0x14c, amd64: 0x8664, arm64: 0xaa64 } as const;
/** Returns zero. */
const code = {
  x86: [0x31, 0xc0, 0xc3],
  amd64: [0x31, 0xc0, 0xc3],
  arm64: [0x00, 0x00, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6],
} as const;
/** IMAGE_SUBSYSTEM: native for drivers. */
const subsystems = { exe: 2, dll: 3, sys: 1 } as const;

const fileAlignment = 0x200;
const sectionAlignment = 0x1000;
const headers = 0x400;

/**
 * A portable executable that does nothing: headers, a function that returns zero, and `data` as its read-only section.
 * PE32+, or PE32 for x86; the layout is that of "pe-format".
 */
export function executable(
  machine: keyof typeof machines,
  kind: keyof typeof subsystems,
  data: Uint8Array,
): Uint8Array {
  const wide = machine !== "x86";
  const text = padded(Uint8Array.from(code[machine]), fileAlignment);
  const readOnly = padded(data, fileAlignment);
  const textAt = sectionAlignment;
  const dataAt = textAt + sectionAlignment;
  const image = Buffer.alloc(headers);

  image.write("MZ", 0, "latin1");
  image.writeUInt32LE(0x80, 0x3c);
  image.write("PE\0\0", 0x80, "latin1");
  const coff = 0x84;
  image.writeUInt16LE(machines[machine], coff);
  image.writeUInt16LE(2, coff + 2);
  const optionalSize = wide ? 240 : 224;
  image.writeUInt16LE(optionalSize, coff + 16);
  image.writeUInt16LE(0x2 | (wide ? 0x20 : 0x100) | (kind === "dll" ? 0x2000 : 0), coff + 18);

  const optional = coff + 20;
  image.writeUInt16LE(wide ? 0x20b : 0x10b, optional);
  image.writeUInt8(14, optional + 2);
  image.writeUInt32LE(text.length, optional + 4);
  image.writeUInt32LE(readOnly.length, optional + 8);
  image.writeUInt32LE(textAt, optional + 16);
  image.writeUInt32LE(textAt, optional + 20);
  if (wide) image.writeBigUInt64LE(0x140000000n, optional + 24);
  else image.writeUInt32LE(0x400000, optional + 28);
  image.writeUInt32LE(sectionAlignment, optional + 32);
  image.writeUInt32LE(fileAlignment, optional + 36);
  for (const version of [40, 44, 48]) image.writeUInt16LE(10, optional + version);
  image.writeUInt32LE(dataAt + aligned(readOnly.length, sectionAlignment), optional + 56);
  image.writeUInt32LE(headers, optional + 60);
  image.writeUInt16LE(subsystems[kind], optional + 68);
  image.writeUInt16LE(0x8160, optional + 70);
  image.writeUInt32LE(16, optional + (wide ? 108 : 92));

  const sections = optional + optionalSize;
  section(image, sections, ".text", code[machine].length, textAt, text.length, headers, 0x60000020);
  section(
    image,
    sections + 40,
    ".rdata",
    data.length,
    dataAt,
    readOnly.length,
    headers + text.length,
    0x40000040,
  );
  const whole = Buffer.concat([image, text, readOnly]);
  whole.writeUInt32LE(checksum(whole), optional + 64);
  return whole;
}

function section(
  image: Buffer,
  at: number,
  name: string,
  size: number,
  address: number,
  stored: number,
  offset: number,
  characteristics: number,
): void {
  image.write(name, at, "latin1");
  image.writeUInt32LE(size, at + 8);
  image.writeUInt32LE(address, at + 12);
  image.writeUInt32LE(stored, at + 16);
  image.writeUInt32LE(offset, at + 20);
  image.writeUInt32LE(characteristics, at + 36);
}

/** The sum that Windows asks of drivers: 16-bit words with end-around carry, plus the length. */
function checksum(whole: Buffer): number {
  let sum = 0;
  for (let at = 0; at < whole.length; at += 2) {
    sum += whole.readUInt16LE(at);
    sum = (sum & 0xffff) + (sum >>> 16);
  }
  return sum + whole.length;
}

function padded(bytes: Uint8Array, to: number): Uint8Array {
  const made = new Uint8Array(Math.max(to, aligned(bytes.length, to)));
  made.set(bytes);
  return made;
}

function aligned(size: number, to: number): number {
  return Math.ceil(size / to) * to;
}
