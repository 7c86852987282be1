import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ActContext, perform } from "../../core/acts/perform.ts";
import type { DevicePlace } from "../../core/device.ts";
import { physical } from "../../core/devices/physical.ts";
import { runProcess } from "../../core/dism-process.ts";
import type { Command } from "../../core/engine.ts";
import type { ServicingError } from "../../core/error.ts";
import { faultTable } from "../../core/fault-table.ts";
import { createRunner } from "../../core/runner.ts";
import { readWim } from "../../core/wim-file.ts";
import { filesBelow, needs, type Rig, rig, sampleFolder, sha256, wimlib } from "../support/rig.ts";

const mebibyte = 1024 * 1024;

/** The folder for real; what a device would hand back is made by wimlib. */
describe("a physical reference device", function () {
  let here: Rig;
  let source: string;

  before(async function () {
    needs(this, "wimlib-imagex", "hivexsh", "gcab", "wixl", "mkntfs", "ntfscp", "qemu-img", "sfdisk", "7z");
    source = join(await sampleFolder(), "install.wim");
  });

  beforeEach(() => {
    here = rig();
    mkdirSync(here.path("logs"));
  });

  async function carryOut(commands: readonly Command[]): Promise<void> {
    const context: Omit<ActContext, "carryOut" | "faults"> = {
      runner: createRunner(),
      signal: new AbortController().signal,
      log: here.path("logs/07-device.log"),
      target: undefined,
      warn: assert.fail,
    };
    for (const command of commands)
      await ("act" in command
        ? perform(command, context)
        : runProcess(command, { ...context, faults: faultTable() }));
  }

  function placeOf(id: string): DevicePlace {
    const [image] = readWim(source).images;
    assert.ok(image);
    return {
      line: "test",
      image,
      file: source,
      index: 1,
      folder: here.path("work"),
      disks: here.path("disks"),
      job: [
        { change: "write", to: "\\Servicing\\job.cmd", text: "@exit /b 0\r\n" },
        {
          change: "add",
          from: here.write({ "agent.txt": "agent" }),
          to: "\\Servicing\\Payload\\1\\agent.txt",
        },
      ],
      id,
      minutes: 1,
      captured: here.path("captured.wim"),
    };
  }

  const device = (options: { readonly wait?: number } = {}) =>
    physical({ folder: here.path("device"), bootWim: join(source, "../boot.wim"), ...options });

  async function refusal(commands: readonly Command[]): Promise<string> {
    const error = await carryOut(commands).then(
      () => undefined,
      (thrown: unknown) => thrown as ServicingError,
    );
    return error?.code ?? "nothing";
  }

  /** The image after a job, as a volume of NTFS. */
  function volumeOf(id: string): string {
    const volume = here.path("volume");
    writeFileSync(volume, "");
    truncateSync(volume, 128 * mebibyte);
    tool("mkntfs", "--force", "--fast", "--quiet", "--sector-size=512", volume);
    const only = here.path("serviced.wim");
    rmSync(only, { force: true });
    wimlib("export", source, "1", only);
    wimlib("update", only, "1", `--command=add '${here.write({ id })}' /Servicing/State/id`);
    wimlib("apply", only, "1", volume);
    return volume;
  }

  it("gets a folder with the image, the job and the scripts, which is not made twice", async () => {
    const place = placeOf("one");
    await carryOut(device().apply(place));
    const text = (name: string) => readFileSync(here.path("device", name), "utf8");
    assert.deepEqual(
      filesBelow(here.path("device")).filter(
        (name) => !name.startsWith("partition") && !name.startsWith("hide"),
      ),
      [
        "README.txt",
        "boot.wim",
        "capture.cmd",
        "capture.ini",
        "deploy.cmd",
        "install.wim",
        "job",
        "job-id.txt",
        "job/Payload",
        "job/Payload/1",
        "job/Payload/1/agent.txt",
        "job/job.cmd",
      ],
    );
    assert.equal(text("job-id.txt"), "one\r\n");
    assert.match(text("deploy.cmd"), /xcopy \/e \/h \/k \/y \/i "%HERE%job" "W:\\Servicing\\"/);
    const start = wimlib(
      "extract",
      here.path("device/boot.wim"),
      "1",
      "/Windows/System32/startnet.cmd",
      "--to-stdout",
    );
    assert.match(start, /%%d:\\device\\job-id\.txt/);
    assert.equal(sha256(here.path("device/install.wim")), sha256(source));

    writeFileSync(here.path("device/captured.wim"), "handed back");
    await carryOut(device().apply(place));
    assert.equal(text("captured.wim"), "handed back");
    assert.equal(await refusal(device().run(placeOf("two"))), "SERVICING_HANDOVER");
    await carryOut(device().undo(place));
    assert.equal(text("captured.wim"), "handed back");
    assert.equal(await refusal(device().apply(placeOf("two"))), "SERVICING_HANDOVER");
    rmSync(here.path("device/captured.wim"));
    await carryOut(device().apply(placeOf("two")));
    assert.equal(text("job-id.txt"), "two\r\n", "a folder of another job that has not come back is replaced");
    rmSync(here.path("device/job-id.txt"));
    assert.equal(await refusal(device().apply(place)), "SERVICING_DEVICE_OPTIONS");
    assert.ok(existsSync(here.path("device/job/job.cmd")), "what nobody knows stays");
  });

  it("is waited for, and what comes back of this job is taken", async () => {
    const place = placeOf("one");
    await carryOut(device().apply(place));
    assert.equal(await refusal(device().run(place)), "SERVICING_DEVICE_WAITS");
    const start = performance.now();
    assert.equal(await refusal(device({ wait: 0.01 }).run(place)), "SERVICING_DEVICE_WAITS");
    assert.ok(performance.now() - start >= 600);
    const waiting = carryOut(device({ wait: 1 }).run(place));
    wimlib("capture", volumeOf("one"), here.path("device/captured.wim"), "captured", "--compress=none");
    await waiting;
    await carryOut(device().capture(place));
    const [wanted, found] = [source, place.captured].map((file) => readWim(file).images[0]);
    assert.deepEqual({ ...found, file: "", totalBytes: 0 }, { ...wanted, file: "", totalBytes: 0 });
    wimlib("verify", place.captured);

    rmSync(here.path("device/captured.wim"));
    wimlib("capture", volumeOf("two"), here.path("device/captured.wim"), "captured", "--compress=none");
    assert.equal(await refusal(device().capture(place)), "SERVICING_HANDOVER");
    assert.ok(!existsSync(place.captured));
  });

  it("may be handed back as an image of its disk", async () => {
    const place = placeOf("one");
    await carryOut(device().apply(place));
    const raw = here.path("disk.raw");
    writeFileSync(raw, "");
    truncateSync(raw, 160 * mebibyte);
    const table =
      "label: gpt\nstart=2048, size=32768, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B\nsize=262144, type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7\n";
    execFileSync("sfdisk", ["--quiet", raw], { input: table });
    const region = `driver=raw,offset=${(2048 + 32768) * 512},size=${128 * mebibyte},file.driver=file,file.filename=${raw}`;
    tool("qemu-img", "convert", "-n", "-f", "raw", "--target-image-opts", volumeOf("one"), region);
    tool("qemu-img", "convert", "-f", "raw", "-O", "vhdx", raw, here.path("device/captured.vhdx"));
    await carryOut(device().run(place));
    await carryOut(device().capture(place));
    assert.match(wimlib("dir", place.captured, "1"), /^\/Servicing\/State\/id$/m);
    assert.equal(readWim(place.captured).images[0]?.name, readWim(source).images[0]?.name);
  });
});

function tool(name: string, ...args: readonly string[]): void {
  execFileSync(name, args, { env: { ...process.env, LC_ALL: "C.UTF-8" }, stdio: ["ignore", "pipe", "pipe"] });
}
