/** What the probe writes to its serial port before it switches itself off. */
export const probeText = "servicing probe";

const serial = 0x3f8;
/** PM1a control of the machine, where its firmware puts it, and "sleep" of the type that is off (ACPI, "Sleeping/Wake Control"). */
const powerControl = 0x604;
const off = 0x2000;

/** SeaBIOS does not read a disk that has not a cylinder. */
const bytes = 1024 * 1024;

/**
 * A disk that BIOS starts: it writes a text to the serial port and switches the machine off. Whatever
 * cannot do that much has no use for a Windows.
 */
export function probeProgram(): Buffer {
  const disk = Buffer.alloc(bytes);
  Buffer.from(
    [
      [0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0xfc], // cli; xor ax, ax; mov ds, ax; cld
      [0xbe, 0x40, 0x7c], // mov si, 0x7c40: the text
      [0xba, serial & 0xff, serial >> 8], // mov dx, serial
      [0xac, 0x84, 0xc0, 0x74, 0x03], // lodsb; test al, al; jz off
      [0xee, 0xeb, 0xf8], // out dx, al; jmp lodsb
      [0xba, powerControl & 0xff, powerControl >> 8], // mov dx, powerControl
      [0xb8, off & 0xff, off >> 8, 0xef], // mov ax, off; out dx, ax
      [0xf4, 0xeb, 0xfd], // hlt; jmp hlt
    ].flat(),
  ).copy(disk);
  disk.write(`${probeText}\n\0`, 0x40, "latin1");
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
}
