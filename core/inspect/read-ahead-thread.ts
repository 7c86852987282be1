import { join } from "node:path";
import { workerData } from "node:worker_threads";
import { readSmallFile } from "../file-source.ts";
import { catalogFileOf, type KnownCatalogs } from "./catalog-file.ts";
import { stampOf } from "../file-stamp.ts";
import { infFileOf } from "./inf-file.ts";
import { listAlgorithms, packageFileOf, partBytes } from "./package-file.ts";
import type { AheadFile, AheadFolder, AheadThread } from "./read-ahead.ts";

/** Files that are told of in one message. */
const together = 32;
/** Files that wait for being asked for. */
const mostAhead = 2000;
/** INF files and catalogues wait in memory: larger ones are left to who asks for them. */
const toldBytes = 64 * 1024;
/** It is not woken: that would cost who asks more than what it is given. */
const pauseMilliseconds = 5;

const { reached, port } = workerData as AheadThread;
const known: KnownCatalogs = new Map();
/** For one file after the other: nothing that is told of it is a part of it. */
const memory = Buffer.allocUnsafeSlow(toldBytes);

function read(file: string, place: number): AheadFile | undefined {
  const kind = /\.(inf|cat)$/i.exec(file)?.[1]?.toLowerCase();
  const { bytes, stats } = readSmallFile(file, kind === undefined ? partBytes : toldBytes, memory);
  if (bytes === undefined) return undefined;
  const found = { file, place, stamp: stampOf(stats) };
  if (kind === "inf") return { ...found, inf: infFileOf(bytes) };
  if (kind === "cat") return { ...found, catalog: catalogFileOf(bytes, known) };
  return { ...found, digests: packageFileOf(bytes, "", listAlgorithms) };
}

function waitFor(place: number): void {
  for (let now = Atomics.load(reached, 0); place - now > mostAhead; now = Atomics.load(reached, 0))
    Atomics.wait(reached, 0, now, pauseMilliseconds);
}

let place = -1;

function* pathsOf(folders: readonly AheadFolder[]): Generator<string, void> {
  for (const [folder, names] of folders) for (const name of names) yield join(folder, name);
}

port.on("message", (folders: readonly AheadFolder[]) => {
  let told: AheadFile[] = [];
  for (const file of pathsOf(folders)) {
    place += 1;
    waitFor(place);
    if (place <= Atomics.load(reached, 0)) continue;
    try {
      const found = read(file, place);
      if (found !== undefined) told.push(found);
    } catch {
      // Who asks for it reads it again, and is told why it cannot be read.
    }
    if (told.length < together) continue;
    port.postMessage(told);
    told = [];
  }
  port.postMessage(told);
});
