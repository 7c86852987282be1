import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { runDism } from "./dism.ts";
import { tellExitCode } from "./exit-code.ts";
import { runExpand } from "./expand.ts";
import { createHost, type Host } from "./host.ts";
import { runReg } from "./reg.ts";

/** The programs that a stand-in has, as files in a folder: each hands its arguments to this process, which does the work. */
export interface StandIn {
  readonly host: Host;
  /** Holds `dism.exe` and `reg.exe`. */
  readonly bin: string;
  readonly port: number;
  /** This process's PATH with the programs first, for as long as the stand-in runs. */
  close(): Promise<void>;
}

const programs = ["dism.exe", "reg.exe"] as const;

/** Ends a piece of output; no text of DISM's holds it. The last piece is `end` and the exit code. */
const separator = "\u001e";
const end = "\u0004";

/** Starts the stand-in and puts its programs on the PATH. @param place where a path of Windows' is, if paths are Windows' */
export async function startStandIn(place?: (path: string) => string): Promise<StandIn> {
  const home = mkdtempSync(join(tmpdir(), "servicing-stand-in-"));
  const host = createHost(home, place);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    void answer(socket, host);
  });
  const port = await listening(server);
  const bin = join(home, "bin");
  mkdirSync(bin);
  for (const program of programs) {
    writeFileSync(join(bin, program), client(program, port));
    chmodSync(join(bin, program), 0o755);
  }
  const before = process.env["PATH"] ?? "";
  process.env["PATH"] = `${bin}${delimiter}${before}`;
  return {
    host,
    bin,
    port,
    async close() {
      process.env["PATH"] = before;
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
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

async function answer(socket: Socket, host: Host): Promise<void> {
  const gone = new Promise<void>((left) => socket.once("close", () => left()));
  socket.on("error", () => undefined);
  const [program, id, ...argv] = await request(socket);
  const print = (text: string): void => void socket.write(`${text}${separator}`);
  const code = await run(program, argv, host, print, gone).catch((error: unknown) => {
    print(`${String(error)}\n`);
    return 0x8000ffff;
  });
  if (id !== "0") tellExitCode(Number(id), code);
  socket.end(`${end}${code}${separator}`);
}

function run(
  program: string | undefined,
  argv: readonly string[],
  host: Host,
  print: (text: string) => void,
  gone: Promise<void>,
): Promise<number> {
  if (program === "reg.exe") return runReg(argv, host, print);
  return program === "expand.exe" ? runExpand(argv, host, print) : runDism(argv, host, print, gone);
}

/** The program, its process, how many arguments follow, and these: each ends with a NUL. */
function request(socket: Socket): Promise<readonly string[]> {
  return new Promise((done) => {
    let text = "";
    socket.setEncoding("utf8").on("data", (more: string) => {
      text += more;
      const [program = "", id = "", count, ...words] = text.split("\0");
      if (count !== undefined && words.length > Number(count))
        done([program, id, ...words.slice(0, Number(count))]);
    });
    socket.once("close", () => done(["", "0"]));
  });
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
