import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { writeWim, type WimContents } from "../../templates/sample/wim-writer.ts";

const root = resolve(import.meta.dirname, "../..");

/** Files of the project below a folder of it, by the end of their names. */
export function ownFiles(folder: string, ending: RegExp): readonly Buffer[] {
  return filesBelow(join(root, folder), ending, 64 * 1024, Number.MAX_SAFE_INTEGER);
}

/** The smallest files of others below a folder of the corpus, none where there is no corpus. */
export function corpusFiles(
  corpus: string | undefined,
  folder: string,
  ending: RegExp,
  count = 12,
): readonly Buffer[] {
  if (corpus === undefined || corpus === "" || !existsSync(join(corpus, folder))) return [];
  return filesBelow(join(corpus, folder), ending, 32 * 1024, count);
}

function filesBelow(folder: string, ending: RegExp, largest: number, count: number): readonly Buffer[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ file, bytes: statSync(file).size }))
    .filter(({ bytes }) => bytes <= largest)
    .sort((a, b) => a.bytes - b.bytes || (a.file < b.file ? -1 : 1))
    .slice(0, count)
    .map(({ file }) => readFileSync(file));
}

/** As Windows writes texts: UTF-16 with its mark. */
export function wide(text: string): Buffer {
  return Buffer.from(`\uFEFF${text}`, "utf16le");
}

/** Something that a reader promised and did not keep. */
export function promised(kept: boolean, promise: string): void {
  if (!kept) throw new Error(`broken promise: ${promise}`);
}

export const xmlTokens: readonly string[] = [
  "<",
  ">",
  "/>",
  "</",
  "<!--",
  "-->",
  "<![CDATA[",
  "]]>",
  "<?",
  "?>",
  "<!DOCTYPE",
  "<!ENTITY",
  '<?xml version="1.0"?>',
  "&amp;",
  "&lt;",
  "&#0;",
  "&#x110000;",
  "&#xD800;",
  "&constructor;",
  "&__proto__;",
  "&",
  ";",
  '"',
  "'",
  "=",
  ' a="b"',
  "xmlns",
  "xmlns:",
  ":",
  "constructor",
  "__proto__",
  "toString",
  "hasOwnProperty",
  "prototype",
  "#text",
  "\uFEFF",
  "\0",
  "<a>",
  "</a>",
  "<a ",
  "\n",
  "\r\n",
  "\t",
  " ",
];

/** What a program writes into a file of a folder that is there for it alone. */
export async function written(write: (file: string) => unknown): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "servicing-fuzz-seed-"));
  try {
    await write(join(folder, "seed"));
    return readFileSync(join(folder, "seed"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function wimOf(contents: WimContents): Promise<Buffer> {
  return written((file) => writeWim(file, contents));
}
