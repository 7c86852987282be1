import { executable } from "../../templates/sample/pe.ts";

/** Port of the first serial line, and that of QEMU's isa-debug-exit, which ends it. */
const serial = 0x3f8;
const debugExit = 0xf4;

/** QEMU's exit code once a program has said what it has to say: twice what it writes to the port, and one. */
export const said = 0x21 * 2 + 1;

/** What BIOS loads from an El Torito entry without emulation: it writes a text to the serial line and ends the machine. */
export function biosProgram(text: string, bytes = 4096): Buffer {
  const program = code([
    [0xfc], // cld
    [0xbe, 0x00, 0x7d], // mov si, 0x7d00: the text
    [0xba, serial & 0xff, serial >> 8], // mov dx, serial
    [0xac, 0x84, 0xc0], // lodsb; test al, al
    [0x74, 0x03], // jz end
    [0xee, 0xeb, 0xf8], // out dx, al; jmp lodsb
    [0xba, debugExit, 0x00, 0xb0, 0x21, 0xee], // mov dx, debugExit; mov al, 0x21; out dx, al
    [0xf4, 0xeb, 0xfd], // hlt; jmp hlt
  ]);
  const image = Buffer.alloc(bytes);
  program.copy(image);
  image.write(`${text}\0`, 0x100, "latin1");
  return image;
}

const ends = {
  said: [0x66, 0xba, debugExit, 0x00, 0xb0, 0x21, 0xee], // mov dx, debugExit; mov al, 0x21; out dx, al
  off: [0x66, 0xba, 0x04, 0x06, 0x66, 0xb8, 0x00, 0x20, 0x66, 0xef], // mov dx, 0x604; mov ax, 0x2000; out dx, ax
} as const;

/**
 * The same for UEFI: a PE32+ of the subsystem of UEFI applications.
 * @param end "off": it switches the machine off by ACPI, as Windows does
 */
export function uefiProgram(text: string, end: keyof typeof ends = "said"): Buffer {
  const message = Buffer.from(`${text}\0`, "latin1");
  const program = code([
    [0xfc], // cld
    [0x48, 0x8d, 0x35, 15 + ends[end].length, 0x00, 0x00, 0x00], // lea rsi, [rip + …]: the text
    [0x66, 0xba, serial & 0xff, serial >> 8], // mov dx, serial
    [0xac, 0x84, 0xc0], // lodsb; test al, al
    [0x74, 0x03], // jz end
    [0xee, 0xeb, 0xf8], // out dx, al; jmp lodsb
    ends[end],
    [0xf4, 0xeb, 0xfd], // hlt; jmp hlt
  ]);
  const image = Buffer.from(executable("amd64", "exe", Buffer.alloc(16)));
  const [textStart, subsystem, textSize] = [0x400, 0xdc, 0x190];
  Buffer.concat([program, message]).copy(image, textStart);
  image.writeUInt16LE(10, subsystem);
  image.writeUInt32LE(program.length + message.length, textSize);
  return image;
}

function code(instructions: readonly (readonly number[])[]): Buffer {
  return Buffer.from(instructions.flat());
}
