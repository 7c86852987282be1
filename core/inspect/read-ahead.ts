import { extname } from "node:path";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { CatalogFile } from "./catalog-file.ts";
import type { FileStamp } from "../file-stamp.ts";
import type { PackageFile } from "./package-file.ts";

/** The content of an INF, a catalogue, or the digests of another file by every algorithm. */
export interface AheadFile {
  readonly file: string;
  readonly place: number;
  /** As it was when it was read. */
  readonly stamp: FileStamp | undefined;
  readonly content?: Uint8Array;
  readonly catalog?: CatalogFile;
  readonly digests?: PackageFile;
}

/** What the thread begins with. */
export interface AheadThread {
  /** The last of the files that was asked for. */
  readonly reached: Int32Array;
  /** Gives the files, and takes lists of AheadFile. */
  readonly port: MessagePort;
}

/**
 * Another thread that reads small files. To hash them and to verify the signatures of catalogues is half of what a package
 * takes; the other half, its INF, is not worth compiling twice. What is not there in time is read by who asks for it.
 */
export interface ReadAhead {
  /** Starts the thread, which takes a while, before it is known what to read. */
  start(): void;
  /** Where it was started. @param files in the order in which they will be asked for */
  read(files: readonly string[]): void;
  /** Undefined where it was not read yet. */
  take(file: string): AheadFile | undefined;
  close(): void;
}

export function createReadAhead(): ReadAhead {
  let thread: ReturnType<typeof startThread> | undefined;
  const places = new Map<string, number>();
  const waiting = new Map<string, AheadFile>();
  return {
    start() {
      thread ??= startThread();
    },
    read(files) {
      if (thread === undefined) return;
      for (const [place, file] of files.entries()) places.set(file, place);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has none
      thread.port.postMessage(files);
    },
    take(file) {
      if (thread === undefined) return undefined;
      const { reached, port } = thread;
      let found = waiting.get(file);
      for (let some; found === undefined && (some = receiveMessageOnPort(port)) !== undefined;) {
        for (const read of some.message as readonly AheadFile[]) waiting.set(read.file, read);
        found = waiting.get(file);
      }
      waiting.delete(file);
      const place = found?.place ?? places.get(file) ?? -1;
      Atomics.store(reached, 0, Math.max(place, Atomics.load(reached, 0)));
      return found;
    },
    close() {
      thread?.port.close();
      void thread?.worker.terminate();
      thread = undefined;
    },
  };
}

function startThread() {
  const reached = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)).fill(-1);
  const { port1: port, port2 } = new MessageChannel();
  const workerData: AheadThread = { reached, port: port2 };
  const file = new URL(`./read-ahead-thread${extname(import.meta.filename)}`, import.meta.url);
  const worker = new Worker(file, { workerData, transferList: [port2] });
  // Without it, everything is read by who asks for it.
  worker.on("error", () => undefined);
  worker.unref();
  port.unref();
  return { worker, port, reached };
}
