import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  closeSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { makeInstaller } from "../../templates/sample/apps.ts";
import { built } from "../../templates/sample/edition.ts";
import { emptyHive } from "../../templates/sample/empty-hive.ts";
import { answerFile, component } from "../support/answer-file.ts";
import { needs, type Rig, rig } from "../support/rig.ts";
import { standInDevice } from "../support/stand-in-device/index.ts";

const mebibyte = 1024 * 1024;
const volume = { at: mebibyte, length: 128 * mebibyte };

/** Restarts once, installs something that is real, and says what it saw. */
const job = `@echo off
set log=%SystemDrive%\\Windows\\Setup\\job.log
echo servicing: begin>COM1
if not exist "%SystemDrive%\\Servicing\\State\\boot-1" (
  echo first>"%SystemDrive%\\Servicing\\State\\boot-1"
  reg add HKLM\\SOFTWARE\\Contoso /v Kept /d yes /f
  exit 2
)
msiexec.exe /i "%SystemDrive%\\Servicing\\Payload\\agent.msi" /qn
echo msiexec %ERRORLEVEL%>>"%log%"
reg query HKLM\\SOFTWARE\\Contoso /v Kept >>"%log%"
echo servicing: end>COM1
exit 0
`.replaceAll("\n", "\r\n");

function deployment(settings: string): string {
  return component("Microsoft-Windows-Deployment", settings);
}

function auditFile(command: string): string {
  return answerFile({
    oobeSystem: deployment("<Reseal><Mode>Audit</Mode></Reseal>"),
    auditUser: deployment(
      `<Generalize><ForceShutdownNow>true</ForceShutdownNow><Mode>OOBE</Mode></Generalize><RunSynchronous><RunSynchronousCommand><Order>1</Order><Path>${command}</Path><WillReboot>OnRequest</WillReboot></RunSynchronousCommand></RunSynchronous>`,
    ),
  });
}

describe("the stand-in reference device", function () {
  this.timeout(420_000);
  let here: Rig;

  before(function () {
    needs(this, "qemu-system-x86_64", "wimlib-imagex", "mkntfs", "sfdisk", "wixl", "hivexsh");
    here = rig();
  });

  it("restarts in the middle of a job, installs an MSI, generalizes and switches itself off", async function () {
    const { arguments: device } = standInDevice(this);
    await makeDisk(here, auditFile(`cmd.exe /d /c "%SystemDrive%\\Servicing\\job.cmd"`));
    const serial = start(here, device);
    assert.equal(serial.match(/servicing: begin/g)?.length, 2, serial);
    assert.match(serial, /servicing: end/);
    const read = readBack(here);
    assert.match(read("Windows/Setup/job.log"), /^msiexec 0\s+.*Kept\s+REG_SZ\s+yes/s);
    assert.match(read("Program Files (x86)/Contoso Agent/agent.txt"), /\S/);
    assert.match(
      read("Windows/Setup/State/State.ini"),
      /ImageState=IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE\r\n/,
    );
    assert.equal(read("Windows/System32/Sysprep/Sysprep_succeeded.tag"), "");
    const query = "cd \\Microsoft\\Windows\\CurrentVersion\\Setup\\State\nlsval ImageState\n";
    const hive = here.path("read/SOFTWARE");
    read("Windows/System32/config/SOFTWARE");
    assert.match(
      execFileSync("hivexsh", [hive], { input: query, encoding: "utf8" }),
      /IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE/,
    );
  });
});

async function makeDisk({ path, write }: Rig, answer: string): Promise<void> {
  const files = path("files");
  const folders = [
    "Servicing/Payload",
    "Servicing/State",
    "Windows/System32/config",
    "Windows/Setup",
    "work",
  ];
  for (const folder of folders) await mkdir(join(files, folder), { recursive: true });
  write({ "files/Servicing/job.cmd": job, "files/Windows/Panther/Unattend/Unattend.xml": answer });
  writeFileSync(join(files, "Windows/System32/config/SOFTWARE"), emptyHive("SOFTWARE", built));
  await mkdir(path("msi"));
  await makeInstaller(join(files, "Servicing/Payload/agent.msi"), path("msi"));
  const quiet = { stdio: "ignore" as const };
  execFileSync("wimlib-imagex", ["capture", files, path("image.wim"), "--compress=none"], quiet);
  allocate(path("volume.img"), volume.length);
  execFileSync("mkntfs", ["--force", "--quick", "--quiet", path("volume.img")], quiet);
  execFileSync("wimlib-imagex", ["apply", path("image.wim"), "1", path("volume.img")], quiet);
  allocate(path("disk.img"), volume.at + volume.length + mebibyte);
  const row = `start=${volume.at / 512},size=${volume.length / 512},type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7`;
  execFileSync("sfdisk", ["--quiet", path("disk.img")], { input: `label: gpt\n${row}\n` });
  const disk = openSync(path("disk.img"), "r+");
  writeSync(disk, readFileSync(path("volume.img")), 0, volume.length, volume.at);
  closeSync(disk);
}

function allocate(file: string, length: number): void {
  const opened = openSync(file, "w");
  ftruncateSync(opened, length);
  closeSync(opened);
}

/** Until it is switched off; gives what came out of the serial port. */
function start({ path }: Rig, device: readonly string[], seconds = 300): string {
  const machine = ["-machine", "q35,accel=tcg", "-cpu", "max", "-m", "1024", "-nic", "none"];
  const lines = ["-display", "none", "-monitor", "none", "-serial", `file:${path("serial.log")}`];
  const disk = [
    "-drive",
    `if=none,id=disk,format=raw,file=${path("disk.img")}`,
    "-device",
    "virtio-blk-pci,drive=disk",
  ];
  const { status, stderr } = spawnSync("qemu-system-x86_64", [...machine, ...lines, ...disk, ...device], {
    encoding: "utf8",
    timeout: seconds * 1000,
  });
  const serial = readFileSync(path("serial.log"), "latin1");
  assert.equal(status, 0, `${serial}${stderr}`);
  return serial;
}

/** What is on the volume afterwards. */
function readBack({ path }: Rig): (file: string) => string {
  const bytes = Buffer.alloc(volume.length);
  const disk = openSync(path("disk.img"), "r");
  readSync(disk, bytes, 0, volume.length, volume.at);
  closeSync(disk);
  writeFileSync(path("volume.img"), bytes);
  const captured = path("captured.wim");
  const quiet = { stdio: "ignore" as const };
  execFileSync("wimlib-imagex", ["capture", path("volume.img"), captured, "--compress=none"], quiet);
  return (file) => {
    execFileSync(
      "wimlib-imagex",
      ["extract", captured, "1", file, `--dest-dir=${path("read")}`, "--no-acls"],
      quiet,
    );
    return readFileSync(path("read", file.slice(file.lastIndexOf("/") + 1)), "latin1");
  };
}
