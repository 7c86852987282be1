import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { perform } from "../../core/acts/perform.ts";
import { heartbeatText } from "../../core/audit/heartbeat.ts";
import type { DevicePlace } from "../../core/device.ts";
import { usualFirmware } from "../../core/devices/ovmf.ts";
import { qemu } from "../../core/devices/qemu.ts";
import { runProcess } from "../../core/dism-process.ts";
import type { Command } from "../../core/engine.ts";
import { faultTable } from "../../core/fault-table.ts";
import { createRunner } from "../../core/runner.ts";
import { readWim } from "../../core/wim-file.ts";
import { uefiProgram } from "../support/boot-program.ts";
import { makeMedia } from "../support/media.ts";
import { needs, type Rig, rig, sampleFolder, sha256, wimlib } from "../support/rig.ts";
import { listing } from "../support/wim-listing.ts";

const mebibyte = 1024 * 1024;
const sizes = { system: 100, windows: 128, recovery: 0 };
const windowsAt = 1 + 100 + 16;

describe("the qemu device", function () {
  let here: Rig;
  let said: string;

  before(function () {
    needs(this, "qemu-system-x86_64", "qemu-img", "wimlib-imagex", "hivexsh", "gcab", "wixl", "7z");
    needs(this, "mkntfs", "ntfscp", "sfdisk", "mformat", "mcopy");
  });

  beforeEach(() => {
    [here, said] = [rig(), ""];
    for (const name of ["device", "logs"]) mkdirSync(here.path(name));
  });

  async function carryOut(commands: readonly Command[]): Promise<void> {
    const context = {
      runner: createRunner(),
      signal: new AbortController().signal,
      log: here.path("logs/07-device.log"),
      target: undefined,
      faults: faultTable(),
      onOutput: (text: string) => void (said += text),
      warn: (text: string) => void (said += text),
    };
    for (const command of commands)
      await ("act" in command ? perform(command, context) : runProcess(command, context));
  }

  function placeOf(file: string): DevicePlace {
    const [image] = readWim(file).images;
    assert.ok(image);
    return {
      line: "test",
      image,
      file,
      index: 1,
      folder: here.path("device"),
      disks: here.path("disks"),
      job: [],
      id: "job-1",
      minutes: 1,
      captured: here.path("captured.wim"),
    };
  }

  it("captures the Windows partition of its overlay, with all that is said of its files", async () => {
    const source = join(await sampleFolder(), "install.wim");
    const [before, image] = [sha256(source), await listing(source, 1)];
    const volume = here.path("volume");
    writeFileSync(volume, "");
    truncateSync(volume, 128 * mebibyte);
    tool("mkntfs", "--force", "--fast", "--quiet", "--sector-size=512", volume);
    wimlib("apply", source, "1", volume);
    const [raw, overlay] = [here.path("disk.raw"), here.path("device/disk.qcow2")];
    const base = here.path("base.qcow2");
    writeFileSync(raw, "");
    truncateSync(raw, (windowsAt + 128 + 1) * mebibyte);
    tool("qemu-img", "convert", "-n", "-f", "raw", "--target-image-opts", volume, region(raw));
    tool("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, base);
    tool("qemu-img", "create", "-q", "-f", "qcow2", "-b", base, "-F", "qcow2", overlay);
    // What a running Windows would leave, in the overlay alone.
    const content = here.write({ "content.txt": "of the reference device" });
    for (const name of ["pagefile.sys", "swapfile.sys", "Windows/agent.txt", "hiberfil.sys"])
      tool("ntfscp", "-f", volume, content, name);
    tool(
      "qemu-img",
      "convert",
      "-n",
      "-f",
      "raw",
      "--target-image-opts",
      volume,
      `driver=raw,offset=${windowsAt * mebibyte},size=${128 * mebibyte},file.driver=qcow2,file.file.driver=file,file.file.filename=${overlay}`,
    );

    const place = placeOf(source);
    const device = qemu({ sizes });
    await carryOut(device.capture(place));
    const found = await listing(place.captured, 1);
    for (const name of ["/pagefile.sys", "/hiberfil.sys", "/swapfile.sys"]) assert.ok(!found.has(name), name);
    assert.ok(found.has("/Windows/agent.txt"));
    for (const [name, entry] of image)
      assert.deepEqual({ ...found.get(name), group: "" }, { ...entry, group: "" }, name);
    wimlib("verify", place.captured);
    const [wanted, is] = [source, place.captured].map((file) => readWim(file).images[0]);
    assert.deepEqual(
      { ...is, file: "", totalBytes: 0 },
      { ...wanted, file: "", totalBytes: 0 },
      "the same name, edition, version and languages",
    );
    assert.ok(existsSync(join(place.folder, "windows.ntfs")));
    assert.equal(sha256(source), before);

    // As DISM captures it, which takes nothing over.
    const bare = here.path("bare.wim");
    wimlib("capture", join(place.folder, "windows.ntfs"), bare, "captured", "--compress=none");
    await carryOut([{ act: "inherit", file: bare, from: source, index: 1 }]);
    wimlib("verify", bare);
    assert.equal(readWim(bare).images[0]?.name, readWim(source).images[0]?.name);

    await carryOut(device.undo(place));
    assert.ok(!existsSync(place.folder) && !existsSync(place.captured));
  });

  it("starts its disk by UEFI, and hears what runs there", async function () {
    if (!usualFirmware.some(({ code, variables }) => existsSync(code) && existsSync(variables))) {
      process.stderr.write("    skipped: no OVMF installed\n");
      this.skip();
    }
    const text = [
      { says: "begin", id: "job-1", steps: 1 },
      { says: "end", ok: true },
    ] as const;
    const program = uefiProgram(text.map((each) => `${heartbeatText(each)}\r\n`).join(""), "off");
    mkdirSync(here.path("esp/efi/boot"), { recursive: true });
    writeFileSync(here.path("esp/efi/boot/bootx64.efi"), program);
    await carryOut([
      { act: "write disk", from: here.path("esp"), to: here.path("esp.img"), label: "SYSTEM" },
    ]);
    tool("qemu-img", "convert", "-O", "qcow2", here.path("esp.img"), here.path("device/disk.qcow2"));
    const place = placeOf(join(await sampleFolder(), "install.wim"));
    await carryOut(qemu({ sizes, memory: "256 MiB", accelerator: "tcg" }).run(place));
    assert.ok(said.includes(`${heartbeatText(text[0])}\n`), said);
    assert.deepEqual(readdirSync(place.folder).toSorted(), ["disk.qcow2", "firmware-variables.fd"]);
  });

  it("starts WinPE from the user's media before its disk, with our script in its boot.wim", async function () {
    needs(this, "genisoimage");
    if (!usualFirmware.some(({ code, variables }) => existsSync(code) && existsSync(variables))) this.skip();
    const sample = await sampleFolder();
    const media = makeMedia(here.path("media"), join(sample, "boot.wim"));
    const ends = heartbeatText({ says: "end", ok: true });
    writeFileSync(
      join(media, "efi/boot/bootx64.efi"),
      uefiProgram(`WinPE was started\r\n${ends}\r\n`, "off"),
    );
    const iso = here.path("winpe.iso");
    tool("genisoimage", "-quiet", "-udf", "-iso-level", "4", "-o", iso, media);
    const place = placeOf(join(sample, "install.wim"));
    tool("qemu-img", "create", "-q", "-f", "qcow2", here.path("device/disk.qcow2"), "64M");
    for (const winpe of [media, iso]) {
      said = "";
      const device = qemu({ sizes, memory: "256 MiB", accelerator: "tcg", winpe });
      const commands = device.apply(place).filter((each) => !("act" in each) || each.act !== "device disk");
      const started = commands.findIndex((each) => "act" in each && each.act === "run machine");
      await carryOut(commands.slice(0, winpe === iso ? started : 2));
      const boot = here.path(winpe === iso ? "boot.wim" : "device/winpe/sources/boot.wim");
      if (winpe === iso)
        tool("mcopy", "-i", `${here.path("device/winpe.img")}@@1M`, "::/sources/boot.wim", boot);
      assert.match(
        wimlib("extract", boot, "1", "/Windows/System32/startnet.cmd", "--to-stdout"),
        /bcdboot %DRIVE%\\Windows \/s S: \/f UEFI/,
      );
      assert.match(wimlib("info", boot), /Image Count: {4}1\n[^]*Boot Index: {5}1\n/);
      if (winpe === iso) await carryOut(commands.slice(started));
    }
    assert.match(said, /WinPE was started\n/);
    assert.ok(!existsSync(here.path("device/winpe.img")));
    rmSync(join(media, "efi/boot/bootx64.efi"));
    const gather = qemu({ winpe: media })
      .apply(place)
      .find((each) => "act" in each && each.act === "gather boot files");
    await assert.rejects(carryOut([gather as Command]), { code: "SERVICING_MEDIA_INVALID" });
  });
});

function tool(name: string, ...args: readonly string[]): void {
  execFileSync(name, args, { env: { ...process.env, LC_ALL: "C.UTF-8" }, stdio: ["ignore", "pipe", "pipe"] });
}

function region(file: string): string {
  return `driver=raw,offset=${windowsAt * mebibyte},size=${128 * mebibyte},file.driver=file,file.filename=${file}`;
}
