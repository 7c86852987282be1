import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { diskSettings } from "../../plugins/unattend/disk.ts";
import { rig } from "../support/rig.ts";
import { startWine } from "../support/wine.ts";

describe("the script that wipes a disk", () => {
  it("is written by the commands of windowsPE as it is meant", function () {
    const wine = startWine(this);
    const here = rig();
    mkdirSync(here.path("x"));
    wine.drive("x", here.path("x"));
    wine.drive("y", here.folder);
    // All but the one that starts diskpart, which Wine has not.
    const commands = diskSettings({ disk: { layout: "uefi", wipe: true, id: 1 } })
      .filter(({ path, value }) => path[0] === "RunSynchronous" && !String(value).includes("diskpart"))
      .map(({ value }) => String(value));
    here.write({ "all.cmd": commands.join("\r\n") });
    assert.equal(wine.run(["cmd.exe", "/c", String.raw`Y:\all.cmd`]).code, 0);
    const lines = readFileSync(here.path("x/servicing-disk.txt"), "latin1").split("\r\n");
    assert.deepEqual(
      lines.map((line) => line.trimEnd()),
      [
        "select disk 1",
        "clean",
        "convert gpt",
        "create partition efi size=260",
        "format quick fs=fat32 label=System",
        "create partition msr size=16",
        "create partition primary",
        "shrink minimum=990",
        "format quick fs=ntfs label=Windows",
        "create partition primary",
        "format quick fs=ntfs label=Recovery",
        "set id=de94bba4-06d1-4d40-a16a-bfd50179d6ac",
        "gpt attributes=0x8000000000000001",
        "",
      ],
    );
  });
});
