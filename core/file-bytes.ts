import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";

/** Read at once, into the same memory each time: streams take new memory for every part, which costs more than the reading. */
const partBytes = 1024 * 1024;
const idle: Buffer[] = [];
const mostIdle = 4;

/** Bytes of a file. */
export interface FileRange {
  readonly file: string;
  readonly offset: number;
  readonly size: number;
}

/** Gives a range, or all of a file, part by part; what is given is overwritten by the next. Returns the number of bytes. */
async function eachPart(
  file: string,
  range: Omit<FileRange, "file"> | undefined,
  use: (bytes: Buffer) => unknown,
  signal?: AbortSignal,
): Promise<number> {
  const handle = await open(file, "r");
  const buffer = idle.pop() ?? Buffer.allocUnsafeSlow(partBytes);
  try {
    const size = range?.size ?? Number.POSITIVE_INFINITY;
    let done = 0;
    while (done < size) {
      signal?.throwIfAborted();
      const wanted = Math.min(buffer.length, size - done);
      const { bytesRead } = await handle.read(buffer, 0, wanted, (range?.offset ?? 0) + done);
      if (bytesRead === 0) break;
      await use(buffer.subarray(0, bytesRead));
      done += bytesRead;
    }
    return done;
  } finally {
    if (idle.length < mostIdle) idle.push(buffer);
    await handle.close();
  }
}

export interface FileDigest {
  readonly sha256: string;
  readonly bytes: number;
}

export async function sha256Of(file: string, signal?: AbortSignal): Promise<FileDigest> {
  const hash = createHash("sha256");
  const bytes = await eachPart(file, undefined, (part) => hash.update(part), signal);
  return { sha256: hash.digest("hex"), bytes };
}

/** As a WIM has it of each file. */
export async function sha1Of(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha1");
  await eachPart(file, undefined, (part) => hash.update(part), signal);
  return hash.digest("hex");
}

/**
 * Writes a range of one file into another; without another it is only read. `hash` gets what is read.
 * @throws what the system says, and where the range is longer than its file
 */
export async function copyRange(
  range: FileRange,
  to: FileHandle | undefined,
  at: number,
  hash?: Hash,
  signal?: AbortSignal,
): Promise<void> {
  let end = at;
  const copy = async (part: Buffer): Promise<void> => {
    hash?.update(part);
    if (to !== undefined) await writeAt(to, [part], end);
    end += part.length;
  };
  const copied = await eachPart(range.file, range, copy, signal);
  if (copied !== range.size)
    throw new RangeError(`${range.file} ends before byte ${range.offset + range.size}`);
}

/** Writes all of it: a system whose disk is full may write a part, and fails with the rest only. */
export async function writeAt(file: FileHandle, parts: readonly Uint8Array[], offset: number): Promise<void> {
  let at = offset;
  for (const part of parts)
    for (let done = 0; done < part.length;) {
      const { bytesWritten } = await file.write(part, done, part.length - done, at);
      done += bytesWritten;
      at += bytesWritten;
    }
}
