import { createReadStream, createWriteStream } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

/** Writes a file that is a part of another with something before and after it. Offsets and sizes in bytes. */
export async function writeAround(
  to: string,
  before: Buffer,
  middle: { readonly file: string; readonly offset: number; readonly size: number },
  after: Buffer,
): Promise<void> {
  const out = createWriteStream(to);
  out.write(before);
  await pipeline(
    createReadStream(middle.file, {
      start: middle.offset,
      end: middle.offset + middle.size - 1,
      highWaterMark: 1_048_576,
    }),
    out,
    { end: false },
  );
  await new Promise<void>((resolve, reject) => out.on("error", reject).end(after, resolve));
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
