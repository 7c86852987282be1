import type { Engine } from "../engine.ts";
import { pathsOf } from "../host-path.ts";
import { labelFault } from "../formats/media.ts";
import { unfinishedName } from "../unfinished-name.ts";
import { discarding, imaging } from "./dism-command.ts";
import { folderOf, gathering, gatheringUndo, isApart, isOutside, within } from "./media.ts";

/** Media on Windows: copied by servicing itself, and written by oscdimg of the Windows ADK ("oscdimg-command-line-options"). */
export const media = {
  "New-Media": {
    offline: {
      because:
        "a copy of the media with the line's result as its image; DISM mounts boot.wim to read Setup's own files",
      refuse: (operation) => isOutside(operation),
      commands: (operation, target) =>
        gathering(operation, (folder) => {
          const mounted = pathsOf(target.work).join(target.work, "mount-boot");
          const mount = imaging(
            target,
            "/Mount-Image",
            `/ImageFile:${within(folder, "sources", "boot.wim")}`,
            "/Index:2",
            `/MountDir:${mounted}`,
            "/ReadOnly",
          );
          return [
            { ...mount, folders: [mounted, ...(mount.folders ?? [])] },
            { act: "match setup files", media: folder, mounted, work: target.work },
            imaging(target, "/Unmount-Image", `/MountDir:${mounted}`, "/Discard"),
          ];
        }),
      undo: (operation, target) => [
        discarding(target, pathsOf(target.work).join(target.work, "mount-boot")),
        ...gatheringUndo(operation),
      ],
    },
  },
  "New-ISO": {
    offline: {
      because: "oscdimg of the Windows ADK writes UDF with what BIOS and UEFI boot; 7z reads it back",
      refuse: ({ from, to, label, bios, uefi }) =>
        isApart({ from, to }) ??
        labelFault(label, "iso") ??
        ((bios ?? uefi)
          ? undefined
          : "nothing would boot it: the media have neither etfsboot.com nor efisys.bin"),
      commands: ({ from, to, label, bios, uefi }, target) => {
        const [file, order] = [unfinishedName(to), pathsOf(target.work).join(target.work, "iso-order.txt")];
        // A file a line, as the boot wants them within the first 4.5 GB of a disc.
        const early = [bios, uefi, "sources/boot.wim"].flatMap((path) => path?.replaceAll("/", "\\") ?? []);
        const entries = [
          ...(bios === undefined ? [] : [`p0,e,b${within(from, ...bios.split("/"))}`]),
          ...(uefi === undefined ? [] : [`pEF,e,b${within(from, ...uefi.split("/"))}`]),
        ];
        return [
          { act: "delete", path: file, optional: true },
          { act: "write", to: order, text: early.map((path) => `${path}\r\n`).join("") },
          {
            run: "oscdimg.exe",
            // -m: of any size; -o: equal files once; -u2: UDF alone, as Microsoft's own media are.
            args: [
              `-bootdata:${[entries.length, ...entries].join("#")}`,
              "-m",
              "-o",
              "-u2",
              "-udfver102",
              `-yo${order}`,
              `-l${label}`,
              from,
              file,
            ],
            writes: true,
            folders: [folderOf(to)],
          },
          { act: "delete", path: order, optional: true },
          {
            act: "verify volume",
            file,
            folder: from,
            ...(bios === undefined ? {} : { bios }),
            ...(uefi === undefined ? {} : { uefi }),
          },
          { act: "place", file, to },
        ];
      },
      undo: ({ to }, target) => [
        { act: "delete", path: unfinishedName(to), optional: true },
        { act: "delete", path: pathsOf(target.work).join(target.work, "iso-order.txt"), optional: true },
      ],
    },
  },
  "New-USB": {
    offline: {
      refused:
        "Windows writes file systems to disks alone, not into a raw file; copy the media folder to a FAT32 flash drive, with the image split",
    },
  },
} satisfies Partial<Engine["roads"]>;
