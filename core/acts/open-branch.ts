import { failure } from "../error.ts";
import { withFile } from "../file-source.ts";
import type { ByteSource } from "../formats/bytes.ts";
import { type Metadata, openMetadata } from "../formats/wim-metadata.ts";
import { openWim } from "../wim-file.ts";

export interface OpenBranch {
  readonly metadata: Metadata;
  /** The metadata resource alone. */
  readonly source: ByteSource;
  /** Where it begins in the file. */
  readonly offset: number;
  /** Where the blob table keeps its hash. */
  readonly hashOffset: number;
}

/** Reads a branch; it is closed when `use` has returned or its promise has settled. */
export function withBranch<T>(branch: string, use: (open: OpenBranch) => T): T {
  const blob = openWim(branch).metadata[0];
  if (blob === undefined)
    throw failure("SERVICING_IMAGE_CORRUPT", { file: branch, reason: "it has no metadata" });
  return withFile(branch, (file) => {
    const source: ByteSource = {
      size: blob.size,
      read: (offset, length) => file.read(blob.offset + offset, Math.min(length, blob.size - offset)),
    };
    return use({
      metadata: openMetadata(source),
      source,
      offset: blob.offset,
      hashOffset: blob.tableOffset + 30,
    });
  });
}
