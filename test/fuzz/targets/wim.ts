import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isServicingError } from "../../../core/error.ts";
import { bufferSource, pagedSource } from "../../../core/formats/bytes.ts";
import { WimFormatError } from "../../../core/formats/wim.ts";
import { branchParts, carrierParts } from "../../../core/formats/wim-parts.ts";
import { treeDifferences } from "../../../core/formats/wim-difference.ts";
import { openMetadata, flatMetadata } from "../../../core/formats/wim-metadata.ts";
import {
  adoptSecurity,
  detach,
  type Patch,
  replaceContent,
  separate,
} from "../../../core/formats/wim-patch.ts";
import { compareImageXml, imageElements, readImageXml } from "../../../core/formats/wim-xml.ts";
import { imageTitle } from "../../../core/image.ts";
import { openWim, readSource } from "../../../core/wim-file.ts";
import { junction } from "../../../templates/sample/junction.ts";
import type { WimFolder } from "../../../templates/sample/wim-tree.ts";
import { isDeclared, type Target } from "../target.ts";
import { promised, wide, wimOf, xmlTokens } from "../seeds.ts";

const tree: WimFolder = {
  name: "",
  entries: [
    { name: "a.txt", data: Buffer.from("a"), streams: [{ name: "zone", data: Buffer.from("b") }] },
    {
      name: "Windows",
      security: Buffer.alloc(20, 1),
      entries: [
        { name: "linked.dll", link: "x", data: Buffer.from("x"), security: Buffer.alloc(20, 1) },
        { name: "Größe.txt", shortName: "GRE~1.TXT" },
        {
          name: "System32",
          entries: [
            { name: "linked.dll", link: "x", data: Buffer.from("x"), security: Buffer.alloc(20, 1) },
            { name: "config", entries: [{ name: "SOFTWARE", data: Buffer.from("regf") }] },
          ],
        },
      ],
    },
    { name: "Users", entries: [], reparse: junction("C:\\Elsewhere") },
  ],
};
const facts = {
  WINDOWS: {
    ARCH: 9,
    EDITIONID: "Professional",
    LANGUAGES: { LANGUAGE: "fr-FR", DEFAULT: "fr-FR" },
    VERSION: { MAJOR: 10, MINOR: 0, BUILD: 26_100, SPBUILD: 1 },
  },
};

let made: Promise<Buffer> | undefined;

/** A WIM that has something of everything. */
export async function wim(): Promise<Buffer> {
  const time = new Date(0);
  made ??= wimOf({
    images: [
      { name: "Pro & more", time, tree, facts },
      { name: "Small", time, tree: { name: "", entries: [] } },
    ],
    boot: 1,
  });
  return made;
}

/** The metadata resources of a file. */
export async function metadataOf(bytes: Buffer): Promise<readonly Buffer[]> {
  const table = Number(bytes.readBigUInt64LE(56));
  return [0, 1].map((at) => {
    const offset = Number(bytes.readBigUInt64LE(table + at * 50 + 8));
    return bytes.subarray(offset, offset + Number(bytes.readBigUInt64LE(table + at * 50 + 16)));
  });
}

const hash = "0123456789abcdef0123456789abcdef01234567";
const isFormatError = (error: unknown): boolean => error instanceof WimFormatError || isDeclared(error);

export const wims: readonly Target[] = [
  {
    name: "wim",
    async seeds() {
      const bytes = await wim();
      const spanned = Buffer.from(bytes);
      spanned.writeUInt16LE(2, 42);
      const solid = Buffer.from(bytes);
      solid.writeUInt32LE(0xe00, 12);
      return [bytes, spanned, solid];
    },
    tokens: ["MSWIM\0\0\0", "WLPWM\0\0\0", '<IMAGE INDEX="1">', "</IMAGE>", "<WIM>", "</WIM>", ...xmlTokens],
    read(input, scratch) {
      const file = join(scratch, "install.wim");
      writeFileSync(file, input);
      const { header, metadata, images } = openWim(file);
      const [blob] = metadata;
      if (blob !== undefined && images[0] !== undefined) {
        branchParts(Buffer.alloc(16), header, images[0], { bytes: blob.size, hash });
        carrierParts(Buffer.alloc(16), header, blob, flatMetadata([{ name: "a", hash: blob.hash }]), hash);
      }
      for (const image of readSource(file, 1).images)
        promised(imageTitle(image).length > 0, "an image has a title");
    },
  },
  {
    name: "wim-xml",
    async seeds() {
      const bytes = await wim();
      const at = Number(bytes.readBigUInt64LE(80));
      const text = bytes
        .subarray(at)
        .toString("utf16le")
        .replace(/^\uFEFF/, "");
      return [Buffer.from(text), Buffer.from(text.replace("<NAME>", "<DISPLAYNAME>x</DISPLAYNAME><NAME>"))];
    },
    tokens: [
      "<IMAGE>",
      "<IMAGE ",
      "</IMAGE>",
      '<IMAGE INDEX="1"/>',
      "<TOTALBYTES>",
      "</TOTALBYTES>",
      "<DIRCOUNT>",
      "<WINDOWS>",
      "</WINDOWS>",
      "<VERSION>",
      "<ARCH>",
      "<LANGUAGE>",
      "<NAME>",
      "</NAME>",
      ...xmlTokens,
    ],
    declares: isFormatError,
    read(input) {
      const images = imageElements(input.toString("utf8"));
      for (const image of images) readImageXml(image);
      if (images[0] !== undefined) {
        const same = compareImageXml(images[0], images[0]);
        promised(same.length === 0, "an element does not differ from itself");
        compareImageXml(images[0], images.at(-1) ?? "", true);
      }
    },
  },
  {
    name: "wim-metadata",
    seeds: async () => [...(await metadataOf(await wim())), flatMetadata([{ name: "Straße.TXT", hash }])],
    tokens: [
      wide("linked.dll"),
      Buffer.from("10000000", "hex"),
      Buffer.from("00040000", "hex"),
      Buffer.alloc(104),
    ],
    declares: isFormatError,
    read(input) {
      const source = bufferSource(input);
      const metadata = openMetadata(source);
      const paths = ["\\Windows\\System32\\config\\SOFTWARE", "\\a.txt", "\\Windows\\GRÖSSE.txt"];
      for (const path of paths) metadata.lookup(path);
      let count = 0;
      for (const { path, entry } of metadata.walk()) {
        count += 1;
        promised(path === "" || path.endsWith(entry.name), "a path ends with its name");
      }
      promised(count <= input.length / 102, "no more entries than there is room for");
      promised(treeDifferences(source, source, 5).length === 0, "a tree is the same as itself");
      const entry = metadata.lookup("\\Windows\\linked.dll");
      const patches: readonly Patch[] = [
        ...(entry === undefined ? [] : replaceContent(metadata, [{ entry, hash, modified: 1n }])),
        ...detach(metadata, source, "a.txt"),
        ...adoptSecurity(metadata, ["\\Windows"]),
        ...separate(metadata, ["\\Windows"]),
      ];
      for (const { offset, bytes } of patches)
        promised(offset >= 0 && offset + bytes.length <= input.length, "a patch lies within the metadata");
    },
  },
  {
    name: "wim-pages",
    seeds: async () => metadataOf(await wim()),
    declares: (error) => isFormatError(error) && !isServicingError(error),
    read(input) {
      const fill = (offset: number, into: Uint8Array): number => {
        const part = input.subarray(offset, offset + into.length);
        into.set(part);
        return part.length;
      };
      const pages = [...openMetadata(pagedSource(input.length, fill, 64, 3)).walk()];
      const whole = [...openMetadata(bufferSource(input)).walk()];
      promised(pages.length === whole.length, "a file reads the same page by page");
    },
  },
];
