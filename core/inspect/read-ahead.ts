import { extname } from "node:path";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { CatalogFile } from "./catalog-file.ts";
import type { FileStamp } from "./file-stamp.ts";
import type { PackageFile } from "./package-file.ts";

/** A catalogue, or the digests of another file by every algorithm. */
export interface AheadFile {
  readonly file: string;
  /** As it was when it was read. */
  readonly stamp: FileStamp | undefined;
  readonly catalog?: CatalogFile;
  readonly digests?: PackageFile;
}

/** What the thread is told. */
export interface AheadTask {
  readonly files: readonly string[];
  /** The last of them that was asked for. */
  readonly reached: Int32Array;
  /** Takes lists of AheadFile. */
  readonly port: MessagePort;
}

/**
 * Reads small files on another thread. To hash them and to verify the signatures of catalogues is half of what a package
 * takes; the other half, its INF, is not worth to be compiled twice. What is not there in time is read by who asks for it.
 */
export function readingAhead(files: readonly string[]) {
  const places = new Map(files.map((file, place) => [file, place]));
  const reached = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)).fill(-1);
  const { port1, port2 } = new MessageChannel();
  const task: AheadTask = { files, reached, port: port2 };
  const thread = new Worker(new URL(`./read-ahead-thread${extname(import.meta.filename)}`, import.meta.url), {
    workerData: task,
    transferList: [port2],
  });
  // Without it, everything is read here.
  thread.on("error", () => undefined);
  thread.unref();
  port1.unref();
  const waiting = new Map<string, AheadFile>();
  return {
    take(file: string): AheadFile | undefined {
      const place = places.get(file);
      if (place === undefined) return undefined;
      Atomics.store(reached, 0, Math.max(place, Atomics.load(reached, 0)));
      for (let some = receiveMessageOnPort(port1); some !== undefined; some = receiveMessageOnPort(port1))
        for (const read of some.message as readonly AheadFile[]) waiting.set(read.file, read);
      const found = waiting.get(file);
      waiting.delete(file);
      return found;
    },
    close(): void {
      port1.close();
      void thread.terminate();
    },
  };
}
