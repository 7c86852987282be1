import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fat32Fault, layoutFor, partitionTable } from "../../core/formats/fat32.ts";
import { bufferSource } from "../../core/formats/bytes.ts";
import { readBootCatalogue } from "../../core/formats/el-torito.ts";
import {
  differences,
  first,
  isInstallImage,
  isoNameFault,
  labelFault,
  listFault,
  mediaFault,
  type MediaEntry,
  readListing,
  readTally,
} from "../../core/formats/media.ts";
import { wimlib } from "../../core/engines/wimlib.ts";
import { mediaSpace } from "../../core/media-check.ts";
import { mediaOf } from "../../core/media.ts";
import type { Operation } from "../../core/operation.ts";
import { settleMedia } from "../../core/setup-media.ts";
import type { Item, Plan } from "../../core/step.ts";
import { bootDisc } from "../support/boot-disc.ts";
import { image } from "../support/operations.ts";

function entries(...paths: readonly string[]): readonly MediaEntry[] {
  return paths.map((path) => ({ path, folder: false, bytes: 1 }));
}

const whole = entries("BOOTMGR", "EFI/Boot/bootx64.efi", "Sources/BOOT.WIM", "boot/etfsboot.com");

describe("the list of files of media", () => {
  const listing = [
    "7-Zip",
    "   Date      Time    Attr         Size   Compressed  Name",
    "------------------- ----- ------------ ------------  ------------------------",
    "2026-11-28 21:52:03 D....                            $OEM$",
    "2026-11-28 21:52:03 .....            2         2048  $OEM$/a  b.txt",
    "                    .R..A   5368709120   5368709120  sources/install.wim",
    "2026-11-28 21:52:03 .....            0               empty",
    "------------------- ----- ------------ ------------  ------------------------",
    "2026-11-28 21:52:03          5368709122   5368711168  3 files, 1 folders",
  ];

  it("is read as 7z prints it", () => {
    assert.deepEqual(readListing(listing.join("\r\n")), [
      { path: "$OEM$", folder: true, bytes: 0 },
      { path: "$OEM$/a  b.txt", folder: false, bytes: 2 },
      { path: "sources/install.wim", folder: false, bytes: 5_368_709_120 },
      { path: "empty", folder: false, bytes: 0 },
    ]);
  });

  it("is refused where its beginning is lost, or a line is none", () => {
    assert.throws(() => readListing(listing.slice(4).join("\n")), /too long, or none/);
    assert.throws(() => readListing(listing.with(4, "what?").join("\n")), /a line that is none: what\?/);
    assert.throws(() => readListing(""), RangeError);
  });

  it("leads nowhere else, and tells names apart as Windows does", () => {
    for (const [paths, reason] of [
      [["../x"], /leads out/],
      [["/etc/passwd"], /leads out/],
      [["a/./b"], /leads out/],
      [["C:/x"], /no name on Windows/],
      [["a\\b"], /no name on Windows/],
      [["a."], /no name on Windows/],
      [["a\u0001"], /no name on Windows/],
      [["Setup.exe", "setup.EXE"], /are one name/],
      [["a", "A/b"], /a is a file, and A\/b lies in it/],
    ] as const)
      assert.match(listFault(entries(...paths)) ?? "", reason);
    assert.equal(listFault(entries("$OEM$/$1/Größe [x] & y.txt")), undefined);
    assert.match(
      listFault(Array.from({ length: 100_001 }, (_, at) => entries(`${at}`)[0]!)) ?? "",
      /100001 files/,
    );
  });

  it("is of media where it has what starts them, in whatever case", () => {
    assert.equal(mediaFault(whole), undefined);
    assert.equal(
      mediaFault(entries("x")),
      "it has no sources/boot.wim, no bootmgr or bootmgr.efi, no efi/boot/boot….efi",
    );
    assert.equal(mediaFault(entries("bootmgr.efi", "efi/boot/bootaa64.efi", "sources/boot.wim")), undefined);
    const media = mediaOf({ from: "/iso", kind: "iso", entries: whole });
    assert.deepEqual(media.architectures, ["amd64"]);
    assert.deepEqual(media.boots, { bios: "boot/etfsboot.com" });
    assert.equal(media.isoFault ?? media.usbFault, undefined);
    const odd = mediaOf({
      from: "/iso",
      kind: "iso",
      entries: [...whole, { path: "ä", folder: false, bytes: 2 ** 32 }],
    });
    assert.match(odd.isoFault ?? "", /^ä has characters/);
    assert.match(odd.usbFault ?? "", /^ä has 4294967296 bytes, and FAT32 holds files of at most 4294967295$/);
  });

  it("loses every form of its own image, and nothing else of sources", () => {
    for (const path of [
      "sources/install.wim",
      "SOURCES/Install.ESD",
      "sources/install2.swm",
      "sources/install17.swm",
    ])
      assert.ok(isInstallImage(path), path);
    for (const path of [
      "sources/boot.wim",
      "install.wim",
      "sources/install.wim.txt",
      "sources/x/install.wim",
    ])
      assert.ok(!isInstallImage(path), path);
  });

  it("tells what differs from what was wanted", () => {
    const found = [
      { path: "A", folder: false, bytes: 1 },
      { path: "b", folder: false, bytes: 2 },
      ...entries("d"),
    ];
    assert.deepEqual(differences(entries("a", "b", "c"), found), [
      "b has 2 bytes, not 1",
      "c is missing",
      "d is too many",
    ]);
    assert.deepEqual(first(Array.from({ length: 22 }, () => "x")).at(-1), "and 2 more");
  });
});

describe("a volume", () => {
  it("has a label that ISO and FAT32 allow", () => {
    for (const label of ["X", "PRODUCT_14", "A B-C", "CCCOMA_X64FRE_EN-US_DV9"])
      assert.equal(labelFault(label, "iso"), undefined);
    for (const label of ["", "a", "A.B", " A", "A ", "Ä", "X".repeat(33)])
      assert.notEqual(labelFault(label, "iso"), undefined);
    assert.equal(labelFault("ELEVEN_CHAR", "fat32"), undefined);
    assert.equal(labelFault("TWELVE_CHARS", "fat32"), "a label has 1 to 11 characters");
  });

  it("of an ISO has names in ASCII, since genisoimage writes bytes", () => {
    assert.equal(isoNameFault("$OEM$/$1/a ~[x].txt"), undefined);
    assert.match(isoNameFault("Größe") ?? "", /genisoimage/);
  });

  it("is counted by 7z with names and contents", () => {
    const text =
      "\nFolders: 9\nFiles: 6\nSize:       11964424\n\nSHA256 for data:              ea-04\nSHA256 for data and names:    64ca-07\n";
    assert.equal(readTally(text), "6 11964424 64ca-07");
    assert.equal(readTally("Everything is Ok"), undefined);
  });

  it("of FAT32 has clusters enough to be one, and room for every file", () => {
    const small = layoutFor(entries("a"));
    assert.ok(small.sectors / small.clusterSectors >= 65_525 + 16);
    assert.equal(small.offset, 1024 * 1024);
    for (const gigabytes of [1, 6, 8, 20, 60]) {
      const files = Array.from({ length: gigabytes }, (_, at) => ({
        path: `${at}`,
        folder: false,
        bytes: 1024 ** 3 - at,
      }));
      const layout = layoutFor(files);
      const tables = 2 * 4 * (layout.sectors / layout.clusterSectors);
      assert.ok(layout.sectors * 512 > gigabytes * 1024 ** 3 + tables + 32 * 1024 ** 2, `${gigabytes}`);
      assert.ok(layout.sectors * 512 < gigabytes * 1024 ** 3 * 1.01 + 400 * 1024 ** 2, `${gigabytes}`);
    }
    assert.equal(fat32Fault(entries("a")), undefined);
    const most = { folder: false, bytes: 0xffff_ffff };
    assert.match(
      fat32Fault(Array.from({ length: 600 }, (_, at) => ({ ...most, path: `${at}` }))) ?? "",
      /2 TiB/,
    );
  });

  it("begins where sfdisk is told", () => {
    assert.equal(
      partitionTable({ offset: 1024 * 1024, sectors: 4096, clusterSectors: 8 }, "0a0b0c0d"),
      "label: dos\nlabel-id: 0x0a0b0c0d\nunit: sectors\nstart=2048, size=4096, type=c, bootable\n",
    );
  });
});

describe("the boot catalogue of an ISO", () => {
  it("names what BIOS and UEFI boot", () => {
    assert.deepEqual(readBootCatalogue(bufferSource(bootDisc())), [
      { platform: "bios", bootable: true, sectors: 8, offset: 21 * 2048 },
      { platform: "uefi", bootable: true, sectors: 2880, offset: 22 * 2048 },
    ]);
  });

  it("is none where there is no record of it, and refused where it is damaged", () => {
    assert.deepEqual(readBootCatalogue(bufferSource(Buffer.alloc(24 * 2048))), []);
    assert.throws(
      () => readBootCatalogue(bufferSource(bootDisc((catalogue) => void (catalogue[28] = 0)))),
      /no valid first/,
    );
    assert.throws(
      () => readBootCatalogue(bufferSource(bootDisc((catalogue) => catalogue.writeUInt16LE(99, 66)))),
      /beyond its sector/,
    );
    assert.throws(() => readBootCatalogue(bufferSource(bootDisc().subarray(0, 20 * 2048 + 10))), RangeError);
  });
});

describe("a plan of media", () => {
  const target = wimlib.target(image, "/work");

  it("gives genisoimage what firmware of both kinds boots, and reads the ISO back", () => {
    const road = wimlib.roads["New-ISO"].offline;
    assert.ok(road !== undefined && "commands" in road);
    const given = { type: "New-ISO", from: "/m", to: "/o/x.iso", label: "X Y" } as const;
    const boots = { bios: "boot/etfsboot.com", uefi: "efi/microsoft/boot/efisys.bin" };
    const [, ordered, written, , read, placed] = road.commands({ ...given, ...boots }, target);
    assert.ok(written !== undefined && "args" in written);
    assert.ok(ordered !== undefined && "text" in ordered);
    assert.match(ordered.text, /^\/m\/\[bB\]\[oO\]\[oO\]\[tT\]\t100\n/);
    assert.deepEqual(
      [written.run, ...written.args].join(" "),
      "genisoimage -o /o/x.unfinished.iso -V X Y -udf -allow-limited-size -iso-level 4 -l -D -N -sort /work/iso-order.txt" +
        " -c boot/boot.cat" +
        " -b boot/etfsboot.com -no-emul-boot -boot-load-size 8 -eltorito-alt-boot" +
        " -e efi/microsoft/boot/efisys.bin -no-emul-boot /m",
    );
    assert.deepEqual(read, { act: "verify volume", file: "/o/x.unfinished.iso", folder: "/m", ...boots });
    assert.deepEqual(placed, { act: "place", file: "/o/x.unfinished.iso", to: "/o/x.iso" });
    const [, , alone] = road.commands({ ...given, uefi: boots.uefi }, target);
    assert.ok(alone !== undefined && "args" in alone);
    assert.deepEqual(alone.args.slice(-4), ["-e", boots.uefi, "-no-emul-boot", "/m"]);
    assert.ok(!alone.args.includes("-eltorito-alt-boot"));
  });

  it("writes nothing under the final names, and takes back what it began", () => {
    for (const type of ["New-Media", "New-USB"] as const) {
      const road = wimlib.roads[type].offline;
      assert.ok(road !== undefined && "commands" in road);
      const operation = { type, from: "/m", to: "/o/x", image: "/o/x.wim", label: "X" } as never;
      const named = JSON.stringify(road.commands(operation, target).slice(0, -1));
      assert.doesNotMatch(named, /"\/o\/x"/);
      assert.match(JSON.stringify(road.undo?.(operation, target)), /\/o\/x\.unfinished/);
    }
  });

  it("needs room for what each of them holds", () => {
    const folder = mkdtempSync(join(tmpdir(), "servicing-media-"));
    try {
      writeFileSync(join(folder, "boot.sdi"), Buffer.alloc(1000));
      const operations: readonly Operation[] = [
        { type: "New-Media", from: folder, to: "/a/media", image: "/o/x.wim" },
        { type: "New-ISO", from: "/a/media", to: "/b/x.iso", label: "X", bios: "boot/etfsboot.com" },
        { type: "New-USB", from: "/a/media", to: "/c/x.img", label: "X" },
      ];
      const plan = { items: operations.map(item), work: "/work" } as unknown as Plan;
      assert.deepEqual(mediaSpace(plan, 50), [
        ["/a", 1050],
        ["/b", 1050],
        ["/c", 1050],
        ["/work", 50],
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("takes the line's result, and a boot.wim as an input unless the line makes it", () => {
    const given = { from: "/m", to: "/o/m", boot: "/o/boot.wim" };
    const service = {
      type: "Service-Image",
      file: "/b.wim",
      index: 2,
      to: "/o/boot.wim",
      drivers: [],
    } as const;
    assert.deepEqual(settled(given, service), { type: "New-Media", ...given, image: "/o/x.wim" });
    assert.deepEqual(settled(given), {
      type: "New-Media",
      from: "/m",
      to: "/o/m",
      image: "/o/x.wim",
      files: [{ from: "/o/boot.wim", to: "sources\\boot.wim" }],
    });
    assert.equal((settled({ ...given, image: "/other.wim" }) as { image?: string }).image, "/other.wim");
  });
});

function item(each: Operation): Item {
  return {
    id: "media/1",
    phase: "deploy",
    by: "media",
    image: 1,
    operation: each,
    verdict: { engine: "wimlib", strategy: "offline", accepted: true, because: "" },
    considered: [],
  };
}

function settled(operation: Omit<Operation<"New-Media">, "type">, ...others: readonly Operation[]) {
  const items = settleMedia([...others, { type: "New-Media", ...operation } as const].map(item), {
    file: "/o/x.wim",
    kind: "wim",
  });
  return items.at(-1)?.operation;
}
