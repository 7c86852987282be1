import { infLimit, infTextOf, type InfText } from "../formats/inf/document.ts";
import { isText } from "../formats/text.ts";
import type { FileStamps } from "../file-stamp.ts";
import { readWholeNow } from "./file.ts";
import { listAlgorithms, type PackageFile, packageFileOf } from "./package-file.ts";

/** An INF as it lies in a folder: what is wanted of its bytes, whoever reads them. */
export interface InfFile extends InfText {
  /** False where its bytes are no text, whatever its name. */
  readonly isText: boolean;
  /** By every algorithm, and without a path. */
  readonly digests: PackageFile;
}

/** @throws SERVICING_INPUT_UNREADABLE */
export function readInfFile(file: string, stamps: FileStamps): InfFile {
  return infFileOf(readWholeNow(file, infLimit, stamps));
}

/** The same of what is in memory already. */
export function infFileOf(content: Uint8Array): InfFile {
  const digests = packageFileOf(content, "", listAlgorithms);
  return { ...infTextOf(content), isText: isText(content), digests };
}
