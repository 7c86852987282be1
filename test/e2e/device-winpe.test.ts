import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { captureScript, handoverStart } from "../../core/devices/handover-script.ts";
import { bootFilesScript } from "../../core/devices/start-script.ts";
import { type Rig, rig } from "../support/rig.ts";
import { writeStandIns } from "../support/stand-in-winpe.ts";
import { startWine, type Wine } from "../support/wine.ts";

describe("what WinPE runs on reference devices, under Wine's cmd and with stand-ins for its tools", function () {
  let wine: Wine;
  let here: Rig;

  before(function () {
    if (process.platform === "win32") this.skip();
    wine = startWine(this);
  });

  /** The folder is on E:, the disk of the device is W:. */
  beforeEach(() => {
    here = rig();
    // Other tests play a device with this Wine.
    rmSync(join(wine.c, "Servicing"), { recursive: true, force: true });
    writeStandIns(here.path("medium/tools"), ["wpeinit", "wpeutil", "diskpart", "dism"]);
    writeStandIns(here.path("w/Windows/System32"), ["bcdboot", "reagentc"]);
    mkdirSync(here.path("r"));
    wine.drive("e", here.path("medium"));
    wine.drive("w", here.path("w"));
    wine.drive("r", here.path("r"));
  });

  function calls(script: string, env: Readonly<Record<string, string>> = {}): readonly string[] {
    rmSync(here.path("medium/calls.txt"), { force: true });
    here.write({ "medium/script.cmd": script });
    wine.run(["cmd", "/c", String.raw`E:\script.cmd`], { env: { WINEPATH: String.raw`E:\tools`, ...env } });
    const file = here.path("medium/calls.txt");
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    return text
      .split(/\r?\n/)
      .map((call) => call.trim())
      .filter(Boolean);
  }

  it("makes the disk with the job start Windows, and switches the machine off", () => {
    here.write({ "w/Servicing/job.cmd": "", "r/Recovery/WindowsRE/Winre.wim": "" });
    const found = calls(bootFilesScript({ recovery: true })).map((call) =>
      call.replace(/[A-Z]:.*letters/, "letters"),
    );
    assert.deepEqual(found, [
      "wpeinit",
      'diskpart /s "letters.txt"',
      String.raw`bcdboot W:\Windows /s S: /f UEFI`,
      String.raw`reagentc /setreimage /path R:\Recovery\WindowsRE /target W:\Windows`,
      "wpeutil shutdown",
    ]);
    assert.deepEqual(
      calls(bootFilesScript({ recovery: true }), { STANDIN_FAIL: "bcdboot" }).at(-2),
      found[2],
    );
    rmSync(here.path("w/Servicing/job.cmd"));
    assert.deepEqual(calls(bootFilesScript({ recovery: true })), ["wpeinit", "wpeutil shutdown"]);
  });

  it("deploys to a disk without the job, leaves one that is at it alone, and captures one that is done", () => {
    const deploy = "@echo deploy>> E:\\calls.txt\r\n";
    const capture = "@echo capture %*>> E:\\calls.txt\r\n";
    here.write({
      "medium/device/job-id.txt": "one\r\n",
      "medium/device/deploy.cmd": deploy,
      "medium/device/capture.cmd": capture,
    });
    const begin = ["wpeinit", "wpeutil WaitForRemovableStorage"];
    assert.deepEqual(calls(handoverStart("device")), [...begin, "deploy", "wpeutil reboot"]);
    here.write({ "w/Servicing/State/id": "another\r\n", "w/Servicing/State/finished": "" });
    assert.deepEqual(calls(handoverStart("device")), [...begin, "deploy", "wpeutil reboot"]);
    here.write({ "w/Servicing/State/id": "one\r\n" });
    assert.deepEqual(calls(handoverStart("device")), [...begin, "capture W:", "wpeutil shutdown"]);
    rmSync(here.path("w/Servicing/State/finished"));
    assert.deepEqual(calls(handoverStart("device")), begin);
    here.write({ "w/Servicing/State/failed": "step 2\r\n" });
    assert.deepEqual(calls(handoverStart("device")), [...begin, "capture W:", "wpeutil shutdown"]);
  });

  it("captures what has a job, and nothing over what was captured", () => {
    const script = "@call E:\\capture.cmd W:\r\n";
    here.write({ "medium/capture.cmd": captureScript(), "medium/capture.ini": "" });
    assert.deepEqual(calls(script), []);
    here.write({ "w/Servicing/State/id": "one\r\n", "medium/captured.unfinished.wim": "" });
    assert.deepEqual(calls(script), [
      String.raw`dism /English /LogPath:"W:\Recycler\Scratch\dism.log" /ScratchDir:"W:\Recycler\Scratch" /Capture-Image /ImageFile:"E:\captured.unfinished.wim" /CaptureDir:W:\ /Name:captured /ConfigFile:"E:\capture.ini" /Compress:fast /Verify`,
    ]);
    assert.ok(!existsSync(here.path("medium/captured.unfinished.wim")), "what was cut off is gone");
    here.write({ "medium/captured.wim": "captured" });
    assert.deepEqual(calls(script), []);
    assert.equal(readFileSync(here.path("medium/captured.wim"), "utf8"), "captured");
  });
});
