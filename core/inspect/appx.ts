import { read } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import { constants, inflateRawSync } from "node:zlib";
import { fromRandomAccessReaderPromise, RandomAccessReader, type Entry, type ZipFile } from "yauzl";
import type { AppxArtefact } from "../artefact.ts";
import { failure, ServicingError } from "../error.ts";
import { readAppxManifest, type AppxManifest } from "../formats/appx.ts";
import { decodeText } from "../formats/text.ts";
import { compareVersions } from "../formats/version.ts";
import { reasonOf } from "./file.ts";
import { statOf } from "./input.ts";

const manifestLimit = 4 * 1024 * 1024;
const entryLimit = 100_000;
const applicationLimit = 32;
const options = { autoClose: false, lazyEntries: true } as const;

/**
 * What an APPX, MSIX or bundle of them is. Signatures are not checked, only seen.
 * @throws SERVICING_INPUT_UNREADABLE for a zip that is none, or is damaged.
 */
export async function readAppx(file: string): Promise<AppxArtefact> {
  const { bytes } = await statOf(file, "an app package");
  try {
    const handle = await open(file, "r");
    try {
      const zip = await zipIn(handle, 0, bytes);
      const entries = await entriesOf(zip);
      const manifest = await manifestOf(zip, entries, file);
      const inner = manifest.bundle ? await applicationsOf(zip, entries, manifest, handle, file) : [];
      const { applications: _, ...facts } = manifest;
      return {
        kind: "appx",
        file,
        bytes,
        ...facts,
        dependencies: together([manifest, ...inner].flatMap((one) => one.dependencies)),
        signed: entries.has("appxsignature.p7x"),
      };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof ServicingError) throw error;
    const reason = `it is a zip that is damaged (${reasonOf(error)})`;
    throw failure("SERVICING_INPUT_UNREADABLE", { path: file, reason }, { cause: error });
  }
}

/** By name in lower case, with slashes. */
async function entriesOf(zip: ZipFile): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  if (zip.entryCount > entryLimit) throw new Error(`more than ${entryLimit} entries`);
  for await (const entry of zip.eachEntry()) {
    entries.set(entry.fileName.replaceAll("\\", "/").toLowerCase(), entry);
  }
  return entries;
}

async function manifestOf(
  zip: ZipFile,
  entries: ReadonlyMap<string, Entry>,
  file: string,
): Promise<AppxManifest> {
  const entry = entries.get("appxmetadata/appxbundlemanifest.xml") ?? entries.get("appxmanifest.xml");
  if (entry === undefined) {
    const reason = "it is a zip without AppxManifest.xml or AppxMetadata/AppxBundleManifest.xml";
    throw failure("SERVICING_INPUT_UNREADABLE", { path: file, reason });
  }
  if (entry.uncompressedSize > manifestLimit) throw new Error("its manifest is too large");
  return readAppxManifest(decodeText(await contentOf(zip, entry)).text, file);
}

/** MSIX is deflated in blocks, and some packers end the last one without marking it as the last. */
async function contentOf(zip: ZipFile, entry: Entry): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const deflated = entry.compressionMethod !== 0;
  for await (const chunk of await zip.openReadStreamPromise(entry, deflated ? { decompress: false } : {})) {
    bytes += (chunk as Buffer).length;
    if (bytes > manifestLimit) throw new Error("its manifest is too large");
    chunks.push(chunk as Buffer);
  }
  const content = Buffer.concat(chunks);
  const whole = deflated
    ? inflateRawSync(content, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: manifestLimit })
    : content;
  if (whole.length !== entry.uncompressedSize) throw new Error("its manifest is not whole");
  return whole;
}

/** The manifests of the applications in a bundle, which are stored there uncompressed and are zips themselves. */
async function applicationsOf(
  zip: ZipFile,
  entries: ReadonlyMap<string, Entry>,
  bundle: AppxManifest,
  handle: FileHandle,
  file: string,
): Promise<readonly AppxManifest[]> {
  const manifests: AppxManifest[] = [];
  for (const name of bundle.applications.slice(0, applicationLimit)) {
    const entry = entries.get(name.replaceAll("\\", "/").toLowerCase());
    if (entry === undefined || entry.compressionMethod !== 0) continue;
    const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
    const inner = await zipIn(handle, fileDataStart, entry.compressedSize);
    manifests.push(await manifestOf(inner, await entriesOf(inner), file));
  }
  return manifests;
}

function zipIn(handle: FileHandle, start: number, bytes: number): Promise<ZipFile> {
  return fromRandomAccessReaderPromise(new Range(handle, start, bytes), bytes, options);
}

/**
 * The part of a file that a zip is. Where to read, the zip says itself: what lies outside is an error here, since Node
 * would throw one where nobody could catch it.
 */
class Range extends RandomAccessReader {
  readonly #handle: FileHandle;
  readonly #start: number;
  readonly #bytes: number;

  constructor(handle: FileHandle, start: number, bytes: number) {
    super();
    this.#handle = handle;
    this.#start = start;
    this.#bytes = bytes;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    if (this.#holds(position, position + length))
      read(this.#handle.fd, buffer, offset, length, this.#start + position, callback);
    else setImmediate(callback, beyond());
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#chunks(start, end), { objectMode: false });
  }

  async *#chunks(start: number, end: number): AsyncGenerator<Uint8Array> {
    if (!this.#holds(start, end)) throw beyond();
    for (let at = start; at < end;) {
      const chunk = Buffer.alloc(Math.min(65_536, end - at));
      const { bytesRead } = await this.#handle.read(chunk, 0, chunk.length, this.#start + at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  }

  #holds(start: number, end: number): boolean {
    return start >= 0 && start <= end && end <= this.#bytes;
  }
}

function beyond(): Error {
  return new Error("it points beyond its end");
}

/** Each dependency once, with the highest version that is asked for. */
function together(dependencies: AppxManifest["dependencies"]): AppxManifest["dependencies"] {
  const highest = new Map<string, AppxManifest["dependencies"][number]>();
  for (const dependency of dependencies) {
    const known = highest.get(dependency.name.toLowerCase());
    if (known === undefined || compareVersions(dependency.minVersion, known.minVersion) > 0) {
      highest.set(dependency.name.toLowerCase(), dependency);
    }
  }
  return [...highest.values()];
}
