import { createHash, hash, type Hash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { failure } from "../error.ts";
import { readSmallFile, withFile } from "../file-source.ts";
import { bufferSource, type ByteSource, readInto } from "../formats/bytes.ts";
import { type PeRange, type PortableExecutable, readPe } from "../formats/pe.ts";
import { reasonOf } from "./file.ts";
import { addStamp, type FileStamps, stampOf } from "../file-stamp.ts";

export const listAlgorithms = ["sha256", "sha1"] as const;
export type ListAlgorithm = (typeof listAlgorithms)[number];

/** A file of a driver package, read once. */
export interface PackageFile {
  /** Below the folder of the INF, `/` between. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Of a portable executable. */
  readonly machine?: PortableExecutable["machine"];
  /** The digests by which a catalogue would list it: Authenticode's of a portable executable, else that of all of it. */
  readonly listed: readonly string[];
}

/** Larger files are read part by part. */
export const partBytes = 1024 * 1024;

export interface ReadOptions {
  /** What it is called in the package. */
  readonly path: string;
  readonly algorithms: readonly ListAlgorithm[];
  readonly signal?: AbortSignal | undefined;
  readonly stamps?: FileStamps;
}

/** @throws SERVICING_INPUT_UNREADABLE, and the reason of the signal */
export async function readPackageFile(
  file: string,
  { path, algorithms, signal, stamps }: ReadOptions,
): Promise<PackageFile> {
  try {
    const { bytes, stats } = readSmallFile(file, partBytes);
    addStamp(stamps, file, stampOf(stats));
    if (bytes !== undefined) return packageFileOf(bytes, path, algorithms);
    return await withFile(file, (source) => digestedInParts(source, path, algorithms, signal));
  } catch (error) {
    signal?.throwIfAborted();
    throw failure("SERVICING_INPUT_UNREADABLE", { path: file, reason: reasonOf(error) }, { cause: error });
  }
}

/** The same of a file whose digests are known by every algorithm. */
export function listedBy(file: PackageFile, { path, algorithms }: ReadOptions): PackageFile {
  return { ...file, path, listed: algorithms.map((each) => file.listed[listAlgorithms.indexOf(each)] ?? "") };
}

/** The same of what is in memory already. */
export function packageFileOf(
  content: Uint8Array,
  path: string,
  algorithms: readonly ListAlgorithm[],
): PackageFile {
  const sha256 = hash("sha256", content);
  const facts = { path, bytes: content.length, sha256 };
  const pe = readPe(bufferSource(content));
  if (pe === undefined) {
    const listed = algorithms.map((each) => (each === "sha256" ? sha256 : hash(each, content)));
    return { ...facts, listed };
  }
  const ranges = pe.hashed.map(({ start, end }) => content.subarray(start, end));
  const hashed = Buffer.concat([...ranges, new Uint8Array(pe.padding)]);
  const listed = algorithms.map((algorithm) => hash(algorithm, hashed));
  return { ...facts, machine: pe.machine, listed };
}

async function digestedInParts(
  source: ByteSource,
  path: string,
  algorithms: readonly ListAlgorithm[],
  signal: AbortSignal | undefined,
): Promise<PackageFile> {
  const digests = createDigests(source, algorithms);
  const part = Buffer.allocUnsafeSlow(partBytes);
  for (let at = 0; at < source.size;) {
    const count = readInto(source, at, part);
    if (count === 0) throw new RangeError("it became shorter while it was read");
    digests.update(part.subarray(0, count), at);
    at += count;
    await setImmediate();
    signal?.throwIfAborted();
  }
  return { path, bytes: source.size, ...digests.finish() };
}

function createDigests(source: ByteSource, algorithms: readonly ListAlgorithm[]) {
  const pe = readPe(source);
  const flat = createHash("sha256");
  const others = algorithms.map((algorithm) => createHash(algorithm));
  return {
    update(part: Uint8Array, offset: number): void {
      flat.update(part);
      for (const other of others)
        if (pe === undefined) other.update(part);
        else updateWithin(other, part, offset, pe.hashed);
    },
    finish(): Pick<PackageFile, "sha256" | "machine" | "listed"> {
      const padding = new Uint8Array(pe?.padding ?? 0);
      const listed = others.map((other) => other.update(padding).digest("hex"));
      const machine = pe === undefined ? {} : { machine: pe.machine };
      return { sha256: flat.digest("hex"), ...machine, listed };
    },
  };
}

/** What of a part that begins at `offset` lies in one of the ranges. */
function updateWithin(into: Hash, part: Uint8Array, offset: number, ranges: readonly PeRange[]): void {
  for (const { start, end } of ranges) {
    const from = Math.max(0, start - offset);
    const to = Math.min(part.length, end - offset);
    if (from < to) into.update(part.subarray(from, to));
  }
}
