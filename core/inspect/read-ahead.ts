import { extname } from "node:path";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { CatalogFile } from "./catalog-file.ts";
import type { FileStamp } from "../file-stamp.ts";
import type { InfFile } from "./inf-file.ts";
import type { PackageFile } from "./package-file.ts";

/** An INF, a catalogue, or the digests of another file by every algorithm. */
export interface AheadFile {
  readonly file: string;
  /** As it was when it was read. */
  readonly stamp: FileStamp | undefined;
  readonly inf?: InfFile;
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
  /** May be called again and again. @param files in the order in which they will be asked for */
  read(files: readonly string[]): void;
  /** No more files are to be read. */
  end(): void;
  /** Undefined where it was not read yet. */
  take(file: string): AheadFile | undefined;
  close(): void;
}

/** Where fewer files are new, all would have been read before another thread is there. */
const worthThread = 600;
/** Files that the thread is told of in one message. */
const atOnce = 256;

/** @param worth the number of files above which the thread is started */
export function createReadAhead(worth = worthThread): ReadAhead {
  let thread: ReturnType<typeof startThread> | undefined;
  let untold: string[] = [];
  const places = new Map<string, number>();
  const waiting = new Map<string, AheadFile>();

  function tell(): void {
    if (thread === undefined || untold.length === 0) return;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has none
    thread.port.postMessage(untold);
    untold = [];
  }
  return {
    read(files) {
      for (const file of files) {
        places.set(file, places.size);
        untold.push(file);
      }
      if (places.size > worth) thread ??= startThread();
      if (untold.length >= atOnce) tell();
    },
    end: tell,
    take(file) {
      if (thread === undefined) return undefined;
      const { reached, port } = thread;
      let found = waiting.get(file);
      for (let some; found === undefined && (some = receiveMessageOnPort(port)) !== undefined;) {
        for (const read of some.message as readonly AheadFile[]) waiting.set(read.file, read);
        found = waiting.get(file);
      }
      waiting.delete(file);
      Atomics.store(reached, 0, Math.max(places.get(file) ?? -1, Atomics.load(reached, 0)));
      return found;
    },
    close() {
      thread?.port.close();
      void thread?.worker.terminate();
      thread = undefined;
    },
  };
}

/** Nothing that it makes lasts: in a small young generation less memory is touched. In mebibytes. */
const resourceLimits = { maxYoungGenerationSizeMb: 6 };

function startThread() {
  const reached = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)).fill(-1);
  const { port1: port, port2 } = new MessageChannel();
  const workerData: AheadThread = { reached, port: port2 };
  const file = new URL(`./read-ahead-thread${extname(import.meta.filename)}`, import.meta.url);
  const worker = new Worker(file, { workerData, transferList: [port2], resourceLimits });
  // Without it, everything is read by who asks for it.
  worker.on("error", () => undefined);
  worker.unref();
  port.unref();
  return { worker, port, reached };
}
