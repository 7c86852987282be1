import { realpath } from "node:fs/promises";
import { resolve, sep } from "node:path";
import glob from "fast-glob";
import { readAppx } from "./inspect/appx.ts";
import type {
  AnswerFileArtefact,
  Artefact,
  DriverArtefact,
  FolderArtefact,
  HiveArtefact,
  MsiArtefact,
} from "./artefact.ts";
import { missingFiles } from "./inspect/driver.ts";
import { failure, ServicingError } from "./error.ts";
import { withFile } from "./file-source.ts";
import { infLimit } from "./formats/inf/document.ts";
import { isInfSignature, readDriver } from "./formats/inf/driver.ts";
import { openHive } from "./formats/hive.ts";
import { decodeText } from "./formats/text.ts";
import { propertiesIn } from "./formats/tool-listing.ts";
import { attributeOf, childrenOf, readXml } from "./formats/xml.ts";
import { readPart, readWhole, statOf } from "./inspect/file.ts";
import { readWim } from "./wim-file.ts";
import { readCabinetPackage, readWimPackage, run, type Tools } from "./inspect/package.ts";

export type InspectOptions = Tools;

/** A folder with more files than this is not one of inputs. */
const folderLimit = 20_000;
const headBytes = 512;

/**
 * What a file or folder is, by its content and never by its name.
 * @throws SERVICING_INPUT_NOT_FOUND, SERVICING_INPUT_UNREADABLE and, where a tool is wanted, SERVICING_TOOL_MISSING.
 */
export async function inspect(path: string, options: InspectOptions): Promise<Artefact> {
  const file = resolve(path);
  const { bytes, folder } = await statOf(file, "something to inspect");
  return folder ? inspectFolder(file, options) : inspectFile(file, bytes, options);
}

async function inspectFile(file: string, bytes: number, options: InspectOptions): Promise<Artefact> {
  const head = await readPart(file, 0, headBytes);
  const magic = Buffer.from(head.subarray(0, 8)).toString("latin1");
  if (magic === "MSWIM\0\0\0" || magic === "WLPWM\0\0\0") return inspectWim(file, options);
  if (magic.startsWith("MSCF")) return readCabinetPackage(file, options);
  if (magic.startsWith("PK\u0003\u0004") || magic.startsWith("PK\u0005\u0006")) return readAppx(file);
  if (magic === "\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1") return inspectMsi(file, bytes, options);
  if (magic.startsWith("regf")) return inspectHive(file, bytes);
  if (bytes > 0 && bytes <= infLimit && isText(head)) {
    const found = await inspectText(file, await readWhole(file, infLimit));
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

async function inspectWim(file: string, options: InspectOptions): Promise<Artefact> {
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

async function inspectText(file: string, bytes: Uint8Array): Promise<Artefact | undefined> {
  const { text } = decodeText(bytes);
  if (/^\s*</.test(text)) return answerFileOf(file, bytes.length, text);
  // Blanks of one line: with line breaks among them, this would look at the rest of the file from each of its lines.
  if (!/^[^\S\r\n\u2028\u2029]*\[/m.test(text)) return undefined;
  const driver = readDriver(bytes);
  if (driver.signature === "") {
    if (!/\.inf$/i.test(file)) return undefined;
    throw unreadable(file, "it has no Signature in [Version], as every driver INF has");
  }
  if (!isInfSignature(driver.signature)) {
    throw unreadable(file, `it looks like an INF, but its Signature is "${driver.signature}"`);
  }
  const missing = await missingFiles(file, driver);
  return {
    kind: "driver",
    file,
    bytes: bytes.length,
    className: driver.className,
    classGuid: driver.classGuid,
    provider: driver.provider,
    date: driver.date,
    version: driver.version,
    catalog: driver.catalogs[""] ?? Object.values(driver.catalogs)[0] ?? "",
    architectures: driver.architectures.filter((architecture) => architecture !== "ia64"),
    hardwareIds: [...new Set(driver.models.map((model) => model.hardwareId).filter((id) => id !== ""))],
    coInstallers: driver.coInstallers.length > 0,
    ...(missing.length === 0 ? {} : { missingFiles: missing }),
    diagnostics: driver.diagnostics,
  } satisfies DriverArtefact;
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

async function inspectMsi(file: string, bytes: number, options: InspectOptions): Promise<MsiArtefact> {
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

/** What can be recognised below a folder; links that lead out of it are not followed. */
async function inspectFolder(folder: string, options: InspectOptions): Promise<FolderArtefact> {
  const root = await realpath(folder);
  const found = await glob("**/*", {
    cwd: root,
    absolute: true,
    dot: true,
    followSymbolicLinks: false,
    suppressErrors: true,
  });
  if (found.length > folderLimit) throw unreadable(folder, `it holds more than ${folderLimit} files`);
  const holds: Artefact[] = [];
  for (const path of found.sort()) {
    options.signal?.throwIfAborted();
    const target = await realpath(path).catch(() => undefined);
    if (target?.startsWith(root.endsWith(sep) ? root : root + sep) !== true) continue;
    try {
      holds.push(await inspect(resolve(path), options));
    } catch (error) {
      if (!isCode(error, "SERVICING_INPUT_UNREADABLE", "SERVICING_INPUT_NOT_FOUND")) throw error;
    }
  }
  if (holds.length === 0) throw unreadable(folder, `none of its ${found.length} files was recognised`);
  const drivers = holds.filter((artefact) => artefact.kind === "driver");
  const others = holds.filter((artefact) => artefact.kind !== "driver");
  return { kind: "folder", file: folder, holds: [...drivers, ...others] };
}

function isCode(error: unknown, ...codes: readonly ServicingError["code"][]): boolean {
  return error instanceof ServicingError && codes.includes(error.code);
}

function unreadable(path: string, reason: string): ServicingError {
  return failure("SERVICING_INPUT_UNREADABLE", { path, reason });
}
