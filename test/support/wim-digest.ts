import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What differs between two results of the same work: when they were made, and the size of metadata that holds such times. */
const incidental = /^(?:Creation|Last Write|Last Access) Time .*$/gm;
const incidentalXml =
  /<LASTMODIFICATIONTIME>.*?<\/LASTMODIFICATIONTIME>|(?<=<WIM>)<TOTALBYTES>\d+<\/TOTALBYTES>|<TOTALBYTES>\d+<\/TOTALBYTES>(?=<\/WIM>)/gs;

/**
 * Reads every file of a result and compares its hash. `references` are the files that a delta needs beside it.
 * @throws Error with what wimlib says is wrong
 */
export async function verifyWim(file: string, references: readonly string[] = []): Promise<void> {
  await wimlib("verify", file, ...references.map((reference) => `--ref=${reference}`));
}

/** Of all that `wimlib-imagex dir --detailed` says of every image and of the XML; equal for the same work done twice. */
export async function wimDigest(file: string): Promise<string> {
  const xml = (await run("wimlib-imagex", ["info", file, "--xml"], { encoding: "buffer" })).stdout;
  const text = xml.toString("utf16le");
  const images = text.split("<IMAGE ").length - 1;
  if (images === 0) throw new Error(`${file} names no image`);
  const digest = createHash("sha256").update(text.replaceAll(incidentalXml, ""));
  let all = "";
  for (let image = 1; image <= images; image += 1)
    all += (await wimlib("dir", file, String(image), "--detailed")).replaceAll(incidental, "");
  return digest.update(images === 1 ? all : inOrder(all)).digest("hex");
}

/**
 * wimlib exports one image after the other: what the second brings along lies behind the metadata of the first, whose size
 * depends on the times in it. So of many images it is the order of the files that is compared, not where each begins.
 */
function inOrder(text: string): string {
  const offset = /^Offset in WIM .*?(\d+) bytes$/gm;
  const sorted = [...new Set([...text.matchAll(offset)].map((match) => Number(match[1])))].toSorted(
    (a, b) => a - b,
  );
  const places = new Map(sorted.map((each, at) => [String(each), at]));
  return text.replaceAll(offset, (_, bytes: string) => `Place in WIM = ${places.get(bytes)}`);
}

async function wimlib(...args: readonly string[]): Promise<string> {
  const { stdout } = await run("wimlib-imagex", args, {
    env: { ...process.env, LC_ALL: "C.UTF-8" },
    maxBuffer: 256 * 1024 * 1024,
  });
  return stdout;
}
