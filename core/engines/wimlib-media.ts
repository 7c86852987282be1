import { join } from "node:path";
import type { Command, Engine, Process } from "../engine.ts";
import { bootCatalogue, isoNameFault, labelFault, partMebibytes } from "../formats/media.ts";
import { unfinishedName } from "../unfinished-name.ts";
import { folderOf, gathering, gatheringUndo, isApart, isOutside } from "./media.ts";

/** ` 79.15% done, estimate finish …` */
const isoProgress = /(\d{1,3})\.\d+% done/;

/** Files above 4 GiB are whole in UDF alone; for who reads no UDF, long names, in lower case, folders below eight others. */
const udf = ["-udf", "-allow-limited-size", "-iso-level", "4", "-l", "-D", "-N"] as const;

function bootOptions(bios?: string, uefi?: string): readonly string[] {
  return [
    "-c",
    bootCatalogue,
    ...(bios === undefined ? [] : ["-b", bios, "-no-emul-boot", "-boot-load-size", "8"]),
    ...(bios === undefined || uefi === undefined ? [] : ["-eltorito-alt-boot"]),
    ...(uefi === undefined ? [] : ["-e", uefi, "-no-emul-boot"]),
  ];
}

/** What BIOS starts Windows with has to lie within the first 4.5 GB of a disc ("oscdimg-command-line-options"). */
const bootFiles = ["boot", "bootmgr*", "efi", "sources/boot.wim"];

/** A sort file of genisoimage: patterns and weights. */
function bootFirst(folder: string): string {
  const literal = folder.replaceAll(/[*?[\]\\]/g, "\\$&");
  return bootFiles.map((name) => `${literal}/${inAnyCase(name)}\t100\n`).join("");
}

function inAnyCase(name: string): string {
  return name.replaceAll(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

/** Media for Windows Setup, by tools that need neither Windows nor root. */
export const media = {
  "New-Media": {
    offline: {
      because: "a copy of the media with the line's result as its image, read back before it is put in place",
      refuse: (operation) => isOutside(operation),
      commands: (operation, target) =>
        gathering(operation, target.work, expanding, (to) => [
          {
            act: "match setup files",
            media: to,
            ...(operation.bootManager === true ? { bootManager: true } : {}),
            work: join(target.work, "setup-files"),
          },
        ]),
      undo: (operation, target) => [
        ...gatheringUndo(operation, target.work),
        { act: "delete", path: join(target.work, "setup-files"), optional: true },
      ],
    },
  },
  "New-ISO": {
    offline: {
      because:
        "genisoimage writes UDF, as Microsoft's own media are, with what BIOS and UEFI boot; 7z reads it back",
      refuse: ({ from, to, label, bios, uefi }) =>
        isApart({ from, to }) ??
        labelFault(label, "iso") ??
        ((bios ?? uefi)
          ? undefined
          : "nothing would boot it: the media have neither etfsboot.com nor efisys.bin") ??
        [bios, uefi].flatMap((path) => isoNameFault(path ?? "") ?? [])[0],
      commands: ({ from, to, label, bios, uefi }, target) => {
        const [file, order] = [unfinishedName(to), join(target.work, "iso-order.txt")];
        return [
          { act: "delete", path: file, optional: true },
          { act: "write", to: order, text: bootFirst(from) },
          {
            run: "genisoimage",
            args: ["-o", file, "-V", label, ...udf, "-sort", order, ...bootOptions(bios, uefi), from],
            progress: isoProgress,
            writes: true,
            folders: [folderOf(to)],
          },
          { act: "delete", path: order, optional: true },
          { act: "verify volume", file, folder: from, ...booted(bios, uefi) },
          { act: "place", file, to },
        ];
      },
      undo: ({ to }, target) => [
        { act: "delete", path: unfinishedName(to), optional: true },
        { act: "delete", path: join(target.work, "iso-order.txt"), optional: true },
      ],
    },
  },
  "New-USB": {
    offline: {
      because:
        "a disk with one FAT32 partition, which firmware of both kinds reads; mtools fill it, 7z reads it back",
      refuse: ({ from, to, label }) => isApart({ from, to }) ?? labelFault(label, "fat32"),
      commands: ({ from, to, label }, target): readonly Command[] => {
        const [file, staged] = [unfinishedName(to), join(target.work, "usb")];
        return [
          { act: "delete", path: file, optional: true },
          { act: "stage media", from, to: staged, megabytes: partMebibytes },
          { act: "write disk", from: staged, to: file, label },
          { act: "verify volume", file, folder: staged },
          { act: "delete", path: staged, optional: true },
          { act: "place", file, to },
        ];
      },
      undo: ({ to }, target) => [
        { act: "delete", path: unfinishedName(to), optional: true },
        { act: "delete", path: join(target.work, "usb"), optional: true },
      ],
    },
  },
} satisfies Partial<Engine["roads"]>;

function booted(bios?: string, uefi?: string): { readonly bios?: string; readonly uefi?: string } {
  return { ...(bios === undefined ? {} : { bios }), ...(uefi === undefined ? {} : { uefi }) };
}

function expanding(cabinet: string, folder: string): Process {
  return { run: "cabextract", args: ["-q", "-d", folder, cabinet], writes: true, folders: [folder] };
}
