import { extname } from "node:path";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { CatalogFile } from "./catalog-file.ts";
import type { FileStamp } from "../file-stamp.ts";
import type { InfFile } from "./inf-file.ts";
import type { PackageFile } from "./package-file.ts";

/** An INF, a catalogue, or the digests of another file by every algorithm. */
export interface AheadFile {
  readonly file: string;
  /** Among all that are to be read. */
  readonly place: number;
  /** As it was when it was read. */
  readonly stamp: FileStamp | undefined;
  readonly inf?: InfFile;
  readonly catalog?: CatalogFile;
  readonly digests?: PackageFile;
}

/** What the thread begins with. */
export interface AheadThread {
  /** The place of the last file that was asked for; where it was not there yet, one more than before. */
  readonly reached: Int32Array;
  /** Gives lists of AheadFolder, and takes lists of AheadFile. */
  readonly port: MessagePort;
}

/** Files to be read. */
export type AheadFolder = readonly [folder: string, names: readonly string[]];

/**
 * Another thread that reads small files. To hash them and to verify the signatures of catalogues is half of what a package
 * takes; the other half, its INF, is not worth compiling twice. What is not there in time is read by who asks for it.
 */
export interface ReadAhead {
  /** May be called again and again. @param names of files in the order in which they will be asked for */
  read(folder: string, names: readonly string[]): void;
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
  let untold: AheadFolder[] = [];
  let wanted = 0;
  let told = 0;
  let asked = -1;
  const waiting = new Map<string, AheadFile>();

  function tell(): void {
    if (thread === undefined || untold.length === 0) return;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has none
    thread.port.postMessage(untold);
    untold = [];
    told = wanted;
  }
  return {
    read(folder, names) {
      if (names.length === 0) return;
      wanted += names.length;
      untold.push([folder, names]);
      if (wanted > worth) thread ??= startThread();
      if (wanted - told >= atOnce) tell();
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
      asked = Math.max(asked, found?.place ?? asked + 1);
      Atomics.store(reached, 0, asked);
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
