import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Names of files as they are on Microsoft's media; every content is filler of this project's own. */
const files: Readonly<Record<string, number>> = {
  bootmgr: 400_000,
  "bootmgr.efi": 90_000,
  "setup.exe": 4_000,
  "boot/bcd": 16_384,
  "boot/boot.sdi": 3_000_000,
  "boot/etfsboot.com": 4096,
  "efi/boot/bootx64.efi": 90_001,
  "efi/microsoft/boot/bcd": 16_384,
  "efi/microsoft/boot/efisys.bin": 1_474_560,
  "efi/microsoft/boot/efisys_noprompt.bin": 1_474_560,
  "Sources/setup.exe": 5_000,
  "Sources/lang.ini": 100,
  "Sources/ei.cfg": 60,
  "Sources/INSTALL.ESD": 7_000,
  "Sources/install2.swm": 7_001,
};

/** A media folder with this boot.wim, and an image of its own that has to give way. */
export function makeMedia(folder: string, boot: string): string {
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), Buffer.alloc(bytes, `${name} `));
  }
  copyFileSync(boot, join(folder, "Sources/boot.wim"));
  mkdirSync(join(folder, "support/empty"), { recursive: true });
  return folder;
}
