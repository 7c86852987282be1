import { open } from "node:fs/promises";
import type { Act } from "../engine.ts";
import { failure } from "../error.ts";
import { writeAt } from "../file-bytes.ts";
import { withFile } from "../file-source.ts";
import { headerSize, readHeader, readXml, resourceFlag, writeResource } from "../formats/wim.ts";
import { whole } from "../formats/wim-parts.ts";
import { inheritedElement, titledXml } from "../formats/wim-title.ts";
import { openSource, wimError } from "../wim-file.ts";

/** Where the header says where the XML metadata and the integrity table are. */
const xmlField = 72;
const integrityField = 124;

/**
 * Calls the images of a WIM by these names, in NAME and DISPLAYNAME alike. Neither DISM nor wimlib can give several
 * images names of their own in one go, and DISM none at all that Windows Setup shows. What the integrity table is of
 * ends before the XML, so that the table moves and stays what it is.
 * @throws SERVICING_IMAGE_CORRUPT
 */
export async function title({ file, names }: Extract<Act, { act: "title" }>): Promise<void> {
  await rewritten(file, (xml) => titledXml(xml, names));
}

/** Lets the only image of a WIM say what another says of itself, of which it is. @throws SERVICING_IMAGE_CORRUPT */
export async function inherit({ file, from, index }: Extract<Act, { act: "inherit" }>): Promise<void> {
  const before = openSource(from).images[index - 1];
  const after = openSource(file).images[0];
  if (before === undefined || after === undefined)
    throw failure("SERVICING_IMAGE_INDEX", { file: from, wanted: String(index), choices: [] });
  await rewritten(file, (xml) => xml.replace(after, () => inheritedElement(before, after)));
}

async function rewritten(file: string, change: (xml: string) => string): Promise<void> {
  const { header, xml, integrity, at } = read(file, change);
  const handle = await open(file, "r+");
  try {
    await writeAt(handle, [xml, integrity], at);
    await handle.truncate(at + xml.length + integrity.length);
    writeResource(header, xmlField, whole(at, xml.length, resourceFlag.metadata));
    if (integrity.length > 0) writeResource(header, integrityField, whole(at + xml.length, integrity.length));
    await writeAt(handle, [header], 0);
  } finally {
    await handle.close();
  }
}

function read(
  file: string,
  change: (xml: string) => string,
): { readonly header: Buffer; readonly xml: Buffer; readonly integrity: Buffer; readonly at: number } {
  try {
    return withFile(file, (source) => {
      const header = readHeader(source);
      const { offset, size } = header.integrity;
      const text = change(readXml(source, header));
      // Whoever appends to a WIM writes its tables and then its XML behind the rest.
      const last = header.xml.offset > header.blobTable.offset;
      return {
        header: Buffer.from(source.read(0, headerSize)),
        xml: Buffer.from(`\uFEFF${text}`, "utf16le"),
        integrity: Buffer.from(source.read(offset, size)),
        at: last ? header.xml.offset : source.size,
      };
    });
  } catch (error) {
    throw wimError(file, error);
  }
}
