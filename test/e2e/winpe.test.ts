import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { drivers } from "../../plugins/drivers.ts";
import { winpe, type WinpeOptions } from "../../plugins/winpe.ts";
import {
  asking,
  done,
  filesBelow,
  needs,
  type Rig,
  rig,
  run,
  sampleFolder,
  sha256,
  wimlib,
} from "../support/rig.ts";
import { writeStandIns } from "../support/stand-in-winpe.ts";
import { startWine, type Wine } from "../support/wine.ts";

describe("a folder to deploy from", function () {
  let sample: string;

  before(async function () {
    needs(this, "wimlib-imagex", "hivexsh", "mkntfs", "gcab", "wixl");
    sample = await sampleFolder();
  });

  function lineOf(here: Rig, options: Omit<WinpeOptions, "folder">) {
    return here.line({
      image: { file: join(sample, "install.wim"), index: 2 },
      output: { file: here.path("out/test.wim"), compress: "keep", images: "targets" },
      plugins: [winpe({ folder: here.path("out/deploy"), ...options })],
    });
  }

  it("holds the image, the scripts and a boot.wim that runs them, and replaces only what a run made", async () => {
    const here = rig();
    const boot = join(sample, "boot.wim");
    const before = sha256(boot);
    const line = lineOf(here, { bootWim: boot, bootIndex: 2 });
    await done(line);
    const folder = here.path("out/deploy");
    const scripts = ["hide-bios.txt", "hide-uefi.txt", "partition-bios.txt", "partition-uefi.txt"];
    assert.deepEqual(filesBelow(folder), [
      "README.txt",
      "boot.wim",
      "deploy.cmd",
      ...scripts.slice(0, 2),
      "install.wim",
      ...scripts.slice(2),
    ]);
    assert.equal(sha256(join(folder, "install.wim")), sha256(line.output.file));
    assert.equal(sha256(boot), before);
    const start = wimlib(
      "extract",
      join(folder, "boot.wim"),
      "1",
      "/Windows/System32/startnet.cmd",
      "--to-stdout",
    );
    assert.match(start, /%%d:\\deploy\\deploy\.cmd/);
    assert.match(wimlib("info", join(folder, "boot.wim")), /Image Count: {4}1\n[^]*Boot Index: {5}1\n/);
    // The image is the only one of its file.
    assert.match(readFileSync(join(folder, "deploy.cmd"), "utf8"), /install\.wim" \/Index:1 /);

    const again = await done(line);
    assert.ok(again.results.every(({ outcome }) => outcome === "reused"));

    const parted = lineOf(here, { split: 1, disk: { layout: "uefi", id: 1 } });
    await done({ ...parted, plugins: [large(here), ...parted.plugins] });
    assert.ok(existsSync(join(folder, "install3.swm")));
    assert.ok(!existsSync(join(folder, "install.wim")) && !existsSync(join(folder, "partition-bios.txt")));
    wimlib("verify", join(folder, "install.swm"), `--ref=${join(folder, "install*.swm")}`);
    assert.deepEqual(
      filesBelow(here.path("out")).filter((name) => /unfinished|old/.test(name)),
      [],
    );

    rmSync(join(folder, "deploy.cmd"));
    await assert.rejects(run(lineOf(here, {})), { code: "SERVICING_OUTPUT_UNWRITABLE" });
    assert.ok(existsSync(join(folder, "install.swm")), "what nobody knows stays");
    const inside = { ...lineOf(here, {}), output: { ...line.output, file: here.path("out/deploy/x.wim") } };
    await assert.rejects(run(inside), { code: "SERVICING_OUTPUT_IS_SOURCE" });
    const empty = here.path("out/new");
    const setup = { from: boot, to: join(empty, "boot.wim") };
    const both = [winpe({ folder: empty }), drivers({ setup })];
    const shared = { ...lineOf(here, {}), plugins: both };
    await assert.rejects(run(shared), { code: "SERVICING_OUTPUT_SHARED", message: /winpe\/1, drivers\/1/ });
  });
});

/** More than a sample image has, and nothing that could be compressed. */
function large(here: Rig) {
  here.write({ "large/a.bin": "", "large/b.bin": "", "large/c.bin": "" });
  for (const name of ["a", "b", "c"]) writeFileSync(here.path(`large/${name}.bin`), randomBytes(900_000));
  return asking({ type: "Copy-File", from: here.path("large"), to: "\\Large" });
}

describe("deploy.cmd, under Wine's cmd and with stand-ins for the tools of WinPE", function () {
  let wine: Wine;
  let sample: string;

  before(async function () {
    if (process.platform === "win32") this.skip();
    needs(this, "wimlib-imagex", "hivexsh", "mkntfs", "gcab", "wixl");
    wine = startWine(this);
    sample = await sampleFolder();
    wine.run(["reg", "add", String.raw`HKLM\SYSTEM\CurrentControlSet\Control\MiniNT`, "/f"]);
    firmware(2);
  });

  function firmware(type: 1 | 2): void {
    const control = String.raw`HKLM\SYSTEM\CurrentControlSet\Control`;
    wine.run(["reg", "add", control, "/v", "PEFirmwareType", "/t", "REG_DWORD", "/d", String(type), "/f"]);
  }

  const disks = {
    STANDIN_DISK: "* Disk 0    Online          256 GB  1024 KB        *",
    STANDIN_OWN: "* Disk 1    Online           16 GB      0 B",
  };

  /** A device with the folder on E:, and W: and R: as they are when the image was applied. */
  async function device(options: Partial<WinpeOptions> = {}) {
    const here = rig();
    const line = here.line({
      image: { file: join(sample, "install.wim"), index: 1 },
      plugins: [winpe({ folder: here.path("medium/deploy"), ...options })],
    });
    await done(line);
    const tools = ["wpeutil", "powercfg", "diskpart", "dism"];
    writeStandIns(here.path("medium/deploy/tools"), tools);
    writeStandIns(here.path("w/Windows/System32"), ["bcdboot", "reagentc"]);
    here.write({
      "w/Windows/Panther/unattend.xml": "<unattend/>",
      "w/Windows/System32/Recovery/Winre.wim": "the recovery environment",
    });
    mkdirSync(here.path("r"));
    wine.drive("e", here.path("medium"));
    wine.drive("w", here.path("w"));
    wine.drive("r", here.path("r"));
    return {
      here,
      deploy: (
        env: Readonly<Record<string, string>> = {},
        args: readonly string[] = ["/force"],
        input = "",
      ) => {
        rmSync(here.path("medium/calls.txt"), { force: true });
        const { code, output } = wine.run(["cmd", "/c", String.raw`E:\deploy\deploy.cmd`, ...args], {
          input,
          env: { ...disks, ...env },
        });
        const file = here.path("medium/calls.txt");
        const calls = existsSync(file) ? readFileSync(file, "utf8").split(/\r?\n/) : [];
        return { code, output, calls: calls.map((call) => call.trim()).filter((call) => call !== "") };
      },
    };
  }

  const asked = ["wpeutil UpdateBootInfo", ...Array(2).fill(String.raw`diskpart /s "C:\Servicing\ask.txt"`)];

  it("does what is documented in the documented order, and logs it on the disk", async () => {
    const { here, deploy } = await device();
    const { code, calls, output } = deploy();
    assert.equal(code, 0, output);
    const log = String.raw`/English /LogPath:"C:\Servicing\dism.log"`;
    const later = String.raw`/English /LogPath:"W:\Windows\Setup\Servicing\Logs\dism.log"`;
    assert.deepEqual(calls, [
      ...asked,
      "powercfg /s 8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c",
      String.raw`diskpart /s "E:\deploy\partition-uefi.txt"`,
      String.raw`dism ${log} /Apply-Image /ImageFile:"E:\deploy\install.wim" /Index:1 /ApplyDir:W:\ /Verify`,
      String.raw`dism ${later} /ScratchDir:W:\Windows\Setup\Servicing\Scratch /Image:W:\ /Apply-Unattend:W:\Windows\Panther\unattend.xml`,
      String.raw`bcdboot W:\Windows /s S:`,
      String.raw`reagentc /setreimage /path R:\Recovery\WindowsRE /target W:\Windows`,
      String.raw`reagentc /info /target W:\Windows`,
      String.raw`diskpart /s "E:\deploy\hide-uefi.txt"`,
    ]);
    assert.equal(
      readFileSync(here.path("r/Recovery/WindowsRE/Winre.wim"), "utf8"),
      "the recovery environment",
    );
    const text = readFileSync(here.path("w/Windows/Setup/Servicing/Logs/deploy.log"), "utf8");
    for (const part of [
      'begin: "E:\\deploy\\"',
      "Partition disk 0",
      "exit code 0",
      "Hide the recovery",
      "end: done",
    ])
      assert.ok(text.includes(part), part);
    assert.ok(!existsSync(here.path("w/Windows/Setup/Servicing/Scratch")));
  });

  it("ends at the first command that fails, and keeps the log", async () => {
    const { here, deploy } = await device();
    for (const [tool, last] of [
      ["diskpart", 2],
      ["dism", 6],
      ["bcdboot", 8],
      ["reagentc", 9],
    ] as const) {
      const { code, calls, output } = deploy({ STANDIN_FAIL: tool });
      assert.equal(code, 1, output);
      assert.equal(calls.length, last, calls.join("\n"));
      assert.equal(calls.at(-1)?.split(" ")[0], tool);
      const kept = readFileSync(here.path("medium/deploy/deploy-failed.log"), "utf8");
      assert.match(kept, /FAILED with 1: /);
      assert.match(output, /FAILED with 1: /);
    }
    // Without high performance it takes longer.
    assert.equal(deploy({ STANDIN_FAIL: "powercfg" }).code, 0);
  });

  it("erases nothing without a word, nor a disk that is too small, not there, or its own", async () => {
    const { here, deploy } = await device();
    const untouched = (
      code: number,
      message: RegExp,
      env: Readonly<Record<string, string>> = {},
      args: readonly string[] = ["/force"],
      input = "",
    ) => {
      const found = deploy(env, args, input);
      assert.equal(found.code, code, found.output);
      assert.match(found.output, message);
      assert.ok(!found.calls.some((call) => /partition-|dism/.test(call)), found.calls.join("\n"));
    };
    untouched(2, /nobody typed YES/, {}, [], "no\r\n");
    untouched(2, /nobody typed YES/, {}, [], "\r\n");
    untouched(1, /disk 0 has 8 GB, and 21 are needed/, { STANDIN_DISK: "* Disk 0    Online  8192 MB   0 B" });
    untouched(1, /there is no disk 0/, { STANDIN_DISK: "" });
    untouched(1, /this folder is itself on disk 0/, { STANDIN_OWN: "* Disk 0    Online  256 GB   0 B" });
    assert.equal(deploy({}, [], "yes\r\n").code, 0);
    assert.equal(deploy({ STANDIN_DISK: "* Datenträger 0    Online    2 TB   0 B" }).code, 0);
    const image = here.path("medium/deploy/install.wim");
    const bytes = readFileSync(image);
    rmSync(image);
    untouched(1, /the image is missing/);
    writeFileSync(image, bytes);
    const control = String.raw`HKLM\SYSTEM\CurrentControlSet\Control\MiniNT`;
    wine.run(["reg", "delete", control, "/f"]);
    untouched(1, /this is not WinPE/);
    wine.run(["reg", "add", control, "/f"]);
  });

  it("goes by the firmware, by parts, and is found by WinPE's own script", async () => {
    firmware(1);
    const { here, deploy } = await device({ split: 1, unattended: true, bootWim: join(sample, "boot.wim") });
    const { code, calls, output } = deploy({}, []);
    assert.equal(code, 0, output);
    assert.ok(calls.includes(String.raw`diskpart /s "E:\deploy\partition-bios.txt"`));
    assert.ok(
      calls.some((call) =>
        call.includes(String.raw`/ImageFile:"E:\deploy\install.swm" /SWMFile:"E:\deploy\install*.swm"`),
      ),
    );
    const start = wimlib(
      "extract",
      here.path("medium/deploy/boot.wim"),
      "1",
      "/Windows/System32/startnet.cmd",
      "--to-stdout",
    );
    here.write({ "medium/startnet.cmd": start });
    rmSync(here.path("medium/calls.txt"));
    writeStandIns(here.path("medium/system"), ["wpeinit", "wpeutil"]);
    const env = { ...disks, WINEPATH: String.raw`E:\system` };
    assert.equal(wine.run(["cmd", "/c", String.raw`E:\startnet.cmd`], { env }).code, 0);
    const ran = readFileSync(here.path("medium/calls.txt"), "utf8").split(/\s*\r?\n/);
    assert.deepEqual(ran.slice(0, 3), [
      "wpeinit",
      "wpeutil WaitForRemovableStorage",
      "wpeutil UpdateBootInfo",
    ]);
    assert.deepEqual(ran.slice(-2), ["wpeutil reboot", ""]);
    // From another folder, of a name that cmd.exe could take for more than a name.
    renameSync(here.path("medium/deploy"), here.path("medium/R&D (1)"));
    here.write({ "medium/start.cmd": '@call "E:\\R&D (1)\\deploy.cmd"\r\n' });
    const elsewhere = wine.run(["cmd", "/c", String.raw`E:\start.cmd`], { env: disks });
    assert.equal(elsewhere.code, 0, elsewhere.output);
    firmware(2);
    const only = await device({ disk: { layout: "bios" } });
    assert.match(only.deploy().output, /was started as uefi, and this folder is for bios/);
    // Its files at the root of the medium, the image in one piece.
    for (const name of readdirSync(only.here.path("medium/deploy")))
      renameSync(only.here.path(`medium/deploy/${name}`), only.here.path(`medium/${name}`));
    rmSync(only.here.path("medium/deploy"), { recursive: true });
    only.here.write({ "medium/startnet.cmd": start });
    writeStandIns(only.here.path("medium/system"), ["wpeinit", "wpeutil"]);
    const root = wine.run(["cmd", "/c", String.raw`E:\startnet.cmd`], { env });
    assert.match(root.output, /was started as uefi, and this folder is for bios/);
    assert.ok(here !== only.here);
  });
});
