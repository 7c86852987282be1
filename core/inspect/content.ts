import type { Artefact } from "../artefact.ts";
import { failure } from "../error.ts";
import { infLimit } from "../formats/inf/document.ts";
import { isInfSignature } from "../formats/inf/driver.ts";
import { isText } from "../formats/text.ts";
import { driverArtefact } from "./driver.ts";
import { openedPackage, type SharedReading } from "./driver-package.ts";
import { readPart, readWhole } from "./file.ts";
import { type InfFile, infFileOf } from "./inf-file.ts";
import { statOf } from "./input.ts";
import type { Tools } from "./unpack.ts";
import { createPackageFiles } from "./package-files.ts";

export interface ContentOptions extends Tools {
  /** What was read already of the folder that it lies in. */
  readonly shared?: SharedReading;
}

const headBytes = 512;

/**
 * What a file of a folder is. What says by its name that it is an INF is read at once, and looked at as any other where it
 * is none. @throws as `inspect`
 */
export async function inspectHeld(
  file: string,
  options: ContentOptions & { readonly shared: SharedReading },
): Promise<Artefact> {
  if (/\.inf$/i.test(file)) {
    const read = options.shared.files.inf(file);
    const found = read.isText ? await inspectText(file, read, options) : undefined;
    if (found !== undefined) return found;
  }
  const { bytes } = await statOf(file, "something to inspect");
  return inspectFile(file, bytes, options);
}

/** What a file is, by its content; readers are loaded when they are wanted. @throws as `inspect` */
export async function inspectFile(file: string, bytes: number, options: ContentOptions): Promise<Artefact> {
  const head = await readPart(file, 0, headBytes);
  const magic = Buffer.from(head.subarray(0, 8)).toString("latin1");
  if (magic === "MSWIM\0\0\0" || magic === "WLPWM\0\0\0") {
    const { inspectWim } = await import("./wim.ts");
    return inspectWim(file, options);
  }
  if (magic.startsWith("MSCF")) {
    const { readCabinetPackage } = await import("./package.ts");
    return readCabinetPackage(file, options);
  }
  if (magic.startsWith("PK\u0003\u0004") || magic.startsWith("PK\u0005\u0006")) {
    const { readAppx } = await import("./appx.ts");
    return readAppx(file);
  }
  if (magic === "\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1") {
    const { inspectMsi } = await import("./msi.ts");
    return inspectMsi(file, bytes, options);
  }
  if (magic.startsWith("regf")) {
    const { inspectHive } = await import("./hive.ts");
    return inspectHive(file, bytes);
  }
  if (bytes > 0 && bytes <= infLimit && isText(head)) {
    const found = await inspectText(file, infFileOf(await readWhole(file, infLimit)), options);
    if (found !== undefined) return found;
  }
  throw unreadable(
    file,
    "it is not a WIM, cabinet, .msu, APPX or MSIX, MSI, registry hive, answer file or driver INF",
  );
}

async function inspectText(
  file: string,
  read: InfFile,
  options: ContentOptions,
): Promise<Artefact | undefined> {
  const { text } = read;
  if (/^\s*</.test(text)) {
    const { answerFileOf } = await import("./answer-file.ts");
    return answerFileOf(file, read.digests.bytes, text);
  }
  // Blanks of one line: with line breaks among them, this would look at the rest of the file from each of its lines.
  if (!/^[^\S\r\n\u2028\u2029]*\[/m.test(text)) return undefined;
  const opened = openedPackage(
    file,
    read,
    options.shared ?? { listings: new Map(), files: createPackageFiles() },
  );
  const { signature } = opened.driver;
  if (signature === "") {
    if (!/\.inf$/i.test(file)) return undefined;
    throw unreadable(file, "it has no Signature in [Version], as every driver INF has");
  }
  if (!isInfSignature(signature)) {
    throw unreadable(file, `it looks like an INF, but its Signature is "${signature}"`);
  }
  return driverArtefact(opened, options.signal);
}

function unreadable(path: string, reason: string): Error {
  return failure("SERVICING_INPUT_UNREADABLE", { path, reason });
}
