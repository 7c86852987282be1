import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { runDism } from "./dism.ts";
import { tellExitCode } from "./exit-code.ts";
import { runExpand } from "./expand.ts";
import { createHost, type Host } from "./host.ts";
import { runReg } from "./reg.ts";
import { lastPiece, mostBytes, windowsProgram } from "./windows-program.ts";
import { windowsWords } from "./windows-words.ts";

type Program = "dism.exe" | "reg.exe" | "expand.exe";

/** The programs that a stand-in has, as files in a folder: each hands its arguments to this process, which does the work. */
export interface StandIn {
  readonly host: Host;
  /** A program of that name for Windows. */
  windowsProgram(program: Program): Promise<Buffer>;
  close(): Promise<void>;
}

/** Ends a piece of output; no text of DISM's holds it. The last piece is `end` and the exit code. */
const separator = "\u001e";
const end = "\u0004";

/** Starts the stand-in, and puts `dism.exe` and `reg.exe` on the PATH. @param place where a path of Windows' is, if paths are Windows' */
export async function startStandIn(place?: (path: string) => string): Promise<StandIn> {
  const home = mkdtempSync(join(tmpdir(), "servicing-stand-in-"));
  const host = createHost(home, place);
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  const listen = async (answer: (socket: Socket) => Promise<void>): Promise<number> => {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket)).on("error", () => undefined);
      void answer(socket);
    });
    servers.push(server);
    return listening(server);
  };
  const port = await listen((socket) => answerShell(socket, host));
  const bin = join(home, "bin");
  mkdirSync(bin);
  for (const program of ["dism.exe", "reg.exe"]) {
    writeFileSync(join(bin, program), client(program, port));
    chmodSync(join(bin, program), 0o755);
  }
  const before = process.env["PATH"] ?? "";
  process.env["PATH"] = `${bin}${delimiter}${before}`;
  return {
    host,
    windowsProgram: async (program) =>
      windowsProgram(await listen((socket) => answerWindows(program, socket, host))),
    async close() {
      process.env["PATH"] = before;
      for (const socket of sockets) socket.destroy();
      for (const server of servers) await new Promise((closed) => server.close(closed));
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function listening(server: Server): Promise<number> {
  return new Promise((found, failed) => {
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      found(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

async function answerShell(socket: Socket, host: Host): Promise<void> {
  const [program, id, ...argv] = await shellRequest(socket);
  const code = await run(program as Program, argv, host, socket, (text) =>
    socket.write(`${text}${separator}`),
  );
  tellExitCode(Number(id), code);
  socket.end(`${end}${code}${separator}`);
}

/** The program, its process, how many arguments follow, and these: each ends with a NUL. */
function shellRequest(socket: Socket): Promise<readonly string[]> {
  return new Promise((done) => {
    let text = "";
    socket.setEncoding("utf8").on("data", (more: string) => {
      text += more;
      const [program = "", id = "", count, ...words] = text.split("\0");
      if (count !== undefined && words.length > Number(count))
        done([program, id, ...words.slice(0, Number(count))]);
    });
  });
}

async function answerWindows(program: Program, socket: Socket, host: Host): Promise<void> {
  const line = await windowsRequest(socket);
  const code = await run(program, windowsWords(line), host, socket, (text) => {
    const bytes = Buffer.from(text.replaceAll(/\r?\n/g, "\r\n"));
    for (let at = 0; at < bytes.length; at += mostBytes) {
      const piece = bytes.subarray(at, at + mostBytes);
      socket.write(Buffer.concat([number(piece.length), piece]));
    }
  });
  socket.end(Buffer.concat([number(lastPiece), number(code >>> 0)]));
}

function windowsRequest(socket: Socket): Promise<string> {
  return new Promise((done) => {
    let bytes = Buffer.alloc(0);
    socket.on("data", (more: Buffer) => {
      bytes = Buffer.concat([bytes, more]);
      const text = bytes.toString("utf16le");
      if (bytes.length % 2 === 0 && text.endsWith("\0")) done(text.slice(0, -1));
    });
  });
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

async function run(
  program: Program,
  argv: readonly string[],
  host: Host,
  socket: Socket,
  print: (text: string) => unknown,
): Promise<number> {
  const gone = new Promise<void>((left) => socket.once("close", () => left()));
  const say = (text: string): void => void print(text);
  try {
    if (program === "reg.exe") return await runReg(argv, host, say);
    if (program === "expand.exe") return await runExpand(argv, host, say);
    return await runDism(argv, host, say, gone);
  } catch (error) {
    say(`${String(error)}\n`);
    return 0x8000ffff;
  }
}

/** In the shell's own language, since it starts a hundred times as fast as Node. */
function client(program: string, port: number): string {
  return `#!/bin/bash
# A stand-in for ${program}, for tests: it hands its arguments to the test's process, which does the work.
exec 3<>/dev/tcp/127.0.0.1/${port} || exit 1
printf '%s\\0' ${program} "$$" "$#" "$@" >&3
while IFS= read -r -d $'\\x1e' piece <&3; do
  case $piece in
    $'\\x04'*) code=\${piece:1}; low=$((code & 255)); exit $((code == 0 || low != 0 ? low : 1)) ;;
    *) printf '%s' "$piece" ;;
  esac
done
exit 1
`;
}
