import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { built, type Edition, editions } from "./edition.ts";
import { filetime } from "./filetime.ts";
import { hivesOf, makeHive } from "./hive.ts";
import { makeRecovery } from "./recovery.ts";
import { run } from "./tool.ts";
import { windowsTree } from "./windows-tree.ts";
import { writeWim } from "./wim-writer.ts";

const volumeBytes = 48 * 1024 * 1024;
/** Where a WIM's header keeps its GUID. */
const identityOffset = 24;

/**
 * install.wim with one image per edition. Each tree goes onto an NTFS volume that is a plain file and is captured from there,
 * so that descriptors, short names, links, attributes and streams are as a volume has them.
 */
export async function makeImage(file: string, work: string): Promise<void> {
  const winre = join(work, "winre.wim");
  await makeRecovery(winre, work);
  const plain = join(work, "trees.wim");
  const images = [];
  for (const edition of editions) {
    const files = new Map([["\\Windows\\System32\\Recovery\\Winre.wim", winre]]);
    for (const hive of hivesOf(edition.hive))
      files.set(hive.path, await makeHive(hive, join(work, edition.id)));
    images.push({ name: edition.name, time: built, tree: await windowsTree(edition, files) });
  }
  await writeWim(plain, { images });
  for (const [at, edition] of editions.entries()) {
    const volume = await newVolume(join(work, `${edition.id}.ntfs`));
    await run("wimlib-imagex", ["apply", plain, String(at + 1), volume]);
    await run("wimlib-imagex", capture(volume, file, edition, at === 0));
  }
  await settle(file, plain);
}

/** Takes away what differs from one build to the next: the time of the capture, superseded XML, the random identity. */
async function settle(file: string, plain: string): Promise<void> {
  const time = filetime(built).toString(16).padStart(16, "0");
  const stamps = ["CREATIONTIME", "LASTMODIFICATIONTIME"].flatMap((name) => [
    `--image-property=${name}/HIGHPART=0x${time.slice(0, 8)}`,
    `--image-property=${name}/LOWPART=0x${time.slice(8)}`,
  ]);
  for (const at of editions.keys()) await run("wimlib-imagex", ["info", file, String(at + 1), ...stamps]);
  await run("wimlib-imagex", ["optimize", file]);
  const identity = (await readFile(plain)).subarray(identityOffset, identityOffset + 16);
  const handle = await open(file, "r+");
  try {
    await handle.write(identity, 0, identity.length, identityOffset);
  } finally {
    await handle.close();
  }
}

function capture(volume: string, file: string, edition: Edition, first: boolean): readonly string[] {
  const facts = { FLAGS: edition.id, DISPLAYNAME: edition.name, DISPLAYDESCRIPTION: edition.description };
  return [
    ...(first ? ["capture", volume, file] : ["append", volume, file]),
    edition.name,
    edition.description,
    ...(first ? ["--compress=LZX"] : []),
    ...Object.entries(facts).map(([name, value]) => `--image-property=${name}=${value}`),
  ];
}

async function newVolume(file: string): Promise<string> {
  const handle = await open(file, "w");
  await handle.truncate(volumeBytes);
  await handle.close();
  await run("mkntfs", ["--force", "--fast", "--quiet", "--label", "Sample", file]);
  return file;
}
