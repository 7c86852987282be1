import { fat32Fault } from "./formats/fat32.ts";
import { architecturesOf, fileIn, isInstallImage, isoNameFault, type MediaEntry } from "./formats/media.ts";

/** Installation media of Windows as they are found. */
export interface Media {
  readonly from: string;
  readonly kind: "iso" | "folder";
  readonly entries: readonly MediaEntry[];
  /** Of the devices that can be started from them: "amd64", "arm64", … */
  readonly architectures: readonly string[];
  /** What an ISO of them boots, each as it is spelled there: etfsboot.com, efisys.bin and efisys_noprompt.bin. */
  readonly boots: { readonly bios?: string; readonly uefi?: string; readonly uefiNoPrompt?: string };
  /** Why they cannot be written to an ISO, or to a FAT32 volume; their own image, which gives way, is not looked at. */
  readonly isoFault?: string;
  readonly usbFault?: string;
}

export function mediaOf({ from, kind, entries }: Pick<Media, "from" | "kind" | "entries">): Media {
  const bios = fileIn(entries, "boot/etfsboot.com")?.path;
  const uefi = fileIn(entries, "efi/microsoft/boot/efisys.bin")?.path;
  const uefiNoPrompt = fileIn(entries, "efi/microsoft/boot/efisys_noprompt.bin")?.path;
  const isoFault = entries.flatMap(({ path }) => isoNameFault(path) ?? [])[0];
  const usbFault = fat32Fault(entries.filter(({ path }) => !isInstallImage(path)));
  return {
    from,
    kind,
    entries,
    architectures: architecturesOf(entries),
    boots: {
      ...(bios === undefined ? {} : { bios }),
      ...(uefi === undefined ? {} : { uefi }),
      ...(uefiNoPrompt === undefined ? {} : { uefiNoPrompt }),
    },
    ...(isoFault === undefined ? {} : { isoFault }),
    ...(usbFault === undefined ? {} : { usbFault }),
  };
}
