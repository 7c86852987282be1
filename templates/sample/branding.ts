import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bitmap } from "./picture.ts";

/** A folder of files to be copied into the image. */
export async function makeBranding(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await cp(join(import.meta.dirname, "branding"), folder, { recursive: true });
  await writeFile(join(folder, "wallpaper.bmp"), bitmap(320, 180, [0x00, 0x78, 0xd4]));
}
