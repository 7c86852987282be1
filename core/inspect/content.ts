import type { AnswerFileArtefact, Artefact, HiveArtefact, MsiArtefact } from "../artefact.ts";
import { failure, ServicingError } from "../error.ts";
import { withFile } from "../file-source.ts";
import { openHive } from "../formats/hive.ts";
import { infLimit } from "../formats/inf/document.ts";
import { isInfSignature } from "../formats/inf/driver.ts";
import { decodeText } from "../formats/text.ts";
import { propertiesIn } from "../formats/tool-listing.ts";
import { attributeOf, childrenOf, readXml } from "../formats/xml.ts";
import { readWim } from "../wim-file.ts";
import { readAppx } from "./appx.ts";
import { driverArtefact } from "./driver.ts";
import { openedPackage, type SharedReading } from "./driver-package.ts";
import { createPackageFiles } from "./package-files.ts";
import { readPart, readWhole, readWholeNow, statOf } from "./file.ts";
import { readCabinetPackage, readWimPackage, run, type Tools } from "./package.ts";

export interface ContentOptions extends Tools {
  /** What was read already of the folder that it lies in. */
  readonly shared?: SharedReading;
}

const headBytes = 512;

/**
 * What a file of a folder is. What says by its name that it is an INF is read at once, and looked at as any other where it
 * is none. @throws as `inspect`
 */
export async function inspectHeld(file: string, options: ContentOptions): Promise<Artefact> {
  if (/\.inf$/i.test(file)) {
    const content = readWholeNow(file, infLimit, options.shared?.files.stamps);
    const found = isText(content.subarray(0, headBytes))
      ? await inspectText(file, content, options)
      : undefined;
    if (found !== undefined) return found;
  }
  const { bytes } = await statOf(file, "something to inspect");
  return inspectFile(file, bytes, options);
}

/** What a file is, by its content. @throws as `inspect` */
export async function inspectFile(file: string, bytes: number, options: ContentOptions): Promise<Artefact> {
  const head = await readPart(file, 0, headBytes);
  const magic = Buffer.from(head.subarray(0, 8)).toString("latin1");
  if (magic === "MSWIM\0\0\0" || magic === "WLPWM\0\0\0") return inspectWim(file, options);
  if (magic.startsWith("MSCF")) return readCabinetPackage(file, options);
  if (magic.startsWith("PK\u0003\u0004") || magic.startsWith("PK\u0005\u0006")) return readAppx(file);
  if (magic === "\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1") return inspectMsi(file, bytes, options);
  if (magic.startsWith("regf")) return inspectHive(file, bytes);
  if (bytes > 0 && bytes <= infLimit && isText(head)) {
    const found = await inspectText(file, await readWhole(file, infLimit), options);
    if (found !== undefined) return found;
  }
  throw unreadable(
    file,
    "it is not a WIM, cabinet, .msu, APPX or MSIX, MSI, registry hive, answer file or driver INF",
  );
}

/** Text of one byte each holds no zero bytes; UTF-16 says by its mark that it is text. */
function isText(head: Uint8Array): boolean {
  const marked = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  return marked || !head.includes(0);
}

async function inspectWim(file: string, options: ContentOptions): Promise<Artefact> {
  const wim = readWim(file);
  const [image, ...others] = wim.images;
  const holdsWindows = others.length > 0 || image === undefined || image.version !== "";
  if (holdsWindows || wim.parts > 1) return wim;
  try {
    return (await readWimPackage(file, options)) ?? wim;
  } catch (error) {
    // Without the tool a WIM is still a WIM, unless its owner calls it an update.
    if (isCode(error, "SERVICING_TOOL_MISSING") && !/\.msu$/i.test(file)) return wim;
    throw error;
  }
}

async function inspectText(
  file: string,
  bytes: Uint8Array,
  options: ContentOptions,
): Promise<Artefact | undefined> {
  const { text } = decodeText(bytes);
  if (/^\s*</.test(text)) return answerFileOf(file, bytes.length, text);
  // Blanks of one line: with line breaks among them, this would look at the rest of the file from each of its lines.
  if (!/^[^\S\r\n\u2028\u2029]*\[/m.test(text)) return undefined;
  const opened = openedPackage(file, bytes, options.shared ?? { listings: new Map(), files: createPackageFiles() });
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

/** Passes and their components, in the order of the file. */
function answerFileOf(file: string, bytes: number, text: string): AnswerFileArtefact {
  const root = readXml(text, file);
  if (root.name !== "unattend")
    throw unreadable(file, `it is XML with the root <${root.name}>, not <unattend>`);
  const passes = childrenOf(root, "settings").map((settings) => ({
    pass: attributeOf(settings, "pass"),
    components: childrenOf(settings, "component").map((component) => attributeOf(component, "name")),
  }));
  return { kind: "answer file", file, bytes, passes };
}

async function inspectMsi(file: string, bytes: number, options: ContentOptions): Promise<MsiArtefact> {
  const table = await run({ run: "msiinfo", args: ["export", file, "Property"] }, file, options);
  const properties = propertiesIn(table);
  const productCode = properties.get("ProductCode");
  if (productCode === undefined) throw unreadable(file, "it is a compound file, but not an MSI package");
  return {
    kind: "msi",
    file,
    bytes,
    productName: properties.get("ProductName") ?? "",
    productVersion: properties.get("ProductVersion") ?? "",
    productCode,
  };
}

/** @throws SERVICING_HIVE_CORRUPT. */
function inspectHive(file: string, bytes: number): HiveArtefact {
  return withFile(file, (source) => {
    const hive = openHive(source, file);
    const rootKeys = hive.rootKey.subkeys().map(({ name }) => name);
    return { kind: "hive", file, bytes, name: hive.name, dirty: hive.dirty, rootKeys };
  });
}

function isCode(error: unknown, ...codes: readonly ServicingError["code"][]): boolean {
  return error instanceof ServicingError && codes.includes(error.code);
}

function unreadable(path: string, reason: string): ServicingError {
  return failure("SERVICING_INPUT_UNREADABLE", { path, reason });
}
