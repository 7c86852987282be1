import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { media } from "../../plugins/media.ts";
import { biosProgram, said, uefiProgram } from "../support/boot-program.ts";
import { makeMedia } from "../support/media.ts";
import { done, needs, type Rig, rig, sampleFolder } from "../support/rig.ts";

const firmware = { code: "/usr/share/OVMF/OVMF_CODE.fd", variables: "/usr/share/OVMF/OVMF_VARS.fd" };

/** Firmware for real, and programs of this project where Windows' boot loaders would be: what they start, Windows' are started by. */
describe("media that boot", function () {
  this.timeout(240_000);
  let here: Rig;

  before(async function () {
    needs(
      this,
      "wimlib-imagex",
      "hivexsh",
      "mkntfs",
      "gcab",
      "wixl",
      "7z",
      "genisoimage",
      "sfdisk",
      "mformat",
      "mcopy",
      "mmd",
    );
    needs(this, "qemu-system-x86_64");
    const sample = await sampleFolder();
    here = rig();
    const from = makeMedia(here.path("windows"), join(sample, "boot.wim"));
    writeFileSync(join(from, "boot/etfsboot.com"), biosProgram("BIOS starts etfsboot.com"));
    writeFileSync(join(from, "efi/boot/bootx64.efi"), uefiProgram("UEFI starts bootx64.efi of the drive"));
    const disc = here.path("disc.efi");
    writeFileSync(disc, uefiProgram("UEFI starts what is in efisys.bin"));
    const volume = join(from, "efi/microsoft/boot/efisys.bin");
    execFileSync("mformat", ["-C", "-i", volume, "-f", "1440", "::"]);
    execFileSync("mmd", ["-i", volume, "::/efi", "::/efi/boot"]);
    execFileSync("mcopy", ["-i", volume, disc, "::/efi/boot/bootx64.efi"]);
    await done(
      here.line({
        image: { file: join(sample, "install.wim"), index: 1 },
        plugins: [media({ from, folder: "out/media", iso: "out/x.iso", usb: "out/x.img", prompt: true })],
      }),
    );
  });

  function uefi(): readonly string[] {
    const variables = here.path("variables.fd");
    copyFileSync(firmware.variables, variables);
    return [...flash(firmware.code, ",readonly=on"), ...flash(variables, "")];
  }

  it("are started by BIOS and by UEFI from the ISO, by UEFI from the flash drive", function () {
    const disc = ["-cdrom", here.path("out/x.iso")];
    assert.match(started(...disc), /BIOS starts etfsboot\.com/);
    if (!existsSync(firmware.code)) {
      process.stderr.write(`    skipped in part: ${firmware.code} is not there (package ovmf)\n`);
      return;
    }
    assert.match(started(...uefi(), ...disc), /UEFI starts what is in efisys\.bin/);
    const drive = ["-drive", `if=none,id=drive,format=raw,file=${here.path("out/x.img")}`];
    const usb = ["-device", "qemu-xhci", "-device", "usb-storage,drive=drive,removable=on"];
    assert.match(started(...uefi(), ...drive, ...usb), /UEFI starts bootx64\.efi of the drive/);
  });
});

function flash(file: string, more: string): readonly string[] {
  return ["-drive", `if=pflash,format=raw,file=${file}${more}`];
}

/** What the machine wrote on its serial line until a program ended it. */
function started(...options: readonly string[]): string {
  const machine = ["-machine", "q35,accel=tcg", "-m", "256", "-nic", "none", "-no-reboot"];
  const lines = ["-display", "none", "-monitor", "none", "-serial", "stdio"];
  const { status, stdout, stderr } = spawnSync(
    "qemu-system-x86_64",
    [...machine, ...lines, "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04", ...options],
    { encoding: "latin1", timeout: 120_000 },
  );
  assert.equal(status, said, `${stdout}${stderr}`);
  return stdout;
}
