import { createServer, type Socket } from "node:net";
import { StringDecoder } from "node:string_decoder";

/** A Unix socket that one program connects to and writes lines to, or is written lines to. */
export interface SocketPort {
  send(line: string): void;
  /** Resolves when whoever was connected is gone. */
  readonly gone: Promise<void>;
  close(): void;
}

/** A line may have no end: what is longer comes in parts. */
const longest = 65_536;

/** @param path at most about 100 bytes, which is all that a system takes */
export async function listen(path: string, onLine: (line: string) => void): Promise<SocketPort> {
  let peer: Socket | undefined;
  const gone = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    if (peer !== undefined) {
      socket.destroy();
      return;
    }
    peer = socket;
    const lines = lineReader(onLine);
    socket.on("data", lines.add);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      lines.end();
      gone.resolve();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  return {
    send: (line) => void peer?.write(`${line}\n`),
    gone: gone.promise,
    close() {
      peer?.destroy();
      server.close();
      gone.resolve();
    },
  };
}

interface LineReader {
  add(bytes: Buffer): void;
  /** What has no end of line is a line. */
  end(): void;
}

export function lineReader(onLine: (line: string) => void): LineReader {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  return {
    add(bytes) {
      const lines = `${rest}${decoder.write(bytes)}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
      if (rest.length > longest) {
        onLine(rest);
        rest = "";
      }
    },
    end() {
      if (rest !== "") onLine(rest);
      rest = "";
    },
  };
}
