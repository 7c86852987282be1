import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "./make-folder.ts";

/** Bytes in a second. */
export interface WriteSpeed {
  readonly small: number;
  readonly large: number;
}

const kinds = { small: { bytes: 64 * 1024, most: 64 }, large: { bytes: 4 * 1024 * 1024, most: 4 } } as const;
/** For either kind: with slow disks fewer files are written. */
const milliseconds = 90;

/**
 * How fast small and large files are written below a folder: takes a fifth of a second at most, writes 20 MiB at most, and
 * leaves nothing.
 */
export async function writeSpeed(folder: string): Promise<WriteSpeed> {
  const probe = join(folder, `.servicing-write-speed-${process.pid}`);
  makeFolder(probe);
  try {
    const measured = async ({ bytes, most }: (typeof kinds)["small" | "large"]): Promise<number> => {
      const content = Buffer.alloc(bytes, 0x5a);
      const start = performance.now();
      let written = 0;
      // What a scanner looks at is what could run.
      for (let at = 0; at < most && performance.now() - start < milliseconds; at += 1) {
        await writeFile(join(probe, `${bytes}-${at}.dll`), content);
        written += bytes;
      }
      return (1000 * written) / (performance.now() - start);
    };
    return { small: await measured(kinds.small), large: await measured(kinds.large) };
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}

/** So much slower small files are only where something looks at each of them. */
const suspicious = 30;

/** What to say where small files are far slower than large ones; servicing never excludes anything itself. */
export function scannerHint({ small, large }: WriteSpeed, folder: string): string | undefined {
  if (small === 0 || large / small < suspicious) return undefined;
  const times = Math.round(large / small);
  return `small files are written ${times} times slower than large ones below ${folder}, as where a virus scanner looks at each of them: \`Add-MpPreference -ExclusionPath "${folder}"\` in an elevated PowerShell excludes it`;
}
