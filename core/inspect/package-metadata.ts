import { join } from "node:path";
import { type CompDb, readCompDb } from "../formats/comp-db.ts";
import { decodeText } from "../formats/text.ts";
import { readWhole } from "./file.ts";
import { cabinetDirectory, expand, type Tools, unreadable } from "./unpack.ts";

/** Bytes of one document, and documents of one .msu: a real one has a handful, of less than a mebibyte each. */
const documentLimit = 16 * 1024 * 1024;
const mostDocuments = 32;

/**
 * What the metadata of an .msu of Windows 11 say of the packages in it: a cabinet of cabinets, of which each holds a CompDB.
 * @param file what is blamed for what cannot be read
 * @throws SERVICING_INPUT_UNREADABLE, SERVICING_TOOL_MISSING
 */
export async function readCompDbs(
  metadata: string,
  scratch: string,
  tools: Tools,
  file: string,
): Promise<readonly CompDb[]> {
  const documents = (await cabinetDirectory(metadata, file)).filter(({ name }) =>
    /^[\w.-]+\.xml(?:\.cab)?$/i.test(name),
  );
  if (documents.length > mostDocuments)
    throw unreadable(file, `its metadata consist of ${documents.length} documents`);
  const found: CompDb[] = [];
  for (const [at, { name, bytes }] of documents.entries()) {
    refuseLarge(file, name, bytes);
    const outer = await expand(metadata, name, join(scratch, `metadata-${at}`), tools, file);
    const xml = /\.cab$/i.test(name)
      ? await onlyXml(outer, join(scratch, `document-${at}`), tools, file)
      : outer;
    if (xml === undefined) continue;
    const compDb = readCompDb(decodeText(await readWhole(xml, documentLimit)).text, file);
    if (compDb !== undefined) found.push(compDb);
  }
  return found;
}

async function onlyXml(
  cabinet: string,
  folder: string,
  tools: Tools,
  file: string,
): Promise<string | undefined> {
  const [document, ...others] = await cabinetDirectory(cabinet, file);
  if (document === undefined || others.length > 0 || !/^[\w.-]+\.xml$/i.test(document.name)) return undefined;
  refuseLarge(file, document.name, document.bytes);
  return expand(cabinet, document.name, folder, tools, file);
}

function refuseLarge(file: string, name: string, bytes: number): void {
  if (bytes > documentLimit) throw unreadable(file, `its ${name} is larger than ${documentLimit} bytes`);
}
