import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { extname } from "node:path";
import type { WimArtefact } from "./artefact.ts";
import { failure } from "./error.ts";
import { withFile } from "./file-source.ts";
import {
  type Blob,
  isSolid,
  metadataBlobs,
  readHeader,
  readXml,
  type WimHeader,
  WimFormatError,
} from "./formats/wim.ts";
import { imageElements, readImageXml } from "./formats/wim-xml.ts";
import { architectureOf, type ImageInfo } from "./image.ts";

export interface WimFile {
  readonly header: WimHeader;
  /** `<IMAGE>` elements as they stand, in order. */
  readonly images: readonly string[];
  /** Metadata resources in the order of the images. */
  readonly metadata: readonly Blob[];
  readonly bytes: number;
  readonly solid: boolean;
}

/**
 * Reads the container of a WIM, SWM or ESD, none of its images.
 * @throws SERVICING_IMAGE_NOT_FOUND, SERVICING_IMAGE_NOT_A_WIM, SERVICING_IMAGE_CORRUPT
 */
export function openWim(file: string): WimFile {
  try {
    if (!statSync(file).isFile())
      throw failure("SERVICING_IMAGE_NOT_A_WIM", { file, reason: "it is a folder" });
    return withFile(file, (source) => {
      const header = readHeader(source);
      const images = imageElements(readXml(source, header));
      const metadata = metadataBlobs(source, header);
      if (header.part === 1 && (images.length !== header.images || metadata.length !== header.images))
        throw new WimFormatError(
          "corrupt",
          `its header counts ${header.images} images, its XML ${images.length} and its blob table ${metadata.length}`,
        );
      return { header, images, metadata, bytes: source.size, solid: isSolid(source, header) };
    });
  } catch (error) {
    throw wimError(file, error);
  }
}

const opened = new Map<string, { readonly stamp: string; readonly wim: WimFile }>();

/**
 * The same of a source, to which nobody writes: what was read last is kept as long as the file is the same.
 * @throws as {@link openWim}
 */
export function openSource(file: string): WimFile {
  const stamp = sourceStamp(file);
  const held = opened.get(file);
  if (held?.stamp === stamp) return held.wim;
  opened.clear();
  const wim = openWim(file);
  opened.set(file, { stamp, wim });
  return wim;
}

/** What is wrong with the bytes of a WIM, or with reading them, by the name of its file. */
export function wimError(file: string, error: unknown): unknown {
  if (error instanceof WimFormatError)
    return failure(error.kind === "corrupt" ? "SERVICING_IMAGE_CORRUPT" : "SERVICING_IMAGE_NOT_A_WIM", {
      file,
      reason: error.message,
    });
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT" || code === "ENOTDIR")
    return failure("SERVICING_IMAGE_NOT_FOUND", { file }, { cause: error });
  if (code === "EACCES" || code === "EISDIR")
    return failure("SERVICING_IMAGE_NOT_A_WIM", { file, reason: (error as Error).message }, { cause: error });
  return error;
}

/** @throws as {@link openWim} */
export function readWim(file: string): WimArtefact {
  const { header, images, bytes, solid } = openWim(file);
  const infos = images.map((element, at) => imageInfo(file, at + 1, element));
  return {
    kind: "wim",
    file,
    bytes,
    compression: header.compression,
    solid,
    part: header.part,
    parts: header.parts,
    bootIndex: header.bootIndex,
    integrity: header.integrity.size > 0,
    guid: header.guid,
    images: infos,
  };
}

function imageInfo(file: string, index: number, element: string): ImageInfo {
  const xml = readElement(file, element);
  return {
    file,
    index,
    name: xml.name,
    architecture:
      xml.architecture === undefined ? "unknown" : (architectureOf[xml.architecture] ?? "unknown"),
    version: xml.version,
    editionId: xml.editionId,
    installationType: xml.installationType,
    languages: xml.languages,
    defaultLanguage: xml.defaultLanguage,
    totalBytes: xml.totalBytes,
  };
}

function readElement(file: string, element: string): ReturnType<typeof readImageXml> {
  try {
    return readImageXml(element);
  } catch (error) {
    throw wimError(file, error);
  }
}

/**
 * The source of a line: a WIM, or the first part of a split one, that can be serviced.
 * @throws also SERVICING_IMAGE_IS_ESD, SERVICING_IMAGE_PART_MISSING
 */
export function readSource(file: string, index: number | string | undefined): WimArtefact {
  const wim = readWim(file);
  if (wim.solid)
    throw failure("SERVICING_IMAGE_IS_ESD", { file, index: typeof index === "number" ? index : 1 });
  if (wim.part !== 1)
    throw failure("SERVICING_IMAGE_NOT_A_WIM", { file, reason: `it is part ${wim.part} of ${wim.parts}` });
  if (wim.parts > 1) {
    const found = splitParts(file, wim.parts).filter((part) => existsSync(part)).length;
    if (found < wim.parts) throw failure("SERVICING_IMAGE_PART_MISSING", { file, found, parts: wim.parts });
  }
  return wim;
}

/**
 * SHA-256 of the header, table of files and XML of a WIM, all parts of a split one. The table names every file and every
 * image's metadata by its SHA-1, so it stands for the content, at the price of reading a small part of it.
 * @throws as {@link openWim}
 */
export function contentsDigest(file: string, parts: number): string {
  const hash = createHash("sha256");
  for (const part of splitParts(file, parts))
    try {
      withFile(part, (source) => {
        const { blobTable, xml } = readHeader(source);
        hash.update(source.read(0, 208));
        for (const { offset, size } of [blobTable, xml])
          for (let at = 0; at < size; at += 1024 * 1024)
            hash.update(source.read(offset + at, Math.min(1024 * 1024, size - at)));
      });
    } catch (error) {
      throw wimError(part, error);
    }
  return hash.digest("hex");
}

/** Changes whenever somebody writes to a source, or puts another in its place, whatever the clock says. "" where there is none. */
export function sourceStamp(file: string): string {
  const stamps: string[] = [];
  // Of a WIM that is not split, no second part is there; nor is one ever made while a line runs.
  for (const part of /\.swm$/i.test(file) ? splitParts(file, 1000) : [file]) {
    const stats = statSync(part, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) break;
    stamps.push([stats.size, stats.mtimeNs, stats.ctimeNs, stats.ino].join(" "));
  }
  return stamps.join(", ");
}

/** `install.swm`, `install2.swm`, …: the names that DISM and wimlib give to the parts. Source: "split-a-windows-image--wim--file-to-span-across-multiple-dvds". */
export function splitParts(first: string, parts: number): readonly string[] {
  const extension = extname(first);
  const base = first.slice(0, first.length - extension.length);
  return Array.from({ length: parts }, (_, at) => (at === 0 ? first : `${base}${at + 1}${extension}`));
}
