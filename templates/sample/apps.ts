import { hash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { copyFile, readFile, utimes } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";
import { built } from "./edition.ts";
import { filler } from "./filler.ts";
import { executable } from "./pe.ts";
import { png } from "./picture.ts";
import { run } from "./tool.ts";

const texts = join(import.meta.dirname, "apps");
/** Content is hashed in pieces of this size, as an app package's block map demands. */
const blockSize = 65_536;
const localHeader = 30;

/** An installer that puts one text under Program Files. */
export async function makeInstaller(file: string, work: string): Promise<void> {
  for (const name of ["agent.txt", "agent.wxs"]) {
    await copyFile(join(texts, name), join(work, name));
    await utimes(join(work, name), built, built);
  }
  await run("wixl", ["--output", file, "agent.wxs"], work);
}

/** An app package: a zip with a manifest and a block map of SHA-256 hashes. Nobody signed it, so it has no signature part. */
export async function makeAppPackage(file: string): Promise<void> {
  const payload = [
    { name: "Contoso.exe", data: executable("amd64", "exe", filler("Contoso.exe", 80_000)) },
    { name: "Assets/Logo.png", data: png(150, 150, [0x00, 0x5a, 0x9e]) },
    { name: "AppxManifest.xml", data: await readFile(join(texts, "AppxManifest.xml")) },
  ];
  const parts = [
    ...payload,
    { name: "AppxBlockMap.xml", data: Buffer.from(blockMap(payload)) },
    { name: "[Content_Types].xml", data: await readFile(join(texts, "[Content_Types].xml")) },
  ];
  const zip = new ZipFile();
  for (const { name, data } of parts) {
    zip.addBuffer(Buffer.from(data), name, {
      compress: false,
      mtime: built,
      mode: 0o100644,
      forceDosTimestamp: true,
    });
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(file));
}

function blockMap(parts: readonly { readonly name: string; readonly data: Uint8Array }[]): string {
  const files = parts.map(({ name, data }) => {
    const blocks = Array.from({ length: Math.ceil(data.length / blockSize) }, (_, at) =>
      hash("sha256", data.subarray(at * blockSize, (at + 1) * blockSize), "base64"),
    );
    const facts = `Name="${name.replaceAll("/", "\\")}" Size="${data.length}" LfhSize="${localHeader + name.length}"`;
    return `<File ${facts}>${blocks.map((block) => `<Block Hash="${block}"/>`).join("")}</File>`;
  });
  return `<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<BlockMap xmlns="http://schemas.microsoft.com/appx/2010/blockmap" HashMethod="http://www.w3.org/2001/04/xmlenc#sha256">${files.join("")}</BlockMap>
`;
}
