import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { setTimeout as after } from "node:timers/promises";
import { probeFault } from "../../core/acts/accelerator.ts";
import { type ActContext, perform } from "../../core/acts/perform.ts";
import { heartbeatText } from "../../core/audit/heartbeat.ts";
import type { Heartbeat } from "../../core/audit/job.ts";
import type { Act } from "../../core/engine.ts";
import type { ServicingError } from "../../core/error.ts";
import { faultTable } from "../../core/fault-table.ts";
import { createRunner } from "../../core/runner.ts";
import type { Deadlines, VirtualMachine } from "../../core/virtual-machine.ts";
import { writeProgram } from "../support/machine-program.ts";
import { needs, type Rig, rig } from "../support/rig.ts";

const emulator = "qemu-system-x86_64";
const id = "job-1";
const ample: Deadlines = { start: 0.2, silence: 0.2, generalize: 0.2, whole: 0.4 };

/** Lines as the job writes them. */
function lines(...heartbeats: readonly Heartbeat[]): string {
  return heartbeats.map((each) => `${heartbeatText(each)}\r\n`).join("");
}

async function failing(work: Promise<void>): Promise<ServicingError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error !== undefined, "it did not fail");
  return error as ServicingError;
}

/** QEMU for real, and programs of this project's where Windows would be: no Windows was ever started. */
describe("a virtual reference device", function () {
  let here: Rig;
  let said: string[];
  let progress: string[];
  let interrupt: AbortController;

  before(function () {
    needs(this, emulator);
  });

  beforeEach(async () => {
    here = rig();
    [said, progress, interrupt] = [[], [], new AbortController()];
    await mkdir(here.path("logs"));
  });

  function context(): Omit<ActContext, "carryOut"> {
    return {
      runner: createRunner(),
      faults: faultTable(),
      signal: interrupt.signal,
      log: here.path("logs/07-device.log"),
      target: undefined,
      onOutput: (text) => void said.push(text),
      onProgress: (percent, what) => void progress.push(`${percent} ${what}`),
      warn: (text) => void said.push(text),
    };
  }

  function machine(
    program: Parameters<typeof writeProgram>[1],
    more: readonly string[] = [],
  ): VirtualMachine {
    const disk = writeProgram(here.path("disk, small.img"), program);
    return {
      emulator,
      args: [
        ["-nodefaults", "-no-user-config", "-m", "64", "-display", "none", "-vga", "std"],
        ["-drive", `if=ide,format=raw,file=${disk.replaceAll(",", ",,")}`],
      ].flat(),
      more,
      accelerator: "tcg",
      firmware: [],
      tpm: false,
      folder: here.path("device"),
    };
  }

  function started(of: VirtualMachine, deadlines: Partial<Deadlines> = {}): Promise<void> {
    return perform(
      { act: "run machine", machine: of, deadlines: { ...ample, ...deadlines }, job: id },
      context(),
    );
  }

  /** Whether any process has this folder in its command line. */
  function runs(): boolean {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .some((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(here.path("device"));
        } catch {
          return false;
        }
      });
  }

  const begin = { says: "begin", id, steps: 2 } as const;
  const step = { says: "step", step: 2, minutes: 1, title: "Agent" } as const;

  it("is heard, restarts within one process, and has switched itself off", async () => {
    const first = lines(begin, { says: "restart" });
    await started(machine({ first, says: lines(begin, step, { says: "end", ok: true }), ends: "off" }));
    const text = said.join("");
    assert.equal(text.match(/servicing: begin/g)?.length, 2, text);
    assert.equal(text.match(/^> qemu-system/gm)?.length, 1, "one process");
    assert.deepEqual(progress, ["50 step 2 of 2: Agent"]);
    assert.match(readFileSync(here.path("logs/07-device-serial.txt"), "latin1"), /servicing: end ok\n/);
    assert.ok(!runs());
    assert.ok(!existsSync(here.path("device/machine.pid")));
  });

  it("that hangs is ended at its deadline, with a screenshot and what it said last", async () => {
    const hung = machine({ says: lines(begin, step), ends: "hang" });
    const error = await failing(started(hung, { silence: 0.03 }));
    assert.equal(error.code, "SERVICING_DEVICE_TIMEOUT");
    assert.match(error.message, /say that it is still at work within 0\.03 minutes/);
    assert.match(error.message, /it says that it is running/);
    assert.match(error.message, /serial port:\nservicing: begin .*\nservicing: step 2/);
    const screenshot = here.path("logs/07-device-screen.png");
    assert.ok(error.message.includes(screenshot), error.message);
    assert.equal(readFileSync(screenshot).subarray(1, 4).toString(), "PNG");
    assert.ok(!runs());
  });

  it("of which nothing is heard is ended at the deadline of its start", async () => {
    const silent = machine({ says: lines({ ...begin, id: "another" }), ends: "hang" });
    const error = await failing(started(silent, { start: 0.04 }));
    assert.equal(error.code, "SERVICING_DEVICE_TIMEOUT");
    assert.match(error.message, /was to come to its first word within 0\.04 minutes/);
  });

  it("that is killed has not switched itself off", async () => {
    const lost = failing(started(machine({ says: lines(begin), ends: "hang" })));
    await heard("servicing: begin");
    process.kill(process.pid, "SIGUSR2");
    await heard("its screen is in");
    assert.equal(
      readFileSync(here.path("logs/07-device-screen-1.png")).subarray(1, 4).toString(),
      "PNG",
      "a picture is taken for whoever asks",
    );
    process.kill(Number(readFileSync(here.path("device/machine.pid"), "latin1")), "SIGKILL");
    const error = await lost;
    assert.equal(error.code, "SERVICING_DEVICE_ENDED");
    assert.match(error.message, /SIGKILL/);
    assert.match(error.message, /servicing: begin/);
  });

  it("that was told to end by somebody else has not switched itself off", async () => {
    const lost = failing(started(machine({ says: lines(begin), ends: "hang" })));
    await heard("servicing: begin");
    process.kill(Number(readFileSync(here.path("device/machine.pid"), "latin1")), "SIGTERM");
    const error = await lost;
    assert.equal(error.code, "SERVICING_DEVICE_ENDED");
    assert.match(error.message, /host-signal/);
  });

  it("is ended at once where the run is interrupted", async () => {
    const lost = failing(started(machine({ says: lines(begin), ends: "hang" })));
    await heard("servicing: begin");
    const start = performance.now();
    interrupt.abort();
    assert.equal((await lost).code, "SERVICING_INTERRUPTED");
    assert.ok(performance.now() - start < 5000);
    assert.ok(!runs());
  });

  it("has a TPM, which ends with it", async function () {
    needs(this, "swtpm");
    await started({ ...machine({ says: lines(begin), ends: "off" }), tpm: true });
    assert.ok(existsSync(here.path("device/tpm/tpm2-00.permall")));
    const hung = machine({ says: lines(begin), ends: "hang" });
    await failing(started({ ...hung, tpm: true }, { silence: 0.02 }));
    assert.ok(!runs());
  });

  it("that was left by a servicing that is gone is ended, and nobody else", async () => {
    const lost = failing(started(machine({ says: lines(begin), ends: "hang" })));
    await heard("servicing: begin");
    const end: Act = { act: "end machine", folder: here.path("device") };
    await perform(end, context());
    assert.ok(!runs());
    assert.equal((await lost).code, "SERVICING_DEVICE_ENDED");
    writeFileSync(here.path("device/machine.pid"), `${process.pid}\n`);
    await perform(end, context());
  });

  it("that QEMU does not start says why", async () => {
    const error = await failing(started(machine({ says: "", ends: "off" }, ["-device", "flux-capacitor"])));
    assert.equal(error.code, "SERVICING_DEVICE_FAILED_TO_START");
    assert.match(error.message, /flux-capacitor/);
  });

  it("for a preparation must not say that it failed, and is warned of where it says nothing", async () => {
    const bad = machine({ says: lines({ says: "end", ok: false }), ends: "off" });
    const prepare = { act: "run machine", machine: bad, deadlines: ample } as const;
    assert.equal((await failing(perform(prepare, context()))).code, "SERVICING_DEVICE_ENDED");
    writeProgram(here.path("disk, small.img"), {
      says: lines({ says: "end", ok: true }),
      ends: "off",
    });
    await perform(prepare, context());
    assert.ok(!said.join("").includes("not heard"));
    writeProgram(here.path("disk, small.img"), { says: "", ends: "off" });
    await perform(prepare, context());
    assert.match(said.join(""), /what prepares the disk was not heard/);
  });

  it("is carried out by KVM where a program of ours runs to its end with it, else by TCG", async () => {
    await started({ ...machine({ says: lines(begin), ends: "off" }), accelerator: "auto" });
    if (!existsSync("/dev/kvm")) assert.match(said.join(""), /^KVM is not used: there is no \/dev\/kvm/m);
    else assert.match(said.join(""), /^KVM (?:works here|is not used: )/m);
    const all = { ...context(), carryOut: () => Promise.resolve() };
    assert.equal(await probeFault(emulator, "tcg", here.path("logs"), all), undefined);
    assert.match(
      (await probeFault(emulator, "tcg", here.path("logs"), all, 0.01)) ?? "",
      /had not ended after 0\.01 s/,
    );
  });

  async function heard(text: string): Promise<void> {
    for (let left = 100; left > 0 && !said.join("").includes(text); left -= 1) await after(50);
    assert.ok(said.join("").includes(text), said.join(""));
  }
});
