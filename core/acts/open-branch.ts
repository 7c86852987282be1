import { createHash } from "node:crypto";
import { failure } from "../error.ts";
import { withFile } from "../file-source.ts";
import { type ByteSource, readInto } from "../formats/bytes.ts";
import { WimFormatError } from "../formats/wim.ts";
import { type Metadata, openMetadata } from "../formats/wim-metadata.ts";
import { openWim, wimError } from "../wim-file.ts";

export interface OpenBranch {
  readonly metadata: Metadata;
  /** The metadata resource alone. */
  readonly source: ByteSource;
  /** Where it begins in the file. */
  readonly offset: number;
}

/**
 * Reads a branch; it is closed when `use` has returned or its promise has settled.
 * @throws SERVICING_IMAGE_CORRUPT, naming `source`, whose metadata it is
 */
export function withBranch<T>(branch: string, source: string, use: (open: OpenBranch) => T): T {
  const blame = (error: unknown): never => {
    throw error instanceof WimFormatError ? wimError(source, error) : error;
  };
  try {
    const result = reading(branch, use);
    return result instanceof Promise ? (result.catch(blame) as T) : result;
  } catch (error) {
    return blame(error);
  }
}

function reading<T>(branch: string, use: (open: OpenBranch) => T): T {
  const blob = openWim(branch).metadata[0];
  if (blob === undefined)
    throw failure("SERVICING_IMAGE_CORRUPT", { file: branch, reason: "it has no metadata" });
  return withFile(branch, (file) => {
    const source: ByteSource = {
      size: blob.size,
      read: (offset, length) => file.read(blob.offset + offset, Math.min(length, blob.size - offset)),
      readInto: (offset, into) =>
        readInto(
          file,
          blob.offset + offset,
          into.subarray(0, Math.max(0, Math.min(into.length, blob.size - offset))),
        ),
    };
    return use({
      metadata: openMetadata(source),
      source,
      offset: blob.offset,
    });
  });
}

/** SHA-1 of a metadata resource, as the blob table keeps it. */
export function metadataHash(source: ByteSource): Buffer {
  const hash = createHash("sha1");
  const part = Buffer.allocUnsafe(256 * 1024);
  for (let at = 0; at < source.size; at += part.length)
    hash.update(part.subarray(0, readInto(source, at, part)));
  return hash.digest();
}
