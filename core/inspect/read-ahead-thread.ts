import { workerData } from "node:worker_threads";
import { readSmallFile } from "../file-source.ts";
import { type KnownCatalogs, readCatalogFile } from "./catalog-file.ts";
import type { FileStamps } from "./file.ts";
import { stampOf } from "./file-stamp.ts";
import { listAlgorithms, packageFileOf, partBytes } from "./package-file.ts";
import type { AheadFile, AheadTask } from "./read-ahead.ts";

/** Files that are told of in one message. */
const together = 32;

const { files, reached, port } = workerData as AheadTask;
const known: KnownCatalogs = new Map();

function read(file: string): AheadFile | undefined {
  if (/\.cat$/i.test(file)) {
    const stamps: FileStamps = new Map();
    const catalog = readCatalogFile(file, known, stamps);
    return { file, stamp: stamps.get(file), catalog };
  }
  const { bytes, stats } = readSmallFile(file, partBytes);
  return bytes && { file, stamp: stampOf(stats), digests: packageFileOf(bytes, "", listAlgorithms) };
}

let told: AheadFile[] = [];
for (const [place, file] of files.entries()) {
  if (place <= Atomics.load(reached, 0)) continue;
  try {
    const found = read(file);
    if (found !== undefined) told.push(found);
  } catch {
    // Who asks for it reads it again, and is told why it cannot be read.
  }
  if (told.length < together) continue;
  port.postMessage(told);
  told = [];
}
port.postMessage(told);
port.close();
