import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { diskSettings } from "../../plugins/unattend/disk.ts";
import { needs, rig } from "../support/rig.ts";

describe("the script that wipes a disk", function () {
  before(function () {
    needs(this, "wine");
  });

  it("is written by the commands of windowsPE as it is meant", function () {
    this.timeout(120_000);
    const here = rig();
    const env = {
      ...process.env,
      WINEPREFIX: here.path("wine"),
      WINEDEBUG: "-all",
      WINEDLLOVERRIDES: "mscoree,mshtml,winemenubuilder.exe=",
    };
    const start = (...args: readonly string[]) =>
      execFileSync("wine", args, { env, stdio: ["ignore", "ignore", "pipe"] });
    start("cmd.exe", "/c", "exit");
    mkdirSync(here.path("x"));
    symlinkSync(here.path("x"), here.path("wine/dosdevices/x:"));
    // All but the one that starts diskpart, which Wine has not.
    const commands = diskSettings({ disk: { layout: "uefi", wipe: true, diskId: 1 } })
      .filter(({ path, value }) => path[0] === "RunSynchronous" && !String(value).includes("diskpart"))
      .map(({ value }) => String(value));
    here.write({ "all.cmd": commands.join("\r\n") });
    start("cmd.exe", "/c", `Z:${here.path("all.cmd").replaceAll("/", "\\")}`);
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
        "shrink minimum=1024",
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
