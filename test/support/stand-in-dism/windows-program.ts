/** Bytes of pieces of output: what comes over the line goes to the standard output a piece at a time. */
export const mostBytes = 4096;

/** A length that announces the exit code. */
export const lastPiece = 0xffff_ffff;

const sectionAt = 0x1000;
const fileAt = 0x200;

const imports = {
  "KERNEL32.dll": ["GetCommandLineW", "GetStdHandle", "WriteFile", "ExitProcess"],
  "WS2_32.dll": ["WSAStartup", "socket", "connect", "send", "recv"],
} as const;

type Import = (typeof imports)[keyof typeof imports][number];
type Label =
  | Import
  | "address"
  | "header"
  | "written"
  | "buffer"
  | "start"
  | "more"
  | "end"
  | "failed"
  | "length"
  | "counted";

/**
 * A program for Windows on x64 that sends its command line to a port of this machine, as UTF-16 with a NUL at its end, and prints
 * what it is answered: pieces of a length and that many bytes, the last of which is {@link lastPiece} and the exit code.
 * Node does the same, but takes ten times as long to start under Wine.
 */
export function windowsProgram(port: number): Buffer {
  const section = sectionOf(port);
  const raw = Math.ceil(section.bytes.length / 0x200) * 0x200;
  return Buffer.concat([headers(section, raw), section.bytes], fileAt + raw);
}

interface Section {
  readonly bytes: Buffer;
  readonly start: number;
}

function sectionOf(port: number): Section {
  const { labels } = assemble(port, new Map());
  return { bytes: assemble(port, labels).bytes, start: labels.get("start") ?? 0 };
}

/** Twice: the second time it is known where everything is. */
function assemble(
  port: number,
  known: ReadonlyMap<Label, number>,
): { bytes: Buffer; labels: Map<Label, number> } {
  const parts: Buffer[] = [];
  const labels = new Map<Label, number>();
  let at = 0;
  const add = (bytes: Buffer): void => {
    parts.push(bytes);
    at += bytes.length;
  };
  const mark = (label: Label): void => void labels.set(label, at);
  /** Machine code, and after it the distance to a label. */
  const code = (hex: string, to?: Label): void => {
    add(Buffer.from(hex.replaceAll(" ", ""), "hex"));
    if (to !== undefined) add(int32((known.get(to) ?? 0) - (at + 4)));
  };
  const call = (name: Import): void => code("ff 15", name);

  writeImports(add, mark, () => at);
  mark("address");
  add(Buffer.from([2, 0, port >> 8, port & 0xff, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]));
  mark("header");
  add(Buffer.alloc(8));
  mark("written");
  add(Buffer.alloc(8));

  mark("start");
  code("48 83 ec 48"); // sub rsp, 72: room for the arguments of calls, and aligned
  code("b9 02 02 00 00"); // mov ecx, 0x202
  code("48 8d 15", "buffer"); // lea rdx, buffer
  call("WSAStartup");
  code("b9 02 00 00 00 ba 01 00 00 00 41 b8 06 00 00 00"); // mov ecx, AF_INET; mov edx, SOCK_STREAM; mov r8d, IPPROTO_TCP
  call("socket");
  code("48 89 c3"); // mov rbx, rax
  code("48 89 d9"); // mov rcx, rbx
  code("48 8d 15", "address"); // lea rdx, address
  code("41 b8 10 00 00 00"); // mov r8d, 16
  call("connect");
  code("85 c0 0f 85", "failed"); // test eax, eax; jnz failed
  call("GetCommandLineW");
  code("48 89 c6 45 31 c0"); // mov rsi, rax; xor r8d, r8d
  mark("length");
  code("66 42 83 3c 06 00"); // cmp word [rsi+r8], 0
  code("0f 84", "counted"); // je counted
  code("41 83 c0 02 e9", "length"); // add r8d, 2; jmp length
  mark("counted");
  code("41 83 c0 02"); // add r8d, 2
  code("48 89 d9 48 89 f2 45 31 c9"); // mov rcx, rbx; mov rdx, rsi; xor r9d, r9d
  call("send");
  code("b9 f5 ff ff ff"); // mov ecx, STD_OUTPUT_HANDLE
  call("GetStdHandle");
  code("48 89 c7"); // mov rdi, rax

  mark("more");
  receive("header", "41 b8 04 00 00 00"); // mov r8d, 4
  code("83 f8 04 0f 85", "failed"); // cmp eax, 4; jne failed
  code("44 8b 25", "header"); // mov r12d, header
  code("41 83 fc ff 0f 84", "end"); // cmp r12d, -1; je end
  receive("buffer", "45 89 e0"); // mov r8d, r12d
  code("44 39 e0 0f 85", "failed"); // cmp eax, r12d; jne failed
  code("48 89 f9"); // mov rcx, rdi
  code("48 8d 15", "buffer"); // lea rdx, buffer
  code("45 89 e0"); // mov r8d, r12d
  code("4c 8d 0d", "written"); // lea r9, written
  code("48 c7 44 24 20 00 00 00 00"); // mov qword [rsp+32], 0
  call("WriteFile");
  code("e9", "more"); // jmp more

  mark("end");
  receive("header", "41 b8 04 00 00 00"); // mov r8d, 4
  code("8b 0d", "header"); // mov ecx, header
  call("ExitProcess");
  mark("failed");
  code("b9 ff ff 00 80"); // mov ecx, 0x8000ffff
  call("ExitProcess");
  mark("buffer");
  return { bytes: Buffer.concat(parts), labels };

  function receive(to: Label, length: string): void {
    code("48 89 d9"); // mov rcx, rbx
    code("48 8d 15", to); // lea rdx, to
    code(length);
    code("41 b9 08 00 00 00"); // mov r9d, MSG_WAITALL
    call("recv");
  }
}

/** The directory of imports, the addresses that Windows fills in, and names. Source: "PE Format", "The .idata Section". */
function writeImports(add: (bytes: Buffer) => void, mark: (label: Label) => void, at: () => number): void {
  const libraries = Object.entries(imports);
  const tables = libraries.map(([, names]) => 8 * (names.length + 1));
  const tablesAt = 20 * (libraries.length + 1);
  let nameAt = tablesAt + tables.reduce((sum, bytes) => sum + bytes, 0);
  const place = (text: string, hint: number): number => {
    const found = nameAt;
    nameAt += hint + text.length + 1;
    return sectionAt + found;
  };
  const texts: Buffer[] = [];
  const name = (text: string, hint: number): number => {
    texts.push(Buffer.concat([Buffer.alloc(hint), Buffer.from(`${text}\0`)]));
    return place(text, hint);
  };
  let tableAt = tablesAt;
  for (const [at_, [library]] of libraries.entries()) {
    add(Buffer.concat([Buffer.alloc(12), int32(name(library, 0)), int32(sectionAt + tableAt)]));
    tableAt += tables[at_] ?? 0;
  }
  add(Buffer.alloc(20));
  for (const [, names] of libraries) {
    for (const one of names) {
      mark(one);
      add(Buffer.concat([int32(name(one, 2)), Buffer.alloc(4)]));
    }
    add(Buffer.alloc(8));
  }
  add(Buffer.concat(texts));
  add(Buffer.alloc((16 - (at() % 16)) % 16));
}

/** Source: "PE Format". */
function headers({ bytes, start }: Section, raw: number): Buffer {
  const header = Buffer.alloc(fileAt);
  const memory = Math.ceil((bytes.length + mostBytes) / 0x1000) * 0x1000;
  header.write("MZ", 0);
  header.writeUInt32LE(0x40, 0x3c);
  header.write("PE\0\0", 0x40);
  header.writeUInt16LE(0x8664, 0x44); // x64
  header.writeUInt16LE(1, 0x46); // sections
  header.writeUInt16LE(0xf0, 0x54); // bytes of what follows
  header.writeUInt16LE(0x22, 0x56); // an executable for large addresses
  const optional = 0x58;
  header.writeUInt16LE(0x20b, optional);
  header.writeUInt32LE(raw, optional + 4);
  header.writeUInt32LE(sectionAt + start, optional + 16);
  header.writeUInt32LE(sectionAt, optional + 20);
  header.writeBigUInt64LE(0x1_4000_0000n, optional + 24);
  header.writeUInt32LE(0x1000, optional + 32);
  header.writeUInt32LE(0x200, optional + 36);
  for (const at of [40, 48]) header.writeUInt16LE(6, optional + at); // versions of Windows
  header.writeUInt32LE(sectionAt + memory, optional + 56);
  header.writeUInt32LE(fileAt, optional + 60);
  header.writeUInt16LE(3, optional + 68); // a program for the console
  for (const [at, size] of [0x10_0000n, 0x1000n, 0x10_0000n, 0x1000n].entries())
    header.writeBigUInt64LE(size, optional + 72 + 8 * at); // stack and heap
  header.writeUInt32LE(16, optional + 108);
  header.writeUInt32LE(sectionAt, optional + 120); // the imports
  header.writeUInt32LE(20 * (Object.keys(imports).length + 1), optional + 124);
  const table = optional + 0xf0;
  header.write(".all", table);
  header.writeUInt32LE(memory, table + 8);
  header.writeUInt32LE(sectionAt, table + 12);
  header.writeUInt32LE(raw, table + 16);
  header.writeUInt32LE(fileAt, table + 20);
  header.writeUInt32LE(0xe000_0060, table + 36); // code and data, to be read, written and executed
  return header;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}
