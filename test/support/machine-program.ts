import { writeFileSync } from "node:fs";

const serial = [0xba, 0xf8, 0x03]; // mov dx, 0x3f8
const wait = [0xf4, 0xeb, 0xfd]; // hlt; jmp hlt
/** ACPI's way off, as SeaBIOS and OVMF set it up: mov dx, 0x604; mov ax, 0x2000; out dx, ax. */
const off = [0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef];
/** The reset control register: mov dx, 0xcf9; mov al, 6; out dx, al. */
const reset = [0xba, 0xf9, 0x0c, 0xb0, 0x06, 0xee];
/** A byte of the clock's memory, which outlives a restart. */
const started = [0xb0, 0x50, 0xe6, 0x70]; // mov al, 0x50; out 0x70, al

/** mov si, its place. */
const load = (at: number) => [0xbe, at, 0x7c];

interface MachineProgram {
  /** What it writes to the serial port, at most 200 bytes. */
  readonly says: string;
  /** What it had written before, when it was started for the first time, and restarted. */
  readonly first?: string;
  /** "hang": it goes on for ever. */
  readonly ends: "off" | "hang";
}

/**
 * A disk that BIOS starts: a program of this project's that stands for what a reference device does.
 * @param file that becomes the disk
 */
export function writeProgram(file: string, { says, first, ends }: MachineProgram): string {
  const [firstText, text] = [0x80, 0xc0];
  const print = [...serial, 0xac, 0x84, 0xc0, 0x74, 0x03, 0xee, 0xeb, 0xf8]; // lodsb; test al, al; jz; out; jmp
  const again = [
    ...started,
    0xb0,
    0x01, // mov al, 1
    0xe6,
    0x71, // out 0x71, al
    ...load(firstText),
    ...print,
    ...reset,
    ...wait,
  ];
  const begin = [0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0xfc]; // cli; xor ax, ax; mov ds, ax; cld
  const asks = [...started, 0xe4, 0x71, 0x84, 0xc0, 0x75, again.length]; // in al, 0x71; test al, al; jnz
  const code = [
    ...begin,
    ...(first === undefined ? [] : [...asks, ...again]),
    ...load(text),
    ...print,
    ...(ends === "off" ? off : []),
    ...wait,
  ];
  // SeaBIOS does not read a disk that has not a cylinder.
  const disk = Buffer.alloc(1024 * 1024);
  Buffer.from(code).copy(disk);
  disk.write(`${first ?? ""}\0`, firstText, "latin1");
  disk.write(`${says}\0`, text, "latin1");
  disk.writeUInt16LE(0xaa55, 510);
  writeFileSync(file, disk);
  return file;
}
