import { XMLParser } from "fast-xml-parser";
import { WimFormatError } from "./wim.ts";

const [open, close] = ["<IMAGE", "</IMAGE>"];

/** The `<IMAGE>` elements, in order, as they stand. Takes one look at each character, whatever the XML is made of. */
export function imageElements(xml: string): readonly string[] {
  const found: string[] = [];
  for (let at = xml.indexOf(open); at !== -1;) {
    const begins = /[\s>]/.test(xml.charAt(at + open.length));
    const end = begins ? xml.indexOf(close, at) : at;
    if (end === -1) break;
    if (begins) found.push(xml.slice(at, end + close.length));
    at = xml.indexOf(open, end + 1);
  }
  return found;
}

export interface ImageXml {
  readonly name: string;
  readonly description: string;
  readonly totalBytes: number;
  readonly architecture: number | undefined;
  readonly version: string;
  readonly editionId: string;
  readonly installationType: string;
  readonly languages: readonly string[];
  readonly defaultLanguage: string;
}

const parser = new XMLParser({
  parseTagValue: false,
  processEntities: true,
  ignoreAttributes: true,
  // Otherwise the path of every element is put together as text, which takes long where a name is.
  jPath: false,
});

/** What an `<IMAGE>` element says; what it does not say is empty. */
export function readImageXml(element: string): ImageXml {
  const image = parseElement(element);
  const windows = record(image["WINDOWS"]);
  const version = record(windows["VERSION"]);
  const languages = record(windows["LANGUAGES"]);
  const parts = ["MAJOR", "MINOR", "BUILD", "SPBUILD"].map((part) => text(version[part]));
  return {
    name: text(image["NAME"]),
    description: text(image["DESCRIPTION"]),
    totalBytes: Number(text(image["TOTALBYTES"])) || 0,
    architecture: windows["ARCH"] === undefined ? undefined : Number(text(windows["ARCH"])),
    version: parts[0] === "" ? "" : parts.map((part) => (part === "" ? "0" : part)).join("."),
    editionId: text(windows["EDITIONID"]),
    installationType: text(windows["INSTALLATIONTYPE"]),
    languages: [languages["LANGUAGE"]]
      .flat()
      .map(text)
      .filter((language) => language !== ""),
    defaultLanguage: text(languages["DEFAULT"]),
  };
}

function parseElement(element: string): Readonly<Record<string, unknown>> {
  if (/<!DOCTYPE/i.test(element))
    throw new WimFormatError("corrupt", "its XML metadata declares a DOCTYPE, which is not accepted");
  try {
    return record(record(parser.parse(element))["IMAGE"]);
  } catch (error) {
    throw new WimFormatError("corrupt", `its XML metadata cannot be read: ${(error as Error).message}`);
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : "";
}

/** What servicing changes in an image's XML by right: counts and the time of the last change. */
const volatile: ReadonlySet<string> = new Set([
  "DIRCOUNT",
  "FILECOUNT",
  "TOTALBYTES",
  "HARDLINKBYTES",
  "LASTMODIFICATIONTIME",
]);

/** What Windows' own servicing changes by right: languages, version, edition. */
const serviced = /^IMAGE\/(?:WINDOWS|FLAGS|SERVICINGDATA|WIMBOOT)(?:\/|\[|$)/;

/**
 * What of that has to be there all the same, whatever its value: DISM has saved images without it, which it then shows
 * as `<undefined>` and Windows Setup does not offer.
 */
const lasting =
  /^IMAGE\/WINDOWS\/(?:ARCH|EDITIONID|INSTALLATIONTYPE|PRODUCTTYPE|SYSTEMROOT|VERSION\/\w+|LANGUAGES\/DEFAULT)$/;

/**
 * What differs between two `<IMAGE>` elements besides counts and times; empty where nothing does.
 * `byWindows`: component servicing took place, which changes what the XML says of Windows.
 */
export function compareImageXml(before: string, after: string, byWindows = false): readonly string[] {
  const a = lastingFacts(before);
  const b = lastingFacts(after);
  const names = [...new Set([...a.keys(), ...b.keys()])].sort();
  return names
    .filter((name) => a.get(name) !== b.get(name))
    .filter((name) => !byWindows || !serviced.test(name) || isLost(name, a.get(name), b.get(name)))
    .map((name) => `${name} was ${quote(a.get(name))}, is ${quote(b.get(name))}`);
}

/**
 * What an image that was captured of another's volume is told, as `--image-property` of wimlib-imagex(1) takes it: all that
 * was said of the other, save what the capture found of Windows itself.
 */
export function inheritedProperties(before: string, after: string): readonly string[] {
  const found = lastingFacts(after);
  return [...lastingFacts(before)]
    .filter(([name, value]) => found.get(name) !== value && !(serviced.test(name) && found.has(name)))
    .map(([name, value]) => `${propertyOf(name)}=${value}`);
}

/** wimlib counts elements of the same name from 1. */
function propertyOf(name: string): string {
  return name.replace(/^IMAGE\//, "").replaceAll(/\[(\d+)\]/g, (_, at: string) => `[${Number(at) + 1}]`);
}

function isLost(name: string, before: string | undefined, after = ""): boolean {
  return lasting.test(name) && before !== undefined && /^(?:<undefined>|&lt;undefined&gt;)?$/i.test(after);
}

function lastingFacts(element: string): Map<string, string> {
  return leaves(parseElement(element), "IMAGE");
}

function quote(value: string | undefined): string {
  return value === undefined ? "absent" : `"${value}"`;
}

function leaves(value: unknown, path: string, into = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(value)) for (const [at, entry] of value.entries()) leaves(entry, `${path}[${at}]`, into);
  else if (typeof value === "object" && value !== null)
    for (const [name, entry] of Object.entries(value)) {
      if (!volatile.has(name)) leaves(entry, `${path}/${name}`, into);
    }
  else if (text(value) !== "") into.set(path, text(value));
  return into;
}
